"""How a message is shown: its payload, in one line or readable, and as rows of an export."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from flask_babel import lazy_gettext as _l

from wcc.clock import to_ms, wire
from wcc.export import Cell
from wcc.models import LoggedMessage
from wcc.models.message import CALL, DROPPED, ERROR, RESULT, UNREADABLE

KINDS = {CALL: "CALL", RESULT: "CALLRESULT", ERROR: "CALLERROR", UNREADABLE: _l("Unreadable"), DROPPED: _l("Not written down")}
DIRECTIONS = {"in": _l("From the charger"), "out": _l("To the charger")}
COLUMNS = (_l("Time"), _l("Direction"), _l("Kind"), _l("Action"), _l("Message ID"), _l("Bytes"), _l("Round trip (ms)"), _l("Message"))
LINE = 300  # characters of a payload in the list


def parts(message: LoggedMessage) -> Any:
    """The message read as JSON; None where it is none (or was cut)."""
    try:
        return orjson.loads(message.text)
    except orjson.JSONDecodeError:
        return None


def payload(message: LoggedMessage) -> str:
    """What the message says, in one line: its payload, of a CALLERROR all that follows the id, else the text as it came."""
    frame = parts(message)
    if not isinstance(frame, list) or len(frame) < 3 or message.kind == UNREADABLE:
        return message.text[:LINE]
    said = frame[3:] if message.kind == CALL else frame[2:]
    text = orjson.dumps(said[0] if len(said) == 1 else said).decode()
    return text if len(text) <= LINE else text[:LINE] + "…"


def pretty(message: LoggedMessage) -> str:
    """The whole message, indented where it is JSON."""
    frame = parts(message)
    return message.text if frame is None else orjson.dumps(frame, option=orjson.OPT_INDENT_2).decode()


def rows(messages: Iterable[LoggedMessage]) -> Iterator[list[Cell]]:
    """Rows of a CSV."""
    for found in messages:
        yield [
            wire(to_ms(found.at)),
            str(DIRECTIONS[found.direction]) if found.kind != DROPPED else "",
            str(KINDS.get(found.kind, found.kind)),
            found.action,
            found.message_id,
            found.size,
            found.took_ms,
            found.text,
        ]


def lines(messages: Iterable[LoggedMessage]) -> Iterator[bytes]:
    """JSON lines: one object a message; `message` is the frame, as text where it is no JSON."""
    for found in messages:
        frame = parts(found)
        fields = {
            "at": wire(to_ms(found.at)),
            "direction": found.direction,
            "kind": {CALL: "CALL", RESULT: "CALLRESULT", ERROR: "CALLERROR", UNREADABLE: "unreadable"}.get(found.kind, "dropped"),
            "action": found.action,
            "message_id": found.message_id,
            "bytes": found.size,
            "round_trip_ms": found.took_ms,
            "message": found.text if frame is None else frame,
            "note": found.note,
        }
        yield orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE)
