"""Clock-aligned meter values: every ClockAlignedDataInterval seconds from midnight, with or without a transaction."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ocpp.v16 import call

from simulator import clock

if TYPE_CHECKING:
    from simulator.station import Station


def boundary(now: datetime, interval_s: int) -> datetime:
    """The first interval border after `now`, counted from 00:00 of the day."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    passed = int((now - midnight).total_seconds()) // interval_s
    return min(midnight + timedelta(seconds=(passed + 1) * interval_s), midnight + timedelta(days=1))


async def run(charger: "Station") -> None:
    """Send them for ever; an interval of 0 switches them off."""
    while True:
        interval_s = charger.configuration.number("ClockAlignedDataInterval")
        at = boundary(charger.clock.now(), interval_s) if interval_s else None
        try:
            await _interrupted(charger, interval_s, at)
        except TimeoutError:
            if at:
                await _send(charger, at)


async def _interrupted(charger: "Station", interval_s: int, at: datetime | None) -> None:
    """Wait until the interval changes. Raises TimeoutError at `at`."""
    left_s = None if at is None else max(0.0, (at - charger.clock.now()).total_seconds() / charger.clock.speed)
    await charger.watch.wait_for(lambda: charger.configuration.number("ClockAlignedDataInterval") != interval_s, left_s)


async def _send(charger: "Station", at: datetime) -> None:
    measurands = charger.configuration.listed("MeterValuesAlignedData")
    for connector in charger.connectors.values():
        if connector.session:
            connector.session.send_clock_aligned(at, measurands)
        elif measurands and charger.online:
            sampled = connector.meter.sample(measurands, "Sample.Clock", charger.limit_a(connector))
            value = {"timestamp": clock.text(at), "sampled_value": sampled}
            charger.spawn(charger.tell(call.MeterValues(connector_id=connector.number, meter_value=[value])))
