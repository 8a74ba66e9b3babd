"""Operations of the central system."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ocpp.exceptions import NotImplementedError as NotImplementedThere
from ocpp.exceptions import NotSupportedError
from ocpp.v16 import call

from simulator import Reply
from simulator.scenario import SCENARIOS
from tests.simulator.central import CentralSystem, with_central

TAG = "04A1B2C3D4E5F6"


def profile(purpose: str = "TxDefaultProfile", limit: float = 10.0, **more: Any) -> dict[str, Any]:
    """A charging profile with one endless period."""
    return {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative" if purpose == "TxProfile" else "Absolute",
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
        },
        **more,
    }


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


@with_central
async def test_triggered_messages_follow_the_reply(central: CentralSystem) -> None:
    async with central.charger() as charger:
        await charger.boot()
        for message in ("Heartbeat", "FirmwareStatusNotification", "DiagnosticsStatusNotification", "BootNotification"):
            before = len(central.desk.payloads(message))
            assert (await central.call(call.TriggerMessage(requested_message=message))).status == "Accepted"
            await central.heard_action(message, before + 1)
        await central.call(call.TriggerMessage(requested_message="MeterValues", connector_id=1))
        values = await central.heard_action("MeterValues")
        assert values["meter_value"][0]["sampled_value"][0]["context"] == "Trigger"
        assert central.desk.payloads("FirmwareStatusNotification") == [{"status": "Idle"}]
        rejected = await central.call(call.TriggerMessage(requested_message="StatusNotification", connector_id=5))
        assert rejected.status == "Rejected"


@with_central
async def test_configuration_is_read_and_changed_by_the_rules(central: CentralSystem) -> None:
    async with central.charger(reboot_required_keys=["TimeZone"]) as charger:
        await charger.boot()
        everything = await central.call(call.GetConfiguration())
        keys = {entry["key"]: entry for entry in everything.configuration_key}
        assert keys["NumberOfConnectors"] == {"key": "NumberOfConnectors", "readonly": True, "value": "1"}
        assert "value" not in keys["AuthorizationKey"]
        some = await central.call(call.GetConfiguration(key=["heartbeatinterval", "Nonsense"]))
        assert [entry["key"] for entry in some.configuration_key] == ["HeartbeatInterval"]
        assert some.unknown_key == ["Nonsense"]
        expected = {
            ("MeterValueSampleInterval", "30"): "Accepted",
            ("MeterValueSampleInterval", "-1"): "Rejected",
            ("NumberOfConnectors", "2"): "Rejected",
            ("Nonsense", "1"): "NotSupported",
            ("MeterValuesSampledData", "Power.Active.Import,SoC"): "Rejected",
            ("MeterValuesSampledData", "Power.Active.Import,Voltage.L1"): "Accepted",
            ("TimeZone", "Europe/Brussels"): "RebootRequired",
            ("FreeChargingMode", "TRUE"): "Accepted",
        }
        for (key, value), status in expected.items():
            assert (await central.call(call.ChangeConfiguration(key=key, value=value))).status == status, (key, value)
        assert charger.configuration.number("MeterValueSampleInterval") == 30
        assert charger.configuration.flag("FreeChargingMode")


@with_central
async def test_a_new_authorization_key_is_used_on_the_next_connection(central: CentralSystem) -> None:
    async with central.charger() as charger:
        charger.password = "old"
        await charger.boot()
        answer = await central.call(call.ChangeConfiguration(key="AuthorizationKey", value="00ff" * 10))
        assert answer.status == "Accepted"
        await central.heard(lambda d: d.sockets == 2)
        # base64 of "NEXT-WS104600:" and the twenty bytes
        assert central.desk.headers[-1]["authorization"] == "Basic TkVYVC1XUzEwNDYwMDoA/wD/AP8A/wD/AP8A/wD/AP8A/w=="
        assert central.desk.headers[0]["authorization"] != central.desk.headers[-1]["authorization"]


@with_central
async def test_a_reservation_is_shown_used_cancelled_and_expires(central: CentralSystem) -> None:
    async with central.charger() as charger:
        await charger.boot()

        def reserve(number: int, seconds: float) -> call.ReserveNow:
            until = (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
            return call.ReserveNow(connector_id=1, expiry_date=until, id_tag=TAG, reservation_id=number)

        assert (await central.call(reserve(1, 0.1))).status == "Accepted"
        await central.heard(lambda d: d.statuses()[-2:] == ["Reserved", "Available"])
        assert (await central.call(reserve(2, 600))).status == "Accepted"
        await charger.wait_for("Reserved")
        assert (await central.call(reserve(3, 600))).status == "Occupied"
        assert (await central.call(call.CancelReservation(reservation_id=2))).status == "Accepted"
        await charger.wait_for("Available")
        assert (await central.call(call.CancelReservation(reservation_id=2))).status == "Rejected"
        assert (await central.call(reserve(4, 600))).status == "Accepted"
        await charger.wait_for("Reserved")
        await charger.plug_in()
        assert await charger.present_tag("BB000000") == "Ignored"
        assert await charger.present_tag(TAG) == "Accepted"
        assert central.desk.payloads("StartTransaction")[0]["reservation_id"] == 4


@with_central
async def test_the_local_list_admits_offline_and_keeps_its_version(central: CentralSystem) -> None:
    async with central.charger() as charger:
        await charger.boot()
        assert (await central.call(call.GetLocalListVersion())).list_version == 0
        full = [
            {"idTag": TAG, "idTagInfo": {"status": "Accepted"}},
            {"idTag": "BB", "idTagInfo": {"status": "Blocked"}},
        ]
        sent = call.SendLocalList(list_version=5, update_type="Full", local_authorization_list=full)
        assert (await central.call(sent)).status == "Accepted"
        sent = call.SendLocalList(
            list_version=5, update_type="Differential", local_authorization_list=[{"idTag": "BB"}]
        )
        assert (await central.call(sent)).status == "VersionMismatch"
        sent = call.SendLocalList(
            list_version=6, update_type="Differential", local_authorization_list=[{"idTag": "BB"}]
        )
        assert (await central.call(sent)).status == "Accepted"
        assert (await central.call(call.GetLocalListVersion())).list_version == 6
        charger.go_offline()
        assert await charger.present_tag("BB") == "Invalid"
        assert await charger.present_tag(TAG.lower()) == "Accepted"


@with_central
async def test_profiles_limit_the_current_and_can_be_cleared(central: CentralSystem) -> None:
    async with central.charger(free_charging=True, rating="16A") as charger:
        await charger.boot()
        tx_profile = call.SetChargingProfile(connector_id=1, cs_charging_profiles=profile("TxProfile"))
        assert (await central.call(tx_profile)).status == "Rejected"
        default = call.SetChargingProfile(connector_id=0, cs_charging_profiles=profile(limit=0.0))
        assert (await central.call(default)).status == "Accepted"
        await charger.plug_in()
        await charger.wait_for("SuspendedEVSE")
        schedule = await central.call(call.GetCompositeSchedule(connector_id=1, duration=600))
        assert schedule.charging_schedule["charging_schedule_period"] == [{"start_period": 0, "limit": 0.0}]
        assert (await central.call(call.ClearChargingProfile(id=1))).status == "Accepted"
        assert (await central.call(call.ClearChargingProfile())).status == "Unknown"
        await charger.wait_for("Charging")
        schedule = await central.call(call.GetCompositeSchedule(connector_id=1, duration=600))
        assert schedule.charging_schedule["charging_schedule_period"] == [{"start_period": 0, "limit": 16.0}]


@with_central
async def test_a_firmware_update_reports_each_step_and_boots_with_the_new_version(central: CentralSystem) -> None:
    async with central.charger() as charger:
        await charger.boot()
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        await central.call(call.UpdateFirmware(location="https://files.example/next-3.1.17.bin", retrieve_date=now))
        await central.heard_action("FirmwareStatusNotification", 4)
        steps = [p["status"] for p in central.desk.payloads("FirmwareStatusNotification")]
        assert steps == ["Downloading", "Downloaded", "Installing", "Installed"]
        assert central.desk.payloads("BootNotification")[-1]["firmware_version"] == "3.1.17"
        assert "Unavailable" in central.desk.statuses()
        assert central.desk.statuses()[-1] == "Available"


@with_central
async def test_a_failed_download_and_diagnostics_are_reported(central: CentralSystem) -> None:
    async with central.charger(firmware_outcome="DownloadFailed", diagnostics_outcome="UploadFailed") as charger:
        await charger.boot()
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        await central.call(call.UpdateFirmware(location="ftp://files.example/x", retrieve_date=now))
        await central.heard_action("FirmwareStatusNotification", 2)
        answer = await central.call(call.GetDiagnostics(location="ftp://files.example/"))
        assert answer.file_name.startswith("NEXT-WS104600-")
        await central.heard_action("DiagnosticsStatusNotification", 2)
        assert [p["status"] for p in central.desk.payloads("FirmwareStatusNotification")][-1] == "DownloadFailed"
        assert [p["status"] for p in central.desk.payloads("DiagnosticsStatusNotification")][-1] == "UploadFailed"


@with_central
async def test_what_this_unit_does_not_have_is_refused_as_such(central: CentralSystem) -> None:
    async with central.charger(feature_profiles=["Core"]) as charger:
        await charger.boot()
        assert (await central.call(call.GetLocalListVersion())).list_version == -1
        get_log = call.GetLog(log={"remoteLocation": "ftp://x/"}, log_type="SecurityLog", request_id=1)
        with pytest.raises(NotSupportedError):
            await central.call(call.CancelReservation(reservation_id=1))
        with pytest.raises(NotImplementedThere):
            await central.call(get_log)
        assert (await central.call(call.DataTransfer(vendor_id="x"))).status == "UnknownVendorId"


@with_central
async def test_scripted_replies_replace_the_truth(central: CentralSystem) -> None:
    async with central.charger() as charger:
        await charger.boot()
        charger.faults.replies = {
            "Reset": Reply.parse("Rejected"),
            "ChangeAvailability": Reply.parse("Scheduled"),
            "UnlockConnector": Reply.parse("CALLERROR:NotSupported"),
            "ClearCache": Reply(silent=True, times=1),
        }
        assert (await central.call(call.Reset(type="Hard"))).status == "Rejected"
        assert (await central.call(call.ChangeAvailability(connector_id=1, type="Inoperative"))).status == "Scheduled"
        with pytest.raises(NotSupportedError):
            await central.call(call.UnlockConnector(connector_id=1))
        charger.faults.replies["ClearCache"] = Reply(delay_s=0.05)
        assert (await central.call(call.ClearCache())).status == "Accepted"
        assert charger.connectors[1].operative
        assert central.desk.actions().count("BootNotification") == 1


@with_central
async def test_a_silent_charger_goes_on_talking_itself(central: CentralSystem) -> None:
    async with central.charger() as charger:
        await charger.boot()
        charger.faults.replies["Reset"] = Reply(silent=True)
        central.give_up_after(0.05)
        with pytest.raises(TimeoutError):
            await central.call(call.Reset(type="Soft"))
        assert await charger.raw_call("Heartbeat", {})
