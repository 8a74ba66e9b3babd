"""The command line: options, and the fleet they describe."""

import argparse
import dataclasses
import json
import urllib.parse
from pathlib import Path
from typing import Any

from simulator import fleet
from simulator.error_table import ERRORS
from simulator.fleet import Fleet, Member
from simulator.scenario import SCENARIOS
from simulator.settings import SettingError, Settings

EPILOG = """examples:
  python -m simulator --url ws://127.0.0.1:5000/ocpp --chargers 8 --scenario demo --sample-interval 5
  python -m simulator --url ws://127.0.0.1:5000/ocpp --identity NEXT-WS104645 --password secret --scenario remote
  python -m simulator --url wss://csms.example/ocpp --passwords chargers.txt --fault Reset=Rejected -v
  python -m simulator --fleet fleet.json
"""


class UsageError(ValueError):
    """Arguments that do not make sense."""


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not greater than 0")
    return value


def _count(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 100_000:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and 100000")
    return value


def _seconds(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 86_400:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 86400")
    return value


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def parser() -> argparse.ArgumentParser:
    """All options."""
    top = argparse.ArgumentParser(
        prog="python -m simulator",
        description="Simulated Webasto NEXT charging stations (OCPP 1.6J).",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _who(top.add_argument_group("which chargers"))
    _how(top.add_argument_group("what they do"))
    _link(top.add_argument_group("connection"))
    top.add_argument("--list", choices=["scenarios", "settings", "errors"], help="print them and exit")
    top.add_argument("--duration", type=_positive, metavar="S", help="stop after S seconds")
    loud = top.add_mutually_exclusive_group()
    loud.add_argument("-v", "--verbose", action="store_const", const=1, default=0, help="log every frame")
    loud.add_argument("-q", "--quiet", dest="verbose", action="store_const", const=-1, help="log warnings only")
    return top


def _who(group: Any) -> None:
    group.add_argument("--url", help="endpoint, ws:// or wss://; the identity is appended")
    group.add_argument("--fleet", type=Path, metavar="FILE", help="JSON description of chargers (see simulator/README.md)")
    group.add_argument("--chargers", type=_count, metavar="N", help="number of chargers (default 1)")
    group.add_argument("--prefix", help="identities are PREFIX and a running number (default NEXT-WS)")
    group.add_argument("--first", metavar="NUMBER", help="the first number (default 104600)")
    group.add_argument("--identity", action="append", metavar="ID", help="a charger by name; may be repeated")
    group.add_argument("--passwords", type=Path, metavar="FILE", help="lines identity:password; alone, these chargers")
    group.add_argument("--password", help="one password for all that have none of their own")


def _how(group: Any) -> None:
    group.add_argument("--scenario", choices=list(SCENARIOS), help="default idle; --list scenarios explains them")
    group.add_argument("--speed", type=_positive, metavar="FACTOR", help="simulated time runs FACTOR times faster")
    group.add_argument("--seed", type=int, help="the same cars and meters every time")
    group.add_argument("--sample-interval", type=_seconds, metavar="S", help="MeterValueSampleInterval (default 60)")
    group.add_argument("--model", choices=["16A", "32A"], help="11 kW or 22 kW unit (default 32A)")
    group.add_argument("--set", type=_pair, action="append", default=[], metavar="NAME=VALUE", help="any setting")
    group.add_argument("--key", type=_pair, action="append", default=[], metavar="NAME=VALUE", help="an OCPP key's value")
    group.add_argument(
        "--fault",
        type=_pair,
        action="append",
        default=[],
        metavar="ACTION=REPLY",
        help="scripted reply: a status such as Rejected, CALLERROR[:code], silent, late:SECONDS",
    )
    group.add_argument("--state", type=Path, metavar="DIR", help="keep registers and undelivered messages over restarts")


def _link(group: Any) -> None:
    group.add_argument("--subprotocol", action="append", metavar="NAME", help="offer this; repeatable (default ocpp1.6)")
    group.add_argument("--no-subprotocol", action="store_true", help="offer none")
    group.add_argument("--authorization", choices=["text", "hex", "raw", "none", "wrong"], help="form of the Basic auth header")
    group.add_argument("--ca", metavar="FILE", help="trust this certificate authority")
    group.add_argument("--insecure", action="store_true", help="do not verify the server's certificate")


def listing(what: str) -> str:
    """Text for --list."""
    if what == "scenarios":
        return "\n".join(f"{s.name:<14}{s.meaning}" for s in SCENARIOS.values())
    if what == "errors":
        return "\n".join(f"{e.number:>2}  {e.vendor_error_code}  {e.error_code:<22}{e.info}" for e in ERRORS)
    defaults = dataclasses.asdict(Settings())
    return "\n".join(f"{name:<26}{json.dumps(value)}" for name, value in defaults.items())


def chosen_fleet(options: argparse.Namespace) -> Fleet:
    """The fleet the options describe. Raises UsageError, FleetError."""
    chosen = _from_file(options) if options.fleet else Fleet(_members(options))
    chosen.url = options.url or chosen.url
    chosen.speed = options.speed or chosen.speed
    chosen.seed = options.seed if options.seed is not None else chosen.seed
    if not chosen.url:
        raise UsageError("--url is missing")
    _check_url(chosen.url)
    return chosen


def _from_file(options: argparse.Namespace) -> Fleet:
    names = ("chargers", "prefix", "first", "identity", "passwords", "password", "scenario", "model")
    changes = [*names, "sample_interval", "set", "key", "fault", "subprotocol", "no_subprotocol", "authorization", "ca"]
    for name in [*changes, "insecure"]:
        if getattr(options, name):
            raise UsageError(f"--{name.replace('_', '-')} cannot be combined with --fleet; write it into the file")
    return fleet.read(options.fleet)


def _check_url(url: str) -> None:
    parts = urllib.parse.urlsplit(url)
    try:
        usable = parts.scheme in ("ws", "wss") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment:
        raise UsageError(f"--url {url}: must look like ws://host:port/path or wss://host/path")


def _members(options: argparse.Namespace) -> list[Member]:
    settings = _settings(options)
    passwords = read_passwords(options.passwords) if options.passwords else {}
    members = [
        Member(
            identity=identity,
            password=passwords.get(identity, options.password),
            scenario=options.scenario or "idle",
            settings=Settings.from_dict(settings),
            configuration=dict(options.key),
            faults=dict(options.fault),
        )
        for identity in _identities(options, passwords)
    ]
    for member in members:
        member.check()
    return members


def _identities(options: argparse.Namespace, passwords: dict[str, str]) -> list[str]:
    numbered = options.chargers or options.prefix or options.first
    if options.identity:
        if numbered:
            raise UsageError("--identity cannot be combined with --chargers, --prefix, --first")
        if len(set(options.identity)) < len(options.identity):
            raise UsageError("the same --identity twice")
        return list(options.identity)
    if passwords and not numbered:
        return list(passwords)
    prefix = "NEXT-WS" if options.prefix is None else options.prefix
    first = options.first or "104600"
    if not first.isascii() or not first.isdigit():
        raise UsageError(f"--first {first}: not a number")
    return [f"{prefix}{number:0{len(first)}d}" for number in range(int(first), int(first) + (options.chargers or 1))]


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for name, text in options.set:
        try:
            settings[name] = json.loads(text)
        except ValueError:
            settings[name] = text  # plain words need no quotes
    given = {
        "rating": options.model,
        "sample_interval_s": options.sample_interval,
        "subprotocols": [] if options.no_subprotocol else options.subprotocol,
        "authorization": options.authorization,
        "ca_file": options.ca,
        "verify_tls": False if options.insecure else None,
    }
    settings.update({name: value for name, value in given.items() if value is not None})
    try:
        Settings.from_dict(settings)
    except SettingError as error:
        raise UsageError(f"--set: {error}") from error
    return settings


def read_passwords(path: Path) -> dict[str, str]:
    """Read lines `identity:password`; empty lines and lines beginning with # are skipped. Raises UsageError."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--passwords {path}: {error}") from error
    passwords: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        identity, colon, password = line.partition(":")
        if not colon or not identity or not password:
            raise UsageError(f"--passwords {path} line {number}: not identity:password")
        if identity in passwords:
            raise UsageError(f"--passwords {path} line {number}: {identity} occurs twice")
        passwords[identity] = password
    if not passwords:
        raise UsageError(f"--passwords {path}: no passwords in it")
    return passwords
