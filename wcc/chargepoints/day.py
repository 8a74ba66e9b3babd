"""One local day of a connector, drawn as a band of its statuses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Mark = tuple[datetime, str]  # a moment, and the status from then on


@dataclass(frozen=True)
class Span:
    """A stretch of a day with one status; `x` and `width` are percent of the day."""

    status: str
    start: datetime
    end: datetime
    x: float
    width: float


@dataclass(frozen=True)
class Day:
    """A day of a time zone from midnight to midnight; `until` is now on the present day, else its end."""

    day: date
    zone: str
    start: datetime
    end: datetime
    until: datetime

    @property
    def is_today(self) -> bool:
        """Whether the day is still running."""
        return self.until < self.end

    @property
    def before(self) -> date:
        """The day before."""
        return self.day - timedelta(days=1)

    @property
    def after(self) -> date:
        """The day after."""
        return self.day + timedelta(days=1)

    def percent(self, moment: datetime) -> float:
        """Where in the day a moment lies, in percent."""
        return round((moment - self.start) / (self.end - self.start) * 100, 3)

    def ticks(self) -> list[tuple[float, str, bool]]:
        """Position, text and weight (major or not) of the hours under the band: every three, by the wall clock."""
        hours = [self.start + timedelta(hours=hour) for hour in range(int((self.end - self.start) / timedelta(hours=1)))]
        marks = [(moment, moment.astimezone(ZoneInfo(self.zone))) for moment in hours]
        found = [(self.percent(moment), f"{wall:%H:%M}", wall.hour % 6 == 0) for moment, wall in marks if wall.hour % 3 == 0]
        return [*found, (100.0, "24:00", True)]

    def spans(self, marks: Sequence[Mark]) -> list[Span]:
        """The day's stretches from moments and the status from then on, oldest first; before the first one nothing is known."""
        found: list[Span] = []
        for index, (moment, status) in enumerate(marks):
            begin = max(moment, self.start)
            end = min(marks[index + 1][0] if index + 1 < len(marks) else self.until, self.until)
            if end <= begin:
                continue
            if found and found[-1].status == status and found[-1].end == begin:
                begin = found.pop().start
            found.append(Span(status, begin, end, self.percent(begin), round(self.percent(end) - self.percent(begin), 3)))
        return found


def midnight(day: date, zone: str) -> datetime:
    """When a day begins in a time zone, in UTC (days with a clock change have 23 or 25 hours)."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def day_of(day: date, zone: str, now: datetime) -> Day:
    """A day of a time zone, cut off at the present moment."""
    start, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    return Day(day, zone, start, end, max(start, min(now, end)))


def today(zone: str, now: datetime) -> Day:
    """The present day of a time zone."""
    return day_of(now.astimezone(ZoneInfo(zone)).date(), zone, now.astimezone(UTC))


def totals(spans: Sequence[Span]) -> dict[str, timedelta]:
    """How long each status lasted, longest first."""
    found: dict[str, timedelta] = {}
    for span in spans:
        found[span.status] = found.get(span.status, timedelta()) + (span.end - span.start)
    return dict(sorted(found.items(), key=lambda item: -item[1]))
