"""Operations of the central system."""

from ocpp.v16 import call

from simulator.scenario import SCENARIOS
from tests.simulator.central import CentralSystem, profile, with_central

TAG = "04A1B2C3D4E5F6"


@with_central
async def test_a_remote_start_with_the_cable_in_charges(central: CentralSystem) -> None:
    async with central.charger() as charger:
        await charger.boot()
        await charger.plug_in()
        answer = await central.call(call.RemoteStartTransaction(id_tag=TAG, connector_id=1))
        assert answer.status == "Accepted"
        await charger.wait_for("Charging")
        assert "Authorize" not in central.desk.actions()
        assert central.desk.payloads("StartTransaction")[0]["id_tag"] == TAG


@with_central
async def test_a_remote_start_before_the_cable_authorizes_if_the_key_says_so_and_waits(central: CentralSystem) -> None:
    async with central.charger() as charger:
        charger.configuration.set("AuthorizeRemoteTxRequests", "true")
        await charger.boot()
        assert (await central.call(call.RemoteStartTransaction(id_tag=TAG))).status == "Accepted"
        await central.heard(lambda d: d.statuses()[-1] == "Preparing")
        await charger.plug_in()
        await charger.wait_for("Charging")
        told = central.desk.actions()[3:]
        assert told[:3] == ["Authorize", "StatusNotification", "StartTransaction"]


@with_central
async def test_a_remote_start_of_a_blocked_tag_is_accepted_and_comes_to_nothing(central: CentralSystem) -> None:
    central.desk.tags[TAG] = {"status": "Blocked"}
    async with central.charger() as charger:
        charger.configuration.set("AuthorizeRemoteTxRequests", "true")
        await charger.boot()
        assert (await central.call(call.RemoteStartTransaction(id_tag=TAG, connector_id=1))).status == "Accepted"
        await charger.wait_for_exchange("Authorize")
        await charger.raw_call("Heartbeat", {})
        assert charger.connectors[1].status == "Available"


@with_central
async def test_a_remote_start_is_rejected_where_nothing_can_start(central: CentralSystem) -> None:
    async with central.charger(free_charging=True) as charger:
        await charger.boot()
        assert (await central.call(call.RemoteStartTransaction(id_tag=TAG, connector_id=7))).status == "Rejected"
        await charger.plug_in()
        assert (await central.call(call.RemoteStartTransaction(id_tag=TAG, connector_id=1))).status == "Rejected"
        await charger.fail(3)
        assert (await central.call(call.RemoteStartTransaction(id_tag=TAG))).status == "Rejected"


@with_central
async def test_a_remote_start_brings_its_charging_profile(central: CentralSystem) -> None:
    async with central.charger() as charger:
        await charger.boot()
        await charger.plug_in()
        start = call.RemoteStartTransaction(id_tag=TAG, connector_id=1, charging_profile=profile("TxProfile", 8.0))
        assert (await central.call(start)).status == "Accepted"
        await charger.wait_for("Charging")
        assert charger.limit_a(charger.connectors[1]) == 8.0
        await charger.unplug()
        assert charger.limit_a(charger.connectors[1]) == 32.0


@with_central
async def test_the_remote_scenario_plugs_a_car_in_within_a_second(central: CentralSystem) -> None:
    async with central.charger() as charger:
        await charger.boot()
        charger.spawn(SCENARIOS["remote"].run(charger))
        await central.call(call.RemoteStartTransaction(id_tag=TAG, connector_id=1))
        await charger.wait_for("Charging", timeout_s=2)


@with_central
async def test_a_remote_stop_ends_the_session_with_reason_remote(central: CentralSystem) -> None:
    async with central.charger() as charger:
        await charger.boot()
        await charger.plug_in()
        await charger.present_tag(TAG)
        assert (await central.call(call.RemoteStopTransaction(transaction_id=101))).status == "Accepted"
        stop = await central.heard_action("StopTransaction")
        assert (stop["transaction_id"], stop["reason"]) == (101, "Remote")
        await charger.wait_for("Finishing")


@with_central
async def test_a_remote_stop_of_another_transaction_is_rejected(central: CentralSystem) -> None:
    async with central.charger() as charger:
        await charger.boot()
        await charger.plug_in()
        await charger.present_tag(TAG)
        assert (await central.call(call.RemoteStopTransaction(transaction_id=999))).status == "Rejected"
        assert charger.connectors[1].session is not None


