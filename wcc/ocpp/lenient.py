"""Fields as chargers send them → usable values; None where there is nothing usable. ocpp16-rules §1, §3; quirks 19, 21, 43."""

from datetime import UTC, datetime
from math import isfinite
from typing import Any

ID_TAG_LENGTH = 20


class Missing(Exception):
    """A field that the message cannot do without is absent."""


class Unusable(Exception):
    """A field that the message cannot do without has a type that cannot be read."""


def text(payload: dict[str, Any], key: str, limit: int | None = None) -> str | None:
    """A text field; numbers become text, the text `null` and blanks count as absent, over-long ones are cut."""
    value = payload.get(key)
    if isinstance(value, str):
        value = value.strip()
        return None if not value or value == "null" else value[:limit]
    if value is None or isinstance(value, (dict, list)):
        return None
    return str(value)[:limit]


def required(payload: dict[str, Any], key: str) -> str:
    """A text field that must be there. Raises Missing or Unusable."""
    if payload.get(key) is None:
        raise Missing(key)
    found = text(payload, key)
    if found is None:
        raise Unusable(key)
    return found


def integer(value: Any) -> int | None:
    """An integer from an integer, a float or a text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if isfinite(value) else None
    if isinstance(value, str):
        try:
            return int(value.strip())
        except ValueError:
            number = decimal(value)
            return None if number is None else int(number)
    return None


def decimal(value: Any) -> float | None:
    """A finite number from a number or a text, also with a decimal comma."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(value.strip().replace(",", ".")) if isinstance(value, str) else float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if isfinite(number) else None


def time_ms(value: Any) -> int | None:
    """ISO 8601 with any fraction and offset → milliseconds since 1970; UTC where there is no offset."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        try:
            moment = datetime.fromisoformat(value.strip().replace(",", ".").replace(" ", "T").replace("z", "Z"))
        except ValueError:
            return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return round(moment.timestamp() * 1000)
    except (OverflowError, ValueError):
        return None


def id_tag(payload: dict[str, Any], key: str = "idTag") -> str | None:
    """An idTag: any printable characters, at most 20; stray control characters and excess are cut off."""
    found = text(payload, key)
    if found is None:
        return None
    return "".join(char for char in found if char.isprintable())[:ID_TAG_LENGTH] or None


def fold(tag: str) -> str:
    """The form in which idTags are compared: they are case-insensitive (CiString20)."""
    return tag.casefold()
