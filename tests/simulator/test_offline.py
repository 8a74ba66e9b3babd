"""The queue of transaction messages: offline, refused, dropped, over a power cut."""

from pathlib import Path
from typing import Any

import pytest
from ocpp.v16 import call

from simulator import CallRefused, Charger, LinkLost
from simulator.state import StateError
from tests.simulator.central import CentralSystem, with_central

TAG = "04A1B2C3D4E5F6"
TRANSACTION = ("StartTransaction", "MeterValues", "StopTransaction")


@with_central
async def test_a_whole_offline_session_is_replayed_in_order_with_its_own_timestamps(central: CentralSystem) -> None:
    async with central.charger(free_charging=True, sample_interval_s=1, speed=20) as charger:
        await charger.boot()
        charger.go_offline()
        began = charger.clock.text()
        await charger.plug_in()
        await charger.wait_for(lambda c: len(c.outbox.entries) >= 4)
        await charger.unplug()
        ended = charger.clock.text()
        queued = [entry.action for entry in charger.outbox.entries]
        assert queued[0] == "StartTransaction"
        assert queued[-1] == "StopTransaction"
        assert not [a for a in central.desk.actions() if a in TRANSACTION]
        charger.go_online()
        await charger.outbox.empty(10)
        heard = [(action, payload) for action, payload in central.desk.heard if action in TRANSACTION]
        assert [action for action, _ in heard] == queued
        times = [p["timestamp"] if "timestamp" in p else p["meter_value"][0]["timestamp"] for _, p in heard]
        assert times == sorted(times)
        assert began <= times[0] <= times[-1] <= ended
        assert {p["transaction_id"] for action, p in heard if action != "StartTransaction"} == {101}
        assert central.desk.actions().count("BootNotification") == 1


@with_central
async def test_a_session_goes_on_while_the_link_is_down(central: CentralSystem) -> None:
    async with central.charger() as charger:
        await charger.boot()
        await charger.plug_in()
        await charger.present_tag(TAG)
        await charger.wait_for("Charging")
        charger.drop_tcp()
        await charger.wait_for(lambda c: not c.connected)
        await charger.wait_for(lambda c: c.online)
        assert charger.connectors[1].status == "Charging"
        await charger.present_tag(TAG)
        assert central.desk.payloads("StopTransaction")[0]["transaction_id"] == 101


@with_central
async def test_a_message_the_central_system_fails_on_is_tried_again_before_the_next(central: CentralSystem) -> None:
    central.desk.fail["StartTransaction"] = 2
    async with central.charger(free_charging=True, begin_sample=False, end_sample="none") as charger:
        charger.configuration.set("TransactionMessageRetryInterval", "0")
        await charger.boot()
        await charger.plug_in()
        await charger.unplug()
        await charger.outbox.empty(10)
        assert [a for a in central.desk.actions() if a in TRANSACTION] == ["StartTransaction"] * 3 + ["StopTransaction"]
        starts = central.desk.payloads("StartTransaction")
        assert starts[0] == starts[1] == starts[2]


@with_central
async def test_a_start_that_is_given_up_leaves_transaction_id_minus_one(central: CentralSystem) -> None:
    central.desk.fail["StartTransaction"] = 9
    async with central.charger(free_charging=True) as charger:
        charger.configuration.set("TransactionMessageRetryInterval", "0")
        charger.configuration.set("TransactionMessageAttempts", "2")
        await charger.boot()
        await charger.plug_in()
        await charger.unplug()
        await charger.outbox.empty(10)
        assert len(central.desk.payloads("StartTransaction")) == 2
        assert central.desk.payloads("StopTransaction")[0]["transaction_id"] == -1


@with_central
async def test_offline_a_known_card_starts_and_an_unknown_one_does_not(central: CentralSystem) -> None:
    async with central.charger() as charger:
        await charger.boot()
        await charger.plug_in()
        await charger.present_tag(TAG)
        await charger.unplug()
        charger.go_offline()
        assert await charger.present_tag("BB000000") == "Invalid"
        await charger.plug_in()
        assert await charger.present_tag(TAG) == "Accepted"


