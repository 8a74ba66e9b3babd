"""Sessions as a driver starts and stops them."""

import asyncio
from itertools import pairwise

import pytest

from simulator import Car
from simulator.connector import LEGAL
from simulator.driver import PlugError
from tests.simulator.central import CentralSystem, Desk, with_central

TAG = "04A1B2C3D4E5F6"


def transaction_messages(desk: Desk) -> list[str]:
    """Actions of a session without the meter values, statuses by name."""
    told = []
    for action, payload in desk.heard:
        if action == "StatusNotification":
            told.append(payload["status"])
        elif action in ("Authorize", "StartTransaction", "StopTransaction"):
            told.append(action)
    return told[2:]  # the two statuses after the boot


@with_central
async def test_a_card_session_goes_from_preparing_to_available(central: CentralSystem) -> None:
    async with central.charger(register_wh=4_854_797) as charger:
        await charger.boot()
        await charger.plug_in()
        assert await charger.present_tag(TAG) == "Accepted"
        await charger.wait_for("Charging")
        assert await charger.present_tag(TAG.lower()) == "Accepted"
        await charger.unplug()
        assert transaction_messages(central.desk) == [
            "Preparing",
            "Authorize",
            "StartTransaction",
            "Charging",
            "StopTransaction",
            "Finishing",
            "Available",
        ]
        start, stop = central.desk.payloads("StartTransaction")[0], central.desk.payloads("StopTransaction")[0]
        assert (start["id_tag"], start["connector_id"], start["meter_start"]) == (TAG, 1, 4_854_797)
        assert (stop["transaction_id"], stop["reason"], stop["id_tag"]) == (101, "Local", TAG.lower())
        assert start["timestamp"] < stop["timestamp"]
        assert central.desk.contexts()[0] == "Transaction.Begin"
        assert central.desk.contexts()[-1] == "Transaction.End"


@with_central
async def test_a_free_charging_session_starts_at_plug_in_and_ends_with_reason_local(central: CentralSystem) -> None:
    async with central.charger(free_charging=True) as charger:
        await charger.boot()
        await charger.plug_in()
        await charger.wait_for("Charging")
        await charger.unplug()
        assert "Authorize" not in central.desk.actions()
        assert central.desk.payloads("StartTransaction")[0]["id_tag"] == "#freecharging"
        assert central.desk.payloads("StopTransaction")[0]["reason"] == "Local"
        assert "id_tag" not in central.desk.payloads("StopTransaction")[0]
        assert central.desk.statuses() == ["Available", "Preparing", "Charging", "Finishing", "Available"]


@with_central
async def test_free_charging_may_ask_first_and_use_another_tag(central: CentralSystem) -> None:
    central.desk.tags["#FreeCharging"] = {"status": "Blocked"}
    asking = central.charger(free_charging=True, free_charging_id_tag="#FreeCharging", authorize_free_charging=True)
    async with asking as charger:
        await charger.boot()
        await charger.plug_in()
        assert central.desk.payloads("Authorize") == [{"id_tag": "#FreeCharging"}]
        assert central.desk.payloads("StartTransaction") == []


@with_central
async def test_a_refused_tag_starts_nothing(central: CentralSystem) -> None:
    central.desk.tags[TAG] = {"status": "Blocked"}
    async with central.charger() as charger:
        await charger.boot()
        await charger.plug_in()
        assert await charger.present_tag(TAG) == "Blocked"
        assert charger.connectors[1].status == "Preparing"
        assert central.desk.payloads("StartTransaction") == []


@with_central
async def test_a_tag_refused_at_the_start_ends_the_session_as_deauthorized(central: CentralSystem) -> None:
    async with central.charger(free_charging=True) as charger:
        await charger.boot()
        central.desk.tags["#freecharging"] = {"status": "Invalid"}
        await charger.plug_in()
        stop = await central.heard_action("StopTransaction")
        assert (stop["reason"], stop["transaction_id"]) == ("DeAuthorized", 101)


@with_central
async def test_a_tag_refused_at_the_start_may_only_suspend(central: CentralSystem) -> None:
    async with central.charger(free_charging=True) as charger:
        charger.configuration.set("StopTransactionOnInvalidId", "false")
        await charger.boot()
        central.desk.tags["#freecharging"] = {"status": "Invalid"}
        await charger.plug_in()
        await charger.wait_for("SuspendedEVSE")
        assert central.desk.payloads("StopTransaction") == []


@with_central
async def test_identification_without_a_car_lapses_after_the_connection_time_out(central: CentralSystem) -> None:
    async with central.charger(speed=20) as charger:
        charger.configuration.set("ConnectionTimeOut", "2")
        await charger.boot()
        assert await charger.present_tag(TAG) == "Accepted"
        await central.heard(lambda d: d.statuses() == ["Available", "Preparing", "Available"])
        await charger.plug_in()
        assert central.desk.payloads("StartTransaction") == []


