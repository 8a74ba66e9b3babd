"""`wcc worker`: runs the jobs of the queues. A plain process that is never patched by gevent and forks for each job."""

import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

import structlog
from flask import Flask
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.job import Job
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import configure_mappers

from wcc import bus
from wcc.app import create_app
from wcc.config import load
from wcc.db import db
from wcc.lifeline import die_with
from wcc.operations import jobs as operations

log = structlog.get_logger()

QUEUES = ("operations", "default")
# RQ waits for a job 15 s less than this; it also bounds how long a dead Redis goes unnoticed.
WORKER_TTL_S = 60
PAUSE_S = 1.0


class JobWorker(Worker):
    """An RQ worker whose jobs run inside the app, each in a child of its own."""

    def __init__(self, app: Flask, queues: Sequence[str], redis: "Redis") -> None:
        super().__init__(
            [bus.queue(redis, name) for name in queues],
            connection=redis,
            worker_ttl=WORKER_TTL_S,
        )
        self.app = app

    @property
    def asked_to_stop(self) -> bool:
        """Whether a signal ended it, rather than trouble with Redis."""
        return self._shutdown_requested_date is not None

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Fork and run the job. A database connection shared with a child would mix up both."""
        with self.app.app_context():
            db.engine.dispose()
        super().execute_job(job, queue)

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """In the child: run the job, inside the app. It does not outlive a killed worker."""
        assert self.pid is not None  # the worker's: it was set before the fork
        die_with(self.pid)
        with self.app.app_context():
            super().main_work_horse(job, queue)


def _warm(app: Flask) -> None:
    """Do once what every child would do anew: map the tables, load the driver, compile the query of the commonest job."""
    configure_mappers()
    with app.app_context(), suppress(SQLAlchemyError):  # without a database the jobs themselves fail, and say why
        operations.send(0)  # an id that no operation has


def main(queues: Sequence[str] = ()) -> int:
    """Run the jobs of these queues (none: all) until a signal comes; outlives a restart of Redis. Returns the exit code."""
    settings = load()
    app = create_app(settings)
    _warm(app)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))  # until RQ's own handlers are in place
    while True:
        try:
            worker = JobWorker(app, queues or QUEUES, bus.connect(settings.redis, blocking=True))
            worker.work(logging_level="WARNING")
            if worker.asked_to_stop:
                return 0
        except RedisError as error:
            log.warning("the worker waits for Redis", error=str(error))
        time.sleep(PAUSE_S)
