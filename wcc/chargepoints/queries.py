"""What the pages of charge points and connectors show (R3.1–R3.3). Every read asks `access` inside its query."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import contains_eager

from wcc import statuses
from wcc.access import charge_point_for, having, sees_session, stations
from wcc.chargepoints.day import Day, Span, midnight
from wcc.db import db
from wcc.errors import NotFound
from wcc.models import ChargePoint, ChargingSession, Connector, StatusChange, User
from wcc.tables import Key, Page, TableState, batches, page

PRESENCES = ("online", "offline", "unknown")
OFFLINE = statuses.OFFLINE.name  # beside the nine: what a station that is not connected said is only its last word
CHOICES = 200  # most models or firmware versions offered in a filter
DAY_CHANGES = 1000  # most status changes of a connector drawn and listed for one day
EXPORT_BATCH = 500

_PRESENCE = case((ChargePoint.online, "online"), (ChargePoint.connected_at.is_not(None), "offline"), else_="unknown")
_SHOWN = (Connector.number > 0) | Connector.status.in_(("Faulted", "Unavailable"))


@dataclass(frozen=True)
class Station:
    """A line of the list: a station, and of its connectors those worth a look (0 only when it says that something is wrong).

    `operable`: the user may operate it; `own`: theirs or their organization's or group's, not only shared with them.
    """

    charge_point: ChargePoint
    connectors: list[Connector]
    operable: bool
    own: bool

    @property
    def running(self) -> list[Connector]:
        """The connectors with a running session."""
        return [connector for connector in self.connectors if connector.session_id]

    @property
    def idle(self) -> Connector | None:
        """The first connector that a session can be started on."""
        return next((connector for connector in self.connectors if connector.number and not connector.session_id), None)


@dataclass(frozen=True)
class Outlet:
    """A connector with the session that runs on it, as far as the user may see it."""

    connector: Connector
    session: ChargingSession | None


@dataclass(frozen=True)
class Line:
    """A day of a connector: its changes, newest first, and its band. `cut`: there were more than are shown."""

    outlet: Outlet
    changes: list[StatusChange]
    spans: list[Span]
    cut: bool


@dataclass(frozen=True)
class History:
    """A day of a station: its connectors, how many sessions began in it and the energy of those (Wh)."""

    charge_point: ChargePoint
    day: Day
    outlets: list[Outlet]
    lines: list[Line]
    sessions: int
    energy_wh: int


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text[:2] in ("19", "20") else None
    except ValueError:
        return None


def tidy(state: TableState) -> TableState:
    """The state without filters that cannot be understood: a date that is none, an unknown presence or status."""
    allowed = {"online": PRESENCES, "status": (*statuses.STATUSES, OFFLINE)}
    known = {name: value for name, value in state.filters.items() if name not in allowed or value in allowed[name]}
    return replace(state, filters={name: value for name, value in known.items() if name not in ("from", "to") or _day(value)})


def _conditions(user: User, state: TableState) -> list[ColumnElement[bool]]:
    zone = user.organization.time_zone
    found = [stations(user, "see")]
    if state["cp"]:
        found.append(ChargePoint.identity.icontains(state["cp"], autoescape=True))
    if state["model"]:
        found.append(ChargePoint.model == state["model"])
    if state["firmware"]:
        found.append(ChargePoint.firmware_version == state["firmware"])
    if since := _day(state["from"]):
        found.append(ChargePoint.onboarded_at >= midnight(since, zone))
    if until := _day(state["to"]):
        found.append(ChargePoint.onboarded_at < midnight(until + timedelta(days=1), zone))
    if state["online"]:
        found.append(_PRESENCE.in_((state["online"],)))
    return found


def _order(state: TableState) -> tuple[Key, Callable[[ChargePoint], Sequence[Any]]]:
    """The columns that the list is ordered by, and their values of a row."""
    if state.sort == "onboarded":
        return (ChargePoint.onboarded_at, ChargePoint.id), lambda row: (row.onboarded_at, row.id)
    return (ChargePoint.identity, ChargePoint.id), lambda row: (row.identity, row.id)


def _with_connectors(user: User, charge_points: list[ChargePoint]) -> list[Station]:
    by_station: dict[int, list[Connector]] = defaultdict(list)
    wanted = Connector.charge_point_id.in_([charge_point.id for charge_point in charge_points])
    for connector in db.session.scalars(select(Connector).where(wanted, _SHOWN).order_by(Connector.number)):
        by_station[connector.charge_point_id].append(connector)
    operable, own = having(user, "operate", charge_points), having(user, "assignment", charge_points)
    return [
        Station(charge_point, by_station[charge_point.id], charge_point.id in operable, charge_point.id in own)
        for charge_point in charge_points
    ]


def find(user: User, state: TableState) -> Page[Station]:
    """A page of the stations that the user may see, sorted by `identity` or `onboarded`."""
    key, values = _order(state)
    found = page(select(ChargePoint).where(*_conditions(user, state)), key, state, values)
    return replace(found, rows=_with_connectors(user, found.rows))


def find_all(user: User, state: TableState) -> Iterator[Station]:
    """All stations of the filtered list in its order, for the export."""
    key, values = _order(state)
    found = batches(select(ChargePoint).where(*_conditions(user, state)), key, state.descending, values)
    while some := list(islice(found, EXPORT_BATCH)):
        yield from _with_connectors(user, some)


def counts(user: User, state: TableState) -> dict[str, int]:
    """How many stations are online, offline and unknown, under all filters but that one."""
    others = replace(state, filters={**state.filters, "online": ""})
    query = select(_PRESENCE.label("presence"), func.count()).where(*_conditions(user, others)).group_by("presence")
    return dict.fromkeys(PRESENCES, 0) | {row[0]: row[1] for row in db.session.execute(query)}


def models(user: User) -> list[str]:
    """Models among the user's stations, as they called themselves."""
    query = select(ChargePoint.model).where(stations(user, "see"), ChargePoint.model.is_not(None))
    return [model for model in db.session.scalars(query.distinct().order_by(ChargePoint.model).limit(CHOICES)) if model]


