"""CALL, CALLRESULT and CALLERROR: text → frame and back. OCPP-J 1.6 §4; ocpp16-rules §1."""

import json
from dataclasses import dataclass
from math import isfinite
from typing import Any

import orjson

CALL, RESULT, ERROR = 2, 3, 4


@dataclass(slots=True)
class Frame:
    """One message. `body` is the action and payload of a CALL, the payload of a CALLRESULT, the rest of a CALLERROR.

    `id` is carried back unchanged, whatever its type: integers occur in the field.
    """

    type: int
    id: Any
    body: list[Any]


class Unreadable(Exception):
    """The text is no OCPP message. `id` is that of the CALL where it could be read, else None; `code` is the CALLERROR's."""

    def __init__(self, why: str, id: Any = None, code: str = "FormationViolation") -> None:
        super().__init__(why)
        self.id = id
        self.code = code


def _clean(value: Any) -> Any:
    """Take out what databases and JSON cannot hold: NUL, lone surrogates, NaN."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "ignore").decode()
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, float) and not isfinite(value):
        return None
    return value


def loads(text: str) -> Any:
    """JSON → Python, leniently: lone surrogates, NUL and NaN are taken out. Raises ValueError for what is no JSON."""
    if "\\u" not in text:  # nearly every message
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            pass
    try:
        return _clean(json.loads(text))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def exact(text: str) -> Any:
    """JSON → Python with unbounded integers: orjson makes floats of those over 64 bits."""
    return _clean(json.loads(text))


def parse(text: str) -> Frame | None:
    """Text → frame; None for a message type that is none of ours (to be ignored). Raises Unreadable."""
    try:
        message = loads(text)
    except ValueError:
        raise Unreadable("not JSON", _rescue_id(text)) from None
    if not isinstance(message, list) or not message:
        raise Unreadable("not an array")
    kind = message[0]
    if kind not in (CALL, RESULT, ERROR) or isinstance(kind, bool):
        if isinstance(kind, int) and not isinstance(kind, bool):
            return None
        raise Unreadable(
            "no message type",
            message[1] if len(message) > 1 and isinstance(message[1], str) else None,
        )
    if len(message) < 2 or isinstance(message[1], (list, dict, bool)) or message[1] is None:
        raise Unreadable("no message id")
    return Frame(kind, message[1], message[2:])


def _rescue_id(text: str) -> str | None:
    """The id of a CALL whose JSON is broken further on, if it stands where it should."""
    head = text.lstrip().removeprefix("[").lstrip()
    if not head.startswith("2"):
        return None
    rest = head[1:].lstrip().removeprefix(",").lstrip()
    if not rest.startswith('"'):
        return None
    id, quote, _ = rest[1:].partition('"')
    return id if quote and 0 < len(id) <= 36 else None


def call(id: str, action: str, payload: str) -> bytes:
    """A CALL; `payload` is JSON text already."""
    return b'[2,"%s","%s",%s]' % (id.encode(), action.encode(), payload.encode())


def result(id: Any, payload: dict[str, Any]) -> bytes:
    """A CALLRESULT, compact."""
    return orjson.dumps([RESULT, id, payload])


def error(id: Any, code: str, description: str = "") -> bytes:
    """A CALLERROR; the spelling of the codes is the specification's."""
    return orjson.dumps([ERROR, id, code, description[:255], {}])
