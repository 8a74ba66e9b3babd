"""What the dashboard shows, read from what the chargers said (R2.2). Every query is limited to what the user may see."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Select, case, func, literal, select, type_coerce
from sqlalchemy.orm import contains_eager

from wcc import tables
from wcc.access import sees_session, stations
from wcc.clock import from_ms, utcnow
from wcc.dashboard.days import Period, equal_runs
from wcc.db import UtcMs, db
from wcc.models import ChargePoint, ChargingSession, Connector, User

FRESH = timedelta(minutes=15)  # an older reading says nothing about now
LISTED = 50  # connectors shown one by one beside the total
CONNECTOR_FILTERS = ("cp", "status")
_NEVER = from_ms(0)


def presence_counts(user: User) -> dict[str, int]:
    """Number of charge points that are online, offline and unknown (R2.2a)."""
    kind = case((ChargePoint.online, "online"), (ChargePoint.connected_at.is_not(None), "offline"), else_="unknown")
    asked = select(kind.label("presence"), func.count()).where(stations(user, "see")).group_by("presence")
    found: dict[str, int] = dict(db.session.execute(asked).all())
    return {name: found.get(name, 0) for name in ("online", "offline", "unknown")}


@dataclass(frozen=True)
class Supply:
    """What one connector delivers now."""

    identity: str
    number: int
    session_id: int
    power_w: float
    at: datetime


@dataclass(frozen=True)
class PowerNow:
    """What the stations deliver now: in total, of how many connectors, and each (the strongest LISTED).

    `running` connectors have a session; `counted` of them are online and sent their power within FRESH, the others do not
    count. `at` is the age of the oldest reading in the total.
    """

    total_w: float
    counted: int
    running: int
    connectors: int
    at: datetime | None
    supplies: list[Supply]


def _fresh(user: User, now: datetime) -> ColumnElement[bool]:
    delivers = ChargePoint.online & Connector.session_id.is_not(None) & Connector.power_w.is_not(None)
    return stations(user, "inside") & delivers & (Connector.values_at >= now - FRESH)


def power_now(user: User) -> PowerNow:
    """Charging power now (R2.2c)."""
    now = utcnow()
    of_stations = select(Connector.id).join(ChargePoint).where(stations(user, "inside"), Connector.number > 0).subquery()
    connectors, running = db.session.execute(
        select(func.count(), func.count(Connector.session_id)).where(Connector.id.in_(select(of_stations.c.id)))
    ).one()
    total, counted, oldest = db.session.execute(
        select(func.sum(Connector.power_w), func.count(), func.min(Connector.values_at)).join(ChargePoint).where(_fresh(user, now))
    ).one()
    columns = (ChargePoint.identity, Connector.number, Connector.session_id, Connector.power_w, Connector.values_at)
    rows = select(*columns).join(ChargePoint).where(_fresh(user, now)).order_by(Connector.power_w.desc(), Connector.id).limit(LISTED)
    supplies = [Supply(*row) for row in db.session.execute(rows)]  # type: ignore[arg-type]  # _fresh has no NULLs
    return PowerNow(total or 0.0, counted, running, connectors, oldest, supplies)


def sessions_per_day(user: User, period: Period, zone: ZoneInfo) -> list[int]:
    """Number of sessions started on each day of the period, in the local calendar (R2.2b)."""
    counts: list[int] = []
    for begin, length, number in equal_runs(period.days, zone):
        place = ((type_coerce(ChargingSession.started_at, BigInteger) - begin) // length).label("place")
        asked = select(place, func.count()).where(sees_session(user)).group_by("place")
        within = (ChargingSession.started_at >= from_ms(begin)) & (ChargingSession.started_at < from_ms(begin + number * length))
        found = {int(day): count for day, count in db.session.execute(asked.where(within))}
        counts += [found.get(day, 0) for day in range(number)]
    return counts


def _connectors(user: User, state: tables.TableState) -> Select[Any]:
    asked = select(Connector).join(Connector.charge_point).where(stations(user, "see"), Connector.number > 0)
    return asked.where(ChargePoint.identity.icontains(state["cp"], autoescape=True)) if state["cp"] else asked


def _has_status(name: str) -> ColumnElement[bool]:
    if name == "Offline":
        return ~ChargePoint.online
    if name == "Unknown":
        return ChargePoint.online & Connector.status.is_(None)
    return ChargePoint.online & (Connector.status == name)


def connectors(user: User, state: tables.TableState) -> tables.Page[Connector]:
    """One page of connectors, by default the latest change first (R2.2d)."""
    asked = _connectors(user, state).options(contains_eager(Connector.charge_point))
    if state["status"]:
        asked = asked.where(_has_status(state["status"]))
    changed: ColumnElement[Any] = func.coalesce(Connector.changed_at, literal(_NEVER, UtcMs))
    return tables.page(asked, (changed, Connector.id), state, lambda row: (row.changed_at or _NEVER, row.id))


def status_counts(user: User, state: tables.TableState) -> Counter[str]:
    """Number of connectors by status; all of a station without connection count as Offline."""
    asked = _connectors(user, state).with_only_columns(ChargePoint.online, Connector.status, func.count())
    counts: Counter[str] = Counter()
    for online, status, number in db.session.execute(asked.group_by(ChargePoint.online, Connector.status)):
        counts[(status or "Unknown") if online else "Offline"] += number
    return counts
