"""Days and periods as a person picks them, in the organization's time zone: a day may have 23, 24 or 25 hours."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from wcc.clock import to_ms

PRESETS = (7, 30, 90)  # days up to today
LONGEST = 366  # days of a period
EARLIEST = date(2010, 1, 1)  # no charger of ours is older; keeps absurd dates away from the database


def day_ms(day: date, zone: ZoneInfo) -> tuple[int, int]:
    """Begin and end of a local day, in milliseconds UTC."""
    begin, end = (datetime.combine(moment, time.min, zone) for moment in (day, day + timedelta(days=1)))
    return to_ms(begin), to_ms(end)


def read_day(text: str, today: date) -> date:
    """A day from a URL, not in the future; today where it cannot be read."""
    try:
        return min(max(date.fromisoformat(text), EARLIEST), today)
    except ValueError:
        return today


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, both included. `preset` is the number of days up to today that was chosen, 0 for from–to."""

    first: date
    last: date
    preset: int = 0

    @classmethod
    def read(cls, arguments: Mapping[str, str], today: date) -> "Period":
        """Period of a URL: `from` and `to`, else `days`; the last seven days where it cannot be read."""
        if arguments.get("from") or arguments.get("to"):
            last = read_day(arguments.get("to", ""), today)
            first = read_day(arguments.get("from", "") or last.isoformat(), today)
            first, last = min(first, last), max(first, last)
            return cls(max(first, last - timedelta(days=LONGEST - 1)), last)
        text = arguments.get("days", "")
        days = int(text) if text in map(str, PRESETS) else PRESETS[0]
        return cls(today - timedelta(days=days - 1), today, days)

    @property
    def days(self) -> list[date]:
        """Its days in order."""
        return [self.first + timedelta(days=place) for place in range((self.last - self.first).days + 1)]


def equal_runs(days: list[date], zone: ZoneInfo) -> Iterator[tuple[int, int, int]]:
    """Stretches of days of one length, as (begin in ms, length of a day in ms, number of days): within one, division finds the day.

    A year has at most five: only the two days on which clocks change are longer or shorter.
    """
    begin, length, number = 0, 0, 0
    for day in days:
        start, end = day_ms(day, zone)
        if number and end - start == length and begin + number * length == start:
            number += 1
            continue
        if number:
            yield begin, length, number
        begin, length, number = start, end - start, 1
    if number:
        yield begin, length, number
