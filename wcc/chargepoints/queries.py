"""What the pages of charge points and connectors show (R3.1–R3.3). Every read asks `access` inside its query."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import contains_eager

from wcc.access import charge_point_for, sees_charge_point, sees_session
from wcc.db import db
from wcc.models import ChargePoint, ChargingSession, Connector, StatusChange, User

PRESENCES = ("online", "offline", "unknown")
CHOICES = 200  # most models or firmware versions offered in a filter
DAY_CHANGES = 1000  # most status changes of a connector drawn and listed for one day
EXPORT_BATCH = 500

_PRESENCE = case((ChargePoint.online, "online"), (ChargePoint.connected_at.is_not(None), "offline"), else_="unknown")
_SHOWN = (Connector.number > 0) | Connector.status.in_(("Faulted", "Unavailable"))


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; empty and None mean everything. Dates are days of the organization's time zone."""

    cp: str = ""
    model: str = ""
    firmware: str = ""
    onboard_from: date | None = None
    onboard_to: date | None = None
    online: str = ""


@dataclass(frozen=True)
class Station:
    """A line of the list: a station, and of its connectors those worth a look (0 only when it says that something is wrong)."""

    charge_point: ChargePoint
    connectors: list[Connector]

    @property
    def running(self) -> Connector | None:
        """The first connector with a running session."""
        return next((connector for connector in self.connectors if connector.session_id), None)


@dataclass(frozen=True)
class Outlet:
    """A connector with the session that runs on it, as far as the user may see it."""

    connector: Connector
    session: ChargingSession | None


def midnight(day: date, zone: str) -> datetime:
    """When a day begins in a time zone, in UTC (days with a clock change have 23 or 25 hours)."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def _conditions(user: User, filters: Filters, presence: bool = True) -> list[ColumnElement[bool]]:
    zone = user.organization.time_zone
    found = [sees_charge_point(user)]
    if filters.cp:
        found.append(ChargePoint.identity.icontains(filters.cp, autoescape=True))
    if filters.model:
        found.append(ChargePoint.model == filters.model)
    if filters.firmware:
        found.append(ChargePoint.firmware_version == filters.firmware)
    if filters.onboard_from:
        found.append(ChargePoint.onboarded_at >= midnight(filters.onboard_from, zone))
    if filters.onboard_to:
        found.append(ChargePoint.onboarded_at < midnight(filters.onboard_to + timedelta(days=1), zone))
    if filters.online and presence:
        found.append(_PRESENCE == filters.online)
    return found


def _ordered(user: User, filters: Filters, sort: str, descending: bool) -> Select[tuple[ChargePoint]]:
    column = ChargePoint.onboarded_at if sort == "onboarded" else ChargePoint.identity
    order = (column.desc(), ChargePoint.id.desc()) if descending else (column, ChargePoint.id)
    return select(ChargePoint).where(*_conditions(user, filters)).order_by(*order)


def _with_connectors(charge_points: list[ChargePoint]) -> list[Station]:
    by_station: dict[int, list[Connector]] = defaultdict(list)
    wanted = Connector.charge_point_id.in_([charge_point.id for charge_point in charge_points])
    for connector in db.session.scalars(select(Connector).where(wanted, _SHOWN).order_by(Connector.number)):
        by_station[connector.charge_point_id].append(connector)
    return [Station(charge_point, by_station[charge_point.id]) for charge_point in charge_points]


def find(user: User, filters: Filters, sort: str, descending: bool, limit: int, offset: int) -> list[Station]:
    """A page of the stations that the user may see, sorted by `identity` or `onboarded`."""
    query = _ordered(user, filters, sort, descending).limit(limit).offset(offset)
    return _with_connectors(list(db.session.scalars(query)))


def find_all(user: User, filters: Filters, sort: str, descending: bool) -> Iterator[Station]:
    """All stations of the filtered list, for the export."""
    offset = 0
    while page := find(user, filters, sort, descending, EXPORT_BATCH, offset):
        yield from page
        offset += EXPORT_BATCH


def counts(user: User, filters: Filters) -> dict[str, int]:
    """How many stations are online, offline and unknown, under all filters but that one."""
    query = select(_PRESENCE.label("presence"), func.count()).where(*_conditions(user, filters, presence=False))
    query = query.group_by("presence")
    return dict.fromkeys(PRESENCES, 0) | {presence: count for presence, count in db.session.execute(query)}


def models(user: User) -> list[str]:
    """Models among the user's stations, as they called themselves."""
    query = select(ChargePoint.model).where(sees_charge_point(user), ChargePoint.model.is_not(None))
    return [model for model in db.session.scalars(query.distinct().order_by(ChargePoint.model).limit(CHOICES)) if model]


