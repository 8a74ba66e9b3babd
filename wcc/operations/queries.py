"""What the pages of operations show. Every read asks `access` inside its query."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from wcc.access import (
    MAX_ID,
    operable,
    seen_sessions,
    sees_operation,
    sees_session,
    sees_tag,
    stations,
)
from wcc.clock import utcnow
from wcc.db import db
from wcc.errors import NotFound
from wcc.models import (
    AuthorizationTag,
    ChargePoint,
    ChargingSession,
    Connector,
    Operation,
    User,
)
from wcc.operations import catalog, followups
from wcc.operations.form import Station
from wcc.operations.story import Scene, Story

RECENT = 8
CHOICES = 50  # stations offered at once in the dialog; the search narrows them
TAGS = 500


@dataclass(frozen=True)
class Told:
    """An operation with its name and its story, ready to show."""

    operation: Operation
    title: str
    story: Story
    session: ChargingSession | None


def station(user: User, identity: str) -> Station:
    """The station that a form is about. Raises NotFound or NotAllowed."""
    charge_point = operable(user, identity)
    here = ChargingSession.charge_point_id == charge_point.id

    def session(number: int) -> ChargingSession | None:
        return db.session.scalar(select(ChargingSession).where(ChargingSession.id == number, here, sees_session(user)))

    outlets = select(Connector).where(Connector.charge_point_id == charge_point.id, Connector.number > 0)
    running = select(ChargingSession).where(here, ChargingSession.stopped_at.is_(None), ~ChargingSession.stop_missing)
    return Station(
        charge_point,
        list(db.session.scalars(outlets.order_by(Connector.number))),
        list(db.session.scalars(running.where(sees_session(user)).order_by(ChargingSession.connector))),
        _tags(user, charge_point),
        session,
    )


def bare_station(identity: str) -> Station:
    """Any station, for the command line: with its sessions, and nothing to choose from. Raises NotFound."""
    charge_point = db.session.scalar(select(ChargePoint).where(ChargePoint.identity == identity))
    if charge_point is None:
        raise NotFound(f"there is no charge point {identity!r}")
    here = ChargingSession.charge_point_id == charge_point.id
    return Station(
        charge_point, session=lambda number: db.session.scalar(select(ChargingSession).where(ChargingSession.id == number, here))
    )


def operation(user: User, operation_id: int) -> tuple[Operation, int | None]:
    """An operation as it is in the database now, and its session as far as the user sees that. Raises NotFound."""
    query = _shown(user).where(Operation.id == operation_id)
    found = db.session.scalar(query.execution_options(populate_existing=True)) if operation_id <= MAX_ID else None
    if found is None:
        raise NotFound(str(operation_id))
    return found, found.session_id if seen_sessions(user, [found.session_id]) else None


def outcome(operation_id: int) -> dict[str, Any]:
    """What came of an operation, for the command line. Raises NotFound."""
    found = db.session.get(Operation, operation_id, populate_existing=True)
    if found is None:
        raise NotFound(str(operation_id))
    reply = orjson.loads(found.reply) if found.reply else None
    return {
        "id": found.id,
        "kind": found.kind,
        "state": found.state,
        "status": found.status,
        "reply": reply,
        "error": found.error,
        "session": found.session_id,
    }


def state(operation_id: int) -> str:
    """How far an operation has come, for who waits for it. Nothing is held open afterwards. Raises NotFound."""
    found = db.session.scalar(select(Operation.state).where(Operation.id == operation_id))
    db.session.remove()
    if found is None:
        raise NotFound(str(operation_id))
    return found


def _tags(user: User, charge_point: ChargePoint) -> list[AuthorizationTag]:
    """Tags of the user that the station takes now: virtual ones first, then cards."""
    valid = or_(AuthorizationTag.expires_at.is_(None), AuthorizationTag.expires_at > utcnow())
    query = select(AuthorizationTag).where(
        sees_tag(user), AuthorizationTag.organization_id == charge_point.organization_id, ~AuthorizationTag.blocked, valid
    )
    order = (AuthorizationTag.virtual.desc(), AuthorizationTag.alias, AuthorizationTag.tag)
    return list(db.session.scalars(query.options(joinedload(AuthorizationTag.user)).order_by(*order).limit(TAGS)))


def choices(user: User, search: str) -> list[ChargePoint]:
    """Stations to choose from: those the user may operate whose identity, description or place contains the text."""
    query = select(ChargePoint).where(stations(user, "operate"))
    if search:
        columns = (ChargePoint.identity, ChargePoint.description, ChargePoint.site, ChargePoint.city)
        query = query.where(or_(*(column.icontains(search, autoescape=True) for column in columns)))
    return list(db.session.scalars(query.order_by(ChargePoint.identity).limit(CHOICES)))


def _shown(user: User) -> Select[Operation]:
    loaded = (joinedload(Operation.charge_point), joinedload(Operation.user))
    return select(Operation).where(sees_operation(user)).options(*loaded)


def told(user: User, operation_id: int, expected: timedelta) -> Told:
    """An operation as far as it has come. Raises NotFound."""
    found = db.session.scalar(_shown(user).where(Operation.id == operation_id))
    if found is None:
        raise NotFound(str(operation_id))
    return _tell(user, [found], expected)[0]


def recent(user: User, expected: timedelta, limit: int = RECENT) -> list[Told]:
    """The newest operations at the stations that the user may operate."""
    return _tell(user, list(db.session.scalars(_shown(user).order_by(Operation.id.desc()).limit(limit))), expected)


def _tell(user: User, operations: Sequence[Operation], expected: timedelta) -> list[Told]:
    """Each with its story; a few queries for all of them."""
    wanted = {operation.session_id for operation in operations if operation.session_id}
    query = select(ChargingSession).where(ChargingSession.id.in_(wanted), sees_session(user))
    sessions = {session.id: session for session in db.session.scalars(query)}
    connectors: dict[int, list[Connector]] = defaultdict(list)
    stations = {operation.charge_point_id for operation in operations}
    for connector in db.session.scalars(select(Connector).where(Connector.charge_point_id.in_(stations)).order_by(Connector.number)):
        connectors[connector.charge_point_id].append(connector)
    notices, used = followups.notices(operations), followups.used(user, operations)
    found = []
    for operation in operations:
        session = sessions.get(operation.session_id or 0) or used.get(operation.id)
        scene = Scene(session, connectors[operation.charge_point_id], expected, notices=notices.get(operation.id, ()))
        found.append(Told(operation, catalog.title(operation), catalog.explain(operation, scene), session))
    return found
