"""What LogStatusNotification and SignedFirmwareStatusNotification share: they name the request they are about. Security whitepaper."""

from typing import Any

import orjson
from sqlalchemy import Connection

from wcc.chargepoints import record as chargepoints
from wcc.ocpp import lenient
from wcc.ocpp.charger import Message
from wcc.ocpp.messages import Changed


def row(message: Message, action: str) -> tuple[Any, ...]:
    """A `chargepoints.record.notices` row; any status is taken, with or without a request's number."""
    charger = message.charger
    number = lenient.integer(message.payload.get("requestId"))
    return (
        charger.id,
        charger.organization_id,
        action,
        lenient.required(message.payload, "status"),
        orjson.dumps({"requestId": number}).decode() if number is not None and abs(number) < 2**53 else None,
        message.arrived_ms,
    )


def record(conn: Connection, reports: list[tuple[Any, ...]], changed: Changed) -> list[Any]:
    """Keep it among the charger's events, unless it only repeats the last one."""
    chargepoints.notices(conn, reports)
    changed.update((report[1], "charge_point", report[0]) for report in reports)
    return [True] * len(reports)


def answer(result: Any) -> dict[str, Any]:
    """Nothing to say."""
    return {}
