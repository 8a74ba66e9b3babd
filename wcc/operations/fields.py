"""The kinds of fields that an operation's form is made of: each knows how to be shown, what it holds at first and how it is read.

A field's `name` is its name in the form, `key` that in the OCPP payload. What is not required and left empty is not sent.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wcc import ui
from wcc.clock import to_ms, utcnow, wire
from wcc.errors import Invalid
from wcc.models import AuthorizationTag, ChargingSession
from wcc.operations import form
from wcc.operations.form import Call, Station, Values

# Words of a choice; with a sentence it is shown as a radio button, without in a list.
Options = Mapping[str, str] | Mapping[str, tuple[str, str]]

# Fresh numbers count the seconds from here: they rise, and stay in 32 bits for sixty years.
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_URL = re.compile(r"(https?|ftps?|sftp)://[^\s/]+(/\S*)?", re.IGNORECASE)
_DECIMAL = re.compile(r"\d{1,9}(?:[.,]\d)?")


def fresh_number() -> str:
    """A number that no earlier request to this charger had: whole seconds since the beginning of 2026."""
    return str(max(1, round((utcnow() - EPOCH).total_seconds())))


@dataclass(frozen=True, kw_only=True)
class Field:
    """A line of text. `most`: characters that OCPP allows. `wide`: takes the whole row."""

    name: str
    label: str
    key: str = ""
    help: str = ""
    required: bool = True
    default: str = ""
    most: int = 500
    wide: bool = False
    widget: ClassVar[str] = "text"

    @property
    def ocpp_name(self) -> str:
        """Its name in the payload."""
        return self.key or self.name

    def first(self, station: Station | None, asked: Values) -> str:
        """What it holds at first: what the address asks for, else its default."""
        return asked.get(self.name, "").strip() or self.default

    def read(self, values: Values, station: Station) -> Any:
        """What was meant; None when it was left empty and may be. Raises Invalid naming the field."""
        text = values.get(self.name, "").strip()
        if text:
            return self.meant(text, values, station)
        if self.required:
            raise self.wrong(_("Fill this in."))
        return None

    def meant(self, text: str, values: Values, station: Station) -> Any:
        """What a text that is not empty means. Raises Invalid."""
        if len(text) > self.most:
            raise self.wrong(_("At most %(most)s characters fit here.", most=self.most))
        if any(ord(sign) < 32 and sign not in "\t\r\n" for sign in text):
            raise self.wrong(_("There are signs in it that cannot be sent."))
        return text

    def wrong(self, why: str) -> Invalid:
        """The fault to raise about this field."""
        return Invalid(**{self.name: why})


@dataclass(frozen=True, kw_only=True)
class Long(Field):
    """A text of several lines."""

    wide: bool = True
    widget: ClassVar[str] = "long"


@dataclass(frozen=True, kw_only=True)
class Pem(Long):
    """A certificate, or a chain of them, in PEM form."""

    def meant(self, text: str, values: Values, station: Station) -> str:
        found = str(super().meant(text, values, station)).replace("\r\n", "\n")
        if not found.startswith("-----BEGIN CERTIFICATE-----") or not found.endswith("-----END CERTIFICATE-----"):
            raise self.wrong(_("Paste the whole text from BEGIN CERTIFICATE to END CERTIFICATE."))
        return found


@dataclass(frozen=True, kw_only=True)
class Address(Field):
    """Where a charger fetches or puts a file."""

    most: int = 512
    wide: bool = True

    def meant(self, text: str, values: Values, station: Station) -> str:
        found = str(super().meant(text, values, station))
        if not _URL.fullmatch(found):
            raise self.wrong(_("Enter an address such as https://files.example.org/next.bin."))
        return found


@dataclass(frozen=True, kw_only=True)
class Whole(Field):
    """A whole number. `fresh`: holds a number at first that was not used before."""

    lowest: int = 0
    highest: int = form.LARGEST
    fresh: bool = False
    widget: ClassVar[str] = "whole"

    def first(self, station: Station | None, asked: Values) -> str:
        return super().first(station, asked) or (fresh_number() if self.fresh else "")

    def meant(self, text: str, values: Values, station: Station) -> int:
        return form.whole(values, self.name, self.lowest, self.highest)


@dataclass(frozen=True, kw_only=True)
class Tenths(Field):
    """A number that is not negative, with at most one decimal, as OCPP wants its limits."""

    def meant(self, text: str, values: Values, station: Station) -> float:
        return tenths(self, text)


def tenths(field: Field, text: str) -> float:
    """A number with at most one decimal, written with a point or a comma. Raises Invalid naming the field."""
    if not (text.isascii() and _DECIMAL.fullmatch(text)):
        raise field.wrong(_("Enter a number with at most one decimal, such as 16 or 10.5."))
    return float(text.replace(",", "."))


@dataclass(frozen=True, kw_only=True)
class Choice(Field):
    """One of some words."""

    options: Options
    widget: ClassVar[str] = "choice"

    @property
    def told(self) -> bool:
        """Whether each option has a sentence of its own."""
        return any(isinstance(words, tuple) for words in self.options.values())

    def first(self, station: Station | None, asked: Values) -> str:
        found = asked.get(self.name, "")
        return found if found in self.options else self.default

    def read(self, values: Values, station: Station) -> str | None:
        if not self.required and not values.get(self.name):
            return None
        return form.choice(values, self.name, tuple(self.options))


@dataclass(frozen=True, kw_only=True)
class Moment(Field):
    """A date and time in the organization's zone; sent in UTC. `ahead_s`: holds the time so far from now at first."""

    ahead_s: int | None = None
    widget: ClassVar[str] = "moment"

    def first(self, station: Station | None, asked: Values) -> str:
        found = super().first(station, asked)
        if found or self.ahead_s is None:
            return found
        at = datetime.fromtimestamp(utcnow().timestamp() + self.ahead_s, UTC)
        return f"{ui.local(at):%Y-%m-%dT%H:%M}"

    def meant(self, text: str, values: Values, station: Station) -> str:
        try:
            naive = datetime.fromisoformat(text[:40]).replace(tzinfo=None)
            if not 2000 <= naive.year <= 2100:
                raise ValueError(text)
        except ValueError:
            raise self.wrong(_("Enter a date and a time, such as 2026-03-01 09:30.")) from None
        return wire(to_ms(naive.replace(tzinfo=ZoneInfo(ui.time_zone()))))


