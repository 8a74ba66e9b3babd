"""`wcc cron`: puts jobs into the queues at their times. Only one of several does so, under a Redis lock; the others stand by.

RQ's own scheduler takes no lock. Its interval jobs run at each start, and a lock can be lost to a pause: jobs may run twice.
"""

import signal
import sys
import time
from collections.abc import Callable

import structlog
from redis import Redis
from redis.exceptions import LockError, RedisError
from redis.lock import Lock
from rq.cron import CronScheduler
from rq.exceptions import StopRequested

from wcc import bus
from wcc.account import jobs as account
from wcc.chargepoints import jobs as chargepoints
from wcc.config import Settings, load
from wcc.doctor import jobs as doctor
from wcc.messagelog import jobs as messagelog
from wcc.operations import jobs as operations
from wcc.privacy import jobs as privacy

log = structlog.get_logger()

LOCK = "cron"
LOCK_S = 30.0
LOOK_S = 10.0  # a scheduler says at least this often that it lives
DAILY_S = 86_400
HOURLY_S = 3_600
JOB_KEPT_S = 60
JOB_TIMEOUT_S = 60


class Scheduler(CronScheduler):
    """RQ's scheduler while it holds the lock. Raises LockError once another may have taken it."""

    def __init__(self, redis: "Redis", lock: Lock) -> None:
        super().__init__(redis, logging_level="WARNING")
        self.lock = lock
        self.stopped = False

    def heartbeat(self) -> None:
        """Called before each wait: keep the lock."""
        self.lock.reacquire()
        super().heartbeat()

    def calculate_sleep_interval(self) -> float:
        """Seconds until it looks again."""
        return min(super().calculate_sleep_interval(), LOOK_S)

    def _request_stop(self, signum: int, frame: object) -> None:
        self.stopped = True
        raise StopRequested


def register(scheduler: CronScheduler, settings: Settings) -> None:
    """All that happens at times. A job that is not done when it is due again expires, so that none pile up."""

    def every(seconds: int, job: Callable[..., object], queue: str, *arguments: object) -> None:
        scheduler.register(
            job,
            queue,
            arguments,
            interval=seconds,
            ttl=seconds,
            result_ttl=JOB_KEPT_S,
            job_timeout=JOB_TIMEOUT_S,
        )

    every(settings.sweep_s, operations.sweep, "operations")
    every(
        settings.sweep_s,
        chargepoints.sweep_offline,
        "operations",
        settings.presence_s / 2,
    )
    every(DAILY_S, account.drop_old, "default", settings.session_days)
    every(DAILY_S, privacy.drop_old, "default")
    every(HOURLY_S, messagelog.drop_old, "default", settings.message_log_days, settings.message_log_rows)
    every(HOURLY_S, doctor.drop_old, "default", settings.attempt_days)


def main() -> int:
    """Schedule until a signal comes; stands by while another does, and outlives a restart of Redis. Returns the exit code."""
    settings = load()
    while True:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sys.exit(0))  # while it stands by
        try:
            if _hold(bus.connect(settings.redis), settings):
                return 0
        except (RedisError, LockError) as error:
            log.warning("cron starts over", error=str(error))
        time.sleep(1)


def _hold(redis: "Redis", settings: Settings) -> bool:
    """Wait for the lock, then schedule as long as it is ours; True when a signal ended it."""
    with redis.lock(LOCK, timeout=LOCK_S, sleep=1, blocking=True) as lock:
        log.info("cron schedules")
        scheduler = Scheduler(redis, lock)
        register(scheduler, settings)
        scheduler.start()
        return scheduler.stopped