@with_central
async def test_a_power_cut_ends_the_session_after_the_next_boot(central: CentralSystem) -> None:
    async with central.charger(free_charging=True) as charger:
        await charger.boot()
        await charger.plug_in()
        await charger.power_failure()
        stop = await central.heard_action("StopTransaction")
        assert (stop["reason"], stop["transaction_id"]) == ("PowerLoss", 101)
        assert central.desk.actions().count("BootNotification") == 2


@with_central
async def test_a_call_whose_answer_never_came_ends_with_the_link(central: CentralSystem) -> None:
    async with central.charger() as charger:
        await charger.boot()
        asked = charger.spawn(charger.ask(call.Heartbeat()))
        await charger.wait_for(lambda c: c.journal.sent("Heartbeat"))
        charger.drop_tcp()
        with pytest.raises(LinkLost):
            await asked


@with_central
async def test_anything_can_be_said_and_refusals_are_errors(central: CentralSystem) -> None:
    async with central.charger() as charger:
        await charger.boot()
        old = "2019-01-01T00:00:00.000Z"
        payload: dict[str, Any] = {"connectorId": 1, "idTag": "x", "meterStart": 1, "timestamp": old}
        answer = await charger.raw_call("StartTransaction", payload, unique_id="my-own-id")
        assert answer["transactionId"] == 101
        assert central.desk.payloads("StartTransaction")[0]["timestamp"] == old
        assert charger.journal.sent("StartTransaction")[0].unique_id == "my-own-id"
        with pytest.raises(CallRefused) as refused:
            await charger.raw_call("NoSuchAction", {})
        assert refused.value.code == "NotSupported"
        await charger.send_frame("{this is no frame")
        assert await charger.raw_call("Heartbeat", {})


@with_central
async def test_the_header_takes_every_form_of_the_password(central: CentralSystem) -> None:
    forms = {
        "text": "Basic TkVYVCAxOjQxNDI=",  # NEXT 1:4142
        "hex": "Basic TkVYVCAxOjM0MzEzNDMy",  # NEXT 1:34313432
        "raw": "Basic TkVYVCAxOkFC",  # NEXT 1:AB
        "wrong": "Basic TkVYVCAxOm5vdC00MTQy",  # NEXT 1:not-4142
    }
    for form in [*forms, "none"]:
        async with central.charger(identity="NEXT 1", authorization=form) as charger:
            charger.password = "4142"
            await charger.wait_for(lambda c: c.connected)
            assert central.desk.headers[-1].get("authorization") == forms.get(form)
            assert central.desk.paths[-1] == "/ocpp/NEXT%201"
            assert central.desk.headers[-1]["sec-websocket-protocol"] == "ocpp1.6"


def state_charger(central: CentralSystem, folder: Path) -> Charger:
    """A charger that remembers."""
    charger = central.charger(free_charging=True, register_wh=1000)
    return Charger(central.url, charger.identity, settings=charger.settings, state=folder)


def test_a_charger_with_a_state_folder_remembers_over_a_kill(tmp_path: Path) -> None:
    @with_central
    async def body(central: CentralSystem) -> None:
        async with state_charger(central, tmp_path) as charger:
            await charger.boot()
            charger.configuration.set("HeartbeatInterval", "77")
            await charger.plug_in()
            charger.go_offline()
            charger.connectors[1].meter.register_wh = 5000
            charger.remember()
        async with state_charger(central, tmp_path) as charger:
            assert charger.connectors[1].meter.reading_wh == 5000
            await charger.boot()
            await charger.outbox.empty(10)
            stop = central.desk.payloads("StopTransaction")[0]
            assert (stop["transaction_id"], stop["reason"], stop["meter_stop"]) == (101, "PowerLoss", 5000)
            assert central.desk.actions().count("StartTransaction") == 1

    body()


def test_a_broken_state_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "X.json").write_text("[]")
    with pytest.raises(StateError, match=r"X\.json"):
        Charger("ws://127.0.0.1:1/", "X", state=tmp_path)
