"""LogStatusNotification, SignedFirmwareStatusNotification and SignCertificate (security whitepaper)."""

import pytest
from sqlalchemy import Engine

from tests.ocpp.desk import Desk


@pytest.fixture
def desk(both_databases: str, engine: Engine) -> Desk:
    return Desk(engine)


def events(desk: Desk, kind: str) -> list[tuple[str, str | None]]:
    rows = desk.rows("SELECT name, detail FROM charger_event WHERE kind = :kind ORDER BY id", kind=kind)
    return [(row["name"], row["detail"]) for row in rows]


@pytest.mark.parametrize("action", ["LogStatusNotification", "SignedFirmwareStatusNotification"])
def test_a_notice_is_kept_with_its_request_and_a_repeated_one_is_dropped(desk: Desk, action: str) -> None:
    for payload in (
        {"status": "Uploading", "requestId": 5},
        {"status": "Uploading", "requestId": 5},
        {"status": "Uploading", "requestId": 6},
    ):
        assert desk.say(action, payload) == {}
    assert desk.say(action, {"status": "Idle"}) == {}
    assert events(desk, action) == [("Uploading", '{"requestId":5}'), ("Uploading", '{"requestId":6}'), ("Idle", None)]


@pytest.mark.parametrize("number", ["7", 7.0])
def test_a_number_of_another_form_is_understood(desk: Desk, number: object) -> None:
    desk.say("LogStatusNotification", {"status": "Uploaded", "requestId": number})
    assert events(desk, "LogStatusNotification") == [("Uploaded", '{"requestId":7}')]


@pytest.mark.parametrize("number", [None, "x", 1e300, 2**63, {}])
def test_a_number_that_is_none_does_not_lose_the_notice(desk: Desk, number: object) -> None:
    assert desk.say("SignedFirmwareStatusNotification", {"status": "Ours", "requestId": number}) == {}
    assert events(desk, "SignedFirmwareStatusNotification") == [("Ours", None)]


def test_a_request_for_a_certificate_is_kept_and_refused_since_nothing_here_signs(desk: Desk) -> None:
    assert desk.say("SignCertificate", {"csr": "-----BEGIN"}) == {"status": "Rejected"}
    assert events(desk, "SignCertificate") == [("", '{"csr":"-----BEGIN"}')]
