"""Every answer a charger can give, and every way to get none, in plain words."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.operations.conftest import Field
from wcc.clock import utcnow
from wcc.db import db
from wcc.models import User
from wcc.operations import catalog, queries

EXPECTED = timedelta(minutes=3)
Tell = Callable[[int], queries.Told]


@pytest.fixture
def tell(app: Flask, stations: Field) -> Tell:
    """The story of an operation as alice gets it."""

    def told(operation_id: int) -> queries.Told:
        db.session.rollback()
        alice = db.session.get(User, stations.world.users["alice"])
        assert alice is not None
        with app.test_request_context():
            return queries.told(alice, operation_id, EXPECTED)

    return told


def texts(told: queries.Told) -> str:
    return " | ".join(step.text for step in told.story.steps)


@pytest.mark.parametrize("kind", [kind.ACTION for kind in catalog.FIRST])
def test_every_state_and_status_of_every_operation_has_words(stations: Field, tell: Tell, kind: str) -> None:
    payload = '{"type":"Soft"}' if kind == "Reset" else '{"type":"Inoperative"}'
    now = utcnow()
    states = [(state, None) for state in ("pending", "sent", "refused", "no_answer", "offline", "failed")]
    statuses = [("answered", status) for status in ("Accepted", "Rejected", "Scheduled", "NonsenseOfAVendor", None)]
    for state, status in (*states, *statuses):
        row = stations.operation(kind=kind, payload=payload, state=state, status=status, answered_at=now if status else None)
        told = tell(row)
        assert told.story.steps and all(step.text for step in told.story.steps)
        assert told.title
        assert told.story.over == (
            state in ("refused", "offline", "failed")
            or status in ("Rejected", "NonsenseOfAVendor")
            or (state == "answered" and status is None)
        ), (state, status)


def test_no_answer_does_not_claim_that_nothing_happened(stations: Field, tell: Tell) -> None:
    now = utcnow()
    row = stations.operation(state="no_answer", created_at=now - timedelta(seconds=31), deadline_at=now - timedelta(seconds=1))
    assert "No answer within 30 s; the charger may still do it" in texts(tell(row))


def test_a_link_lost_before_the_answer_is_told_before_the_deadline(stations: Field, tell: Tell) -> None:
    assert "The connection ended before an answer came" in texts(tell(stations.operation(state="no_answer")))


def test_a_late_answer_is_called_late(stations: Field, tell: Tell) -> None:
    row = stations.operation(state="answered", status="Accepted", late=True, answered_at=utcnow())
    assert "The charger answered late: Accepted" in texts(tell(row))


def test_accepted_is_not_taken_for_done(stations: Field, tell: Tell) -> None:
    stations.connector("ALICE-1", status="Available")
    told = tell(stations.operation(state="answered", status="Accepted", answered_at=utcnow()))
    assert told.story.last.text == "Waiting for the car: plug it in now"
    assert not told.story.over


def test_an_accepted_start_without_a_session_gives_up_in_the_end(stations: Field, tell: Tell) -> None:
    long_ago = utcnow() - timedelta(minutes=4)
    told = tell(stations.operation(state="answered", status="Accepted", answered_at=long_ago, created_at=long_ago, deadline_at=long_ago))
    assert "No session has begun within 3 minutes" in told.story.last.text
    assert told.story.over


def test_a_rejected_start_says_what_is_known_of_the_connector(stations: Field, tell: Tell) -> None:
    stations.connector("ALICE-1", status="Faulted")
    told = tell(stations.operation(state="answered", status="Rejected", answered_at=utcnow()))
    assert "The charger answered: Rejected" in told.story.last.text
    assert "Faulted" in told.story.last.text


def test_an_old_rejection_is_not_explained_by_the_status_of_today(stations: Field, tell: Tell) -> None:
    stations.connector("ALICE-1", status="Faulted")
    told = tell(stations.operation(state="answered", status="Rejected", answered_at=utcnow() - timedelta(days=1)))
    assert "Faulted" not in told.story.last.text


def test_the_power_of_the_session_is_told_with_its_age(stations: Field, tell: Tell) -> None:
    measured = utcnow() - timedelta(seconds=4)
    session = stations.session("ALICE-1", power_w=11490.0, values_at=measured)
    step = tell(stations.operation(state="answered", status="Accepted", session_id=session)).story.last
    assert step.text.startswith("Charging since ")
    assert (step.power_w, step.values_at) == (11490.0, measured)


def test_a_session_without_current_is_not_called_charging(stations: Field, tell: Tell) -> None:
    session = stations.session("ALICE-1", power_w=0.0, values_at=utcnow())
    assert "no current flows" in tell(stations.operation(state="answered", status="Accepted", session_id=session)).story.last.text


def test_a_stop_is_over_when_the_session_has_ended(stations: Field, tell: Tell) -> None:
    running = stations.session("ALICE-1")
    stop: dict[str, Any] = {"kind": "RemoteStopTransaction", "state": "answered", "status": "Accepted", "answered_at": utcnow()}
    assert tell(stations.operation(session_id=running, **stop)).story.last.text == "Waiting for the charger to end the session"
    ended = stations.session("ALICE-1", stopped_at=utcnow(), energy_wh=12300)
    told = tell(stations.operation(session_id=ended, **stop))
    assert told.story.last.text.endswith("12.30 kWh") and told.story.over


@pytest.mark.parametrize("state", ["answered", "no_answer"])
def test_a_reset_ends_when_the_charger_is_back_also_without_an_answer(stations: Field, tell: Tell, app: Flask, state: str) -> None:
    asked = utcnow() - timedelta(seconds=60)
    status = "Accepted" if state == "answered" else None
    row = stations.operation(
        kind="Reset",
        payload='{"type":"Hard"}',
        connector=None,
        state=state,
        status=status,
        sent_at=asked,
        created_at=asked,
        answered_at=asked,
    )
    assert not tell(row).story.over
    told = tell(row)
    charge_point = told.operation.charge_point
    charge_point.online, charge_point.booted_at = True, asked + timedelta(seconds=48)
    db.session.commit()
    assert tell(row).story.last.text == "Back online after 48 s"
    assert tell(row).story.over


def test_a_boot_of_days_later_is_not_taken_for_the_reset(stations: Field, tell: Tell) -> None:
    asked = utcnow() - timedelta(days=3)
    row = stations.operation(
        kind="Reset", payload='{"type":"Soft"}', state="answered", status="Accepted", sent_at=asked, created_at=asked, answered_at=asked
    )
    charge_point = tell(row).operation.charge_point
    charge_point.online, charge_point.booted_at = True, utcnow()
    db.session.commit()
    assert tell(row).story.last.text == "The charger answered: Accepted"
    assert tell(row).story.over


def test_a_scheduled_change_says_that_it_waits_for_the_session(stations: Field, tell: Tell) -> None:
    row = stations.operation(
        kind="ChangeAvailability",
        payload='{"connectorId":1,"type":"Inoperative"}',
        state="answered",
        status="Scheduled",
        answered_at=utcnow(),
    )
    told = tell(row)
    assert "Scheduled. It changes after the running session" in told.story.last.text
    assert not told.story.over
    stations.connector("ALICE-1", status="Unavailable", received_at=utcnow())
    assert tell(row).story.last.text == "Connectors now say 1: Unavailable"
    assert tell(row).story.over
