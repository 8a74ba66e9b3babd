"""The real `wcc worker` and `wcc cron` processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import Engine

from tests.operations.conftest import Field
from tests.people import World, fill
from wcc import bus, valkey
from wcc.clock import utcnow
from wcc.config import Settings, load
from wcc.cron import LOCK
from wcc.lifeline import tied
from wcc.operations import jobs

WITHIN_S = 40
Start = Callable[..., subprocess.Popen[bytes]]


def until(true: Callable[[], Any], what: str) -> Any:
    """Wait until something holds; what it gave."""
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        if found := true():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {WITHIN_S} s: {what}")


class OwnRedis:
    """A valkey of this test alone, which it may stop and start."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.url = folder, valkey.address(folder)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.process = subprocess.Popen(valkey.command(self.folder), stdout=subprocess.DEVNULL, preexec_fn=tied())
        until(lambda: valkey.answers(self.url), "valkey answers")

    def stop(self) -> None:
        """Stop it."""
        if self.process:
            self.process.terminate()
            self.process.wait()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    made = OwnRedis(tmp_path / "valkey")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def settings(database_url: str, own_redis: OwnRedis, tmp_path: Path) -> Settings:
    """An installation with a Redis of its own, which sweeps every second."""
    return load({"WCC_INSTANCE": str(tmp_path), "DATABASE_URL": database_url, "REDIS_URL": own_redis.url})


@pytest.fixture
def world(engine: Engine) -> World:
    return fill(engine)


@pytest.fixture
def start(settings: Settings, tmp_path: Path) -> Iterator[Start]:
    """Starts `wcc <words>` on this installation."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WCC_")}
    environment |= {"WCC_INSTANCE": str(tmp_path), "DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url}
    environment |= {"WCC_SWEEP_S": "1"}
    running: list[subprocess.Popen[bytes]] = []

    def run(*words: str) -> subprocess.Popen[bytes]:
        with (tmp_path / f"{words[0]}.log").open("ab") as out:
            command = [sys.executable, "-m", "wcc.cli", *words]
            running.append(subprocess.Popen(command, env=environment, stdout=out, stderr=out, preexec_fn=tied()))
        return running[-1]

    yield run
    for process in running:
        process.kill()
        process.wait()


def enqueue(redis: "Redis", stations: Field) -> int:
    operation = stations.operation(state="pending", sent_at=None)
    bus.queue(redis).enqueue(jobs.send, operation)
    return operation


def test_a_worker_does_the_jobs_and_ends_on_sigterm(start: Start, redis: "Redis", stations: Field) -> None:
    stations.hold("ALICE-1")
    worker = start("worker", "operations")
    operation = enqueue(redis, stations)
    until(lambda: [command["operation"] for command in stations.commands()] == [operation], "the command is there")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(WITHIN_S) == 0


def test_a_worker_outlives_a_restart_of_redis(start: Start, redis: "Redis", stations: Field, own_redis: OwnRedis) -> None:
    worker = start("worker", "operations")
    first = enqueue(redis, stations)
    find = stations.engine.connect
    until(lambda: _state(find, first) == "offline", "the first job is done")
    own_redis.stop()
    own_redis.start()
    second = enqueue(redis, stations)
    until(lambda: _state(find, second) == "offline", "the second job is done")
    assert worker.poll() is None


def test_a_worker_that_starts_before_redis_waits_for_it(start: Start, redis: "Redis", stations: Field, own_redis: OwnRedis) -> None:
    own_redis.stop()
    worker = start("worker", "operations")
    log = Path(own_redis.folder.parent / "worker.log")
    until(lambda: "waits for Redis" in log.read_text(), "it says that it waits")
    own_redis.start()
    operation = enqueue(redis, stations)
    until(lambda: _state(stations.engine.connect, operation) == "offline", "the job is done")
    assert worker.poll() is None


def test_cron_ends_what_a_dead_node_left_open(start: Start, stations: Field) -> None:
    start("worker")
    cron = start("cron")
    operation = stations.operation(deadline_at=utcnow().replace(year=2020))
    until(lambda: _state(stations.engine.connect, operation) == "no_answer", "it is swept up")
    cron.send_signal(signal.SIGTERM)
    assert cron.wait(WITHIN_S) == 0


def test_of_two_crons_one_stands_by_until_the_other_is_gone(start: Start, redis: "Redis") -> None:
    first = start("cron")
    holder = until(lambda: redis.get(LOCK), "one holds the lock")
    second = start("cron")
    until(lambda: len(list(redis.scan_iter("rq:cron_scheduler:*"))) >= 1, "one schedules")
    assert redis.get(LOCK) == holder
    first.send_signal(signal.SIGTERM)
    assert first.wait(WITHIN_S) == 0
    until(lambda: (redis.get(LOCK) or holder) != holder, "the other holds the lock")
    second.send_signal(signal.SIGTERM)
    assert second.wait(WITHIN_S) == 0
    assert redis.get(LOCK) is None


def test_cron_outlives_a_restart_of_redis(start: Start, stations: Field, own_redis: OwnRedis, redis: "Redis") -> None:
    start("worker")
    cron = start("cron")
    until(lambda: redis.get(LOCK), "it schedules")
    own_redis.stop()
    own_redis.start()
    operation = stations.operation(deadline_at=utcnow().replace(year=2020))
    until(lambda: _state(stations.engine.connect, operation) == "no_answer", "it is swept up")
    assert cron.poll() is None


def _state(connect: Callable[[], Any], operation: int) -> str:
    with connect() as conn:
        return str(conn.exec_driver_sql(f"SELECT state FROM operation WHERE id = {operation}").scalar_one())
