"""The jobs: handing over, twice, too late, and what the sweeps clear up."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import Engine, text

from tests.operations.conftest import Field
from wcc import bus
from wcc.chargepoints import jobs as chargepoints
from wcc.clock import to_ms, utcnow
from wcc.operations import jobs


@pytest.mark.usefixtures("app")
def test_a_job_that_runs_twice_hands_over_the_same_message_id(stations: Field) -> None:
    """The node drops what it has seen; so the id must be the same."""
    stations.hold("ALICE-1")
    operation = stations.operation(state="pending", sent_at=None)
    jobs.send(operation)
    jobs.send(operation)
    assert len({command["id"] for command in stations.commands()}) == 1


@pytest.mark.usefixtures("app")
def test_a_job_for_an_operation_that_is_gone_or_done_does_nothing(stations: Field) -> None:
    stations.hold("ALICE-1")
    jobs.send(4711)
    jobs.send(stations.operation(state="answered"))
    assert stations.commands() == []


@pytest.mark.usefixtures("app")
def test_a_job_that_comes_too_late_sends_nothing(stations: Field, find: Callable[[int], Any]) -> None:
    stations.hold("ALICE-1")
    operation = stations.operation(state="pending", sent_at=None, deadline_at=utcnow() - timedelta(seconds=1))
    jobs.send(operation)
    assert stations.commands() == []
    assert (find(operation).state, find(operation).error) == ("failed", jobs.TOO_LATE)


@pytest.mark.usefixtures("app")
def test_the_command_carries_the_deadline_of_the_person(stations: Field) -> None:
    stations.hold("ALICE-1")
    deadline_at = utcnow() + timedelta(seconds=30)
    jobs.send(stations.operation(state="pending", sent_at=None, deadline_at=deadline_at))
    assert stations.commands()[0]["deadline_ms"] == to_ms(deadline_at)


def test_silent_chargers_hold_up_nobody_elses_operation(app: Flask, stations: Field, redis: "Redis", work: Callable[[], None]) -> None:
    """Nobody reads this node's commands, so its charger never answers; yet all jobs are through before the first is even due."""
    stations.hold("ALICE-1", "BOBS-1")
    silent = [stations.operation("ALICE-1", state="pending", sent_at=None) for _ in range(20)]
    for operation in (*silent, stations.operation("BOBS-1", state="pending", sent_at=None)):
        bus.queue(redis).enqueue(jobs.send, operation)
    before = time.monotonic()
    work()
    assert len(stations.commands()) == 21
    assert stations.commands()[-1]["identity"] == "BOBS-1"
    assert time.monotonic() - before < app.config["SETTINGS"].call_timeout_s


@pytest.mark.usefixtures("app")
def test_what_a_dead_node_left_open_is_swept_up_once_its_deadline_is_past(stations: Field, find: Callable[[int], Any]) -> None:
    past = utcnow() - timedelta(minutes=1)
    lost = stations.operation(state="pending", sent_at=None, deadline_at=past)
    silent = stations.operation(deadline_at=past)
    answered = stations.operation(state="answered", deadline_at=past)
    waiting = stations.operation()
    assert jobs.sweep() == 2
    assert [find(row).state for row in (lost, silent, answered, waiting)] == ["no_answer", "no_answer", "answered", "sent"]
    assert jobs.sweep() == 0


@pytest.mark.usefixtures("app")
def test_the_browsers_of_the_organization_are_told(stations: Field, redis: "Redis") -> None:
    listening: Any = redis.pubsub(ignore_subscribe_messages=True)
    listening.subscribe(bus.EVENTS)
    listening.get_message(timeout=5)
    operation = stations.operation(state="pending", sent_at=None)
    jobs.send(operation)  # offline
    heard = listening.get_message(timeout=5)
    assert heard["data"] == b'[%d,{"operation":[%d]}]' % (stations.world.organizations["A"], operation)


def _set_online(engine: Engine, *identities: str) -> None:
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        for identity in identities:
            conn.execute(text("UPDATE charge_point SET online = true, connection = 'token' WHERE identity = :i"), {"i": identity})


def _online(engine: Engine) -> set[str]:
    with engine.connect() as conn:
        return set(conn.execute(text("SELECT identity FROM charge_point WHERE online")).scalars())


@pytest.mark.usefixtures("app", "both_databases")
def test_chargers_that_no_node_holds_any_more_are_offline_after_the_grace(stations: Field, engine: Engine, redis: "Redis") -> None:
    redis.delete(chargepoints.MISSED + "ALICE-1", chargepoints.MISSED + "BOBS-1")
    stations.hold("BOBS-1")
    _set_online(engine, "ALICE-1", "BOBS-1")
    assert chargepoints.sweep_offline(60) == 0  # missed once: its node may just be saying so again
    assert _online(engine) == {"ALICE-1", "BOBS-1"}
    assert chargepoints.sweep_offline(0) == 1
    assert _online(engine) == {"BOBS-1"}
    with engine.connect() as conn:
        assert conn.execute(text("SELECT kind FROM charger_event")).scalars().all() == ["Disconnected"]


@pytest.mark.usefixtures("app")
def test_a_charger_that_is_there_again_is_not_counted_as_missed(stations: Field, engine: Engine, redis: "Redis") -> None:
    redis.delete(chargepoints.MISSED + "ALICE-1")
    _set_online(engine, "ALICE-1")
    chargepoints.sweep_offline(60)
    stations.hold("ALICE-1")
    chargepoints.sweep_offline(60)
    assert redis.get(chargepoints.MISSED + "ALICE-1") is None
    assert chargepoints.sweep_offline(0) == 0
