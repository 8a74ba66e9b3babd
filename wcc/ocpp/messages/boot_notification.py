"""BootNotification: the charger (re)started. OCPP 1.6 §4.2; a reconnect without one is no fault."""

from typing import Any

from sqlalchemy import Connection

from wcc.chargepoints import record as chargepoints
from wcc.clock import now_ms, wire
from wcc.config import load
from wcc.ocpp import lenient
from wcc.ocpp.charger import Message
from wcc.ocpp.messages import Changed

ACTION = "BootNotification"
FIELDS = (
    "chargePointVendor",
    "chargePointModel",
    "firmwareVersion",
    "chargePointSerialNumber",
    "chargeBoxSerialNumber",
    "meterSerialNumber",
    "meterType",
    "iccid",
    "imsi",
)
INTERVAL_S = load().heartbeat_interval_s


def read(message: Message) -> tuple[Any, ...]:
    """Every field as it came, over-long ones too (quirk 42); vendor and model must be there."""
    for field in FIELDS[:2]:
        lenient.required(message.payload, field)
    charger = message.charger
    return (
        charger.id,
        charger.organization_id,
        message.arrived_ms,
        *(lenient.text(message.payload, field) for field in FIELDS),
    )


def record(conn: Connection, reports: list[tuple[Any, ...]], changed: Changed) -> list[Any]:
    """Keep the boot data and the boot itself; running sessions stay open, their stop may still be queued."""
    chargepoints.boots(conn, reports)
    changed.update((report[1], "charge_point", report[0]) for report in reports)
    return [True] * len(reports)


def answer(result: Any) -> dict[str, Any]:
    """Accepted; `interval` is the heartbeat's in seconds."""
    return {"status": "Accepted", "currentTime": wire(now_ms()), "interval": INTERVAL_S}
