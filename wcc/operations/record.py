"""What the node that holds a charger's socket tells about operations: set by set, on a bare connection.

Each is harmless when repeated, and none needs the others to have come first: an answer may overtake the note that the call
was sent, and a start may overtake the answer (quirk 17).
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from wcc.db import Bulk, Pick

# How long after a remote start a session may begin and still be its result.
LINKED_WITHIN_MS = 600_000
# Chargers' clocks are seconds off; a start from long before the request is an offline one that is only now told.
CLOCK_SKEW_MS = 60_000

_SENT = Bulk(
    "UPDATE operation SET state = CASE operation.state WHEN 'pending' THEN 'sent' ELSE operation.state END, "
    "sent_at = COALESCE(operation.sent_at, :at_ms) WHERE operation.id = :operation_id",
    key=("operation_id",),
    operation_id="bigint",
    at_ms="bigint",
)
_ANSWERED = Bulk(
    "UPDATE operation SET late = (operation.state = 'no_answer' OR :at_ms > operation.deadline_at), state = :state, "
    "status = :status, reply = :reply, error = :error, answered_at = :at_ms "
    "WHERE operation.id = :operation_id AND operation.answered_at IS NULL",
    key=("operation_id",),
    operation_id="bigint",
    at_ms="bigint",
    state="text",
    status="text",
    reply="text",
    error="text",
)
_NO_ANSWER = Bulk(
    "UPDATE operation SET state = 'no_answer' WHERE operation.id = :operation_id AND operation.state IN ('pending', 'sent')",
    key=("operation_id",),
    operation_id="bigint",
)
_UNDELIVERED = Bulk(
    "UPDATE operation SET state = :state, error = :error WHERE operation.id = :operation_id AND operation.state IN ('pending', 'sent')",
    key=("operation_id",),
    operation_id="bigint",
    state="text",
    error="text",
)
_CANDIDATES = Pick(
    "SELECT keys.session_id, operation.id, operation.organization_id FROM {keys} "
    "JOIN charging_session ON charging_session.id = keys.session_id "
    "JOIN operation ON operation.charge_point_id = keys.charge_point_id AND operation.kind = 'RemoteStartTransaction' "
    "WHERE operation.session_id IS NULL AND operation.id_tag_folded = keys.id_tag_folded "
    "AND (operation.connector IS NULL OR operation.connector = keys.connector) "
    "AND (operation.state IN ('pending', 'sent', 'no_answer') OR operation.state = 'answered' AND operation.status = 'Accepted') "
    f"AND operation.created_at BETWEEN keys.at_ms - {LINKED_WITHIN_MS} AND charging_session.started_at + {CLOCK_SKEW_MS} "
    "AND NOT EXISTS (SELECT 1 FROM operation AS linked WHERE linked.session_id = keys.session_id "
    "AND linked.kind = 'RemoteStartTransaction') ORDER BY operation.id DESC",
    charge_point_id="bigint",
    connector="integer",
    id_tag_folded="text",
    session_id="bigint",
    at_ms="bigint",
)
_LINK = Bulk(
    "UPDATE operation SET session_id = :session_id WHERE operation.id = :operation_id AND operation.session_id IS NULL",
    key=("operation_id",),
    operation_id="bigint",
    session_id="integer",
)


def sent(conn: Connection, rows: Sequence[tuple[int, int]]) -> None:
    """Record that calls went to their chargers: (operation_id, at_ms)."""
    _SENT(conn, [(operation_id, at_ms) for operation_id, at_ms in rows])


def answered(conn: Connection, rows: Sequence[tuple[int, int, str, str | None, str | None, str | None]]) -> None:
    """Record chargers' answers: (operation_id, at_ms, `answered` | `refused`, status word, reply as JSON, error).

    The first answer counts. After the deadline it still counts, as a late one (architecture: late replies).
    """
    _ANSWERED(conn, list(rows))


def no_answer(conn: Connection, rows: Sequence[tuple[int, int]]) -> None:
    """Record that chargers were silent until the deadline: (operation_id, at_ms); what has been answered stays answered."""
    _NO_ANSWER(conn, [(operation_id,) for operation_id, _at_ms in rows])


def undelivered(conn: Connection, rows: Sequence[tuple[int, int, str, str | None]]) -> None:
    """Record that calls did not reach their chargers: (operation_id, at_ms, `offline` | `failed` | `no_answer`, error)."""
    _UNDELIVERED(conn, [(operation_id, state, error) for operation_id, _at_ms, state, error in rows])


def link_starts(conn: Connection, rows: Sequence[tuple[int, int, str, int, int]]) -> list[tuple[int, int]]:
    """Link sessions that have begun to the remote starts that they came from, the newest that fits.

    Rows: (charge_point_id, connector, id_tag_folded, session_id, at_ms of arrival); the sessions are stored already.
    Returns (operation_id, organization_id) of those linked now; a session is linked once, also when its start is repeated.
    """
    chosen: dict[int, tuple[int, int]] = {}  # session → its operation and organization
    used: set[int] = set()
    for session_id, operation_id, organization_id in _CANDIDATES(conn, list(rows)):
        if session_id not in chosen and operation_id not in used:
            chosen[session_id] = (operation_id, organization_id)
            used.add(operation_id)
    _LINK(conn, [(operation_id, session_id) for session_id, (operation_id, _organization) in chosen.items()])
    return list(chosen.values())
