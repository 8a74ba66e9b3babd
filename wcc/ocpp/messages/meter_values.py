"""MeterValues: always answered {}, whatever transaction, connector or measurand they name. OCPP 1.6 §4.7."""

from typing import Any

from sqlalchemy import Connection

from wcc.ocpp import lenient
from wcc.ocpp.charger import Message
from wcc.ocpp.messages import Changed
from wcc.ocpp.readings import samples
from wcc.sessions import record as sessions

ACTION = "MeterValues"


def read(message: Message) -> tuple[Any, ...]:
    """(charge point, organization, connector, transaction or None, samples)."""
    payload, charger = message.payload, message.charger
    connector = lenient.integer(payload.get("connectorId"))
    connector = connector if connector is not None and 0 <= connector < 2**31 else 0
    transaction = lenient.integer(payload.get("transactionId"))
    found = samples(payload.get("meterValue"), message.arrived_ms)
    return (charger.id, charger.organization_id, connector, transaction, found)


def record(conn: Connection, reports: list[tuple[Any, ...]], changed: Changed) -> list[Any]:
    """Keep the samples with their session, or with the connector where they belong to none."""
    for organization_id, session_id in sessions.store_samples(conn, reports):
        changed.add((organization_id, "session", session_id))
    changed.update((report[1], "charge_point", report[0]) for report in reports)
    return [True] * len(reports)


def answer(result: Any) -> dict[str, Any]:
    """Nothing to say."""
    return {}
