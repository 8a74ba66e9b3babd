"""What a person does at the charger, and a remote start, which does the same from afar."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from simulator.authorization import IdTagInfo, fold
from simulator.car import Car
from simulator.connector import Connector, Waiting
from simulator.session import Session

if TYPE_CHECKING:
    from simulator.station import Station

log = logging.getLogger("simulator")


class PlugError(RuntimeError):
    """Plugging into an occupied outlet, or pulling a plug that is not there."""


async def plug_in(charger: "Station", connector: Connector, car: Car) -> None:
    """Plug the car in; a free or already authorised session begins. Raises PlugError."""
    if connector.car:
        raise PlugError(f"{charger.identity} connector {connector.number} has a car already")
    connector.car = car
    charger.watch.notify()
    log.info("%s connector %d: car plugged in", charger.identity, connector.number)
    if connector.status in ("Faulted", "Unavailable") or connector.session:
        return
    if connector.waiting:
        await begin(charger, connector, connector.waiting)
    elif connector.status != "Reserved":
        await charger.report(connector, "Preparing")
        await begin_free(charger, connector)


async def begin_free(charger: "Station", connector: Connector) -> None:
    """In free charging mode start at once with the unit's own tag; Authorize only if so set."""
    if not charger.configuration.flag("FreeChargingMode"):
        return
    id_tag = charger.configuration.get("FreeChargingIdTag")
    if charger.settings.authorize_free_charging and (await charger.authorization.check(id_tag))["status"] != "Accepted":
        return
    # While we waited for answers the plug may have been pulled, or somebody else started.
    if connector.car and connector.session is None and connector.waiting is None:
        await begin(charger, connector, Waiting(id_tag))


async def begin(charger: "Station", connector: Connector, who: Waiting) -> None:
    """Start the session of an authorised person whose car is plugged in."""
    connector.waiting = None
    # Anybody else who looks at the connector from here on must see it taken.
    connector.session = session = Session(charger, connector, who)
    charger.reservations.use(who.reservation_id)
    if connector.status != "Preparing":
        await charger.report(connector, "Preparing")
    if connector.session is session:  # not ended while the status was on its way
        await session.begin()


async def unplug(charger: "Station", connector: Connector) -> None:
    """Pull the plug; a running session ends. Raises PlugError."""
    if connector.car is None:
        raise PlugError(f"{charger.identity} connector {connector.number} has no car")
    log.info("%s connector %d: car unplugged", charger.identity, connector.number)
    if connector.session:
        session = connector.session
        if not charger.configuration.flag("StopTransactionOnEVSideDisconnect"):
            connector.car = None
            charger.report_soon(connector, "SuspendedEV")
            return
        await session.end(charger.settings.unplug_reason)
    connector.car = None
    charger.watch.notify()
    if connector.status == "Faulted" and connector.error_cleared:
        connector.error = None
        await charger.report(connector, "Available")
    elif connector.status in ("Preparing", "Finishing"):
        await charger.report(connector, "Available", "plugged out")
    await charger.session_ended(connector)


async def present_tag(charger: "Station", connector: Connector, id_tag: str) -> str:
    """Hold a card to the reader; returns idTagInfo.status, or `Ignored` when the reader does not react."""
    if connector.session:
        return await _stop_with(charger, connector.session, id_tag)
    if connector.status in ("Faulted", "Unavailable") or connector.waiting:
        return "Ignored"
    info = await charger.authorization.check(id_tag)
    if info["status"] != "Accepted":
        log.info("%s tag %s: %s", charger.identity, id_tag, info["status"])
        return str(info["status"])
    if connector.session or connector.waiting:
        return "Ignored"  # somebody was faster while we asked
    reservation = charger.reservations.on(connector.number)
    if reservation and not reservation.admits(id_tag, info.get("parent_id_tag")):
        log.info("%s connector %d is reserved for somebody else", charger.identity, connector.number)
        return "Ignored"
    await _admit(charger, connector, _waiting(charger, connector, id_tag, info))
    return "Accepted"


def _waiting(charger: "Station", connector: Connector, id_tag: str, info: IdTagInfo) -> Waiting:
    reservation = charger.reservations.on(connector.number)
    parent = info.get("parent_id_tag")
    mine = reservation and reservation.admits(id_tag, parent)
    return Waiting(id_tag, parent, reservation.id if reservation and mine else None)


async def _stop_with(charger: "Station", session: Session, id_tag: str) -> str:
    """The starter's own tag stops without asking; another one must be of the same group."""
    transaction = session.transaction
    if fold(id_tag) != fold(transaction.id_tag):
        info = await charger.authorization.check(id_tag)
        parent = info.get("parent_id_tag")
        if info["status"] != "Accepted":
            return str(info["status"])
        if not parent or parent != transaction.parent_id_tag:
            return "Ignored"
    await session.end("Local", id_tag)
    return "Accepted"


async def _admit(charger: "Station", connector: Connector, who: Waiting) -> None:
    if connector.car:
        await begin(charger, connector, who)
        return
    connector.waiting = who
    charger.spawn(_expire(charger, connector, who))
    await charger.report(connector, "Preparing")


async def _expire(charger: "Station", connector: Connector, who: Waiting) -> None:
    """Nobody plugged in within ConnectionTimeOut: the authorisation lapses."""
    await charger.clock.sleep(charger.configuration.number("ConnectionTimeOut"))
    if connector.waiting is who:
        connector.waiting = None
        log.info("%s connector %d: no car within ConnectionTimeOut", charger.identity, connector.number)
        if connector.status == "Preparing":
            await charger.report(connector, "Available")
        await charger.session_ended(connector)


def remote_connector(charger: "Station", number: int | None, id_tag: str) -> Connector | None:
    """The connector a remote start may use, None if there is none."""
    candidates = [charger.connectors[number]] if number in charger.connectors else []
    if number is None:
        candidates = list(charger.connectors.values())
    for connector in candidates:
        reservation = charger.reservations.on(connector.number)
        free = connector.session is None and connector.waiting is None
        usable = connector.operative and connector.status not in ("Faulted", "Unavailable")
        if charger.accepted and free and usable and (reservation is None or reservation.admits(id_tag, None)):
            return connector
    return None


async def remote_start(charger: "Station", connector: Connector, id_tag: str, profile: dict[str, Any] | None) -> None:
    """Do what an accepted RemoteStartTransaction asked for."""
    info: IdTagInfo = {}
    if charger.configuration.flag("AuthorizeRemoteTxRequests"):
        info = await charger.authorization.check(id_tag)
        if info["status"] != "Accepted":
            log.info("%s remote start of %s: %s", charger.identity, id_tag, info["status"])
            return
    if connector.session or connector.waiting:
        return
    who = _waiting(charger, connector, id_tag, info)
    who.charging_profile, who.remote = profile, True
    await _admit(charger, connector, who)


async def stop_all(charger: "Station", reason: str) -> None:
    """End every session of the charger."""
    sessions = [c.session for c in charger.connectors.values() if c.session]
    await asyncio.gather(*(session.end(reason) for session in sessions))
