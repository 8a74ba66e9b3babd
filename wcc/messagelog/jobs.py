"""RQ jobs of the message log."""

from time import monotonic
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, func, select, tuple_

from wcc.clock import DAY_MS, from_ms, now_ms
from wcc.db import db, writing
from wcc.models import LoggedMessage

BATCH = 500
LONGEST_S = 40  # then it goes on the next time: a job must not hold a worker
_NEWEST = (LoggedMessage.at.desc(), LoggedMessage.id.desc())


def drop_old(days: int, rows: int) -> int:
    """Delete messages older than so many days and, of each station, all but the newest rows; returns how many."""
    until = monotonic() + LONGEST_S
    too_old = LoggedMessage.at < from_ms(now_ms() - days * DAY_MS)
    found = station = 0
    while (station := _next_station(station)) and monotonic() < until:
        of_station = LoggedMessage.charge_point_id == station
        found += _drop(of_station & too_old, until)
        oldest_kept = select(LoggedMessage.at, LoggedMessage.id).where(of_station).order_by(*_NEWEST).offset(rows).limit(1)
        edge = db.session.execute(oldest_kept).first()
        db.session.rollback()
        if edge is not None:
            found += _drop(of_station & (tuple_(LoggedMessage.at, LoggedMessage.id) <= tuple_(*_bound(edge))), until)
    return found


def _bound(edge: Any) -> list[Any]:
    return [bindparam(None, value, column.type) for value, column in zip(edge, (LoggedMessage.at, LoggedMessage.id), strict=True)]


def _next_station(after: int) -> int:
    """The next station that has messages; 0 when there is none. One step in the index each, however many messages there are."""
    found = db.session.scalar(select(func.min(LoggedMessage.charge_point_id)).where(LoggedMessage.charge_point_id > after))
    db.session.rollback()
    return int(found or 0)


def _drop(condition: ColumnElement[bool], until: float) -> int:
    """Delete in small batches, so that chargers' reports get their turn in between."""
    dropped = 0
    while monotonic() < until:
        some = select(LoggedMessage.id).where(condition).limit(BATCH)
        with writing() as session:
            count = int(session.execute(delete(LoggedMessage).where(LoggedMessage.id.in_(some))).rowcount)  # type: ignore[attr-defined]
        dropped += count
        if count < BATCH:
            break
    return dropped
