"""What needs attention: faults, stations that are gone, cars that block a connector. Only from what chargers said."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select

from wcc.access import stations
from wcc.clock import utcnow
from wcc.db import db
from wcc.models import ChargePoint, ChargingSession, Connector, User
from wcc.tables import counted

GONE_IN_SESSION = timedelta(hours=1)
GONE = timedelta(days=1)
BLOCKED = timedelta(hours=3)
SHOWN = 6


@dataclass(frozen=True)
class Concern:
    """One thing to look at. `kind`: faulted, offline or blocked."""

    kind: str
    identity: str
    connector: int | None
    since: datetime | None
    error_code: str | None = None
    info: str | None = None
    in_session: bool = False
    energy_wh: int | None = None


def _faulted(user: User) -> Any:
    columns = (ChargePoint.identity, Connector.number, Connector.changed_at, Connector.error_code, Connector.info)
    asked: Any = select(*columns).join(Connector.charge_point).where(stations(user, "inside"), ChargePoint.online)
    return asked.where(Connector.status == "Faulted").order_by(Connector.changed_at.desc(), Connector.id)


def _offline(user: User, now: datetime) -> Any:
    """Stations that were here and are not: for an hour with a session running, or for a day."""
    running = select(Connector.session_id).where(Connector.charge_point_id == ChargePoint.id, Connector.session_id.is_not(None))
    session_id = running.order_by(Connector.number).limit(1).scalar_subquery()
    asked: Any = select(ChargePoint.identity, ChargePoint.disconnected_at, ChargingSession.id, ChargingSession.energy_wh)
    asked = asked.outerjoin(ChargingSession, ChargingSession.id == session_id).where(stations(user, "inside"), ~ChargePoint.online)
    gone_in_session = and_(ChargingSession.id.is_not(None), ChargePoint.disconnected_at < now - GONE_IN_SESSION)
    asked = asked.where(or_(gone_in_session, ChargePoint.disconnected_at < now - GONE))
    return asked.order_by(ChargingSession.id.is_(None), ChargePoint.disconnected_at.desc(), ChargePoint.id)


def _blocked(user: User, now: datetime) -> Any:
    columns = (ChargePoint.identity, Connector.number, Connector.changed_at)
    asked: Any = select(*columns).join(Connector.charge_point).where(stations(user, "inside"), ChargePoint.online)
    asked = asked.where(Connector.status.in_(("SuspendedEV", "Finishing")), Connector.changed_at < now - BLOCKED)
    return asked.order_by(Connector.changed_at, Connector.id)


def concerns(user: User) -> tuple[list[Concern], int]:
    """The most pressing SHOWN concerns, and how many there are in all."""
    now = utcnow()
    faulted, offline, blocked = _faulted(user), _offline(user, now), _blocked(user, now)
    found = [
        Concern("faulted", identity, number, since, error_code=code, info=info)
        for identity, number, since, code, info in db.session.execute(faulted.limit(SHOWN))
    ]
    found += [
        Concern("offline", identity, None, since, in_session=session_id is not None, energy_wh=energy)
        for identity, since, session_id, energy in db.session.execute(offline.limit(SHOWN))
    ]
    found += [Concern("blocked", *row) for row in db.session.execute(blocked.limit(SHOWN))]
    return found[:SHOWN], sum(counted(asked) for asked in (faulted, offline, blocked))
