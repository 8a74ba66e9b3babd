"""The tab Messages: filters, order, export, one message beside its answer, and what is deleted when."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select

from tests.people import World, add
from wcc.clock import utcnow
from wcc.messagelog import jobs
from wcc.models import AuditEntry, LoggedMessage

ClientFor = Callable[[str], FlaskClient]
URL = "/charge-points/ALICE-1/messages/"


@pytest.fixture
def log(engine: Engine, world: World) -> Callable[..., int]:
    """Writes a message of ALICE-1; each comes a second after the one before."""
    start, number = utcnow() - timedelta(hours=1), iter(range(100_000))

    def message(direction: str, kind: int, action: str, text: str, **columns: Any) -> int:
        place = {"organization_id": world.organizations["A"], "charge_point_id": world.charge_points["ALICE-1"]}
        values = {"at": start + timedelta(seconds=next(number)), "message_id": "m1", "size": len(text), "took_ms": None, **place, **columns}
        return int(add(engine, LoggedMessage, direction=direction, kind=kind, action=action, text=text, **values))

    return message


@pytest.fixture
def some(log: Callable[..., int]) -> list[int]:
    """A short conversation."""
    return [
        log("in", 2, "Heartbeat", '[2,"m1","Heartbeat",{}]'),
        log("out", 3, "Heartbeat", '[3,"m1",{"currentTime":"2026-11-24T10:00:00.000Z"}]', took_ms=4),
        log("in", 2, "Authorize", '[2,"m2","Authorize",{"idTag":"=CMD()"}]', message_id="m2"),
        log("out", 4, "Authorize", '[4,"m2","InternalError","oh no",{}]', message_id="m2", took_ms=7),
        log("in", 0, "", "<script>rubbish</script>", message_id="", note="not JSON"),
        log("in", 9, "", "", message_id="", size=37),
    ]


def shown(text: str) -> list[int]:
    """Ids of the messages that a page shows, in its order."""
    return [int(part.partition('"')[0]) for part in text.split('<tr id="message-')[1:]]


def test_the_newest_message_stands_first_and_nothing_is_taken_for_markup(client_for: ClientFor, some: list[int]) -> None:
    text = client_for("alice").get(URL).text
    assert shown(text) == some[::-1]
    assert "&lt;script&gt;rubbish" in text and "37 messages were not written down here" in text and "7 ms" in text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("action=Heartbeat", [1, 0]),
        ("direction=out", [3, 1]),
        ("kind=call", [2, 0]),
        ("kind=result", [1]),
        ("kind=error", [3]),
        ("kind=unreadable", [4]),
        ("kind=failed", [4, 3]),
        ("find=CMD", [2]),
        ("find=%25", []),
        ("from=2099-01-01T00:00", []),
        ("to=2000-01-01T00:00", []),
        ("from=rubbish&kind=nonsense&direction=up", [5, 4, 3, 2, 1, 0]),
    ],
)
def test_the_address_filters(client_for: ClientFor, some: list[int], query: str, expected: list[int]) -> None:
    for headers in ({}, {"HX-Request": "true"}):
        assert shown(client_for("alice").get(f"{URL}?{query}", headers=headers).text) == [some[number] for number in expected]


def test_pages_follow_each_other_and_only_the_first_one_follows_live(client_for: ClientFor, log: Callable[..., int]) -> None:
    ids = [log("in", 2, "Heartbeat", '[2,"m1","Heartbeat",{}]') for _ in range(15)]
    client = client_for("alice")
    first = client.get(URL).text
    after = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = client.get(after).text
    assert shown(first) + shown(second) == ids[::-1]
    assert "wcc:message" in first and "wcc:message" not in second
    assert "wcc:message" not in client.get(URL + "?live=off").text


@pytest.mark.parametrize("query", ["", "&kind=call", "&find=oh"])
def test_the_export_holds_what_is_shown(app: Flask, client_for: ClientFor, some: list[int], engine: Engine, query: str) -> None:
    client = client_for("alice")
    expected = shown(client.get(f"{URL}?{query[1:]}").text)
    lines = client.get(f"{URL}export?format=jsonl{query}", buffered=True)
    assert lines.mimetype == "application/x-ndjson"
    found = [json.loads(line) for line in lines.text.splitlines()]
    csv = client.get(f"{URL}export?format=csv{query}", buffered=True).text.splitlines()
    with engine.connect() as conn:
        texts = {row.id: row.text for row in conn.execute(select(LoggedMessage.id, LoggedMessage.text))}
        assert conn.scalar(select(func.count()).where(AuditEntry.action == "messages.exported")) == 2
    as_text = [
        each["message"] if isinstance(each["message"], str) else json.dumps(each["message"], separators=(",", ":")) for each in found
    ]
    assert as_text == [texts[id] for id in expected]
    assert len(csv) == len(expected) + 1


def test_a_message_stands_beside_its_answer(client_for: ClientFor, some: list[int]) -> None:
    for id in some[2:4]:
        text = client_for("alice").get(f"{URL}{id}").text
        assert "=CMD()" in text and "oh no" in text and "7 ms" in text
    alone = client_for("alice").get(f"{URL}{some[4]}").text
    assert "not JSON" in alone and "oh no" not in alone
    assert client_for("alice").get(f"{URL}999999").status_code == 404
    assert client_for("bob").get(f"/charge-points/BOBS-1/messages/{some[0]}").status_code == 404


def test_old_messages_and_those_over_the_number_are_deleted(
    app: Flask, engine: Engine, log: Callable[..., int], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 3)
    old = [log("in", 2, "Heartbeat", "[]", at=utcnow() - timedelta(days=8)) for _ in range(7)]
    fresh = [log("in", 2, "Heartbeat", "[]") for _ in range(12)]
    other = [log("in", 2, "Heartbeat", "[]", charge_point_id=world.charge_points["BOBS-1"]) for _ in range(4)]
    assert jobs.drop_old(7, 5) == len(old) + len(fresh) - 5
    with engine.connect() as conn:
        assert sorted(conn.scalars(select(LoggedMessage.id))) == fresh[-5:] + other
