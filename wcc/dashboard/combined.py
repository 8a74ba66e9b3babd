"""Combined charging power of one day: the sum over all sessions, in averages of a quarter of an hour (R2.2f).

Nothing is invented: where half of the running sessions or more were silent there is no value (a gap); where fewer were, the sum of
the others is marked as incomplete; where no session ran, the power is zero.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Select, func, or_, select, type_coerce

from wcc.access import sees_session
from wcc.clock import from_ms, now_ms, to_ms
from wcc.dashboard.days import day_ms
from wcc.db import db
from wcc.models import ChargingSession, Connector, MeterSample, User

QUARTER_MS = 15 * 60 * 1000
# A session that ended and was longer counts only in its first two weeks; running ones count however long they run.
LONGEST = timedelta(days=14)

Means = Mapping[tuple[int, int], float]  # (session, number of the quarter) → average of its samples in W


@dataclass(frozen=True)
class Run:
    """A session as far as power is concerned. `energy_wh` is set where it ended and its meter told."""

    id: int
    begin_ms: int
    end_ms: int
    energy_wh: int | None = None


@dataclass(frozen=True)
class Quarter:
    """Fifteen minutes. `power_w` is None where nothing is known; `silent` of the `running` sessions sent nothing."""

    begin_ms: int
    power_w: float | None
    running: int = 0
    silent: int = 0
    future: bool = False

    @property
    def gap(self) -> bool:
        """Whether sessions ran and half of them or more told nothing."""
        return self.power_w is None and not self.future

    @property
    def incomplete(self) -> bool:
        """Whether some sessions are missing from the sum."""
        return self.power_w is not None and self.silent > 0


def combined_power(user: User, day: date, zone: ZoneInfo) -> list[Quarter]:
    """The quarters of a local day, 92 to 100 of them."""
    begin, end = day_ms(day, zone)
    now = now_ms()
    running = set(db.session.scalars(select(Connector.session_id).where(Connector.session_id.is_not(None))))
    recent = sees_session(user) & (ChargingSession.started_at >= from_ms(begin) - LONGEST)
    old = sees_session(user) & (ChargingSession.started_at < from_ms(begin) - LONGEST) & ChargingSession.id.in_(_running_ids())
    runs: list[Run] = []
    means: dict[tuple[int, int], float] = {}
    for condition in (recent, old):
        overlapping = condition & _overlaps(from_ms(begin), from_ms(end))
        runs += _runs(overlapping, running, now)
        means |= _means(overlapping, begin, end)
    return combine(runs, means, begin, end, now)


def _running_ids() -> Select[Any]:
    return select(Connector.session_id).where(Connector.session_id.is_not(None))


def _overlaps(begin: datetime, end: datetime) -> ColumnElement[bool]:
    return (ChargingSession.started_at < end) & or_(ChargingSession.stopped_at.is_(None), ChargingSession.stopped_at > begin)


def _runs(overlapping: ColumnElement[bool], running: set[int | None], now: int) -> Iterable[Run]:
    columns = (ChargingSession.id, ChargingSession.started_at, ChargingSession.stopped_at)
    asked = select(*columns, ChargingSession.values_at, ChargingSession.energy_wh).where(overlapping)
    for session_id, started_at, stopped_at, values_at, energy_wh in db.session.execute(asked):
        if stopped_at:
            yield Run(session_id, to_ms(started_at), to_ms(stopped_at), energy_wh)
        elif session_id in running:
            yield Run(session_id, to_ms(started_at), now)
        else:  # its stop never came: it ran at least until its last value
            yield Run(session_id, to_ms(started_at), to_ms(values_at or started_at))


def _means(overlapping: ColumnElement[bool], begin: int, end: int) -> dict[tuple[int, int], float]:
    quarter = ((type_coerce(MeterSample.at, BigInteger) - begin) // QUARTER_MS).label("quarter")
    asked = select(MeterSample.session_id, quarter, func.avg(MeterSample.power_w)).where(
        MeterSample.session_id.in_(select(ChargingSession.id).where(overlapping)),
        MeterSample.at >= from_ms(begin),
        MeterSample.at < from_ms(end),
        MeterSample.power_w.is_not(None),
    )
    rows = db.session.execute(asked.group_by(MeterSample.session_id, "quarter"))
    return {(session_id, int(place)): float(mean) for session_id, place, mean in rows}


def combine(runs: Iterable[Run], means: Means, begin_ms: int, end_ms: int, now: int) -> list[Quarter]:
    """Sum the sessions: each counts in a quarter for the share of it in which it ran."""
    number = -(-(end_ms - begin_ms) // QUARTER_MS)
    total, ran, silent = [0.0] * number, [0] * number, [0] * number
    for run in runs:
        low, high = max(run.begin_ms, begin_ms), min(run.end_ms, end_ms, now)
        if high <= low:
            continue
        first, last = (low - begin_ms) // QUARTER_MS, (high - 1 - begin_ms) // QUARTER_MS
        known = _filled(run, [means.get((run.id, place)) for place in range(first, last + 1)])
        for place, power in enumerate(known, first):
            start = begin_ms + place * QUARTER_MS
            stop = min(start + QUARTER_MS, now)
            ran[place] += 1
            if power is None:
                silent[place] += 1
            else:
                total[place] += power * (min(high, stop) - max(low, start)) / (stop - start)
    return [_quarter(begin_ms + place * QUARTER_MS, total[place], ran[place], silent[place], now) for place in range(number)]


def _quarter(begin_ms: int, total: float, ran: int, silent: int, now: int) -> Quarter:
    if begin_ms >= now:
        return Quarter(begin_ms, None, future=True)
    known = 2 * silent < ran or not ran
    return Quarter(begin_ms, total if known else None, ran, silent)


def _filled(run: Run, known: Sequence[float | None]) -> list[float | None]:
    """Readings of a session with the holes of one quarter bridged: chargers send every 15 minutes or less, not on the dot.

    A hole at either end takes its neighbour's value. A session too short to have sent anything counts by its meter.
    """
    if run.energy_wh is not None and run.end_ms - run.begin_ms <= QUARTER_MS and not any(value is not None for value in known):
        return [run.energy_wh * 3_600_000 / max(run.end_ms - run.begin_ms, 1)] * len(known)
    filled: list[float | None] = []
    for place, value in enumerate(known):
        if value is None:
            around = [known[near] for near in (place - 1, place + 1) if 0 <= near < len(known)]
            told = [near for near in around if near is not None]
            value = sum(told) / len(told) if told and len(told) == len(around) else None
        filled.append(value)
    return filled
