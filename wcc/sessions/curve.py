"""A session's power curve: from all its samples to at most 600 points that keep the peaks (R4.2d)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

from wcc.charts import TOP, WIDTH, Gap, Label, Line, Plot
from wcc.clock import from_ms, to_ms

MAX_POINTS = 600
MAX_ROWS = 40  # lines of the table behind the chart
MINUTE_MS = 60_000
_GAP_MS = 10 * MINUTE_MS  # the least silence that counts as a gap
_STEPS_MIN = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080)
_PLOT = 238

Sample = tuple[datetime, float | None, int | None, float | None]  # time, power (W), register (Wh), state of charge (%)


@dataclass(frozen=True)
class Point:
    """A drawn point: power in W, energy since the start in Wh, state of charge in %; None where unknown."""

    ms: int
    power_w: float | None
    energy_wh: int | None
    soc_percent: float | None = None


@dataclass(frozen=True)
class Curve(Line):
    """A line chart with a second, dashed line on a scale of its own: energy from 0 to `energy_wh`."""

    second: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Drawn:
    """What the page prints. `derived`: the charger sent no power, so it was reckoned from its register."""

    line: Curve
    points: list[Point]  # those of the table behind the chart
    samples: int
    shown: int
    energy_wh: int | None
    peak_w: float | None
    begin: datetime
    end: datetime
    derived: bool


def _powered(samples: Sequence[Sample], meter_start_wh: int) -> tuple[list[Point], bool]:
    """Samples as points; where no sample has power it is the register's rise over the time since the sample before."""
    derived = all(power is None for _, power, _, _ in samples)
    points: list[Point] = []
    for at, power, register, soc in samples:
        ms = to_ms(at)
        energy = None if register is None else max(register - meter_start_wh, 0)
        before = points[-1] if points else None
        if derived and energy is not None and before and before.energy_wh is not None and ms > before.ms:
            power = max(energy - before.energy_wh, 0) * 3_600_000 / (ms - before.ms)
        points.append(Point(ms, power, energy, soc))
    if derived and len(points) > 1:
        points[0] = replace(points[0], power_w=points[1].power_w)  # the mean of a stretch holds from its beginning
    return points, derived


def thinned(points: Sequence[Point], most: int = MAX_POINTS) -> list[Point]:
    """At most so many points: of each stretch of time the lowest and the highest power, in order; the ends are kept."""
    if len(points) <= most:
        return list(points)
    stretches = (most - 2) // 2
    begin, width = points[0].ms, (points[-1].ms - points[0].ms) / stretches
    kept: list[Point] = [points[0]]
    stretch: list[Point] = []
    number = 0
    for point in points[1:-1]:
        here = min(int((point.ms - begin) / width), stretches - 1)
        if here != number:
            kept += _extremes(stretch)
            stretch, number = [], here
        stretch.append(point)
    return [*kept, *_extremes(stretch), points[-1]]


def _extremes(stretch: Sequence[Point]) -> list[Point]:
    if len(stretch) < 3:
        return list(stretch)
    measured = [point for point in stretch if point.power_w is not None] or stretch
    low, high = (choose(measured, key=lambda point: point.power_w or 0) for choose in (min, max))
    return sorted({low.ms: low, high.ms: high}.values(), key=lambda point: point.ms)


def silences(points: Sequence[Point]) -> list[tuple[int, int]]:
    """Stretches (ms, ms) without a due sample: longer than five times the usual interval, and than ten minutes."""
    steps = [after.ms - before.ms for before, after in pairwise(points)]
    if not steps:
        return []
    longest = max(5 * median(steps), _GAP_MS)
    return [(before.ms, after.ms) for before, after in pairwise(points) if after.ms - before.ms > longest]


def time_labels(begin_ms: int, end_ms: int, zone: str, write: Callable[[datetime], str]) -> list[Label]:
    """At most nine labels at whole local times."""
    span_min = (end_ms - begin_ms) / MINUTE_MS
    step = next((step for step in _STEPS_MIN if span_min / step <= 8), _STEPS_MIN[-1]) * MINUTE_MS
    offset = from_ms(begin_ms).astimezone(ZoneInfo(zone)).utcoffset()
    shift = int(offset.total_seconds() * 1000) if offset else 0
    at = -(-(begin_ms + shift) // step) * step - shift
    labels: list[Label] = []
    while at <= end_ms:
        x = round((at - begin_ms) / (end_ms - begin_ms) * 100, 1)
        anchor = "start" if x < 3 else "end" if x > 97 else "middle"
        labels.append(Label(x, write(from_ms(at)), anchor=anchor, minor=len(labels) % 2 == 1))
        at += step
    return labels


def _second(points: Sequence[Point], xs: Sequence[float], bottom: int) -> list[str]:
    """The energy as a path that rises from the foot to nearly the top of the plot."""
    top = max((point.energy_wh or 0 for point in points), default=0)
    places = [place for place, point in enumerate(points) if point.energy_wh is not None]
    if not top or len(places) < 2:
        return []
    height = (bottom - TOP) * 0.9
    spots = (f"{xs[i] * WIDTH:.1f} {bottom - height * (points[i].energy_wh or 0) / top:.1f}" for i in places)
    return [f"M{'L'.join(spots)}"]


def _table(points: Sequence[Point]) -> list[Point]:
    """Points for the table: all of few, else evenly chosen with the last one."""
    step = -(-len(points) // MAX_ROWS)
    chosen = list(points[::step])
    return chosen if not points or chosen[-1] is points[-1] else [*chosen, points[-1]]


def draw(
    samples: Sequence[Sample],
    meter_start_wh: int,
    begin: datetime,
    end: datetime,
    zone: str,
    number: Callable[[float], str],
    write: Callable[[datetime], str],
    silence: str,
) -> Drawn | None:
    """The curve from `begin` to `end` (or the last sample); None where there is nothing to draw.

    `number` writes kW on the axis, `write` a time below it; `silence` is the text of a gap.
    """
    every, derived = _powered(samples, meter_start_wh)
    if len(every) < 2 or all(point.power_w is None for point in every):
        return None
    first, last = min(to_ms(begin), every[0].ms), max(to_ms(end), every[-1].ms)
    if last <= first:
        return None
    gaps = silences(every)
    points = thinned(every)
    drawn = _with_gaps(points, gaps)
    xs = [(point.ms - first) / (last - first) for point in drawn]
    plot = Plot([None if point.power_w is None else point.power_w / 1000 for point in drawn], xs, _PLOT)
    share = 100 / (last - first)
    places = [Gap(round((a - first) * share, 1), round((b - a) * share, 1), silence) for a, b in gaps]
    line = plot.line(number, time_labels(first, last, zone, write), gaps=places)
    energies = [point.energy_wh for point in every if point.energy_wh is not None]
    return Drawn(
        line=Curve(**vars(line), second=_second(drawn, xs, line.bottom)),
        points=_table(points),
        samples=len(every),
        shown=len(points),
        energy_wh=max(energies, default=None),
        peak_w=max((point.power_w for point in every if point.power_w is not None), default=None),
        begin=from_ms(first),
        end=from_ms(last),
        derived=derived,
    )


def _with_gaps(points: Sequence[Point], gaps: Sequence[tuple[int, int]]) -> list[Point]:
    """Points with an empty one in each gap, where the line is cut."""
    empty = [Point((a + b) // 2, None, None) for a, b in gaps]
    return sorted([*points, *empty], key=lambda point: point.ms)