@with_central
async def test_a_soft_reset_waits_for_the_end_of_the_session(central: CentralSystem) -> None:
    async with central.charger(free_charging=True) as charger:
        await charger.boot()
        await charger.plug_in()
        assert (await central.call(call.Reset(type="Soft"))).status == "Accepted"
        await charger.wait_for(lambda c: c.reset_pending)
        assert charger.connectors[1].session is not None
        await charger.unplug()
        await central.heard_action("BootNotification", 2)
        assert central.desk.payloads("StopTransaction")[0]["reason"] == "Local"


@with_central
async def test_a_soft_reset_may_end_the_session_instead(central: CentralSystem) -> None:
    async with central.charger(free_charging=True, soft_reset_waits=False) as charger:
        await charger.boot()
        await charger.plug_in()
        await central.call(call.Reset(type="Soft"))
        await central.heard_action("BootNotification", 2)
        assert central.desk.payloads("StopTransaction")[0]["reason"] == "SoftReset"
        told = central.desk.actions()
        assert told.index("StopTransaction") < told.index("BootNotification", 1)


@with_central
async def test_a_hard_reset_is_immediate_and_the_stop_follows_after_the_boot(central: CentralSystem) -> None:
    async with central.charger(free_charging=True) as charger:
        await charger.boot()
        await charger.plug_in()
        assert (await central.call(call.Reset(type="Hard"))).status == "Accepted"
        stop = await central.heard_action("StopTransaction")
        assert stop["reason"] == "HardReset"
        told = central.desk.actions()
        assert told.count("BootNotification") == 2
        assert told.index("BootNotification", 1) < told.index("StopTransaction")


@with_central
async def test_a_restart_forgets_who_was_awaited(central: CentralSystem) -> None:
    async with central.charger() as charger:
        await charger.boot()
        await charger.present_tag(TAG)
        await charger.wait_for("Preparing")
        await charger.power_failure()
        await charger.wait_for(lambda c: c.online)
        assert central.desk.statuses()[-1] == "Available"
        await charger.plug_in()
        assert central.desk.payloads("StartTransaction") == []


@with_central
async def test_an_unavailable_connector_is_unavailable_again_after_an_error(central: CentralSystem) -> None:
    async with central.charger() as charger:
        await charger.boot()
        await central.call(call.ChangeAvailability(connector_id=1, type="Inoperative"))
        await charger.wait_for("Unavailable")
        await charger.fail("PB24")
        await charger.recover()
        await charger.raw_call("Heartbeat", {})
        assert central.desk.statuses()[-3:] == ["Faulted", "Available", "Unavailable"]


@with_central
async def test_availability_is_scheduled_during_a_session_and_survives_a_reboot(central: CentralSystem) -> None:
    async with central.charger(free_charging=True) as charger:
        await charger.boot()
        await charger.plug_in()
        assert (await central.call(call.ChangeAvailability(connector_id=1, type="Inoperative"))).status == "Scheduled"
        assert charger.connectors[1].session is not None
        await charger.unplug()
        await charger.wait_for("Unavailable")
        await charger.reboot()
        await charger.wait_for(lambda c: c.online)
        assert central.desk.statuses()[-1] == "Unavailable"
        assert (await central.call(call.RemoteStartTransaction(id_tag=TAG, connector_id=1))).status == "Rejected"
        assert (await central.call(call.ChangeAvailability(connector_id=1, type="Operative"))).status == "Accepted"
        await central.heard(lambda d: d.statuses()[-1] == "Available")


@with_central
async def test_connector_zero_makes_the_whole_station_unavailable(central: CentralSystem) -> None:
    async with central.charger(connectors=2) as charger:
        await charger.boot()
        assert (await central.call(call.ChangeAvailability(connector_id=0, type="Inoperative"))).status == "Accepted"
        await central.heard(lambda d: [d.statuses(n)[-1] for n in (0, 1, 2)] == ["Unavailable"] * 3)
        assert (await central.call(call.ChangeAvailability(connector_id=3, type="Inoperative"))).status == "Rejected"


@with_central
async def test_a_fixed_cable_cannot_be_unlocked_and_a_loose_one_stops_the_session(central: CentralSystem) -> None:
    async with central.charger() as charger:
        await charger.boot()
        assert (await central.call(call.UnlockConnector(connector_id=1))).status == "NotSupported"
        charger.settings.fixed_cable = False
        assert (await central.call(call.UnlockConnector(connector_id=1))).status == "Unlocked"
        assert (await central.call(call.UnlockConnector(connector_id=9))).status == "NotSupported"
        await charger.plug_in()
        await charger.present_tag(TAG)
        await central.call(call.UnlockConnector(connector_id=1))
        assert (await central.heard_action("StopTransaction"))["reason"] == "UnlockCommand"
