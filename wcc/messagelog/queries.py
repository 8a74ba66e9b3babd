"""What the pages of the message log show. Every read asks `access` inside its query."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, select

from wcc.access import charge_point_for
from wcc.db import db
from wcc.errors import NotFound
from wcc.models import ChargePoint, LoggedMessage, User
from wcc.models.message import CALL, ERROR, RESULT, UNREADABLE
from wcc.tables import Page, TableState, batches, page

FILTERS = ("action", "direction", "kind", "find", "from", "to", "live")
KINDS = {"call": (CALL,), "result": (RESULT,), "error": (ERROR,), "unreadable": (UNREADABLE,), "failed": (ERROR, UNREADABLE)}
DIRECTIONS = ("in", "out")
ACTIONS = 100  # most actions offered in the filter
ANSWERED_WITHIN = timedelta(minutes=15)
MAX_ID = 2**63 - 1
_KEY = (LoggedMessage.at, LoggedMessage.id)


def moment(text: str, zone: str) -> datetime | None:
    """A time as a field for it sends it, in the organization's zone; None for rubbish."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)) if text[:2] in ("19", "20") else None
    except ValueError:
        return None


def tidy(state: TableState) -> TableState:
    """The state without filters that cannot be understood."""
    allowed = {"direction": DIRECTIONS, "kind": tuple(KINDS), "live": ("off",)}
    known = {name: value for name, value in state.filters.items() if name not in allowed or value in allowed[name]}
    return replace(state, filters={name: value for name, value in known.items() if name not in ("from", "to") or moment(value, "UTC")})


def station(user: User, identity: str) -> ChargePoint:
    """A station whose messages the user may read. Raises NotFound or NotAllowed."""
    return charge_point_for(user, identity, "inside")


def _matching(charge_point: ChargePoint, state: TableState, zone: str) -> Select[Any]:
    found: list[ColumnElement[bool]] = [LoggedMessage.charge_point_id == charge_point.id]
    if state["action"]:
        found.append(LoggedMessage.action == state["action"])
    if state["direction"]:
        found.append(LoggedMessage.direction == state["direction"])
    if state["kind"]:
        found.append(LoggedMessage.kind.in_(KINDS[state["kind"]]))
    if state["find"]:
        found.append(LoggedMessage.text.icontains(state["find"], autoescape=True))
    if since := moment(state["from"], zone):
        found.append(LoggedMessage.at >= since)
    if until := moment(state["to"], zone):
        found.append(LoggedMessage.at < until + timedelta(minutes=1))
    return select(LoggedMessage).where(*found)


def find(charge_point: ChargePoint, state: TableState, zone: str) -> Page[LoggedMessage]:
    """A page of a station's messages, newest first."""
    return page(_matching(charge_point, state, zone), _KEY, state, lambda row: (row.at, row.id))


def find_all(charge_point: ChargePoint, state: TableState, zone: str) -> Iterator[LoggedMessage]:
    """All messages of the filtered list in its order, for the export."""
    found: Iterator[LoggedMessage] = batches(_matching(charge_point, state, zone), _KEY, state.descending, lambda row: (row.at, row.id))
    return found


def actions(charge_point: ChargePoint) -> list[str]:
    """The actions that there are messages of."""
    query = select(LoggedMessage.action).where(LoggedMessage.charge_point_id == charge_point.id, LoggedMessage.action != "")
    return list(db.session.scalars(query.distinct().order_by(LoggedMessage.action).limit(ACTIONS)))


def message(charge_point: ChargePoint, message_id: int) -> LoggedMessage:
    """One message of a station. Raises NotFound."""
    query = select(LoggedMessage).where(LoggedMessage.charge_point_id == charge_point.id, LoggedMessage.id == message_id)
    found = db.session.scalar(query) if message_id <= MAX_ID else None
    if found is None:
        raise NotFound(str(message_id))
    return found


def counterpart(found: LoggedMessage) -> LoggedMessage | None:
    """The answer to a CALL, the CALL of an answer: the nearest with its id, since some chargers use an id again."""
    if not found.message_id or found.kind not in (CALL, RESULT, ERROR):
        return None
    forth = found.kind == CALL
    query = select(LoggedMessage).where(
        LoggedMessage.charge_point_id == found.charge_point_id,
        LoggedMessage.message_id == found.message_id,
        LoggedMessage.direction != found.direction,
        LoggedMessage.kind.in_((RESULT, ERROR) if forth else (CALL,)),
        LoggedMessage.at >= (found.at if forth else found.at - ANSWERED_WITHIN),
        LoggedMessage.at <= (found.at + ANSWERED_WITHIN if forth else found.at),
    )
    order = (LoggedMessage.at, LoggedMessage.id) if forth else (LoggedMessage.at.desc(), LoggedMessage.id.desc())
    return db.session.scalar(query.order_by(*order).limit(1))
