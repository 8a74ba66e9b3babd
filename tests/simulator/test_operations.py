"""Operations beyond start, stop, reset: keys, lists, reservations, profiles, firmware, scripted replies."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from ocpp.exceptions import NotImplementedError as NotImplementedThere
from ocpp.exceptions import NotSupportedError
from ocpp.v16 import call

from simulator import Reply
from tests.simulator.central import CentralSystem, profile, with_central

TAG = "04A1B2C3D4E5F6"


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
        sent = call.SendLocalList(list_version=5, update_type="Differential", local_authorization_list=[{"idTag": "BB"}])
        assert (await central.call(sent)).status == "VersionMismatch"
        sent = call.SendLocalList(list_version=6, update_type="Differential", local_authorization_list=[{"idTag": "BB"}])
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


@with_central
async def test_certificates_are_installed_listed_and_deleted(central: CentralSystem) -> None:
    async with central.charger(security_extension=True) as charger:
        await charger.boot()
        kind = "ManufacturerRootCertificate"
        root = call.InstallCertificate(certificate_type=kind, certificate=self_signed())
        assert (await central.call(root)).status == "Accepted"
        listed = await central.call(call.GetInstalledCertificateIds(certificate_type=kind))
        assert (listed.status, len(listed.certificate_hash_data)) == ("Accepted", 1)
        gone = call.DeleteCertificate(certificate_hash_data=listed.certificate_hash_data[0])
        assert [(await central.call(gone)).status for _ in range(2)] == ["Accepted", "NotFound"]
        assert (await central.call(call.GetInstalledCertificateIds(certificate_type=kind))).status == "NotFound"
        rubbish = call.InstallCertificate(certificate_type="CentralSystemRootCertificate", certificate="rubbish")
        assert (await central.call(rubbish)).status == "Rejected"
        assert (await central.heard_action("SecurityEventNotification"))["type"] == "InvalidCentralSystemCertificate"
        asked = call.ExtendedTriggerMessage(requested_message="SignChargePointCertificate")
        assert (await central.call(asked)).status == "Accepted"
        assert "BEGIN CERTIFICATE REQUEST" in (await central.heard_action("SignCertificate"))["csr"]
        assert (await central.call(call.CertificateSigned(certificate_chain=self_signed()))).status == "Accepted"


def self_signed() -> str:
    """A root certificate (PEM)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Root")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 17, now, now + timedelta(days=1)).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()
