"""An operation that is declared rather than written out: its fields, how they become the payload, what each answer means."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from flask_babel import gettext as _

from wcc.errors import Invalid
from wcc.models import Operation
from wcc.operations import fields, story
from wcc.operations.fields import Field
from wcc.operations.form import Call, Station, Values
from wcc.operations.story import Scene, Step, Story, Table

Found = Mapping[str, Any]
Reply = Mapping[str, Any]
# The steps after the answer, and whether nothing more is expected.
Follow = Callable[[Operation, Scene], tuple[list[Step], bool]]


def _no_warning(station: Station, values: Values) -> str | None:
    return None


def _finished(operation: Operation, scene: Scene) -> tuple[list[Step], bool]:
    return [], True


def _as_named(kind: "Declared", found: Found, station: Station) -> dict[str, Any]:
    return fields.payload(kind.FIELDS, found)


def _no_data(reply: Reply) -> tuple[str, Table | None]:
    return "", None


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A kind of operation (see `catalog.Kind`).

    `PROFILE`: OCPP's feature profile. `replies`: what each status word of the answer means. `payload`: how the fields become what
    is sent, where that is not one to one; raises Invalid naming fields. `warn`: what to know before sending. `tick`: a sentence
    that the person must tick. `said`: what the data of an answer say, in a sentence and a table. `follow`: what came of it.
    """

    ACTION: str
    NAME: str
    LABEL: str
    DOES: str
    PROFILE: str
    FIELDS: tuple[Field, ...] = ()
    replies: Mapping[str, str] = field(default_factory=dict)
    payload: Callable[["Declared", Found, Station], dict[str, Any]] = _as_named
    warn: Callable[[Station, Values], str | None] = _no_warning
    tick: Callable[[Station, Values], str | None] = _no_warning
    said: Callable[[Reply], tuple[str, Table | None]] = _no_data
    follow: Follow = _finished

    @property
    def TITLE(self) -> str:  # noqa: N802 - the shape that all kinds have
        """Its name over its page."""
        return self.LABEL

    @property
    def SENDS(self) -> str:  # noqa: N802
        """What happens on Execute."""
        return _("Sends %(action)s to the charger.", action=self.ACTION)

    def initial(self, station: Station | None, asked: Values) -> dict[str, str]:
        """What the fields hold at first."""
        return {each.name: each.first(station, asked) for each in self.FIELDS}

    def build_call(self, station: Station, values: Values) -> Call:
        """The call. Raises Invalid, also when something must be ticked first and was not."""
        found = fields.read(self.FIELDS, values, station)
        sent = self.payload(self, found, station)
        if self.tick(station, values) and values.get("confirm") != "yes":
            raise Invalid(confirm=_("Tick this first."))
        return fields.call(self.FIELDS, found, sent)

    def note(self, station: Station, values: Values) -> str | None:
        """What a person should know before sending it."""
        return self.warn(station, values)

    def confirm(self, station: Station, values: Values) -> str | None:
        """The sentence to tick, if any."""
        return self.tick(station, values)

    def title(self, operation: Operation) -> str:
        """Its name in lists."""
        return str(self.LABEL)

    def tell(self, operation: Operation, scene: Scene) -> Story:
        """The operation in plain words: the answer and what it means, then what came of it."""
        steps, table = story.opening(operation, scene.now), None
        if operation.state == "answered":
            meaning, table = self.meaning(operation)
            steps = story.told(steps, meaning) if meaning else steps
        if story.closed(operation):
            return Story(steps, True, table)
        if not story.may_happen(operation):
            return Story(steps, False, table)
        more, over = self.follow(operation, scene)
        waits = operation.state == "sent" and not more
        return Story([*steps, *more], (over and not waits) or story.given_up(operation, scene, story.FOLLOWED), table)

    def meaning(self, operation: Operation) -> tuple[str, Table | None]:
        """What an answer means, in a sentence and a table."""
        reply = reply_of(operation)
        sentence, table = self.said(reply)
        word = str(self.replies.get(operation.status or "", ""))
        if not word and operation.status and self.replies:
            word = _("OCPP knows no such answer to this; ask the maker of the charger what it means")
        return ". ".join(part for part in (word, sentence) if part), table


def reply_of(operation: Operation) -> Reply:
    """The charger's answer; empty where it was none, or not an object."""
    try:
        found = orjson.loads(operation.reply or "{}")
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def sent_of(operation: Operation) -> Reply:
    """What was sent."""
    found: Reply = orjson.loads(operation.payload)
    return found


def rows(value: Any) -> Sequence[Mapping[str, Any]]:
    """The objects of a list that a charger sent, whatever it sent instead."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
