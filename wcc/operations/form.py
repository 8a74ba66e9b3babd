"""What the operations' forms share: the station they are about, reading fields, and the OCPP call they end in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs
import orjson
from flask_babel import gettext as _

from wcc.errors import Invalid
from wcc.models import AuthorizationTag, ChargePoint, ChargingSession, Connector

Values = Mapping[str, str]  # what was typed, by field name

# OCPP integers have no bounds; chargers keep them in 32 bits.
LARGEST = 2**31 - 1
# A charger that has not told its connectors yet is not asked about more than any has.
MOST_CONNECTORS = 99


@dataclass(frozen=True)
class Station:
    """A charge point as a form needs it. `connectors` without number 0; `running` are the sessions that have not ended.

    `tags` are those to start with: valid at this station, virtual ones first. `session` looks up any session of this station.
    """

    charge_point: ChargePoint
    connectors: Sequence[Connector] = ()
    running: Sequence[ChargingSession] = ()
    tags: Sequence[AuthorizationTag] = ()
    session: Callable[[int], ChargingSession | None] = lambda number: None

    @property
    def numbers(self) -> list[int]:
        """Connector ids that the charger has reported."""
        return [connector.number for connector in self.connectors]


@dataclass(frozen=True)
class Call:
    """A call to a charger, and what we know about it besides: the connector, the tag (folded) and the session it is about."""

    payload: dict[str, Any]
    connector: int | None = None
    id_tag_folded: str | None = None
    session_id: int | None = None


def read(**readers: Callable[[], Any]) -> dict[str, Any]:
    """What the readers give, by name. Raises Invalid with the faults of all of them, so that a person mends all at once."""
    found: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for name, reader in readers.items():
        try:
            found[name] = reader()
        except Invalid as error:
            faults |= error.fields
    if faults:
        raise Invalid(**faults)
    return found


def whole(values: Values, name: str, lowest: int, highest: int) -> int:
    """A whole number from a field. Raises Invalid naming the field."""
    text = values.get(name, "").strip()
    if not text:
        raise Invalid(**{name: _("Enter a number.")})
    # int() also takes 1_000, ١ and 4301 digits; none of these was meant.
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 11):
        raise Invalid(**{name: _("Enter a whole number.")})
    number = int(text)
    if not lowest <= number <= highest:
        raise Invalid(**{name: _("Enter a number from %(lowest)s to %(highest)s.", lowest=lowest, highest=highest)})
    return number


def connector(values: Values, station: Station, lowest: int) -> int:
    """The connector id; one that the station has reported, or 0 where `lowest` allows it. Raises Invalid."""
    number = whole(values, "connector", lowest, LARGEST if station.numbers else MOST_CONNECTORS)
    if number and station.numbers and number not in station.numbers:
        known = ", ".join(map(str, station.numbers))
        raise Invalid(connector=_("This station has %(numbers)s, not this one.", numbers=known))
    return number


def choice(values: Values, name: str, options: Sequence[str]) -> str:
    """One of the given words. Raises Invalid naming the field."""
    chosen = values.get(name, "")
    if chosen not in options:
        raise Invalid(**{name: _("Choose one of these.")})
    return chosen


def confirmed(values: Values, sessions: Sequence[ChargingSession]) -> None:
    """That the person knows about the running sessions that this may cut. Raises Invalid when it was not ticked."""
    if sessions and values.get("confirm") != "yes":
        raise Invalid(confirm=_("Tick this, or wait until the session has ended."))


@cache
def _schema(action: str) -> jsonschema_rs.Validator:
    text = files("ocpp").joinpath("v16", "schemas", f"{action}.json").read_bytes()
    return jsonschema_rs.validator_for(orjson.loads(text.removeprefix(b"\xef\xbb\xbf")))


def checked(action: str, call: Call) -> str:
    """The payload as JSON text, once it fits OCPP's own schema. Raises Invalid: a charger is never sent what does not."""
    if (error := next(_schema(action).iter_errors(call.payload), None)) is not None:
        raise Invalid(f"{action}: {error.message}")
    return orjson.dumps(call.payload).decode()
