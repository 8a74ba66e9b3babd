"""Asking for a remote operation: rules, the row, and then the job that hands it to the charger's node."""

from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import structlog
from redis.exceptions import RedisError

from wcc import audit, bus
from wcc.clock import utcnow
from wcc.db import db, writing
from wcc.models import Operation, User
from wcc.operations import form, jobs, queries
from wcc.operations.catalog import Kind
from wcc.operations.form import Values

log = structlog.get_logger()

JOB_TIMEOUT_S = 20
JOB_KEPT_S = 60


def request(user: User, kind: Kind, identity: str, values: Values, timeout_s: float) -> Operation:
    """Ask a charger to do something; the answer comes later, within `timeout_s` as far as a person waits for it.

    Raises NotFound or NotAllowed for the station, Invalid naming the fields. Without a queue the operation comes back failed.
    """
    station = queries.station(user, identity)
    call = kind.build_call(station, values)
    now = utcnow()
    operation = Operation(
        message_id=str(uuid4()),
        organization_id=station.charge_point.organization_id,
        charge_point_id=station.charge_point.id,
        user_id=user.id,
        kind=kind.ACTION,
        connector=call.connector,
        payload=form.checked(kind.ACTION, call),
        id_tag_folded=call.id_tag_folded,
        session_id=call.session_id,
        state="pending",
        created_at=now,
        deadline_at=now + timedelta(seconds=timeout_s),
    )
    with writing():
        db.session.add(operation)
        audit.note(user, "operation.requested", identity, detail=kind.ACTION, organization_id=operation.organization_id)
    log.info("operation asked for", operation=operation.id, kind=kind.ACTION, charge_point=identity, user=user.id)
    _enqueue(operation)
    return operation


def _enqueue(operation: Operation) -> None:
    """Hand it to the worker, after the commit: a job that finds no row does nothing."""
    try:
        queue = bus.queue(bus.shared(), "operations")
        queue.enqueue(jobs.send, operation.id, job_timeout=JOB_TIMEOUT_S, result_ttl=JOB_KEPT_S, failure_ttl=JOB_KEPT_S)
    except RedisError as error:
        log.error("the queue did not take an operation", operation=operation.id, error=str(error))
        jobs.end(operation.id, "failed", jobs.NO_QUEUE)
        return
    with suppress(RedisError):  # it is queued: that browsers are not told at once costs nothing
        bus.publish(bus.shared(), operation.organization_id, {"operation": [operation.id]})
