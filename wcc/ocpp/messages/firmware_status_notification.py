"""FirmwareStatusNotification: progress of the charger's latest firmware job; it may come unsolicited, repeated, out of order."""

from typing import Any

from sqlalchemy import Connection

from wcc.chargepoints import record as chargepoints
from wcc.ocpp import lenient
from wcc.ocpp.charger import Message
from wcc.ocpp.messages import Changed

ACTION = "FirmwareStatusNotification"


def read(message: Message) -> tuple[Any, ...]:
    """(charge point, organization, status, arrival); any status is taken."""
    charger = message.charger
    return (
        charger.id,
        charger.organization_id,
        lenient.required(message.payload, "status"),
        message.arrived_ms,
    )


def record(conn: Connection, reports: list[tuple[Any, ...]], changed: Changed) -> list[Any]:
    """Keep the present status, and the change where it is one: some chargers repeat it without end (quirk 51)."""
    chargepoints.progress(conn, "firmware_status", ACTION, reports)
    changed.update((report[1], "charge_point", report[0]) for report in reports)
    return [True] * len(reports)


def answer(result: Any) -> dict[str, Any]:
    """Nothing to say."""
    return {}
