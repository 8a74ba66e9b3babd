"""What chargers report of themselves: boots, statuses, links and events; set by set, on a bare connection."""

from typing import Any, NamedTuple

from sqlalchemy import Connection

from wcc.db import Bulk, Pick

Rows = list[tuple[Any, ...]]


class Move(NamedTuple):
    """A status report as it changed a connector: what it was, what it is, and the session running on it."""

    charge_point_id: int
    organization_id: int
    connector: int
    before: str | None
    after: str
    at_ms: int
    session_id: int | None


_BOOT = Bulk(
    "UPDATE charge_point SET booted_at = :at, seen_at = :at, vendor = :vendor, model = :model, firmware_version = :firmware,"
    " charge_point_serial = :serial, charge_box_serial = :box, meter_serial = :meter, meter_type = :kind, iccid = :iccid, imsi = :imsi"
    " WHERE id = :id AND organization_id = :org",
    key=("id",),
    id="bigint",
    org="bigint",
    at="bigint",
    vendor="text",
    model="text",
    firmware="text",
    serial="text",
    box="text",
    meter="text",
    kind="text",
    iccid="text",
    imsi="text",
)
_EVENT = Bulk(
    "INSERT INTO charger_event (charge_point_id, organization_id, kind, name, detail, happened_at, received_at)"
    " VALUES (:id, :org, :kind, :name, :detail, :at, :arrived)",
    id="bigint",
    org="bigint",
    kind="text",
    name="text",
    detail="text",
    at="bigint",
    arrived="bigint",
)
_CONNECTORS = Pick(
    "SELECT c.charge_point_id, c.number, c.status, c.error_code, c.vendor_error_code, c.info, c.session_id"
    " FROM {keys} JOIN connector c ON c.charge_point_id = keys.id AND c.number = keys.number",
    id="bigint",
    number="bigint",
)
# The present status is the last one received; its time of change moves only when it changes (:changed).
_STATUS = Bulk(
    "INSERT INTO connector (charge_point_id, organization_id, number, status, error_code, vendor_error_code, vendor_id, info,"
    " changed_at, received_at) VALUES (:id, :org, :number, :status, :error, :vendor_error, :vendor, :info, :at, :arrived)"
    " ON CONFLICT (charge_point_id, number) DO UPDATE SET"
    " changed_at = CASE WHEN connector.status = excluded.status THEN connector.changed_at ELSE excluded.changed_at END,"
    " status = excluded.status, error_code = excluded.error_code, vendor_error_code = excluded.vendor_error_code,"
    " vendor_id = excluded.vendor_id, info = excluded.info, received_at = excluded.received_at",
    key=("id", "number"),
    id="bigint",
    org="bigint",
    number="bigint",
    status="text",
    error="text",
    vendor_error="text",
    vendor="text",
    info="text",
    at="bigint",
    arrived="bigint",
)
_CHANGE = Bulk(
    "INSERT INTO status_change (charge_point_id, organization_id, connector, status, error_code, vendor_error_code, info, changed_at,"
    " received_at) VALUES (:id, :org, :number, :status, :error, :vendor_error, :info, :at, :arrived)",
    id="bigint",
    org="bigint",
    number="bigint",
    status="text",
    error="text",
    vendor_error="text",
    info="text",
    at="bigint",
    arrived="bigint",
)
_CONNECTED = Bulk(
    "UPDATE charge_point SET online = true, node = :node, connection = :token, connected_at = :at, seen_at = :at WHERE id = :id",
    key=("id",),
    id="bigint",
    node="text",
    token="text",
    at="bigint",
)
# Only the socket that is on record may take the charger offline: a newer one may have come.
_DISCONNECTED = Bulk(
    "UPDATE charge_point SET online = false, node = NULL, connection = NULL, disconnected_at = :at, seen_at = :seen"
    " WHERE id = :id AND connection = :token",
    key=("id",),
    id="bigint",
    token="text",
    at="bigint",
    seen="bigint",
)
_SEEN = Bulk(
    "UPDATE charge_point SET seen_at = :at WHERE id = :id",
    key=("id",),
    id="bigint",
    at="bigint",
)
_LAST_NOTICE = Pick(
    "SELECT keys.id, keys.kind, e.name, e.detail FROM {keys} JOIN charger_event e ON e.id ="
    " (SELECT MAX(l.id) FROM charger_event l WHERE l.charge_point_id = keys.id AND l.kind = keys.kind)",
    id="bigint",
    kind="text",
)


