"""Storing attempts to connect: runs in the ledger's process."""

from typing import Any

from sqlalchemy import Connection

from wcc.db import Bulk, Pick

Rows = list[tuple[Any, ...]]

_COUNT = Bulk(
    "INSERT INTO connection_attempt (identity, address, reason, hour, detail, count, first_at, at)"
    " VALUES (:identity, :address, :reason, :hour, :detail, :count, :first, :at)"
    " ON CONFLICT (identity, address, reason, hour) DO UPDATE SET count = connection_attempt.count + excluded.count,"
    " detail = excluded.detail, at = excluded.at",
    key=("identity", "address", "reason", "hour"),
    identity="text",
    address="text",
    reason="text",
    hour="bigint",
    detail="text",
    count="bigint",
    first="bigint",
    at="bigint",
)
_KNOWN = Pick("SELECT cp.organization_id, cp.id FROM {keys} JOIN charge_point cp ON cp.identity = keys.identity", identity="text")


def attempts(conn: Connection, rows: Rows) -> list[tuple[int, int]]:
    """Count (identity, address, reason, hour, detail, count, first, last) rows; (organization, id) of the stations they are of."""
    _COUNT(conn, rows)
    return [(row[0], row[1]) for row in _KNOWN(conn, list({(row[0],) for row in rows}))]
