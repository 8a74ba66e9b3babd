"""The security extension (whitepaper edition 2): off by default, since nobody knows whether the NEXT has it.

Certificates are read but no chain is checked, and no file is transferred; the messages come in their proper order.
"""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from ocpp.exceptions import NotImplementedError as NotImplementedHere
from ocpp.routing import on
from ocpp.v16 import call
from ocpp.v16 import call_result as result
from ocpp.v16.enums import Action

from simulator import trigger
from simulator.wire import Wire

if TYPE_CHECKING:
    from simulator.station import Station


async def _upload_log(charger: "Station", request_id: int) -> None:
    for status in ("Uploading", "Uploaded"):
        await charger.tell(call.LogStatusNotification(status=status, request_id=request_id))


async def _update(charger: "Station", request_id: int) -> None:
    async def notify(status: str) -> None:
        await charger.tell(call.SignedFirmwareStatusNotification(status=status, request_id=request_id))
        await charger.clock.sleep(charger.settings.firmware_step_s)

    for status in ("Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting"):
        await notify(status)
    await charger.firmware.replace()
    event = call.SecurityEventNotification(type="FirmwareUpdated", timestamp=charger.clock.text(), tech_info=None)
    await charger.tell(event)
    await notify("Installed")


async def _log_status(charger: "Station") -> None:
    await charger.tell(call.LogStatusNotification(status="Idle", request_id=None))


async def _firmware_status(charger: "Station") -> None:
    await charger.tell(call.SignedFirmwareStatusNotification(status="Idle", request_id=None))


async def _sign(charger: "Station") -> None:
    await charger.tell(call.SignCertificate(csr=charger.certificates.request(charger.identity)))


async def _refused(charger: "Station", event: str) -> None:
    await charger.tell(call.SecurityEventNotification(type=event, timestamp=charger.clock.text(), tech_info=None))


# What ExtendedTriggerMessage asks for beyond TriggerMessage; its firmware status is that of a signed update.
_SENDERS: dict[str, Callable[["Station"], Coroutine[Any, Any, None]]] = {
    "LogStatusNotification": _log_status,
    "FirmwareStatusNotification": _firmware_status,
    "SignChargePointCertificate": _sign,
}


class SecurityOperations(Wire):
    """Handlers of the extension's messages."""

    def _extension(self) -> None:
        if not self.charger.settings.security_extension:
            raise NotImplementedHere("no security extension in this charger")

    @on(Action.get_log)
    def on_get_log(self, request_id: int, log_type: str, **_: Any) -> Any:
        self._extension()
        self.afterwards(lambda: _upload_log(self.charger, request_id))
        return result.GetLog("Accepted", filename=f"{self.charger.identity}-{log_type}.log")

    @on(Action.signed_update_firmware)
    def on_signed_update_firmware(self, request_id: int, **_: Any) -> Any:
        self._extension()
        self.afterwards(lambda: _update(self.charger, request_id))
        return result.SignedUpdateFirmware("Accepted")

    @on(Action.extended_trigger_message)
    def on_extended_trigger_message(self, requested_message: str, connector_id: int | None = None) -> Any:
        self._extension()
        if send := _SENDERS.get(requested_message):
            self.afterwards(lambda: send(self.charger))
            return result.ExtendedTriggerMessage("Accepted")
        status = trigger.judge(self.charger, requested_message, connector_id)
        if status == "Accepted":
            self.afterwards(lambda: trigger.send(self.charger, requested_message, connector_id))
        return result.ExtendedTriggerMessage(status)

    @on(Action.get_installed_certificate_ids)
    def on_get_installed_certificate_ids(self, certificate_type: str) -> Any:
        self._extension()
        found = self.charger.certificates.listed(certificate_type)
        return result.GetInstalledCertificateIds("Accepted" if found else "NotFound", certificate_hash_data=found or None)

    @on(Action.install_certificate)
    def on_install_certificate(self, certificate_type: str, certificate: str) -> Any:
        self._extension()
        status = self.charger.certificates.install(certificate_type, certificate)
        if status == "Rejected" and certificate_type == "CentralSystemRootCertificate":
            self.afterwards(lambda: _refused(self.charger, "InvalidCentralSystemCertificate"))
        return result.InstallCertificate(status)

    @on(Action.delete_certificate)
    def on_delete_certificate(self, certificate_hash_data: dict[str, str]) -> Any:
        self._extension()
        return result.DeleteCertificate(self.charger.certificates.delete(certificate_hash_data))

    @on(Action.certificate_signed)
    def on_certificate_signed(self, certificate_chain: str) -> Any:
        self._extension()
        status = self.charger.certificates.take(certificate_chain)
        if status == "Rejected":
            self.afterwards(lambda: _refused(self.charger, "InvalidChargePointCertificate"))
        return result.CertificateSigned(status)
