"""Every kind of report that the ledger stores, and the function that stores a set of them."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from wcc.chargepoints import record as chargepoints
from wcc.doctor import record as doctor
from wcc.ocpp.messages import Changed
from wcc.ocpp.messages.catalog import BY_ACTION
from wcc.operations import record as operations

Reports = list[tuple[Any, ...]]
Record = Callable[[Connection, Reports, Changed], list[Any]]


def _link(store: Callable[[Connection, Reports], None]) -> Record:
    """Reports on a charger's link: (charge point, organization, …)."""

    def record(conn: Connection, reports: Reports, changed: Changed) -> list[Any]:
        store(conn, reports)
        changed.update((report[1], "charge_point", report[0]) for report in reports)
        return [True] * len(reports)

    return record


def _seen(conn: Connection, reports: Reports, changed: Changed) -> list[Any]:
    """When chargers were last heard: one report holds the rows of a whole node."""
    for rows in reports:
        chargepoints.seen(conn, list(rows))
    return [True] * len(reports)


def _attempts(conn: Connection, reports: Reports, changed: Changed) -> list[Any]:
    """Refused and broken connections: one report holds the rows of a whole node."""
    for rows in reports:
        changed.update((organization_id, "charge_point", id) for organization_id, id in doctor.attempts(conn, list(rows)))
    return [True] * len(reports)


def _operation(store: Callable[[Connection, Reports], Any]) -> Record:
    """Reports on an operation: (organization, operation, …)."""

    def record(conn: Connection, reports: Reports, changed: Changed) -> list[Any]:
        store(conn, [report[1:] for report in reports])
        changed.update((report[0], "operation", report[1]) for report in reports)
        return [True] * len(reports)

    return record


def _unread(conn: Connection, reports: Reports, changed: Changed) -> list[Any]:
    """A message that could not be read has no place but the quarantine."""
    raise ValueError("the message could not be read")


RECORDS: dict[str, Record] = {
    **{f"unread {action}": _unread for action in BY_ACTION},
    **{action: message.record for action, message in BY_ACTION.items() if message.record is not None},
    "connected": _link(chargepoints.connected),
    "disconnected": _link(chargepoints.disconnected),
    "seen": _seen,
    "attempts": _attempts,
    "operation sent": _operation(operations.sent),
    "operation answered": _operation(operations.answered),
    "operation unanswered": _operation(operations.no_answer),
    "operation undelivered": _operation(operations.undelivered),
}


def fallback(kind: str, quarantine_id: int) -> Any:
    """The result for a report that could not be stored and lies in quarantine."""
    make = getattr(BY_ACTION.get(kind.removeprefix("unread ")), "fallback", None)
    return make(quarantine_id) if make else None