def firmware_versions(user: User) -> list[str]:
    """Firmware versions among the user's stations."""
    version = ChargePoint.firmware_version
    query = select(version).where(stations(user, "see"), version.is_not(None)).distinct().order_by(version).limit(CHOICES)
    return [found for found in db.session.scalars(query) if found]


def station(user: User, identity: str) -> Station:
    """One station as a line of the list. Raises NotFound."""
    return line(user, charge_point_for(user, identity))


def line(user: User, charge_point: ChargePoint) -> Station:
    """A station that the user sees, as a line of the list."""
    return _with_connectors(user, [charge_point])[0]


def connectors(user: User, state: TableState) -> Page[Connector]:
    """A page of the connectors that the user may see, by station and number; status OFFLINE = its station is not connected."""
    query = select(Connector).join(Connector.charge_point).options(contains_eager(Connector.charge_point))
    query = query.where(stations(user, "see"), Connector.number > 0)
    if state["cp"]:
        query = query.where(ChargePoint.identity.icontains(state["cp"], autoescape=True))
    if state["status"] == OFFLINE:
        query = query.where(~ChargePoint.online)
    elif state["status"]:
        query = query.where(ChargePoint.online, Connector.status == state["status"])
    key = (ChargePoint.identity, Connector.number)
    return page(query, key, state, lambda row: (row.charge_point.identity, row.number))


def outlets(user: User, charge_point: ChargePoint) -> list[Outlet]:
    """A station's connectors with their running sessions (0 only when it says that something is wrong)."""
    query = select(Connector).join(Connector.charge_point).where(Connector.charge_point_id == charge_point.id, _SHOWN)
    found = list(db.session.scalars(query.where(stations(user, "see")).order_by(Connector.number)))
    running = [connector.session_id for connector in found if connector.session_id]
    visible = select(ChargingSession).where(ChargingSession.id.in_(running), sees_session(user))
    sessions = {session.id: session for session in db.session.scalars(visible)}
    return [Outlet(connector, sessions.get(connector.session_id or 0)) for connector in found]


def outlet(user: User, identity: str, number: int) -> Outlet:
    """One connector of a station. Raises NotFound, also when the charger never spoke of such a connector."""
    found = outlets(user, charge_point_for(user, identity))
    try:
        return next(outlet for outlet in found if outlet.connector.number == number)
    except StopIteration:
        raise NotFound(f"{identity}/{number}") from None


def history(user: User, identity: str, day: Day) -> History:
    """A station's day, connector by connector. Raises NotFound."""
    charge_point = charge_point_for(user, identity)
    found = outlets(user, charge_point)
    lines = [_line(outlet, day) for outlet in found if outlet.connector.number > 0]
    sessions, energy_wh = _delivered(user, charge_point, day)
    return History(charge_point, day, found, lines, sessions, energy_wh)


def _line(outlet: Outlet, day: Day) -> Line:
    connector = outlet.connector
    of_connector = (
        StatusChange.charge_point_id == connector.charge_point_id,
        StatusChange.connector == connector.number,
    )
    newest = select(StatusChange).where(*of_connector).order_by(StatusChange.changed_at.desc(), StatusChange.id.desc())
    in_day = newest.where(StatusChange.changed_at >= day.start, StatusChange.changed_at < day.end)
    changes = list(db.session.scalars(in_day.limit(DAY_CHANGES)))
    cut = len(changes) == DAY_CHANGES  # then nothing is said about the time before the ones that are shown
    before = [] if cut else list(db.session.scalars(newest.where(StatusChange.changed_at < day.start).limit(1)))
    marks = [(change.changed_at, change.status) for change in [*before, *reversed(changes)]]
    gone = connector.charge_point.disconnected_at
    if gone and marks and not connector.charge_point.online:  # what it said last holds only until it went
        marks.append((max(gone, marks[-1][0]), OFFLINE))
    return Line(outlet, changes, day.spans(marks), cut)


def _delivered(user: User, charge_point: ChargePoint, day: Day) -> tuple[int, int]:
    query = select(func.count(), func.coalesce(func.sum(ChargingSession.energy_wh), 0)).where(
        ChargingSession.charge_point_id == charge_point.id,
        ChargingSession.started_at >= day.start,
        ChargingSession.started_at < day.end,
        sees_session(user),
    )
    count, energy_wh = db.session.execute(query).one()
    return int(count or 0), int(energy_wh or 0)
