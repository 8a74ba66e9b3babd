"""TriggerMessage: which messages can be asked for, and sending them."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from ocpp.v16 import call

from simulator import boot, clock
from simulator.connector import Connector

if TYPE_CHECKING:
    from simulator.station import Station

PER_CONNECTOR = ("MeterValues", "StatusNotification")


def judge(charger: "Station", message: str, number: int | None) -> str:
    """Answer to TriggerMessage: Accepted, Rejected or NotImplemented."""
    if message not in _SENDERS:
        return "NotImplemented"
    firmware = "FirmwareManagement" in charger.settings.feature_profiles
    if message in ("DiagnosticsStatusNotification", "FirmwareStatusNotification") and not firmware:
        return "NotImplemented"
    if message in PER_CONNECTOR and number is not None and number not in charger.connectors:
        return "Rejected"
    return "Accepted"


async def send(charger: "Station", message: str, number: int | None) -> None:
    """Send what was asked for; without a connector number for all of them."""
    await _SENDERS[message](charger, number)


async def _boot(charger: "Station", _: int | None) -> None:
    await charger.tell(boot.notification(charger))


async def _heartbeat(charger: "Station", _: int | None) -> None:
    await charger.tell(call.Heartbeat())


async def _firmware(charger: "Station", _: int | None) -> None:
    await charger.tell(call.FirmwareStatusNotification(status=charger.firmware.status))


async def _diagnostics(charger: "Station", _: int | None) -> None:
    status = charger.firmware.diagnostics_status
    await charger.tell(call.DiagnosticsStatusNotification(status=status))


async def _status(charger: "Station", number: int | None) -> None:
    for connector in charger.everything:
        if number in (None, connector.number):
            await boot.send_status(charger, connector)


async def _meter_values(charger: "Station", number: int | None) -> None:
    for connector in charger.connectors.values():
        if number in (None, connector.number):
            await _sample(charger, connector)


async def _sample(charger: "Station", connector: Connector) -> None:
    measurands = charger.configuration.listed("MeterValuesSampledData")
    sampled = connector.meter.sample(measurands, "Trigger", charger.limit_a(connector))
    session = connector.session
    await charger.tell(
        call.MeterValues(
            connector_id=connector.number,
            meter_value=[{"timestamp": clock.text(charger.clock.now()), "sampled_value": sampled}],
            transaction_id=session.transaction.id if session else None,
        )
    )


_SENDERS: dict[str, Callable[["Station", int | None], Awaitable[None]]] = {
    "BootNotification": _boot,
    "Heartbeat": _heartbeat,
    "FirmwareStatusNotification": _firmware,
    "DiagnosticsStatusNotification": _diagnostics,
    "StatusNotification": _status,
    "MeterValues": _meter_values,
}
