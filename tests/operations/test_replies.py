"""What every answer of every declared operation means, and what came of it afterwards."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib.resources import files
from typing import Any

import orjson
import pytest
from flask import Flask

from tests.operations.conftest import Field
from tests.operations.forms import FORMS
from tests.people import add
from wcc.clock import utcnow
from wcc.db import db
from wcc.models import ChargerEvent, User
from wcc.operations import catalog, queries
from wcc.operations.form import _schema

Tell = Callable[..., queries.Told]
UNKNOWN = "OCPP knows no such answer"


def statuses(action: str) -> list[str]:
    """The words that OCPP's schema of an answer allows."""
    schema = orjson.loads(files("ocpp").joinpath("v16", "schemas", f"{action}Response.json").read_text("utf-8-sig"))
    status = schema.get("properties", {}).get("status", {})
    if "$ref" in status:
        status = schema["definitions"][status["$ref"].rpartition("/")[2]]
    return list(status.get("enum", []))


def declared() -> Iterator[Any]:
    return (kind for kind in catalog.KINDS if kind not in catalog.FIRST)


@pytest.fixture
def tell(app: Flask, stations: Field) -> Tell:
    """The story of an operation as alice gets it: of a kind, with these columns and this reply."""

    def told(name: str, reply: dict[str, Any] | None = None, **columns: Any) -> queries.Told:
        kind = catalog.BY_NAME[name]
        payload = orjson.dumps(columns.pop("payload", FORMS[name][1])).decode()
        if reply is not None:
            answered = {"state": "answered", "status": reply.get("status"), "reply": orjson.dumps(reply).decode(), "answered_at": utcnow()}
            columns = {**answered, **columns}
        row = columns.pop("row", None) or stations.operation(kind=kind.ACTION, payload=payload, **columns)
        db.session.rollback()
        alice = db.session.get(User, stations.world.users["alice"])
        assert alice is not None
        with app.test_request_context():
            return queries.told(alice, row, timedelta(minutes=3))

    return told


def texts(told: queries.Told) -> str:
    return " | ".join(step.text for step in told.story.steps)


def test_no_answer_of_ocpp_falls_to_a_general_sentence(tell: Tell) -> None:
    for kind in declared():
        words = statuses(kind.ACTION)
        assert words or kind.ACTION in ("GetConfiguration", "GetLocalListVersion", "UpdateFirmware", "GetDiagnostics")
        assert set(words) <= set(kind.replies), kind.ACTION
        for status in words:
            told = texts(tell(kind.NAME, {"status": status}))
            assert f"The charger answered: {status}. " in told and UNKNOWN not in told, (kind.ACTION, status)
        if words:
            assert UNKNOWN in texts(tell(kind.NAME, {"status": "NonsenseOfAVendor"}))
        assert _schema(kind.ACTION).is_valid(FORMS[kind.NAME][1])


def test_the_configuration_is_shown_but_no_password(tell: Tell) -> None:
    keys = [{"key": "HeartbeatInterval", "readonly": False, "value": "300"}, {"key": "AuthorizationKey", "readonly": True, "value": "hush"}]
    told = tell("get_configuration", {"configurationKey": keys, "unknownKey": ["b"]})
    assert "It told 2 keys. It does not know b" in texts(told) and told.story.over
    assert told.story.table is not None
    assert list(told.story.table.rows) == [("HeartbeatInterval", "300", "yes"), ("AuthorizationKey", "…", "no")]


@pytest.mark.parametrize("reply", [{}, {"configurationKey": "x"}, {"configurationKey": [None, {"key": 1}], "unknownKey": 7}])
def test_a_strange_answer_is_told_without_an_error(tell: Tell, reply: dict[str, Any]) -> None:
    for name in ("get_configuration", "get_composite_schedule", "get_installed_certificate_ids", "get_local_list_version"):
        assert tell(name, {**reply, "status": "Accepted", "chargingSchedule": reply, "listVersion": None}).story.steps


