"""What the list of sessions is narrowed to, read from the URL's words (R4.1a)."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from wcc.sessions.steps import RUNNING, WORDS
from wcc.tables import TableState

NAMES = ("cp", "by", "value", "from", "to")
BY = ("tag", "session", "status")
Day = tuple[datetime, datetime]


@dataclass(frozen=True)
class Filters:
    """Empty and None filter nothing. `since` is inclusive, `until` exclusive. `status`: of CONDITIONS, or `running`.

    `errors`: name of a field → what is wrong with it; then no session fits.
    """

    cp: str = ""
    tag: str = ""
    session: str = ""
    status: str = ""
    since: datetime | None = None
    until: datetime | None = None
    errors: dict[str, str] = field(default_factory=dict)


def status_words() -> dict[str, str]:
    """Keys of the status filter with their words in the user's language."""
    return {"running": str(RUNNING)} | {key: str(word) for key, word in WORDS.items()}


def status_key(text: str) -> str | None:
    """The status that a word means: its key or the user's word, whole or begun; None where it means none or several."""
    folded = text.casefold()
    words = {key: {key, word.casefold()} for key, word in status_words().items()}
    if whole := [key for key, names in words.items() if folded in names]:
        return whole[0]
    begun = [key for key, names in words.items() if any(name.startswith(folded) for name in names)]
    return begun[0] if len(begun) == 1 else None


def moment(text: str, zone: str, end: bool) -> datetime:
    """A day or a minute in the given zone → aware UTC. `end`: just after that day or minute. Raises ValueError."""
    if len(text) == 10:
        day = date.fromisoformat(text) + timedelta(days=1 if end else 0)
        local = datetime.combine(day, time(), ZoneInfo(zone))
    else:
        local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    try:
        found = local.astimezone(UTC)
        return found + timedelta(minutes=1) if end and len(text) != 10 else found
    except OverflowError:
        raise ValueError(text) from None


def _moment(state: TableState, name: str, zone: str, errors: dict[str, str]) -> datetime | None:
    if not state[name]:
        return None
    try:
        return moment(state[name], zone, end=name == "to")
    except (ValueError, OverflowError):
        errors[name] = _("“%(text)s” is not a date and time.", text=state[name])
        return None


def read(state: TableState, zone: str) -> Filters:
    """Filters of a table's state; times are those of the organization's `zone`."""
    errors: dict[str, str] = {}
    since, until = (_moment(state, name, zone, errors) for name in ("from", "to"))
    if since and until and since >= until:
        errors["to"] = _("The end of the time span lies before its begin.")
    by = state["by"] if state["by"] in BY else BY[0]
    value = state["value"]
    status = status_key(value) or "" if by == "status" and value else ""
    if by == "status" and value and not status:
        words = ", ".join(status_words().values())
        errors["value"] = _("“%(text)s” is not a status. Statuses are: %(words)s.", text=value, words=words)
    return Filters(
        cp=state["cp"],
        tag=value.casefold() if by == "tag" else "",
        session=value.lstrip("#") if by == "session" else "",
        status=status,
        since=since,
        until=until,
        errors=errors,
    )


def day(text: str, zone: str) -> tuple[Day | None, str]:
    """A day of the zone as (from, to) in UTC, and what is wrong with the text; neither for an empty one."""
    if not text:
        return None, ""
    try:
        date.fromisoformat(text)
        return (moment(text[:10], zone, end=False), moment(text[:10], zone, end=True)), ""
    except (ValueError, OverflowError):
        return None, _("“%(text)s” is not a date.", text=text)
