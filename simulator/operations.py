"""The central system's operations: one short handler each. What takes longer than the reply is done afterwards."""

from typing import Any

from ocpp.exceptions import NotSupportedError, OccurenceConstraintViolationError
from ocpp.routing import on
from ocpp.v16 import call_result as result
from ocpp.v16.enums import Action

from simulator import availability, clock, driver, trigger
from simulator.reservation import Reservation
from simulator.security import SecurityOperations


class Operations(SecurityOperations):
    """The handlers of one socket."""

    def cut(self) -> None:
        """End the connection without a close frame."""
        self.closed.set()
        self._connection.transport.abort()

    async def hang_up(self) -> None:
        """Close the connection properly."""
        await self._connection.close()

    async def send_anything(self, text: str | bytes) -> None:
        """Put a frame on the wire as it is. Raises ConnectionClosed."""
        self.charger.journal.note(text, from_charger=True)
        await self._connection.send(text)

    def _needs(self, profile: str) -> None:
        if profile not in self.charger.settings.feature_profiles:
            raise NotSupportedError(f"no {profile} in this charger")

    # Core

    @on(Action.remote_start_transaction)
    def on_remote_start_transaction(self, id_tag: str, **fields: Any) -> Any:
        connector = driver.remote_connector(self.charger, fields.get("connector_id"), id_tag)
        if connector is None:
            return result.RemoteStartTransaction("Rejected")
        profile = fields.get("charging_profile")
        self.afterwards(lambda: driver.remote_start(self.charger, connector, id_tag, profile))
        return result.RemoteStartTransaction("Accepted")

    @on(Action.remote_stop_transaction)
    def on_remote_stop_transaction(self, transaction_id: int) -> Any:
        sessions = [c.session for c in self.charger.connectors.values() if c.session]
        session = next((s for s in sessions if s.transaction.id == transaction_id), None)
        if session is None:
            return result.RemoteStopTransaction("Rejected")
        self.afterwards(lambda: session.end("Remote"))
        return result.RemoteStopTransaction("Accepted")

    @on(Action.reset)
    def on_reset(self, type: str) -> Any:
        self.afterwards(lambda: self.charger.reset(type))
        return result.Reset("Accepted")

    @on(Action.change_availability)
    def on_change_availability(self, connector_id: int, type: str) -> Any:
        status = availability.request(self.charger, connector_id, type == "Operative")
        self.afterwards(lambda: availability.apply(self.charger))
        return result.ChangeAvailability(status)

    @on(Action.unlock_connector)
    def on_unlock_connector(self, connector_id: int) -> Any:
        connector = self.charger.connectors.get(connector_id)
        if connector is None or self.charger.settings.fixed_cable:
            return result.UnlockConnector("NotSupported")
        if session := connector.session:
            self.afterwards(lambda: session.end("UnlockCommand"))
        return result.UnlockConnector("Unlocked")

    @on(Action.get_configuration)
    def on_get_configuration(self, key: list[str] | None = None) -> Any:
        if len(key or []) > self.charger.configuration.number("GetConfigurationMaxKeys"):
            raise OccurenceConstraintViolationError("more keys than GetConfigurationMaxKeys")
        known, unknown = self.charger.configuration.report(key or [])
        return result.GetConfiguration(configuration_key=known, unknown_key=unknown or None)

    @on(Action.change_configuration)
    def on_change_configuration(self, key: str, value: str) -> Any:
        status = self.charger.configuration.change(key, value)
        if status in ("Accepted", "RebootRequired"):
            self.charger.remember()
            self.charger.watch.notify()
            if key.lower() == "authorizationkey":
                self.afterwards(lambda: self._new_password(value))
        return result.ChangeConfiguration(status)

    async def _new_password(self, value: str) -> None:
        """Return with the new key: hex digits stand for bytes, anything else is taken as typed."""
        try:
            self.charger.password = bytes.fromhex(value)
        except ValueError:
            self.charger.password = value
        await self.hang_up()

    @on(Action.clear_cache)
    def on_clear_cache(self) -> Any:
        if not self.charger.settings.authorization_cache:
            return result.ClearCache("Rejected")
        self.charger.authorization.cache.clear()
        return result.ClearCache("Accepted")

    @on(Action.data_transfer)
    def on_data_transfer(self, vendor_id: str, **_: Any) -> Any:
        return result.DataTransfer(self.charger.settings.data_transfer_status)

    # RemoteTrigger

    @on(Action.trigger_message)
    def on_trigger_message(self, requested_message: str, connector_id: int | None = None) -> Any:
        self._needs("RemoteTrigger")
        status = trigger.judge(self.charger, requested_message, connector_id)
        if status == "Accepted":
            self.afterwards(lambda: trigger.send(self.charger, requested_message, connector_id))
        return result.TriggerMessage(status)

    # Reservation

    @on(Action.reserve_now)
    def on_reserve_now(
        self, connector_id: int, expiry_date: str, id_tag: str, reservation_id: int, parent_id_tag: str | None = None
    ) -> Any:
        self._needs("Reservation")
        reservation = Reservation(reservation_id, connector_id, id_tag, parent_id_tag, clock.parse(expiry_date))
        status = self.charger.reservations.request(reservation)
        if status == "Accepted":
            self.afterwards(lambda: self.charger.reservations.hold(reservation))
        return result.ReserveNow(status)

    @on(Action.cancel_reservation)
    def on_cancel_reservation(self, reservation_id: int) -> Any:
        self._needs("Reservation")
        reservation = self.charger.reservations.cancel(reservation_id)
        if reservation is None:
            return result.CancelReservation("Rejected")
        self.afterwards(lambda: self.charger.reservations.cancelled(reservation))
        return result.CancelReservation("Accepted")

    # LocalAuthListManagement

    @on(Action.get_local_list_version)
    def on_get_local_list_version(self) -> Any:
        supported = "LocalAuthListManagement" in self.charger.settings.feature_profiles
        return result.GetLocalListVersion(self.charger.authorization.list_version if supported else -1)

    @on(Action.send_local_list)
    def on_send_local_list(self, list_version: int, update_type: str, **fields: Any) -> Any:
        if "LocalAuthListManagement" not in self.charger.settings.feature_profiles:
            return result.SendLocalList("NotSupported")
        entries = fields.get("local_authorization_list") or []
        status = self.charger.authorization.update_list(list_version, update_type, entries)
        return result.SendLocalList(status)

    # SmartCharging

    @on(Action.set_charging_profile)
    def on_set_charging_profile(self, connector_id: int, cs_charging_profiles: dict[str, Any]) -> Any:
        self._needs("SmartCharging")
        status = self._judge_profile(connector_id, cs_charging_profiles)
        if status == "Accepted":
            self.charger.profiles.install(connector_id, cs_charging_profiles, self.charger.clock.now())
        return result.SetChargingProfile(status)

    def _judge_profile(self, number: int, profile: dict[str, Any]) -> str:
        connector = self.charger.connectors.get(number)
        purpose = profile["charging_profile_purpose"]
        periods = profile["charging_schedule"]["charging_schedule_period"]
        if (connector is None and number != 0) or not periods:
            return "Rejected"
        if purpose == "ChargePointMaxProfile" and number != 0:
            return "Rejected"
        if profile["stack_level"] > self.charger.configuration.number("ChargeProfileMaxStackLevel"):
            return "Rejected"
        if purpose != "TxProfile":
            return "Accepted"
        session = connector.session if connector else None
        wanted = profile.get("transaction_id")
        return "Accepted" if session and wanted in (None, session.transaction.id) else "Rejected"

    @on(Action.clear_charging_profile)
    def on_clear_charging_profile(self, **fields: Any) -> Any:
        self._needs("SmartCharging")
        found = self.charger.profiles.clear(
            fields.get("id"),
            fields.get("connector_id"),
            fields.get("charging_profile_purpose"),
            fields.get("stack_level"),
        )
        return result.ClearChargingProfile("Accepted" if found else "Unknown")

    @on(Action.get_composite_schedule)
    def on_get_composite_schedule(self, connector_id: int, duration: int, **_: Any) -> Any:
        self._needs("SmartCharging")
        connector = self.charger.connectors.get(connector_id)
        if connector is None and connector_id != 0:
            return result.GetCompositeSchedule("Rejected")
        started = connector.session.transaction.started if connector and connector.session else None
        now, ceiling = self.charger.clock.now(), float(self.charger.settings.rated_current_a)
        periods = self.charger.profiles.composite(connector_id, now, duration, started, ceiling)
        return result.GetCompositeSchedule(
            "Accepted",
            connector_id=connector_id,
            schedule_start=clock.text(now),
            charging_schedule={
                "duration": duration,
                "charging_rate_unit": "A",
                "charging_schedule_period": periods,
            },
        )

    # FirmwareManagement

    @on(Action.update_firmware)
    def on_update_firmware(self, location: str, retrieve_date: str, **_: Any) -> Any:
        self._needs("FirmwareManagement")
        at = clock.parse(retrieve_date)
        self.afterwards(lambda: self.charger.firmware.update(at))
        return result.UpdateFirmware()

    @on(Action.get_diagnostics)
    def on_get_diagnostics(self, location: str, **_: Any) -> Any:
        self._needs("FirmwareManagement")
        if self.charger.settings.diagnostics_outcome == "none":
            return result.GetDiagnostics()
        self.afterwards(self.charger.firmware.diagnostics)
        return result.GetDiagnostics(file_name=f"{self.charger.identity}-{self.charger.clock.now():%Y%m%d%H%M%S}.log")
