"""What came of operations besides their answers: chargers' notices since, and the sessions that used reservations."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import orjson
from sqlalchemy import select

from wcc.access import sees_session
from wcc.clock import utcnow
from wcc.db import db
from wcc.models import ChargerEvent, ChargingSession, Operation, User
from wcc.operations.story import FOLLOWED, Notice

JOBS = {
    "UpdateFirmware": ("FirmwareStatusNotification",),
    "GetDiagnostics": ("DiagnosticsStatusNotification",),
    "GetLog": ("LogStatusNotification",),
    "SignedUpdateFirmware": ("SignedFirmwareStatusNotification",),
}
TRIGGERS = ("TriggerMessage", "ExtendedTriggerMessage")
# What a message that was asked for is kept as.
KEPT_AS = {
    "FirmwareStatusNotification": ("FirmwareStatusNotification", "SignedFirmwareStatusNotification"),
    "DiagnosticsStatusNotification": ("DiagnosticsStatusNotification",),
    "LogStatusNotification": ("LogStatusNotification",),
    "SignChargePointCertificate": ("SignCertificate",),
}
MOST = 500  # notices looked at in all


def kinds_of(operation: Operation) -> tuple[str, ...]:
    """The kinds of notices that an operation may lead to."""
    if operation.kind in TRIGGERS:
        return KEPT_AS.get(str(orjson.loads(operation.payload).get("requestedMessage")), ())
    return JOBS.get(operation.kind, ())


def notices(operations: Sequence[Operation]) -> dict[int, list[Notice]]:
    """By operation, oldest first. Most carry no job's number and belong to the latest job: a later operation ends an earlier one's."""
    asked = {operation: kinds for operation in operations if (kinds := kinds_of(operation))}
    if not asked:
        return {}
    here = {operation.charge_point_id for operation in asked}
    since = min(operation.created_at for operation in asked)
    query = select(ChargerEvent).where(
        ChargerEvent.charge_point_id.in_(here),
        ChargerEvent.kind.in_({kind for kinds in asked.values() for kind in kinds}),
        ChargerEvent.received_at >= since,
    )
    found: dict[int, list[Notice]] = defaultdict(list)
    later = _later(here, since)
    for event in db.session.scalars(query.order_by(ChargerEvent.id).limit(MOST)):
        for operation, kinds in asked.items():
            if event.charge_point_id != operation.charge_point_id or event.kind not in kinds:
                continue
            if operation.created_at <= event.received_at < _until(operation, later):
                found[operation.id].append(_notice(event))
    return found


def _later(stations: set[int], since: datetime) -> list[tuple[int, str, datetime]]:
    query = select(Operation.charge_point_id, Operation.kind, Operation.created_at)
    query = query.where(Operation.charge_point_id.in_(stations), Operation.kind.in_(JOBS), Operation.created_at > since)
    return [(row[0], row[1], row[2]) for row in db.session.execute(query.order_by(Operation.created_at).limit(MOST))]


def _until(operation: Operation, later: Sequence[tuple[int, str, datetime]]) -> datetime:
    """Until when notices are this operation's: the next of its kind at this charger; of a message asked for, a short while."""
    if operation.kind in TRIGGERS:
        return operation.created_at + FOLLOWED
    mine = (operation.charge_point_id, operation.kind)
    following = (at for station, kind, at in later if (station, kind) == mine and at > operation.created_at)
    return next(following, utcnow() + FOLLOWED)


def _notice(event: ChargerEvent) -> Notice:
    detail = orjson.loads(event.detail) if event.detail else {}
    return Notice(event.kind, event.name, event.received_at, detail.get("requestId"), detail.get("csr"))


def used(user: User, operations: Sequence[Operation]) -> dict[int, ChargingSession]:
    """The sessions that used the reservations which these operations made, by operation."""
    reserved = {
        (operation.charge_point_id, orjson.loads(operation.payload).get("reservationId")): operation
        for operation in operations
        if operation.kind == "ReserveNow"
    }
    if not reserved:
        return {}
    query = select(ChargingSession).where(
        ChargingSession.charge_point_id.in_({station for station, _number in reserved}),
        ChargingSession.reservation_id.in_({number for _station, number in reserved}),
        sees_session(user),
    )
    found = {}
    for session in db.session.scalars(query):
        operation = reserved.get((session.charge_point_id, session.reservation_id))
        if operation and session.started_at >= operation.created_at:
            found[operation.id] = session
    return found
