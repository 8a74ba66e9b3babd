"""Named scripts that make a booted charger live by itself."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from simulator.car import Car
from simulator.charger import Charger
from simulator.connector import Connector
from simulator.driver import PlugError
from simulator.error_table import ERRORS

log = logging.getLogger("simulator")

REMOTE_PLUG_IN_S = 0.5  # real seconds from a remote start to the plug: somebody at a screen is waiting


@dataclass(frozen=True)
class Scenario:
    """A script: `free_charging` is what FreeChargingMode it needs, None to leave it as set."""

    name: str
    meaning: str
    run: Callable[[Charger], Coroutine[Any, Any, None]]
    free_charging: bool | None = None


def prepare(charger: Charger, scenario: Scenario) -> None:
    """Set what the scenario needs before the charger boots."""
    if scenario.free_charging is not None:
        charger.configuration.set("FreeChargingMode", str(scenario.free_charging).lower())


async def _idle(charger: Charger) -> None:
    """Nothing happens by itself."""
    await asyncio.Event().wait()


async def _visited(charger: Charger) -> None:
    """Cars come and go at every connector; remote starts are obeyed as well."""
    visits = [_visitors(charger, connector) for connector in charger.connectors.values()]
    await asyncio.gather(_remote(charger), *visits)


async def _remote(charger: Charger) -> None:
    """Plug a car in whenever a remote start waits for one."""
    while True:
        connector = await charger.watch.wait_for(lambda: _awaited(charger))
        await asyncio.sleep(REMOTE_PLUG_IN_S)
        if connector and connector.waiting and connector.car is None:
            charger.spawn(_remote_visit(charger, connector))
            await charger.watch.wait_for(lambda c=connector: c.car is not None)  # type: ignore[misc]


def _awaited(charger: Charger) -> Connector | None:
    waiting = (c for c in charger.connectors.values() if c.waiting and c.waiting.remote and c.car is None)
    return next(waiting, None)


async def _remote_visit(charger: Charger, connector: Connector) -> None:
    car = draw_car(charger)
    await charger.plug_in(car, connector.number)
    await _stay(charger, connector, car)


async def _faulted(charger: Charger) -> None:
    """After a while the unit reports an error and stays that way."""
    await charger.clock.sleep(charger.rng.uniform(2, 10))
    number = charger.settings.error_number
    error = charger.rng.choice([e for e in ERRORS if number in (None, e.number)])
    await charger.fail(error.vendor_error_code)
    await asyncio.Event().wait()


async def _visitors(charger: Charger, connector: Connector) -> None:
    low, high = charger.settings.pause_s
    # Most of a fleet's first cars come soon, so that there is something to see; the others keep their own time.
    soon = charger.rng.random() < 0.6
    pause_s = charger.rng.uniform(0, min(30.0, high)) if soon else charger.rng.uniform(low, high)
    while True:
        await charger.clock.sleep(pause_s)
        await charger.watch.wait_for(lambda: connector.car is None and connector.status == "Available")
        try:
            await _visit(charger, connector)
        except PlugError as error:
            log.info("%s: %s", charger.identity, error)
        pause_s = charger.rng.uniform(low, high)


async def _visit(charger: Charger, connector: Connector) -> None:
    """One driver: plug in, card if needed, charge, leave."""
    car = draw_car(charger)
    await charger.plug_in(car, connector.number)
    if not charger.configuration.flag("FreeChargingMode"):
        await charger.clock.sleep(charger.rng.uniform(2, 8))
        await charger.present_tag(_draw_tag(charger), connector.number)
    await _stay(charger, connector, car)


async def _stay(charger: Charger, connector: Connector, car: Car) -> None:
    """Until the car is full and its owner back; one whose session is over, or never began, leaves soon."""
    await charger.watch.wait_for(lambda: connector.session is None or car.full)
    if connector.session:
        await charger.clock.sleep(charger.rng.uniform(*charger.settings.linger_s))
    else:
        await charger.clock.sleep(charger.rng.uniform(4, 10))
        # Somebody may have started it from afar in the meantime.
        await charger.watch.wait_for(lambda: connector.session is None or car.full)
    if connector.car is car:
        await charger.unplug(connector.number)


def draw_car(charger: Charger) -> Car:
    """A believable car: most take 3 x 16 A, some 32 A, some one phase only."""
    low, high = charger.settings.wanted_wh
    current_a, phases = charger.rng.choice([(16.0, 3)] * 6 + [(32.0, 3)] * 2 + [(32.0, 1), (16.0, 1)])
    return Car(wanted_wh=charger.rng.uniform(low, high), max_current_a=current_a, phases=min(phases, charger.settings.phases))


def _draw_tag(charger: Charger) -> str:
    if charger.settings.id_tags:
        return charger.rng.choice(charger.settings.id_tags)
    return f"04{charger.rng.getrandbits(48):012X}"


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("idle", "boots and does nothing but obey", _idle),
        Scenario("demo", "cars come and go, by card or free as FreeChargingMode says; remote starts work", _visited),
        Scenario("freecharging", "cars come and go in free charging mode", _visited, free_charging=True),
        Scenario("card", "cars come and go with cards", _visited, free_charging=False),
        Scenario("remote", "waits for a remote start, then a car is plugged in within a second", _remote),
        Scenario("faulted", "reports an error soon after the boot and keeps it", _faulted),
    )
}
