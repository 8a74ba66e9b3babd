"""SecurityEventNotification: always answered, since an unanswered one is repeated and blocks. Security whitepaper, A05."""

from typing import Any

import orjson
from sqlalchemy import Connection

from wcc.chargepoints import record as chargepoints
from wcc.clock import sane_ms
from wcc.ocpp import lenient
from wcc.ocpp.charger import Message
from wcc.ocpp.messages import Changed

ACTION = "SecurityEventNotification"


def read(message: Message) -> tuple[Any, ...]:
    """Any type is taken, vendors have their own."""
    payload, charger = message.payload, message.charger
    at_ms, _ = sane_ms(lenient.time_ms(payload.get("timestamp")), message.arrived_ms)
    detail = {"techInfo": payload["techInfo"]} if payload.get("techInfo") is not None else {}
    name = lenient.text(payload, "type") or ""
    return (
        charger.id,
        charger.organization_id,
        ACTION,
        name,
        orjson.dumps(detail).decode(),
        at_ms,
        message.arrived_ms,
    )


def record(conn: Connection, reports: list[tuple[Any, ...]], changed: Changed) -> list[Any]:
    """Keep it among the charger's events."""
    chargepoints.events(conn, reports)
    return [True] * len(reports)


def answer(result: Any) -> dict[str, Any]:
    """Nothing to say."""
    return {}
