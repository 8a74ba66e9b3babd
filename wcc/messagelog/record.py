"""Writing messages down: runs in the ledger's process, after what chargers wait for."""

from operator import itemgetter
from typing import Any

from sqlalchemy import Connection

from wcc import masks
from wcc.db import Bulk

Rows = list[tuple[Any, ...]]

_STATION = itemgetter(0)
LONGEST = 16_384  # characters of a message that are kept
_INSERT = Bulk(
    "INSERT INTO message_log (charge_point_id, organization_id, at, direction, kind, message_id, action, took_ms, size, text, note)"
    " VALUES (:id, :org, :at, :direction, :kind, :message, :action, :took, :size, :text, :note)",
    id="bigint",
    org="bigint",
    at="bigint",
    direction="text",
    kind="bigint",
    message="text",
    action="text",
    took="bigint",
    size="bigint",
    text="text",
    note="text",
)


def _kept(text: str) -> str:
    """What both databases can hold of a text."""
    return text.replace("\0", "�") if "\0" in text else text


def _row(row: tuple[Any, ...]) -> tuple[Any, ...]:
    *place, message_id, action, took_ms, size, raw, note = row
    text = raw if isinstance(raw, str) else raw.decode()
    return (*place, _kept(str(message_id))[:255], _kept(action)[:60], took_ms, size, _kept(masks.frame(text)[:LONGEST]), note)


def write(conn: Connection, rows: Rows) -> None:
    """Keep (charge point, organization, at, direction, kind, message id, action, took, size, text or bytes, note) rows, masked."""
    rows.sort(key=_STATION)  # the index is by station; within one the order stays
    _INSERT(conn, [_row(row) for row in rows])
