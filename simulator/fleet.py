"""Several chargers at once, and the file that describes them.

A fleet file is JSON: either a list of chargers or an object

    {
      "url": "ws://127.0.0.1:5000/ocpp",   optional when --url is given, which wins
      "speed": 1.0, "seed": 7,              optional, as on the command line, which wins
      "settings": {"sample_interval_s": 5}, optional, for all chargers
      "chargers": [
        {
          "identity": "NEXT-WS104600",      required, unique
          "password": "secret",             optional: no Authorization header without it
          "model": "16A" | "32A",           optional, default 32A
          "scenario": "demo",               optional, default idle
          "settings": {...},                optional: names and types of simulator.settings.Settings
          "configuration": {"FreeChargingMode": "true"},   optional: OCPP keys, values as text
          "faults": {"Reset": "Rejected", "UnlockConnector": "CALLERROR:NotSupported"}   optional: simulator.faults
        }
      ]
    }
"""

import asyncio
import dataclasses
import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulator.charger import Charger
from simulator.configuration import Configuration, UnknownKey
from simulator.faults import FaultError, Faults
from simulator.scenario import SCENARIOS, prepare
from simulator.settings import SettingError, Settings

log = logging.getLogger("simulator")

STAGGER_S = 0.02  # between the first dials of a fleet
_FLEET_FIELDS = {"url", "speed", "seed", "settings", "chargers"}
_MEMBER_FIELDS = {"identity", "password", "model", "scenario", "settings", "configuration", "faults"}


class FleetError(ValueError):
    """A fleet description that cannot be used; the text says what and where."""


@dataclass
class Member:
    """One charger of a fleet."""

    identity: str
    password: str | None = None
    scenario: str = "idle"
    settings: Settings = field(default_factory=Settings)
    configuration: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    def check(self) -> None:
        """Raises FleetError if a charger could not be built from it."""
        if not self.identity or len(self.identity) > 255:
            raise FleetError("identity must have 1 to 255 characters")
        if self.scenario not in SCENARIOS:
            raise FleetError(f"unknown scenario {self.scenario!r}; there are {', '.join(SCENARIOS)}")
        if self.settings.authorization == "raw" and self.password and not _is_hex(self.password):
            raise FleetError("a password sent as raw bytes must be given in hex digits")
        try:
            Faults.from_dict(self.faults)
            configuration = Configuration(self.settings)
            for name, value in self.configuration.items():
                configuration.set(name, value)
        except UnknownKey as error:
            raise FleetError(f"unknown configuration key {error.args[0]!r}") from error
        except ValueError as error:
            raise FleetError(str(error)) from error

    def build(self, url: str, speed: float, seed: int | None, state: Path | None) -> Charger:
        """The charger, not started. Raises StateError."""
        faults = Faults.from_dict(self.faults)
        # Nobody reads the journal of a fleet.
        settings = dataclasses.replace(self.settings, journal_length=min(50, self.settings.journal_length))
        charger = Charger(url, self.identity, self.password, settings, faults=faults, speed=speed, seed=seed, state=state)
        for name, value in self.configuration.items():
            # What the operator changed on the device before a restart is newer than the file.
            if name not in charger.configuration.changed:
                charger.configuration.set(name, value)
        prepare(charger, SCENARIOS[self.scenario])
        return charger


def _is_hex(text: str) -> bool:
    try:
        bytes.fromhex(text)
    except ValueError:
        return False
    return True


@dataclass
class Fleet:
    """All that is needed to run."""

    members: list[Member]
    url: str | None = None
    speed: float | None = None
    seed: int | None = None