@with_central
async def test_a_card_of_the_same_group_may_stop_and_a_stranger_may_not(central: CentralSystem) -> None:
    central.desk.tags |= {
        "AA000001": {"status": "Accepted", "parent_id_tag": "FAMILY"},
        "AA000002": {"status": "Accepted", "parent_id_tag": "FAMILY"},
    }
    async with central.charger() as charger:
        await charger.boot()
        await charger.plug_in()
        await charger.present_tag("AA000001")
        assert await charger.present_tag("BB000001") == "Ignored"
        assert charger.connectors[1].session is not None
        assert await charger.present_tag("AA000002") == "Accepted"
        assert central.desk.payloads("StopTransaction")[0]["id_tag"] == "AA000002"


@with_central
async def test_a_full_car_is_suspended_and_the_session_goes_on_until_it_leaves(central: CentralSystem) -> None:
    async with central.charger(speed=60, free_charging=True, tick_s=1.0) as charger:
        await charger.boot()
        await charger.plug_in(Car(wanted_wh=60, ramp_s=1, taper_wh=10))
        await charger.wait_for("SuspendedEV")
        assert charger.connectors[1].session is not None
        await central.heard(lambda d: d.statuses()[-1] == "SuspendedEV")
        assert central.desk.payloads("StatusNotification")[-1]["info"] == "goal reached"
        await charger.unplug()
        start, stop = central.desk.payloads("StartTransaction")[0], central.desk.payloads("StopTransaction")[0]
        assert 60 <= stop["meter_stop"] - start["meter_start"] <= 75


@with_central
async def test_a_local_limit_below_six_ampere_suspends_without_our_doing(central: CentralSystem) -> None:
    async with central.charger(free_charging=True) as charger:
        await charger.boot()
        await charger.plug_in()
        await charger.wait_for("Charging")
        charger.limit_locally(0.0)
        await charger.wait_for("SuspendedEVSE")
        charger.limit_locally(None)
        await charger.wait_for("Charging")


@with_central
async def test_an_error_ends_the_session_and_stays_until_the_car_is_replugged(central: CentralSystem) -> None:
    async with central.charger(free_charging=True) as charger:
        await charger.boot()
        await charger.plug_in()
        await charger.fail("PB09")
        faulted = central.desk.payloads("StatusNotification")[-1]
        assert faulted["error_code"] == "EVCommunicationError"
        assert faulted["vendor_error_code"] == "PB09"
        assert len(faulted["info"]) <= 50
        await charger.recover()
        assert charger.connectors[1].status == "Faulted"
        await charger.unplug()
        assert central.desk.statuses()[-2:] == ["Faulted", "Available"]
        assert central.desk.payloads("StatusNotification")[-1]["error_code"] == "NoError"


@with_central
async def test_pulling_the_plug_while_the_first_status_is_on_its_way_starts_nothing(central: CentralSystem) -> None:
    async with central.charger(free_charging=True) as charger:
        await charger.boot()
        await asyncio.gather(charger.plug_in(), charger.unplug())
        await charger.raw_call("Heartbeat", {})
        assert central.desk.payloads("StartTransaction") == []
        assert charger.connectors[1].status == "Available"


@with_central
async def test_a_session_may_outlive_the_plug_and_go_on_with_the_next_car(central: CentralSystem) -> None:
    async with central.charger(free_charging=True) as charger:
        charger.configuration.set("StopTransactionOnEVSideDisconnect", "false")
        await charger.boot()
        await charger.plug_in()
        await charger.wait_for("Charging")
        await charger.unplug()
        assert charger.connectors[1].status == "SuspendedEV"
        await charger.plug_in()
        await charger.wait_for("Charging")
        assert central.desk.payloads("StopTransaction") == []


@with_central
async def test_two_connectors_charge_independently(central: CentralSystem) -> None:
    async with central.charger(connectors=2) as charger:
        await charger.boot()
        for connector in (1, 2):
            await charger.plug_in(connector=connector)
            await charger.present_tag(f"0000000{connector}", connector)
        await charger.unplug(connector=2)
        assert [p["transaction_id"] for p in central.desk.payloads("StopTransaction")] == [102]
        assert charger.connectors[1].session is not None


@with_central
async def test_every_status_change_of_a_busy_life_is_legal(central: CentralSystem) -> None:
    async with central.charger(fixed_cable=False) as charger:
        await charger.boot()
        for _ in range(2):
            await charger.plug_in()
            await charger.present_tag(TAG)
            await charger.wait_for("Charging")
            await charger.present_tag(TAG)
            await charger.present_tag(TAG)
            await charger.fail(10)
            await charger.recover()
            await charger.unplug()
        history = charger.connectors[1].history
        assert len(history) > 10
        assert all(after in LEGAL[before] for before, after in pairwise(history))
        assert central.desk.statuses() == history


@with_central
async def test_a_second_plug_in_the_same_outlet_is_an_error_of_the_caller(central: CentralSystem) -> None:
    async with central.charger() as charger:
        await charger.plug_in()
        with pytest.raises(PlugError):
            await charger.plug_in()
        await charger.unplug()
        with pytest.raises(PlugError):
            await charger.unplug()
