"""Geometry of server-drawn charts: what the macros in `macros/charts.html` print.

The plot stretches to any width; texts have percent places, so they never scale.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import pi

WIDTH = 1000  # units of the stretched plot
RADIUS = 58
TOP = 18
FOOT = 28  # room for the labels below the plot


@dataclass(frozen=True)
class Label:
    """A text at a place of the plot: `x` in percent, `y` in pixels. `minor` ones are left out on a phone."""

    x: float
    text: str
    y: float = 0
    anchor: str = "middle"
    minor: bool = False


@dataclass(frozen=True)
class Gap:
    """A stretch without data, in percent of the width."""

    x: float
    width: float
    text: str


@dataclass(frozen=True)
class Line:
    """A line chart, ready to print. Paths are in units of WIDTH × `bottom`; `ticks` are (y, text) of the value axis."""

    height: int
    bottom: int
    axis: int
    ticks: list[tuple[float, str]]
    areas: list[str] = field(default_factory=list)
    solid: list[str] = field(default_factory=list)
    dashed: list[str] = field(default_factory=list)
    dots: str = ""
    hollow: str = ""
    labels: list[Label] = field(default_factory=list)
    values: list[Label] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)


def nice_step(top: float, steps: int = 4) -> float:
    """A step of 1, 2 or 5 times a power of ten that reaches `top` in about so many steps."""
    raw = max(top, 1e-9) / steps
    size = 1.0
    while size > raw:
        size /= 10
    while size * 10 <= raw:
        size *= 10
    return next(size * factor for factor in (1, 2, 5, 10) if size * factor >= raw)


def _runs(values: Sequence[float | None]) -> list[list[int]]:
    """Stretches of places that have a value."""
    found: list[list[int]] = []
    for place, value in enumerate(values):
        if value is None:
            continue
        if found and found[-1][-1] == place - 1:
            found[-1].append(place)
        else:
            found.append([place])
    return found


class Plot:
    """Places values on a plot of a given height; `whole` says that only whole numbers make sense."""

    def __init__(
        self,
        values: Sequence[float | None],
        xs: Sequence[float],
        plot: int = 172,
        whole: bool = False,
    ) -> None:
        self.values, self.xs = values, xs
        self.bottom = TOP + plot
        top = max((value for value in values if value is not None), default=0)
        step = nice_step(top or 1)
        self.step = max(step, 1) if whole else step
        count = max(1, -int(-top // self.step))
        self.top = self.step * count
        self.steps = [self.step * place for place in range(count + 1)]

    def y(self, value: float) -> float:
        """Pixels from the top."""
        return round(self.bottom - (self.bottom - TOP) * value / self.top, 1)

    def point(self, place: int) -> str:
        """One value as `x y`."""
        value = self.values[place]
        return f"{round(self.xs[place] * WIDTH, 1)} {self.y(value or 0)}"

    def path(self, places: Sequence[int]) -> str:
        """A path through some places; one alone becomes a short stroke, so that it is seen."""
        if len(places) == 1:
            return f"M{self.point(places[0])}h.1"
        return "M" + "L".join(self.point(place) for place in places)

    def area(self, places: Sequence[int]) -> str:
        """The area below a path."""
        first, last = (round(self.xs[place] * WIDTH, 1) for place in (places[0], places[-1]))
        return f"M{'L'.join(self.point(place) for place in places)}V{self.bottom}H{first}z" if last > first else ""

    def dots(self, places: Sequence[int]) -> str:
        """Zero-length strokes: they stay round however the plot is stretched."""
        return "".join(f"M{self.point(place)}h0" for place in places)

    def line(
        self,
        number: Callable[[float], str],
        labels: list[Label],
        dashed: frozenset[int] = frozenset(),
        dotted: bool = False,
        hollow: int | None = None,
        values: Sequence[Label] = (),
        gaps: Sequence[Gap] = (),
    ) -> Line:
        """The chart. `dashed`: places whose stroke to the one before is dashed; `dotted`: a dot at every value."""
        runs = _runs(self.values)
        solid: list[str] = []
        broken: list[str] = []
        for run in runs:
            for part, is_dashed in _strokes(run, dashed):
                (broken if is_dashed else solid).append(self.path(part))
        texts = [number(step) for step in self.steps]
        return Line(
            height=self.bottom + FOOT,
            bottom=self.bottom,
            axis=12 + 8 * max(len(text) for text in texts),
            ticks=[(self.y(step), text) for step, text in zip(self.steps, texts, strict=True)],
            areas=[area for run in runs if (area := self.area(run))],
            solid=solid,
            dashed=broken,
            dots=self.dots([place for run in runs for place in run]) if dotted else "",
            hollow=self.dots([hollow]) if hollow is not None and self.values[hollow] is not None else "",
            labels=labels,
            values=list(values),
            gaps=list(gaps),
        )


def _strokes(run: Sequence[int], dashed: frozenset[int]) -> list[tuple[list[int], bool]]:
    """A run of places cut where solid turns to dashed; neighbours share their edge."""
    if len(run) == 1:
        return [(list(run), run[0] in dashed)]
    parts: list[tuple[list[int], bool]] = []
    for before, place in pairwise(run):
        kind = place in dashed
        if parts and parts[-1][1] == kind:
            parts[-1][0].append(place)
        else:
            parts.append(([before, place], kind))
    return parts


@dataclass(frozen=True)
class Slice:
    """A part of a donut: stroke lengths round the circle."""

    css: str
    dash: str
    offset: float


def donut(parts: Sequence[tuple[str, int]]) -> list[Slice]:
    """Slices of a donut from (css class, number); parts of nothing have no slice."""
    total, around, turned, found = (
        sum(number for _, number in parts),
        2 * pi * RADIUS,
        0.0,
        [],
    )
    several = sum(1 for _, number in parts if number) > 1
    for css, number in parts:
        if not number:
            continue
        length = around * number / total
        seen = max(length - 2.5, 1.5) if several else length  # a thin line between neighbours
        found.append(Slice(css, f"{seen:.1f} {around - seen:.1f}", round(-turned, 1)))
        turned += length
    return found