def read(path: Path) -> Fleet:
    """Read a fleet file. Raises FleetError."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FleetError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise FleetError(f"{path}: not JSON: {error}") from error
    try:
        return parse(data)
    except FleetError as error:
        raise FleetError(f"{path}: {error}") from error


def parse(data: Any) -> Fleet:
    """Understand parsed JSON. Raises FleetError."""
    whole = {"chargers": data} if isinstance(data, list) else data
    if not isinstance(whole, dict) or not isinstance(whole.get("chargers"), list):
        raise FleetError('must be a list of chargers or an object with "chargers"')
    _known(whole, _FLEET_FIELDS)
    shared = whole.get("settings", {})
    members = [_member(item, shared, f"charger {n}") for n, item in enumerate(whole["chargers"], 1)]
    if not members:
        raise FleetError("no chargers in it")
    identities = [member.identity for member in members]
    if len(set(identities)) < len(identities):
        raise FleetError(f"identity {max(identities, key=identities.count)!r} occurs twice")
    url, speed, seed = whole.get("url"), whole.get("speed"), whole.get("seed")
    if url is not None and not isinstance(url, str):
        raise FleetError("url must be text")
    if speed is not None and (not isinstance(speed, int | float) or speed <= 0):
        raise FleetError("speed must be a number greater than 0")
    if seed is not None and not isinstance(seed, int):
        raise FleetError("seed must be an integer")
    return Fleet(members, url, speed, seed)


def _known(data: dict[str, Any], allowed: set[str]) -> None:
    if unknown := sorted(set(data) - allowed):
        raise FleetError(f"unknown field {unknown[0]!r}")


def _member(data: Any, shared: Any, place: str) -> Member:
    try:
        if not isinstance(data, dict) or not isinstance(data.get("identity"), str):
            raise FleetError("needs an identity")
        place = data["identity"]
        _known(data, _MEMBER_FIELDS)
        for name in ("configuration", "faults"):
            if not isinstance(data.get(name, {}), dict):
                raise FleetError(f"{name} must be an object")
            if not all(isinstance(value, str) for value in data.get(name, {}).values()):
                raise FleetError(f"the values of {name} must be text")
        if not isinstance(shared, dict) or not isinstance(data.get("settings", {}), dict):
            raise FleetError("settings must be an object")
        if not isinstance(data.get("password", ""), str) or not isinstance(data.get("scenario", ""), str):
            raise FleetError("password and scenario must be text")
        settings = {**shared, **data.get("settings", {})}
        if "model" in data:
            settings["rating"] = data["model"]
        member = Member(
            identity=data["identity"],
            password=data.get("password"),
            scenario=data.get("scenario", "idle"),
            settings=Settings.from_dict(settings),
            configuration=data.get("configuration", {}),
            faults=data.get("faults", {}),
        )
        member.check()
        return member
    except (FleetError, SettingError, FaultError) as error:
        raise FleetError(f"{place}: {error}") from error


async def run(fleet: Fleet, url: str, stop: asyncio.Event, state: Path | None = None) -> None:
    """Run every charger with its scenario until `stop` is set, then let all leave decently. Raises StateError."""
    speed = fleet.speed or 1.0
    chargers = [(member.build(url, speed, fleet.seed, state), member) for member in fleet.members]
    log.info("%d charger%s to %s", len(chargers), "s" if len(chargers) > 1 else "", url)
    living = []
    for charger, member in chargers:
        living.append(asyncio.create_task(_live(charger, member.scenario)))
        await asyncio.sleep(STAGGER_S)
        if stop.is_set():
            break
    halted = asyncio.create_task(stop.wait())
    await asyncio.wait({halted, *living}, return_when=asyncio.FIRST_COMPLETED)
    halted.cancel()
    log.info("stopping")
    failed = [task.exception() for task in living if task.done() and not task.cancelled()]
    for task in living:
        task.cancel()
    await asyncio.gather(*living, return_exceptions=True)
    await asyncio.gather(*(charger.shut_down() for charger, _ in chargers[: len(living)]))
    for error in failed:
        if error:
            raise error


async def _live(charger: Charger, scenario: str) -> None:
    charger.start()
    await charger.boot(timeout_s=None)
    await SCENARIOS[scenario].run(charger)
