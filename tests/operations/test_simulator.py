"""Operations from the portal's form over a real websocket to the simulated charger, and what the portal tells of them."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from simulator import Charger, Settings
from tests.operations.conftest import Field
from tests.serving import Server
from wcc.db import db
from wcc.operations import jobs

WAIT_S = 30
Run = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture
def run() -> Iterator[Run]:
    """Runs coroutines, one after the other, in a loop that lives as long as the test."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def done(coroutine: Coroutine[Any, Any, Any]) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(coroutine, loop)
        return future.result(WAIT_S)

    yield done
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def charger(own_server: Callable[..., Server], app: Flask, run: Run) -> Iterator[Charger]:
    """ALICE-1, booted at a server on this test's database; it has a lock and the security extension."""
    made = Charger(own_server().url, "ALICE-1", settings=Settings(fixed_cable=False, security_extension=True, firmware_step_s=0.01))
    run(made.__aenter__())
    run(made.boot())
    yield made
    run(made.__aexit__())


class Desk:
    """Alice at the forms."""

    def __init__(self, client: FlaskClient) -> None:
        self.client, self.count = client, 0

    def ask(self, name: str, **form: str) -> str:
        """Execute a form, hand it to the charger and give the operation's page once it tells the answer."""
        answer = self.client.post(f"/operations/{name}", data={"cp": "ALICE-1", **form})
        assert answer.status_code == 302, answer.text
        self.count += 1
        db.session.rollback()  # it reads the row as it is now
        jobs.send(self.count)
        return self.page(self.count, "The charger answered")

    def page(self, number: int, *words: str) -> str:
        """An operation's page, once it has these words."""
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            text = self.client.get(f"/operations/{number}").text
            if all(word in text for word in words):
                return text
            time.sleep(0.05)
        raise AssertionError(f"{words} are not in:\n{text}")


@pytest.fixture
def desk(client_for: Callable[[str], FlaskClient], charger: Charger) -> Desk:
    return Desk(client_for("alice"))


def test_settings_are_read_and_changed(desk: Desk, charger: Charger) -> None:
    page = desk.ask("get-configuration", keys="HeartbeatInterval\nNonsense")
    assert "It told 1 key. It does not know Nonsense" in page and "300" in page
    assert "The setting is in force" in desk.ask("change-configuration", key="MeterValueSampleInterval", value="30")
    assert charger.configuration.number("MeterValueSampleInterval") == 30
    assert "It does not know this key" in desk.ask("change-configuration", key="Nonsense", value="1")
    assert "all of them" not in desk.ask("unlock-connector", connector="99") and "no such connector" in desk.page(desk.count)
    assert "The cable can be taken out" in desk.ask("unlock-connector", connector="1")
    desk.ask("trigger-message", requestedMessage="StatusNotification", connector="1")
    desk.page(desk.count, "The message came")


def test_a_reservation_is_held_and_used(desk: Desk, charger: Charger, stations: Field, run: Run) -> None:
    tag = stations.tag("VT-1")
    desk.ask("reserve-now", connector="1", expiryDate="2099-01-01T00:00", tag=str(tag), reservationId="77", parentIdTag="")
    number = desk.count
    desk.page(number, "The charger keeps it free", "Connector 1 says Reserved")
    run(charger.plug_in())
    assert run(charger.present_tag("VT-1")) == "Accepted"
    desk.page(number, "used the reservation")
    assert "It knows no such reservation" in desk.ask("cancel-reservation", reservationId="77")


def test_the_list_of_tags_and_a_limit_act_in_the_charger(desk: Desk, charger: Charger, stations: Field) -> None:
    assert "Its list of tags is empty" in desk.ask("get-local-list-version")
    assert "It uses the list" in desk.ask("send-local-list", updateType="Full", listVersion="5", tags="04A1\n04A2;Blocked")
    assert (charger.authorization.list_version, charger.authorization.entries["04a2"]["status"]) == (5, "Blocked")
    assert "Its list of tags has version 5" in desk.ask("get-local-list-version")
    form = {"chargingProfileId": "3", "stackLevel": "0", "chargingRateUnit": "A", "periods": "0 10.5"}
    kind = {"connector": "1", "chargingProfilePurpose": "TxDefaultProfile", "chargingProfileKind": "Absolute"}
    assert "The limit holds" in desk.ask("set-charging-profile", **form, **kind)
    assert charger.limit_a(charger.connectors[1]) == 10.5
    assert "10.5 A" in desk.ask("get-composite-schedule", connector="1", duration="3600")
    assert "The profiles are deleted" in desk.ask("clear-charging-profile")
    assert charger.limit_a(charger.connectors[1]) == 32


def test_firmware_logs_and_certificates_are_followed(desk: Desk, charger: Charger) -> None:
    folder = "https://files.example.org/"
    desk.ask("get-log", logType="SecurityLog", requestId="8", remoteLocation=folder)
    desk.page(desk.count, "It uploads the file", "The file is uploaded")
    desk.ask("get-diagnostics", location=folder)
    desk.page(desk.count, "The file is uploaded")
    assert "It has no certificate of this kind" in desk.ask("get-installed-certificate-ids", certificateType="ManufacturerRootCertificate")
    desk.ask("extended-trigger-message", requestedMessage="SignChargePointCertificate", connector="")
    assert "BEGIN CERTIFICATE REQUEST" in desk.page(desk.count, "the portal signs none and refused")
