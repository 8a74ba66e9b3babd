"""How wrong a charger's clock is, told by the times in what it reports."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

TIMED = ("StatusNotification", "MeterValues", "StartTransaction", "StopTransaction")


def _times(value: Any) -> Iterator[datetime]:
    """All timestamps in a payload; one without an offset is taken for UTC, as everywhere."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name == "timestamp" and isinstance(item, str):
                try:
                    found = datetime.fromisoformat(item.strip())
                except ValueError:
                    continue
                yield found if found.tzinfo else found.replace(tzinfo=UTC)
            else:
                yield from _times(item)
    elif isinstance(value, list):
        for item in value:
            yield from _times(item)


def ahead_s(messages: Iterable[tuple[str, datetime]]) -> int | None:
    """Seconds that the clock is ahead (negative: behind) by (text, arrival) of messages; None where none tells a time.

    A report may be older than its arrival, when it had to wait; so the least distance of several counts.
    """
    found = []
    for text, at in messages:
        try:
            newest = max(_times(orjson.loads(text)), default=None)
        except (ValueError, RecursionError):
            continue
        if newest is not None:
            found.append(round((newest - at).total_seconds()))
    return min(found, key=abs, default=None)
