"""What the connection doctor shows to whom: words and advice for each reason, steps of a first connection, the clock."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, update

from tests.people import World, add, put
from wcc.clock import utcnow
from wcc.doctor import clock, jobs
from wcc.doctor.reasons import HINTS, REASONS
from wcc.models import ChargePoint, ConnectionAttempt, LoggedMessage

ClientFor = Callable[[str], FlaskClient]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def fail(engine: Engine, world: World) -> Callable[..., int]:
    """Writes an attempt."""

    def failed(identity: str, reason: str, detail: str = "", **columns: Any) -> int:
        now = utcnow()
        values = {"address": "192.0.2.7", "hour": 1, "count": 1, "first_at": now, "at": now, **columns}
        return int(add(engine, ConnectionAttempt, identity=identity, reason=reason, detail=detail, **values))

    return failed


def test_each_reason_is_told_with_what_to_do(app: Flask, client_for: ClientFor, fail: Callable[..., int]) -> None:
    for number, reason in enumerate(REASONS):
        fail("ALICE-1", reason, at=utcnow() + timedelta(seconds=number))
    card = client_for("alice").get("/charge-points/ALICE-1/connection", headers=HTMX).text
    card, page = unescape(card), unescape(client_for("alice").get("/connection-doctor/?size=50").text)
    with app.test_request_context():
        words = [(str(reason.title), str(reason.advice)) for reason in REASONS.values()]
    assert [each for each in words if each[0] not in page or each[1] not in page] == []
    assert [each for each in words[-8:] if each[0] not in card or each[1] not in card] == []


def test_a_password_that_was_nearly_right_is_explained(app: Flask, client_for: ClientFor, fail: Callable[..., int]) -> None:
    for number, word in enumerate(HINTS):
        fail("ALICE-1", "wrong_password", word, hour=number)
    card, page = (client_for("alice").get(path).text for path in ("/charge-points/ALICE-1/connection", "/connection-doctor/"))
    with app.test_request_context():
        assert [str(hint) for hint in HINTS.values() if str(hint) not in card or str(hint) not in page] == []


def test_who_may_know_of_which_attempts(client_for: ClientFor, fail: Callable[..., int]) -> None:
    for identity in ("ALICE-1", "CHARLIE-1", "STRANGER-1"):
        fail(identity, "unknown")
    seen = {
        name: {id for id in ("ALICE-1", "CHARLIE-1", "STRANGER-1") if id in client_for(name).get("/connection-doctor/").text}
        for name in ("alice", "charlie", "olga")
    }
    assert seen == {"alice": {"ALICE-1"}, "charlie": {"CHARLIE-1"}, "olga": {"ALICE-1", "CHARLIE-1", "STRANGER-1"}}
    for name in ("bob", "mona", "rita", "vic", "ada"):
        assert client_for(name).get("/connection-doctor/").status_code == 403
    assert client_for("vic").get("/charge-points/ALICE-1/connection").status_code == 403
    assert "192.0.2.7" not in client_for("vic").get("/charge-points/ALICE-1").text


def test_who_asked_before_it_was_added_is_seen_when_it_is(client_for: ClientFor, fail: Callable[..., int]) -> None:
    fail("STRANGER-1", "unknown")
    page = client_for("olga").get("/connection-doctor/?known=no").text
    assert '/charge-points/add?identity=STRANGER-1"' in page
    alice = client_for("alice")
    assert 'value="STRANGER-1"' in alice.get("/charge-points/add?identity=STRANGER-1").text
    alice.post("/charge-points/add", data={"identity": "STRANGER-1"})
    assert "192.0.2.7" in alice.get("/charge-points/STRANGER-1/connection").text
    assert "STRANGER-1" not in client_for("olga").get("/connection-doctor/?known=no").text


def steps(text: str) -> list[str]:
    """The state of each step that a page shows."""
    return [part.partition("</span>")[0] for part in text.split('<span class="wcc-muted">')[1:]]


def test_the_steps_of_a_first_connection_as_they_happen(client_for: ClientFor, engine: Engine, fail: Callable[..., int]) -> None:
    client = client_for("alice")

    def now() -> list[str]:
        return steps(client.get("/charge-points/ALICE-1/first-connection", headers=HTMX).text)

    assert now() == ["waiting"] * 7
    for reason, reached in (("tls", 0), ("subprotocol", 2), ("wrong_password", 3)):
        fail("ALICE-1", reason)
        assert now() == ["done"] * reached + ["failed"] + ["waiting"] * (6 - reached)
    moment = utcnow() + timedelta(seconds=1)
    put(engine, update(ChargePoint).where(ChargePoint.identity == "ALICE-1").values(connected_at=moment, booted_at=moment))
    assert now() == ["done"] * 5 + ["waiting"] * 2


def test_a_clock_that_is_wrong_is_told(client_for: ClientFor, engine: Engine, world: World) -> None:
    now = utcnow()
    place = {"organization_id": world.organizations["A"], "charge_point_id": world.charge_points["ALICE-1"]}
    said = (now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = f'[2,"1","StatusNotification",{{"connectorId":1,"timestamp":"{said}"}}]'
    values = {"direction": "in", "kind": 2, "message_id": "1", "action": "StatusNotification", "size": 1}
    add(engine, LoggedMessage, **place, **values, at=now, text=text)
    card = client_for("alice").get("/charge-points/ALICE-1/connection").text
    assert "s ahead" in card and "time zone to UTC" in card


def test_of_late_reports_the_nearest_tells_the_clock() -> None:
    now = utcnow()
    old, fresh = (now - timedelta(hours=5)).isoformat(), (now - timedelta(seconds=2)).isoformat()
    frames = [(f'[2,"1","X",{{"meterValue":[{{"timestamp":"{said}"}}]}}]', now) for said in (old, fresh)]
    assert clock.ahead_s([*frames, ("rubbish", now), ('[2,"1","X",{"timestamp":"soon"}]', now)]) == -2
    assert clock.ahead_s([]) is None


def test_old_attempts_are_forgotten_and_too_many_too(
    app: object, engine: Engine, fail: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 2)
    monkeypatch.setattr(jobs, "MOST", 4)
    for number in range(5):
        fail(f"OLD-{number}", "unknown", at=utcnow() - timedelta(days=20))
    fresh = [fail(f"NEW-{number}", "unknown", at=utcnow() - timedelta(minutes=9 - number)) for number in range(7)]
    assert jobs.drop_old(14) == 8
    with engine.connect() as conn:
        assert list(conn.scalars(select(ConnectionAttempt.id).order_by(ConnectionAttempt.id))) == fresh[3:]
