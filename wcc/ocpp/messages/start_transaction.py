"""StartTransaction: a report that charging began, never refused; the same again gets the same id. OCPP 1.6 §4.8."""

from typing import Any
from uuid import uuid4

from sqlalchemy import Connection

from wcc.clock import sane_ms
from wcc.ocpp import lenient
from wcc.ocpp.charger import Message
from wcc.ocpp.messages import Changed
from wcc.operations import record as operations
from wcc.sessions import record as sessions
from wcc.tags import record as tags

ACTION = "StartTransaction"
QUARANTINE_IDS = 2_000_000_000


def read(message: Message) -> tuple[Any, ...]:
    """A `sessions.record.Start`: nothing is needed that the charger may leave out."""
    payload, charger = message.payload, message.charger
    connector = lenient.integer(payload.get("connectorId"))
    tag = lenient.id_tag(payload) or ""
    meter = lenient.integer(payload.get("meterStart"))
    reservation = lenient.integer(payload.get("reservationId"))
    stated_ms = lenient.time_ms(payload.get("timestamp"))
    at_ms, late = sane_ms(stated_ms, message.arrived_ms)
    start = sessions.Start(
        charge_point_id=charger.id,
        organization_id=charger.organization_id,
        connector=connector if connector is not None and 0 <= connector < 2**31 else 0,
        id_tag=tag,
        folded=lenient.fold(tag),
        meter_start_wh=meter if meter is not None and abs(meter) < 2**62 else 0,
        reservation_id=reservation if reservation is not None and 0 < reservation < 2**62 else None,
        at_ms=at_ms,
        late=late,
        arrived_ms=message.arrived_ms,
        reference=str(uuid4()),
        # The stated time, not the one that stood in for it: a repetition must find its first.
        start_key=sessions.start_key(charger.id, connector, stated_ms, lenient.fold(tag), meter),
    )
    return tuple(start)


def record(conn: Connection, reports: list[tuple[Any, ...]], changed: Changed) -> list[Any]:
    """Open the sessions; link those that a remote start asked for; join stops that came before their start."""
    starts = [sessions.Start(*report) for report in reports]
    opened = sessions.start_sessions(conn, starts)
    fresh = [(start, session) for start, session in zip(starts, opened, strict=True) if session.fresh]
    links = [
        (
            start.charge_point_id,
            start.connector,
            start.folded,
            session.id,
            start.arrived_ms,
        )
        for start, session in fresh
    ]
    for operation_id, organization_id in operations.link_starts(conn, links):
        changed.add((organization_id, "operation", operation_id))
    for start, session in zip(starts, opened, strict=True):
        changed.add((start.organization_id, "session", session.id))
        changed.add((start.organization_id, "charge_point", start.charge_point_id))
    return [(session.id, session.verdict) for session in opened]


def fallback(quarantine_id: int) -> Any:
    """The answer to a start that could not be stored: an id of its own, far above those of sessions, and no verdict."""
    return (QUARANTINE_IDS + quarantine_id, None)


def answer(result: Any) -> dict[str, Any]:
    """Always an id and an idTagInfo, whatever the verdict."""
    transaction_id, verdict = result
    return {"transactionId": transaction_id, "idTagInfo": tags.id_tag_info(verdict)}
