"""What the pages of charging sessions show (R4.1, R4.2). Every read asks `access` inside its query."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import joinedload

from wcc.access import sees_session
from wcc.clock import to_ms, utcnow
from wcc.db import db
from wcc.errors import NotFound
from wcc.models import ChargePoint, ChargingSession, MeterSample, StatusChange, User
from wcc.models.meter import READINGS
from wcc.sessions.curve import Sample
from wcc.sessions.filters import Day, Filters
from wcc.sessions.steps import CONDITIONS, IS_RUNNING, running
from wcc.tables import Page, TableState, batches, page

MAX_ID = 2**31 - 1
MAX_OPEN = 20_000  # sessions without a stop, in all organizations
STORY_CHANGES = 500  # most status changes of one session that its story is told from
_KEY = (ChargingSession.started_at, ChargingSession.id)
_SAMPLE_KEY = (MeterSample.at,)
_CHANGE_KEY = (StatusChange.changed_at, StatusChange.id)
_WITH_STATION = joinedload(ChargingSession.charge_point).load_only(ChargePoint.identity, ChargePoint.organization_id, ChargePoint.user_id)


def _place(session: ChargingSession) -> Sequence[Any]:
    return session.started_at, session.id


def _tagged(user: User, tag: str) -> ColumnElement[bool]:
    """The tag itself where it ever charged, else all tags that begin so."""
    column = ChargingSession.id_tag_folded
    if db.session.scalar(select(ChargingSession.id).where(sees_session(user), column == tag).limit(1)):
        return column == tag
    if db.session.get_bind().dialect.name == "sqlite":  # its LIKE uses no index; its order of text is that of code points
        return and_(column >= tag, column < tag + "\U0010ffff")
    return column.startswith(tag, autoescape=True)


def _numbered(text: str) -> ColumnElement[bool]:
    if text.isascii() and text.isdigit():
        return ChargingSession.id == int(text) if len(text) < 11 and int(text) <= MAX_ID else false()
    return ChargingSession.reference == text


def _standing(status: str) -> list[ColumnElement[bool]]:
    condition = IS_RUNNING if status == "running" else CONDITIONS[status]
    if status not in ("running", "authorized", "charging"):
        return [condition]
    # The few without a stop have an index of their own. Asked for in the same statement, all would be looked through.
    unstopped = select(ChargingSession.id).where(ChargingSession.stopped_at.is_(None)).limit(MAX_OPEN)
    return [ChargingSession.id.in_(list(db.session.scalars(unstopped))), condition]


def _conditions(user: User, filters: Filters) -> list[ColumnElement[bool]]:
    found = [sees_session(user)]
    if filters.errors:
        found.append(false())
    if filters.cp:
        stations = select(ChargePoint.id).where(ChargePoint.identity.icontains(filters.cp, autoescape=True))
        if user.role != "operator":
            stations = stations.where(ChargePoint.organization_id == user.organization_id)
        found.append(ChargingSession.charge_point_id.in_(stations))
    if filters.tag:
        found.append(_tagged(user, filters.tag))
    if filters.session:
        found.append(_numbered(filters.session))
    if filters.status:
        found += _standing(filters.status)
    if filters.since:
        found.append(ChargingSession.started_at >= filters.since)
    if filters.until:
        found.append(ChargingSession.started_at < filters.until)
    return found


def matching(user: User, filters: Filters) -> Select[Any]:
    """The sessions that the user may see and that pass the filters, with their stations' identities; without order."""
    return select(ChargingSession).where(*_conditions(user, filters)).options(_WITH_STATION)


def find(user: User, filters: Filters, state: TableState) -> Page[ChargingSession]:
    """One page of the list, by start time."""
    return page(matching(user, filters), _KEY, state, _place)


def find_all(user: User, filters: Filters, state: TableState) -> Iterator[ChargingSession]:
    """All sessions of the list over all pages, for the export; constant memory."""
    yield from batches(matching(user, filters), _KEY, state.descending, _place)


def get(user: User, session_id: int) -> ChargingSession:
    """One session with its station. Raises NotFound, also for sessions of others."""
    query = select(ChargingSession).where(ChargingSession.id == session_id, sees_session(user))
    found = db.session.scalar(query.options(joinedload(ChargingSession.charge_point))) if session_id <= MAX_ID else None
    if found is None:
        raise NotFound(str(session_id))
    return found