def boots(conn: Connection, rows: Rows) -> None:
    """Keep boot data of (id, organization, at, nine fields) rows and note the boots among the events."""
    _BOOT(conn, rows)
    _EVENT(
        conn,
        [(row[0], row[1], "BootNotification", row[5] or "", None, row[2], row[2]) for row in rows],
    )


def events(conn: Connection, rows: Rows) -> None:
    """Keep (id, organization, kind, name, detail, happened, arrived) rows."""
    _EVENT(conn, rows)


def progress(conn: Connection, column: str, kind: str, rows: Rows) -> None:
    """Keep the status of the latest job in `column`; only a change of it is an event. Rows: (id, organization, status, at)."""
    pick, update = _PROGRESS[column]
    known = {row[0]: row[1] for row in pick(conn, [(row[0],) for row in rows])}
    fresh = [row for row in rows if known.get(row[0]) != row[2]]
    update(conn, [(row[0], row[2]) for row in fresh])
    _EVENT(conn, [(row[0], row[1], kind, row[2], None, row[3], row[3]) for row in fresh])


def notices(conn: Connection, rows: Rows) -> None:
    """Keep (id, organization, kind, status, detail, arrived) rows whose detail names a job; what only repeats the last is dropped."""
    keys = {(row[0], row[2]) for row in rows}
    last = {(row[0], row[1]): (row[2], row[3]) for row in _LAST_NOTICE(conn, list(keys))}
    fresh = []
    for row in rows:
        if last.get((row[0], row[2])) != (row[3], row[4]):
            last[row[0], row[2]] = (row[3], row[4])
            fresh.append((*row, row[5]))
    _EVENT(conn, fresh)


_PROGRESS = {
    column: (
        Pick(
            f"SELECT cp.id, cp.{column} FROM {{keys}} JOIN charge_point cp ON cp.id = keys.id",
            id="bigint",
        ),
        Bulk(
            f"UPDATE charge_point SET {column} = :status WHERE id = :id",
            key=("id",),
            id="bigint",
            status="text",
        ),
    )
    for column in ("firmware_status", "diagnostics_status")
}


def statuses(conn: Connection, rows: Rows) -> list[Move]:
    """Record connector statuses (0 = the whole station) of (id, organization, connector, status, error, vendor error, vendor,
    info, at, arrived) rows; a repeated one makes no history. Returns the changes of status. OCPP 1.6 §4.9.
    """
    known = {(row[0], row[1]): row[2:] for row in _CONNECTORS(conn, [(row[0], row[2]) for row in rows])}
    changes, moves = [], []
    for row in rows:
        id, organization_id, number, status, error, vendor_error, _, info, at_ms, arrived_ms = row
        before = known.get((id, number))
        if before is None or before[:4] != (status, error, vendor_error, info):
            changes.append((id, organization_id, number, status, error, vendor_error, info, at_ms, arrived_ms))
        if before is None or before[0] != status:
            was, since = (before[0], before[4]) if before else (None, None)
            moves.append(Move(id, organization_id, number, was, status, at_ms, since))
    _STATUS(conn, rows)
    _CHANGE(conn, changes)
    return moves


def connected(conn: Connection, rows: Rows) -> None:
    """A node took a socket: (id, organization, node, token, at) rows; the newest socket of a charger wins."""
    _CONNECTED(conn, [(row[0], row[2], row[3], row[4]) for row in rows])
    _EVENT(
        conn,
        [(row[0], row[1], "Connected", row[2], None, row[4], row[4]) for row in rows],
    )


def disconnected(conn: Connection, rows: Rows) -> None:
    """A socket ended: (id, organization, token, why, last seen, at) rows."""
    _DISCONNECTED(conn, [(row[0], row[2], row[5], row[4]) for row in rows])
    _EVENT(
        conn,
        [(row[0], row[1], "Disconnected", row[3], None, row[5], row[5]) for row in rows],
    )


def seen(conn: Connection, rows: Rows) -> None:
    """When chargers were last heard: (id, at) rows."""
    _SEEN(conn, rows)


def forget_node(conn: Connection, node: str, at_ms: int) -> list[tuple[int, int]]:
    """A node that starts holds no sockets: whoever was online there is offline. Returns (id, organization)."""
    found = conn.exec_driver_sql(
        "UPDATE charge_point SET online = false, node = NULL, connection = NULL, disconnected_at = {0} WHERE node = {0}"
        " RETURNING id, organization_id".format("?" if conn.dialect.name == "sqlite" else "%s"),
        (at_ms, node),
    )
    return [(row[0], row[1]) for row in found]
