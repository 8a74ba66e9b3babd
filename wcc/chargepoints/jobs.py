"""RQ jobs of charge points."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Row, select, update

from wcc import bus
from wcc.clock import now_ms, utcnow
from wcc.db import db, writing
from wcc.models import ChargePoint, ChargerEvent

log = structlog.get_logger()

BATCH = 500
MISSED = "missed:"  # missed:<identity> = since when (ms) no node has held the charger's socket

Seen = Row[tuple[int, int, str, str | None]]


def sweep_offline(grace_s: float) -> int:
    """Set those offline that no node has held a socket of for `grace_s`; returns how many.

    A node that is killed cannot say that its chargers are gone. The grace lets the nodes say again whom they hold after
    Redis itself has lost it. Longer than the time in which a node repeats that, shorter than the presence's expiry.
    """
    swept, last = 0, 0
    while rows := _online(last):
        last = rows[-1].id
        gone = _gone(rows, grace_s)
        if gone:
            swept += _set_offline(gone)
    return swept


def _online(after: int) -> Sequence[Seen]:
    columns = (ChargePoint.id, ChargePoint.organization_id, ChargePoint.identity, ChargePoint.connection)
    query = select(*columns).where(ChargePoint.online, ChargePoint.id > after).order_by(ChargePoint.id).limit(BATCH)
    rows: Sequence[Any] = db.session.execute(query).all()
    db.session.rollback()  # no snapshot is held while Redis is asked
    return rows


def _gone(rows: Sequence[Seen], grace_s: float) -> list[Seen]:
    """Those missed for long enough; notes since when the others are missed."""
    redis = bus.shared()
    there = bus.present(redis, [row.identity for row in rows])
    missed = [row for row in rows if row.identity not in there]
    pipe = redis.pipeline(transaction=False)
    for row in rows:
        if row.identity in there:
            pipe.delete(MISSED + row.identity)
    for row in missed:
        pipe.set(MISSED + row.identity, now_ms(), nx=True, ex=int(grace_s * 10) + 60)
    pipe.execute()
    since: Any = redis.mget([MISSED + row.identity for row in missed]) if missed else []
    return [row for row, at in zip(missed, since, strict=True) if at and int(at) <= now_ms() - grace_s * 1000]


def _set_offline(gone: list[Seen]) -> int:
    """Set them offline unless a new connection has come since; tells the browsers."""
    now = utcnow()
    swept: dict[int, list[int]] = defaultdict(list)
    with writing() as session:
        for row in gone:
            same = (ChargePoint.id == row.id, ChargePoint.online, ChargePoint.connection.is_not_distinct_from(row.connection))
            values = {"online": False, "node": None, "connection": None, "disconnected_at": now}
            if session.execute(update(ChargePoint).where(*same).values(values).returning(ChargePoint.id)).all():
                swept[row.organization_id].append(row.id)
                session.add(_event(row, now))
    redis = bus.shared()
    redis.delete(*(MISSED + row.identity for row in gone))
    bus.publish_all(redis, {organization_id: {"charge_point": ids} for organization_id, ids in swept.items()})
    count = sum(map(len, swept.values()))
    log.warning("chargers that no node holds were set offline", count=count)
    return count


def _event(row: Seen, now: datetime) -> ChargerEvent:
    return ChargerEvent(
        organization_id=row.organization_id,
        charge_point_id=row.id,
        kind="Disconnected",
        name="the node that held it is gone",
        happened_at=now,
        received_at=now,
    )
