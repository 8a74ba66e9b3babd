"""What the API reads beyond what the other rooms' queries give. Every read asks `access` inside its query."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from wcc.access import sees_tag, stations
from wcc.db import db
from wcc.errors import Conflict, NotFound
from wcc.models import AuthorizationTag, ChargePoint, ChargingSession, Connector, MeterSample, User
from wcc.sessions import queries as sessions
from wcc.sessions.filters import Filters
from wcc.tags.service import fold


def charge_points(user: User) -> Select[Any]:
    """The stations that the user sees; without order."""
    return select(ChargePoint).options(joinedload(ChargePoint.user)).where(stations(user, "see"))


def connectors(charge_points: Sequence[ChargePoint]) -> dict[int, list[Connector]]:
    """The connectors of stations that the user sees, by station; number 0 is the station as a whole."""
    found: dict[int, list[Connector]] = defaultdict(list)
    wanted = Connector.charge_point_id.in_([charge_point.id for charge_point in charge_points])
    for connector in db.session.scalars(select(Connector).where(wanted).order_by(Connector.number)):
        found[connector.charge_point_id].append(connector)
    return found


def tags(user: User) -> Select[Any]:
    """The tags that the user sees; without order."""
    return select(AuthorizationTag).options(joinedload(AuthorizationTag.user)).where(sees_tag(user))


def tag(user: User, text: str) -> AuthorizationTag:
    """A tag by its text. Raises NotFound, and Conflict for who sees several organizations that have one such and is of neither."""
    found = list(db.session.scalars(tags(user).where(AuthorizationTag.folded == fold(text)).limit(50)))
    own = [each for each in found if each.organization_id == user.organization_id]
    if not found:
        raise NotFound(text)
    if len(own or found) > 1:
        raise Conflict("Several organizations have this tag, and it is not in yours: use a token of somebody of that organization.")
    return (own or found)[0]


def charging_sessions(user: User, filters: Filters, identity: str, tag: str) -> Select[Any]:
    """The sessions that the user sees, of one station and one tag where these are given; without order."""
    found = sessions.matching(user, filters)
    if identity:
        there = select(ChargePoint.id).where(ChargePoint.identity == identity)
        found = found.where(ChargingSession.charge_point_id.in_(there))
    return found.where(ChargingSession.id_tag_folded == fold(tag)) if tag else found


def samples(user: User, session_id: int) -> Select[Any]:
    """The meter values of a session; without order. Raises NotFound."""
    return select(MeterSample).where(MeterSample.session_id == sessions.get(user, session_id).id)
