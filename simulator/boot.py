"""What a charger does on a socket by itself: BootNotification if due, statuses, heartbeats."""

import asyncio
import logging
from typing import TYPE_CHECKING

from ocpp.charge_point import camel_to_snake_case
from ocpp.v16 import call

from simulator.connector import Connector
from simulator.wire import CallRefused, LinkLost

if TYPE_CHECKING:
    from simulator.station import Station

log = logging.getLogger("simulator")


async def duty(charger: "Station") -> None:
    """Serve one socket until it is lost."""
    try:
        if charger.accepted and charger.settings.boot_on_reconnect:
            charger.boot_wanted, charger.accepted = True, False
        while True:
            booted = await _until_accepted(charger)
            await _report_statuses(charger, booted)
            charger.ready = True
            charger.watch.notify()
            await _heartbeats(charger)
    except LinkLost:
        return  # the next socket gets its own duty


async def _until_accepted(charger: "Station") -> bool:
    """Boot if due, again and again until accepted; whether a boot was needed."""
    await charger.watch.wait_for(lambda: charger.boot_wanted or charger.accepted)
    if not charger.boot_wanted:
        return False
    charger.ready = False
    while not await _boot(charger):
        pass
    return True


async def _boot(charger: "Station") -> bool:
    """One BootNotification; when it is not accepted, waits until the next is allowed."""
    wait_s = charger.settings.boot_retry_s
    try:
        answer = await charger.ask(notification(charger))
    except (CallRefused, TimeoutError) as error:
        log.warning("%s BootNotification failed: %s", charger.identity, error)
    else:
        charger.registration = str(answer.status)
        log.info("%s boot: %s", charger.identity, answer.status)
        if charger.registration == "Accepted":
            if answer.interval > 0:
                charger.configuration.set("HeartbeatInterval", str(answer.interval))
            charger.accepted, charger.boot_wanted = True, False
            charger.watch.notify()
            return True
        wait_s = answer.interval or wait_s
    charger.watch.notify()
    await asyncio.sleep(wait_s)
    return False


def notification(charger: "Station") -> call.BootNotification:
    """BootNotification as the NEXT sends it; further fields come from the settings."""
    settings = charger.settings
    fields = {
        "charge_point_vendor": settings.vendor,
        "charge_point_model": settings.model,
        "charge_point_serial_number": charger.identity,
        "firmware_version": charger.firmware.version,
    }
    return call.BootNotification(**(fields | camel_to_snake_case(settings.boot_fields)))


async def _report_statuses(charger: "Station", booted: bool) -> None:
    """After a boot all of them; after a mere reconnect what changed meanwhile (a setting)."""
    mode = "all" if booted else charger.settings.status_on_reconnect
    for connector in charger.everything:
        changed = connector.reported != (connector.status, connector.error_code)
        if mode == "all" or (mode == "changed" and changed):
            await send_status(charger, connector)


async def send_status(charger: "Station", connector: Connector) -> None:
    """StatusNotification of the present state."""
    error = connector.error
    state = (connector.status, connector.error_code)
    delivered = await charger.tell(
        call.StatusNotification(
            connector_id=connector.number,
            error_code=connector.error_code,
            status=connector.status,
            timestamp=charger.clock.text(),
            info=connector.info,
            vendor_id=charger.settings.vendor if error else None,
            vendor_error_code=error.vendor_error_code if error else None,
        )
    )
    if delivered:
        connector.reported = state


async def _heartbeats(charger: "Station") -> None:
    """Heartbeats at the interval in force, until a boot is due."""
    while not charger.boot_wanted:
        interval_s = charger.configuration.number("HeartbeatInterval")
        try:
            await _interrupted(charger, interval_s)
        except TimeoutError:
            await charger.tell(call.Heartbeat())


async def _interrupted(charger: "Station", interval_s: int) -> None:
    """Wait until a boot is due or the interval changes. Raises TimeoutError when a heartbeat is due (0: never)."""
    await charger.watch.wait_for(
        lambda: charger.boot_wanted or charger.configuration.number("HeartbeatInterval") != interval_s,
        interval_s or None,
    )
