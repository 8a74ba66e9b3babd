"""The dashboard's two line charts, ready for the templates: geometry, labels in the user's language, table and note."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import format_datetime, format_decimal, ngettext
from flask_babel import gettext as _

from wcc import ui
from wcc.charts import Gap, Label, Line, Plot
from wcc.clock import from_ms, to_ms, utcnow
from wcc.dashboard.combined import QUARTER_MS, Quarter

TICKS = 8  # labels below a chart of many days
VALUES_UP_TO = 14  # days whose numbers are written at their dots


@dataclass(frozen=True)
class Chart:
    """A line, what is seen in words, the rows of its table, and the note below."""

    line: Line
    title: str
    rows: list[tuple[str, str]]
    note: str


def _whole(value: float) -> str:
    text: str = format_decimal(value, "#,##0")
    return text


def _clock(ms: int) -> str:
    text: str = format_datetime(from_ms(ms), "HH:mm")
    return text


def sessions_chart(days: Sequence[date], counts: Sequence[int], today: date) -> Chart:
    """Sessions per day; today, which is not over, is dashed and hollow."""
    number = len(days)
    xs = [(place + 0.5) / number for place in range(number)]
    plot = Plot([float(count) for count in counts], xs, whole=True)
    every = -(-number // TICKS)
    form = "EEE d" if number <= 7 else "d MMM"
    names = [_("Today") if day == today else ui.on(day, form) for day in days]
    shown = [place for place in range(number) if (number - 1 - place) % every == 0]
    labels = [Label(round(xs[place] * 100, 2), names[place], minor=bool((len(shown) - 1 - turn) % 2)) for turn, place in enumerate(shown)]
    values = [Label(round(x * 100, 2), _whole(count), plot.y(count) - 11) for x, count in zip(xs, counts, strict=True)]
    last = number - 1 if days[-1] == today else None
    line = plot.line(
        _whole,
        labels if number > 5 else [Label(label.x, label.text) for label in labels],
        dashed=frozenset() if last is None else frozenset({last}),
        dotted=number <= 31,
        hollow=last,
        values=values if number <= VALUES_UP_TO else (),
    )
    span = {"first": ui.on(days[0]), "last": ui.on(days[-1])}
    total = ngettext("%(num)s session", "%(num)s sessions", sum(counts))
    note = total if last is None else _("%(total)s · today up to %(time)s", total=total, time=format_datetime(utcnow(), "HH:mm"))
    rows = [(ui.on(day, "EEE d MMM yyyy"), _whole(count)) for day, count in zip(days, counts, strict=True)]
    return Chart(line, _("Charging sessions per day, %(first)s to %(last)s", **span), rows, note)


def combined_chart(day: date, quarters: Sequence[Quarter], zone: ZoneInfo) -> Chart:
    """Combined power of a day: gaps as gaps, incomplete sums dashed, the peak named."""
    number = len(quarters)
    kilowatts = [None if quarter.power_w is None else quarter.power_w / 1000 for quarter in quarters]
    plot = Plot(kilowatts, [(place + 0.5) / number for place in range(number)], plot=212)
    line = plot.line(
        lambda value: str(format_decimal(value, "#,##0.##")),
        _hours(day, quarters, zone),
        dashed=frozenset(place for place, quarter in enumerate(quarters) if quarter.incomplete),
        values=_peak(plot, quarters),
        gaps=_gaps(quarters),
    )
    rows = [(_clock(quarter.begin_ms), _power(quarter)) for quarter in quarters if not quarter.future]
    silent = _stretches(quarters, [quarter.gap for quarter in quarters])
    title = _("Combined charging power on %(day)s", day=ui.on(day, "EEEE d MMMM yyyy"))
    if silent:
        title += ", " + _("no data %(times)s", times=silent)
    return Chart(line, title, rows, _note(quarters, silent))


def _power(quarter: Quarter) -> str:
    if quarter.power_w is None:
        return str(_("no data"))
    text = format_decimal(quarter.power_w / 1000, "#,##0.00")
    return str(_("%(power)s (incomplete)", power=text)) if quarter.incomplete else str(text)


def _note(quarters: Sequence[Quarter], silent: str) -> str:
    energy_kwh = sum(_length_ms(quarters, place) * (quarter.power_w or 0) for place, quarter in enumerate(quarters)) / 3.6e9
    parts = [_("kW, 15-minute averages"), f"{format_decimal(energy_kwh, '#,##0.0')} kWh"]
    if silent:
        parts.append(_("no data %(times)s", times=silent))
    if incomplete := _stretches(quarters, [quarter.incomplete for quarter in quarters]):
        parts.append(_("dashed: without sessions that sent nothing, %(times)s", times=incomplete))
    return " · ".join(parts)


def _length_ms(quarters: Sequence[Quarter], place: int) -> int:
    begin = quarters[place].begin_ms
    return max(0, min(QUARTER_MS, to_ms(utcnow()) - begin))


def _runs(marks: Sequence[bool]) -> list[tuple[int, int]]:
    """Stretches of marked places, as (first, one past the last)."""
    found: list[tuple[int, int]] = []
    for place, marked in enumerate(marks):
        if marked and found and found[-1][1] == place:
            found[-1] = (found[-1][0], place + 1)
        elif marked:
            found.append((place, place + 1))
    return found


def _stretches(quarters: Sequence[Quarter], marks: Sequence[bool], most: int = 3) -> str:
    """`03:15–04:30, 12:00–12:15`; after a few: `and 4 more`."""
    runs = _runs(marks)
    told = [f"{_clock(quarters[first].begin_ms)}–{_clock(quarters[last - 1].begin_ms + QUARTER_MS)}" for first, last in runs[:most]]
    if len(runs) > most:
        told.append(_("%(num)s more", num=len(runs) - most))
    return ", ".join(told)


def _gaps(quarters: Sequence[Quarter]) -> list[Gap]:
    number = len(quarters)
    return [
        Gap(round(100 * first / number, 2), round(100 * (last - first) / number, 2), _("No data"))
        for first, last in _runs([quarter.gap for quarter in quarters])
    ]


def _hours(day: date, quarters: Sequence[Quarter], zone: ZoneInfo) -> list[Label]:
    """Labels every three hours of the wall clock, which on two days a year are not evenly spaced."""
    begin, whole = quarters[0].begin_ms, len(quarters) * QUARTER_MS
    labels = []
    for hour in range(0, 25, 3):
        moment = datetime(day.year, day.month, day.day, hour, tzinfo=zone) if hour < 24 else from_ms(begin + whole)
        share = (to_ms(moment) - begin) / whole
        anchor = "start" if hour == 0 else "end" if hour == 24 else "middle"
        labels.append(Label(round(100 * share, 2), f"{hour:02d}:00", anchor=anchor, minor=hour % 6 != 0))
    return labels


def _peak(plot: Plot, quarters: Sequence[Quarter]) -> list[Label]:
    known = [(quarter.power_w, place) for place, quarter in enumerate(quarters) if quarter.power_w]
    if not known:
        return []
    power, place = max(known)
    x = round(100 * plot.xs[place], 2)
    text = _("%(power)s kW at %(time)s", power=format_decimal(power / 1000, "#,##0.0"), time=_clock(quarters[place].begin_ms))
    return [Label(x, text, plot.y(power / 1000) - 10, "start" if x < 12 else "end" if x > 88 else "middle")]


def neighbours(day: date, today: date) -> tuple[date, date | None]:
    """The day before, and the day after unless that is still to come."""
    return day - timedelta(days=1), day + timedelta(days=1) if day < today else None
