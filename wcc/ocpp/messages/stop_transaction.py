"""StopTransaction: a report that charging ended; never refused, ends only the session it names. OCPP 1.6 §4.10."""

from typing import Any

from sqlalchemy import Connection

from wcc.clock import sane_ms
from wcc.ocpp import lenient
from wcc.ocpp.charger import Message
from wcc.ocpp.frames import exact
from wcc.ocpp.messages import Changed
from wcc.ocpp.readings import samples
from wcc.sessions import record as sessions
from wcc.tags import record as tags

ACTION = "StopTransaction"


def read(message: Message) -> tuple[Any, ...]:
    """A `sessions.record.Stop`: nothing is needed that the charger may leave out; bad samples never fail it."""
    payload, charger = message.payload, message.charger
    transaction = payload.get("transactionId")
    if isinstance(transaction, float):
        transaction = exact(message.text)[3].get("transactionId")
    at_ms, late = sane_ms(lenient.time_ms(payload.get("timestamp")), message.arrived_ms)
    tag = lenient.id_tag(payload)
    meter = lenient.integer(payload.get("meterStop"))
    stop = sessions.Stop(
        charge_point_id=charger.id,
        organization_id=charger.organization_id,
        transaction=str(number) if (number := lenient.integer(transaction)) is not None else "",
        id_tag=tag,
        folded=lenient.fold(tag) if tag else None,
        meter_stop_wh=meter if meter is not None and abs(meter) < 2**62 else None,
        reason=lenient.text(payload, "reason") or "Local",
        at_ms=at_ms,
        late=late,
        arrived_ms=message.arrived_ms,
        samples=samples(payload.get("transactionData"), message.arrived_ms),
    )
    return tuple(stop)


def record(conn: Connection, reports: list[tuple[Any, ...]], changed: Changed) -> list[Any]:
    """End the sessions; what fits none is kept as an orphan."""
    stops = [sessions.Stop(*report) for report in reports]
    for organization_id, session_id in sessions.stop_sessions(conn, stops):
        changed.add((organization_id, "session", session_id))
    changed.update((stop.organization_id, "charge_point", stop.charge_point_id) for stop in stops)
    asked = [(stop.charge_point_id, stop.organization_id, stop.folded, stop.at_ms) for stop in stops if stop.folded]
    verdicts = iter(tags.verdicts(conn, asked))
    return [next(verdicts) if stop.folded else False for stop in stops]


def answer(result: Any) -> dict[str, Any]:
    """idTagInfo only when a tag came."""
    return {"idTagInfo": tags.id_tag_info(result)} if result else {}
