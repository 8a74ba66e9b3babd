"""Asking for a remote operation: rules, the row, and then the job that hands it to the charger's node."""

from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import structlog
from redis.exceptions import RedisError

from wcc import audit, bus
from wcc.clock import utcnow
from wcc.db import db, writing
from wcc.models import ChargePoint, Operation, User
from wcc.operations import form, jobs, queries, raw
from wcc.operations.catalog import Kind
from wcc.operations.form import Call, Values

log = structlog.get_logger()

JOB_TIMEOUT_S = 20
JOB_KEPT_S = 60


def request(user: User, kind: Kind, identity: str, values: Values, timeout_s: float) -> Operation:
    """Ask a charger to do what a form says; the answer comes later, within `timeout_s` as far as a person waits for it.

    Raises NotFound or NotAllowed for the station, Invalid naming the fields. Without a queue the operation comes back failed.
    """
    station = queries.station(user, identity)
    return ask(user, station.charge_point, kind.ACTION, kind.build_call(station, values), timeout_s)


def send(user: User, identity: str, action: str, payload: dict[str, Any], timeout_s: float) -> Operation:
    """As `request`, for an operation by OCPP's name and payload. Raises also NotAllowed for one that is not for this person."""
    station = queries.station(user, identity)
    call = raw.call(station, action, payload)
    raw.permit(user, station, call)
    return ask(user, station.charge_point, action, call, timeout_s)


def send_as_nobody(identity: str, action: str, payload: dict[str, Any], timeout_s: float) -> Operation:
    """As `send`, at the command line: whoever has that may do anything. Raises NotFound, Invalid."""
    station = queries.bare_station(identity)
    return ask(None, station.charge_point, action, raw.call(station, action, payload), timeout_s)


def ask(user: User | None, charge_point: ChargePoint, action: str, call: Call, timeout_s: float) -> Operation:
    """Ask a charger (None: at the command line), whoever wanted it and however it was put. Raises Invalid for a payload that
    does not fit OCPP's schema, NotAllowed for a password of the charger from who may not see it."""
    if user:
        raw.guard_key(user, charge_point, action, call)
    now = utcnow()
    operation = Operation(
        message_id=str(uuid4()),
        organization_id=charge_point.organization_id,
        charge_point_id=charge_point.id,
        user_id=user.id if user else None,
        kind=action,
        connector=call.connector,
        payload=form.checked(action, call),
        id_tag_folded=call.id_tag_folded,
        session_id=call.session_id,
        state="pending",
        created_at=now,
        deadline_at=now + timedelta(seconds=timeout_s),
    )
    identity = charge_point.identity
    with writing():
        db.session.add(operation)
        audit.note(user, "operation.requested", identity, detail=action, organization_id=operation.organization_id)
    log.info("operation asked for", operation=operation.id, kind=action, charge_point=identity, user=user.id if user else None)
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
