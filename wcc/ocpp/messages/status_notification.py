"""StatusNotification: the present state of a connector, or of the whole station (0). Never starts or ends a session. §4.9."""

from typing import Any

from sqlalchemy import Connection

from wcc.chargepoints import record as chargepoints
from wcc.clock import sane_ms
from wcc.ocpp import lenient
from wcc.ocpp.charger import Message
from wcc.ocpp.messages import Changed
from wcc.sessions import record as sessions

ACTION = "StatusNotification"
STATUSES = {
    name.lower(): name
    for name in (
        "Available",
        "Preparing",
        "Charging",
        "SuspendedEVSE",
        "SuspendedEV",
        "Finishing",
        "Reserved",
        "Unavailable",
        "Faulted",
    )
}
ERRORS = {
    name.lower(): name
    for name in (
        "ConnectorLockFailure",
        "EVCommunicationError",
        "GroundFailure",
        "HighTemperature",
        "InternalError",
        "LocalListConflict",
        "NoError",
        "OtherError",
        "OverCurrentFailure",
        "OverVoltage",
        "PowerMeterFailure",
        "PowerSwitchFailure",
        "ReaderFailure",
        "ResetFailure",
        "UnderVoltage",
        "WeakSignal",
    )
}


def read(message: Message) -> tuple[Any, ...]:
    """A `chargepoints.record.STATUS` row; an unknown status or error is kept in the charger's own word."""
    payload, charger = message.payload, message.charger
    connector = lenient.integer(lenient.required(payload, "connectorId"))
    if connector is None or not 0 <= connector < 2**31:
        raise lenient.Unusable("connectorId")
    status = lenient.required(payload, "status")
    error = lenient.text(payload, "errorCode") or "NoError"
    known = ERRORS.get(error.lower())
    at_ms, _ = sane_ms(lenient.time_ms(payload.get("timestamp")), message.arrived_ms)
    return (
        charger.id,
        charger.organization_id,
        connector,
        STATUSES.get(status.lower(), status[:20]),
        known or "OtherError",
        lenient.text(payload, "vendorErrorCode") or (None if known else error),
        lenient.text(payload, "vendorId"),
        lenient.text(payload, "info"),
        at_ms,
        message.arrived_ms,
    )


def record(conn: Connection, reports: list[tuple[Any, ...]], changed: Changed) -> list[Any]:
    """Keep status and history; goal reached and plugged out follow from it."""
    moves = chargepoints.statuses(conn, reports)
    for organization_id, session_id in sessions.follow_statuses(conn, moves):
        changed.add((organization_id, "session", session_id))
    changed.update((report[1], "charge_point", report[0]) for report in reports)
    return [True] * len(reports)


def answer(result: Any) -> dict[str, Any]:
    """Nothing to say."""
    return {}