@pytest.mark.parametrize(("version", "words"), [(-1, "It keeps no list"), (0, "is empty"), (12, "has version 12")])
def test_the_version_of_the_list_is_told_in_words(tell: Tell, version: int, words: str) -> None:
    assert words in texts(tell("get_local_list_version", {"listVersion": version}))


def event(stations: Field, kind: str, name: str, detail: str | None = None) -> None:
    """The charger of ALICE-1 tells something now."""
    columns = {"kind": kind, "name": name, "detail": detail, "happened_at": utcnow(), "received_at": utcnow()}
    add(stations.engine, ChargerEvent, **stations.station("ALICE-1"), **columns)


def test_the_firmware_is_followed_until_it_is_installed(stations: Field, tell: Tell) -> None:
    told = tell("update_firmware", {})
    assert not told.story.over
    row = told.operation.id
    event(stations, "FirmwareStatusNotification", "Downloading")
    event(stations, "FirmwareStatusNotification", "Idle")
    assert tell("update_firmware", row=row).story.last.text == "It downloads the firmware"
    event(stations, "FirmwareStatusNotification", "Installed")
    told = tell("update_firmware", row=row)
    assert told.story.last.text == "The firmware is installed" and told.story.over


def test_a_notice_belongs_to_the_latest_job(stations: Field, tell: Tell) -> None:
    early = utcnow() - timedelta(hours=1)
    first = tell("update_firmware", {}, created_at=early, sent_at=early, answered_at=early).operation.id
    second = tell("update_firmware", {}).operation.id
    event(stations, "FirmwareStatusNotification", "DownloadFailed")
    assert "The download failed" not in texts(tell("update_firmware", row=first))
    assert "The download failed" in texts(tell("update_firmware", row=second))


def test_a_log_follows_the_number_of_its_request(stations: Field, tell: Tell) -> None:
    row = tell("get_log", {"status": "Accepted", "filename": "a.log"}).operation.id
    event(stations, "LogStatusNotification", "PermissionDenied", detail='{"requestId":99}')
    assert "It uploads the file a.log" in texts(tell("get_log", row=row))
    assert "let it put nothing there" not in texts(tell("get_log", row=row))
    event(stations, "LogStatusNotification", "Uploaded", detail='{"requestId":5}')
    assert tell("get_log", row=row).story.last.text == "The file is uploaded"


def test_a_reservation_tells_the_session_that_used_it(stations: Field, tell: Tell) -> None:
    until = (utcnow() + timedelta(hours=1)).isoformat()
    payload = {**FORMS["reserve_now"][1], "expiryDate": until, "connectorId": 1}
    row = tell("reserve_now", {"status": "Accepted"}, payload=payload).operation.id
    stations.connector("ALICE-1", status="Reserved", received_at=utcnow())
    assert "Connector 1 says Reserved | Reserved until" in texts(tell("reserve_now", row=row))
    session = stations.session("ALICE-1", reservation_id=7)
    assert f"Session {session} used the reservation" in texts(tell("reserve_now", row=row))


def test_a_message_that_was_asked_for_is_told_when_it_comes(stations: Field, tell: Tell) -> None:
    row = tell("trigger_message", {"status": "Accepted"}).operation.id
    assert not tell("trigger_message", row=row).story.over
    stations.connector("ALICE-1", values_at=utcnow())
    assert tell("trigger_message", row=row).story.last.text == "The message came"


def test_a_request_for_a_certificate_is_shown_with_what_asked_for_it(stations: Field, tell: Tell) -> None:
    row = tell("extended_trigger_message", {"status": "Accepted"}).operation.id
    event(stations, "SignCertificate", "", detail='{"csr":"-----BEGIN"}')
    assert "the portal signs none and refused. Its request: -----BEGIN" in texts(tell("extended_trigger_message", row=row))