def firmware_versions(user: User) -> list[str]:
    """Firmware versions among the user's stations."""
    version = ChargePoint.firmware_version
    query = select(version).where(sees_charge_point(user), version.is_not(None)).distinct().order_by(version).limit(CHOICES)
    return [found for found in db.session.scalars(query) if found]


def station(user: User, identity: str) -> Station:
    """One station as a line of the list. Raises NotFound."""
    return _with_connectors([charge_point_for(user, identity)])[0]


def connectors(user: User, cp: str, status: str, limit: int, offset: int) -> list[Connector]:
    """A page of the connectors that the user may see, by station and number; status `Offline` = whose station is not connected."""
    query = select(Connector).join(Connector.charge_point).where(*_connector_conditions(user, cp, status))
    query = query.options(contains_eager(Connector.charge_point)).order_by(ChargePoint.identity, Connector.number)
    return list(db.session.scalars(query.limit(limit).offset(offset)))


def count_connectors(user: User, cp: str, status: str) -> int:
    """How many connectors that list has."""
    query = select(func.count()).select_from(Connector).join(Connector.charge_point)
    return db.session.scalar(query.where(*_connector_conditions(user, cp, status))) or 0


def _connector_conditions(user: User, cp: str, status: str) -> list[ColumnElement[bool]]:
    found = [sees_charge_point(user), Connector.number > 0]
    if cp:
        found.append(ChargePoint.identity.icontains(cp, autoescape=True))
    if status == "Offline":
        found.append(~ChargePoint.online)
    elif status:
        found.append(and_(ChargePoint.online, Connector.status == status))
    return found


def outlets(user: User, charge_point: ChargePoint) -> list[Outlet]:
    """A station's connectors with their running sessions (0 only when it says that something is wrong)."""
    query = select(Connector).where(Connector.charge_point_id == charge_point.id, _SHOWN).order_by(Connector.number)
    found = list(db.session.scalars(query))
    running = [connector.session_id for connector in found if connector.session_id]
    visible = select(ChargingSession).where(ChargingSession.id.in_(running), sees_session(user))
    sessions = {session.id: session for session in db.session.scalars(visible)}
    return [Outlet(connector, sessions.get(connector.session_id or 0)) for connector in found]


def outlet(user: User, charge_point: ChargePoint, number: int) -> Outlet | None:
    """One of a station's connectors; None when it has never been heard of."""
    return next((found for found in outlets(user, charge_point) if found.connector.number == number), None)


def changes(user: User, charge_point: ChargePoint, start: datetime, end: datetime) -> dict[int, list[StatusChange]]:
    """Status changes of a span of time per connector, oldest first, each list beginning with the last one before it."""
    found: dict[int, list[StatusChange]] = {}
    for number in _numbers(user, charge_point):
        of_connector = select(StatusChange).where(StatusChange.charge_point_id == charge_point.id, StatusChange.connector == number)
        newest = of_connector.order_by(StatusChange.changed_at.desc(), StatusChange.id.desc())
        within = newest.where(StatusChange.changed_at >= start, StatusChange.changed_at < end).limit(DAY_CHANGES)
        before = newest.where(StatusChange.changed_at < start).limit(1)
        found[number] = [*db.session.scalars(before), *reversed(list(db.session.scalars(within)))]
    return found


def _numbers(user: User, charge_point: ChargePoint) -> list[int]:
    query = select(Connector.number).join(Connector.charge_point)
    query = query.where(Connector.charge_point_id == charge_point.id, sees_charge_point(user), Connector.number > 0)
    return list(db.session.scalars(query.order_by(Connector.number)))


def delivered(user: User, charge_point: ChargePoint, start: datetime, end: datetime) -> tuple[int, int]:
    """Sessions begun at a station in a span of time that the user may see: how many, and their energy in Wh."""
    query = select(func.count(), func.coalesce(func.sum(ChargingSession.energy_wh), 0)).where(
        ChargingSession.charge_point_id == charge_point.id,
        ChargingSession.started_at >= start,
        ChargingSession.started_at < end,
        sees_session(user),
    )
    count, energy_wh = db.session.execute(query).one()
    return int(count), int(energy_wh)
