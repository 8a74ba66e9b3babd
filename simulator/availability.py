"""ChangeAvailability: what is asked for, and when it takes effect. OCPP 1.6 §5.2."""

from typing import TYPE_CHECKING

from simulator import driver
from simulator.connector import Connector

if TYPE_CHECKING:
    from simulator.station import Station


def request(charger: "Station", number: int, operative: bool) -> str:
    """Answer to ChangeAvailability for one connector or (0) the whole station: Accepted, Rejected or Scheduled."""
    if number != 0 and number not in charger.connectors:
        return "Rejected"
    affected = list(charger.connectors.values()) if number == 0 else [charger.connectors[number]]
    if number == 0:
        charger.station.operative = operative
    for connector in affected:
        connector.operative = operative
    charger.remember()
    if not operative and any(_busy(connector) for connector in affected):
        return "Scheduled"
    return "Accepted"


def _busy(connector: Connector) -> bool:
    # Preparing cannot turn Unavailable in OCPP's status model; it has to be left first.
    return connector.session is not None or connector.status == "Preparing"


async def apply(charger: "Station") -> None:
    """Let what was asked for take effect wherever nothing stands in its way any more."""
    for connector in charger.connectors.values():
        if not connector.operative and not _busy(connector) and connector.status in ("Available", "Finishing", "Reserved"):
            await charger.report(connector, "Unavailable")
        elif connector.operative and connector.status == "Unavailable":
            await charger.report(connector, "Preparing" if connector.car else "Available")
            if connector.car:
                await driver.begin_free(charger, connector)
    station = charger.station
    everything_out = all(c.status == "Unavailable" for c in charger.connectors.values())
    if not station.operative and everything_out and station.status == "Available":
        await charger.report(station, "Unavailable")
    elif station.operative and station.status == "Unavailable":
        await charger.report(station, "Available")
