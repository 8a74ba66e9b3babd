"""RQ jobs of operations: milliseconds each. Nobody here waits for a charger; the node tells what came of it."""

from collections import defaultdict
from contextlib import suppress
from datetime import timedelta

import structlog
from redis.exceptions import RedisError
from sqlalchemy import select, update

from wcc import bus
from wcc.clock import to_ms, utcnow
from wcc.db import db, writing
from wcc.errors import ChargerOffline
from wcc.models import ChargePoint, Operation

log = structlog.get_logger()

# Kept with the operation and shown to people.
NO_QUEUE = "the job queue is not available"
TOO_LATE = "no worker took it in time"

# The node records a time-out itself; only what it did not come to is swept up.
GRACE = timedelta(seconds=5)
SWEPT = 500  # most operations ended in one transaction


def send(operation_id: int) -> None:
    """Hand an operation to the node that holds its charger. May run twice: the node drops a message id that it has seen."""
    query = select(Operation, ChargePoint.identity).join(ChargePoint).where(Operation.id == operation_id)
    found = db.session.execute(query).one_or_none()
    if found is None:
        return
    operation, identity = found
    if operation.state != "pending":
        return
    if operation.deadline_at <= utcnow():
        end(operation_id, "failed", TOO_LATE)
        return
    deadline_ms = to_ms(operation.deadline_at)
    try:
        call = (operation.id, operation.message_id, operation.kind, operation.payload, deadline_ms)
        bus.send_call(bus.shared(), identity, operation.organization_id, *call)
    except ChargerOffline:
        end(operation_id, "offline", None)
    except RedisError as error:
        log.error("an operation could not be handed on", operation=operation_id, error=str(error))
        end(operation_id, "failed", NO_QUEUE)


def end(operation_id: int, state: str, error: str | None) -> None:
    """Record that an operation will not be sent, unless the node has already told otherwise; tell the browsers."""
    ended = update(Operation).where(Operation.id == operation_id, Operation.state == "pending")
    with writing() as session:
        rows = session.execute(ended.values(state=state, error=error).returning(Operation.organization_id)).all()
    for (organization_id,) in rows:
        with suppress(RedisError):  # without Redis nobody listens either
            bus.publish(bus.shared(), organization_id, {"operation": [operation_id]})


def sweep() -> int:
    """End what is past its deadline and was left open, as by a node that died; returns how many."""
    overdue = select(Operation.id).where(Operation.state.in_(("pending", "sent")), Operation.deadline_at < utcnow() - GRACE)
    chosen = list(db.session.scalars(overdue.order_by(Operation.deadline_at).limit(SWEPT)))
    if not chosen:
        return 0
    ended = update(Operation).where(Operation.id.in_(chosen), Operation.state.in_(("pending", "sent")))
    with writing() as session:
        rows = session.execute(ended.values(state="no_answer").returning(Operation.organization_id, Operation.id)).all()
    changes: dict[int, bus.Changes] = defaultdict(lambda: {"operation": []})
    for organization_id, operation_id in rows:
        changes[organization_id]["operation"].append(operation_id)
    bus.publish_all(bus.shared(), changes)
    return len(rows)
