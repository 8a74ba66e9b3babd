"""The only clock: aware UTC with milliseconds."""

from datetime import UTC, datetime
from time import time_ns

# A charger's clock before this year was never set (field quirk: 1970 until the first sync).
SANE_FROM_MS = int(datetime(2015, 1, 1, tzinfo=UTC).timestamp() * 1000)
DAY_MS = 86_400_000


def utcnow() -> datetime:
    """Now, aware UTC, cut to milliseconds (what the database keeps)."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def now_ms() -> int:
    """Now in milliseconds since 1970 UTC: the form in which times are stored and travel between processes."""
    return time_ns() // 1_000_000


def to_ms(moment: datetime) -> int:
    """Aware datetime → milliseconds since 1970 UTC. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a time without an offset has no meaning here")
    return int(moment.timestamp() * 1000)


def from_ms(value: int) -> datetime:
    """Milliseconds since 1970 UTC → aware datetime."""
    return datetime.fromtimestamp(value // 1000, UTC).replace(microsecond=value % 1000 * 1000)


def wire(ms: int) -> str:
    """Milliseconds → `2026-03-01T09:30:00.000Z`; the fraction is always there (Webasto Next breaks without it)."""
    moment = from_ms(ms)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def sane_ms(reported_ms: int | None, arrived_ms: int) -> tuple[int, bool]:
    """The time to order and cost by, and whether arrival time had to stand in for the charger's own.

    Absent, before 2015 or more than a day ahead of arrival: arrival time. Rules: ocpp16-rules §3.
    """
    if reported_ms is None or reported_ms < SANE_FROM_MS or reported_ms > arrived_ms + DAY_MS:
        return arrived_ms, True
    return reported_ms, False