def _ended_at(session: ChargingSession) -> datetime:
    """When the last thing of a session happened: unplugged, else the next start on its connector, else now."""
    if session.plugged_out_at:
        return session.plugged_out_at
    later = select(func.min(ChargingSession.started_at)).where(
        ChargingSession.charge_point_id == session.charge_point_id,
        ChargingSession.connector == session.connector,
        ChargingSession.started_at > session.started_at,
    )
    return db.session.scalar(later) or utcnow()


def _during(session: ChargingSession) -> tuple[ColumnElement[bool], ...]:
    """Status changes of the session's connector (and the whole station) from plugging in to unplugging."""
    begun = min(session.plugged_in_at or session.started_at, session.started_at)
    return (
        StatusChange.charge_point_id == session.charge_point_id,
        StatusChange.connector.in_((0, session.connector)),
        StatusChange.changed_at.between(begun, _ended_at(session)),
    )


def _changes(session: ChargingSession) -> Select[Any]:
    return select(StatusChange).where(*_during(session))


def version(user: User, session_id: int) -> str:
    """A word that changes whenever what the page shows of a session does, for a cheap look. Raises NotFound."""
    session = get(user, session_id)
    last = db.session.scalar(select(func.max(StatusChange.id)).where(*_during(session))) if _open(session) else 0
    seen = (session.values_at, session.stopped_at, session.goal_reached_at, session.plugged_out_at)
    return ".".join(str(to_ms(moment)) if moment else "" for moment in seen) + f".{session.stop_missing:d}.{last or 0}"


def _open(session: ChargingSession) -> bool:
    return running(session) or (session.plugged_out_at is None and not session.stop_missing)


def changes(user: User, session_id: int) -> list[StatusChange]:
    """What the connector said during a session, oldest first. Raises NotFound."""
    query = _changes(get(user, session_id)).order_by(StatusChange.changed_at, StatusChange.id).limit(STORY_CHANGES)
    return list(db.session.scalars(query))


def errors(user: User, session_id: int, find: str, day: Day | None, state: TableState) -> Page[StatusChange]:
    """Error codes that came during a session (R4.2e); `find` looks in code and description. Raises NotFound."""
    query = _changes(get(user, session_id)).where(StatusChange.error_code != "NoError")
    if find:
        columns = (StatusChange.error_code, StatusChange.vendor_error_code, StatusChange.info)
        query = query.where(or_(*(column.icontains(find, autoescape=True) for column in columns)))
    if day:
        query = query.where(StatusChange.changed_at >= day[0], StatusChange.changed_at < day[1])
    return page(query, _CHANGE_KEY, state, lambda change: (change.changed_at, change.id))


def power(user: User, session_id: int) -> list[Sample]:
    """Samples that have power, register or state of charge, oldest first. Raises NotFound."""
    get(user, session_id)
    values = (MeterSample.power_w, MeterSample.energy_wh, MeterSample.soc_percent)
    some = or_(*(value.is_not(None) for value in values))
    query = select(MeterSample.at, *values).where(MeterSample.session_id == session_id, some)
    return [(at, power_w, wh, soc) for at, power_w, wh, soc in db.session.execute(query.order_by(MeterSample.at))]


def measured(user: User, session_id: int) -> list[str]:
    """Which columns of meter values this session has: names of READINGS, and `extra`. Raises NotFound."""
    get(user, session_id)
    names = (*READINGS, "extra")
    counts = (func.count(getattr(MeterSample, name)) for name in names)
    query = select(*counts).where(MeterSample.session_id == session_id)
    return [name for name, count in zip(names, db.session.execute(query).one(), strict=True) if count]


def samples(user: User, session_id: int, state: TableState) -> Page[MeterSample]:
    """One page of a session's meter values, by time. Raises NotFound."""
    get(user, session_id)
    query = select(MeterSample).where(MeterSample.session_id == session_id)
    return page(query, _SAMPLE_KEY, state, lambda sample: (sample.at,))


def all_samples(user: User, session_id: int) -> Iterator[MeterSample]:
    """All meter values of a session, oldest first; constant memory. Raises NotFound before the first."""
    get(user, session_id)
    query = select(MeterSample).where(MeterSample.session_id == session_id)
    yield from batches(query, _SAMPLE_KEY, False, lambda sample: (sample.at,))