@dataclass(frozen=True, kw_only=True)
class Outlet(Field):
    """A connector id. `lowest` is 0 where the whole station may be meant; `known`: only one that the station has told of."""

    name: str = "connector"
    key: str = "connectorId"
    label: str = _l("Connector id (Integer)")
    lowest: int = 1
    known: bool = True
    widget: ClassVar[str] = "connector"

    def first(self, station: Station | None, asked: Values) -> str:
        numbers = station.numbers if station else []
        only = str(numbers[0]) if len(numbers) == 1 else "" if numbers else "1"
        return super().first(station, asked) or (only if self.required else "")

    def read(self, values: Values, station: Station) -> int | None:
        if not self.required and not values.get(self.name, "").strip():
            return None
        if self.known:
            return form.connector(values, station, self.lowest)
        return form.whole(values, self.name, self.lowest, form.LARGEST)


@dataclass(frozen=True, kw_only=True)
class Tag(Field):
    """One of the tags that are valid at the station."""

    name: str = "tag"
    key: str = "idTag"
    label: str = _l("Select RFID tag")
    widget: ClassVar[str] = "tag"

    def first(self, station: Station | None, asked: Values) -> str:
        return asked.get(self.name, "") or (str(station.tags[0].id) if station and station.tags else "")

    def read(self, values: Values, station: Station) -> AuthorizationTag:
        chosen = values.get(self.name, "")
        found = next((tag for tag in station.tags if str(tag.id) == chosen), None)
        if found is None:
            raise self.wrong(_("Choose one of these tags.") if station.tags else _("There is no tag to start with."))
        return found


@dataclass(frozen=True, kw_only=True)
class Session(Field):
    """A session of the station, by its ID."""

    name: str = "session"
    key: str = "transactionId"
    label: str = _l("Active transaction ID")
    widget: ClassVar[str] = "session"

    def first(self, station: Station | None, asked: Values) -> str:
        running = station.running if station else ()
        here = [session for session in running if str(session.connector) == asked.get("connector", "")] or running
        return super().first(station, asked) or (str(here[0].id) if len(here) == 1 and self.required else "")

    def meant(self, text: str, values: Values, station: Station) -> ChargingSession:
        number = form.whole(values, self.name, 1, form.LARGEST)
        if (found := station.session(number)) is None:
            raise self.wrong(_("This station has no session %(number)s.", number=number))
        return found


def read(fields: Sequence[Field], values: Values, station: Station) -> dict[str, Any]:
    """What all fields mean, by name. Raises Invalid with every fault at once."""
    return form.read(**{field.name: (lambda field=field: field.read(values, station)) for field in fields})


def payload(fields: Sequence[Field], found: Mapping[str, Any]) -> dict[str, Any]:
    """What is sent: by OCPP's names, in the fields' order, without what was left empty."""
    sent: dict[str, Any] = {}
    for field in fields:
        if (value := found[field.name]) is not None:
            sent[field.ocpp_name] = plain(value)
    return sent


def plain(value: Any) -> Any:
    """A tag and a session as OCPP names them; anything else as it is."""
    if isinstance(value, AuthorizationTag):
        return value.tag
    return value.id if isinstance(value, ChargingSession) else value


def call(fields: Sequence[Field], found: Mapping[str, Any], sent: dict[str, Any]) -> Call:
    """The call, with the connector, the tag and the session that it is about."""
    tag, session = found.get("tag"), found.get("session")
    return Call(
        sent,
        connector=found.get("connector"),
        id_tag_folded=tag.folded if isinstance(tag, AuthorizationTag) else None,
        session_id=session.id if isinstance(session, ChargingSession) else None,
    )
