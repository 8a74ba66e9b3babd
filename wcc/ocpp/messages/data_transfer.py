"""DataTransfer: vendors' own messages. None is known here, so they are kept and answered so. OCPP 1.6 §4.3."""

from typing import Any

import orjson
from sqlalchemy import Connection

from wcc.chargepoints import record as chargepoints
from wcc.ocpp import lenient
from wcc.ocpp.charger import Message
from wcc.ocpp.messages import Changed

ACTION = "DataTransfer"


def read(message: Message) -> tuple[Any, ...]:
    """Data may be a text, an object, JSON encoded twice or nothing (quirk 46): kept as it came."""
    vendor = lenient.required(message.payload, "vendorId")
    detail = {key: message.payload[key] for key in ("messageId", "data") if key in message.payload}
    charger = message.charger
    return (
        charger.id,
        charger.organization_id,
        ACTION,
        vendor,
        orjson.dumps(detail).decode(),
        message.arrived_ms,
        message.arrived_ms,
    )


def record(conn: Connection, reports: list[tuple[Any, ...]], changed: Changed) -> list[Any]:
    """Keep it among the charger's events."""
    chargepoints.events(conn, reports)
    return [True] * len(reports)


def answer(result: Any) -> dict[str, Any]:
    """Never a CALLERROR (case 064); the schema's spelling, not the prose's."""
    return {"status": "UnknownVendorId"}
