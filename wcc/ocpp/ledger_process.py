"""The ledger's process: batches in on standard input, one commit each, results out on standard output.

A plain process without gevent, started by `wcc.ocpp.ledger`; ends when its input does. A message on the pipe begins with its
length (4 bytes, big-endian). In: a number (4 bytes) of marshalled (kind, report)s. Out: marshalled ("stored", results, changes)
or ("down", why).
"""

import gc
import marshal
import os
import signal
import sqlite3
import struct
import sys
from io import BytesIO
from typing import Any, BinaryIO

import structlog
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from wcc.clock import now_ms
from wcc.config import load
from wcc.db import BUSY_TIMEOUT_MS, plain_engine
from wcc.messagelog import record as messagelog
from wcc.ocpp.messages import Changed
from wcc.ocpp.reports import RECORDS, fallback

log = structlog.get_logger()
MESSAGES = "messages"  # a batch of this one kind is no report: nobody waits for it, and it may be lost
Batch = list[tuple[str, tuple[Any, ...]]]


def read(pipe: BinaryIO) -> Batch | None:
    """The next batch, or None at the end."""
    head = pipe.read(8)
    if len(head) < 8:
        return None
    size, number = struct.unpack(">II", head)
    body = BytesIO(pipe.read(size - 4))
    return [marshal.load(body) for _ in range(number)]


def write(pipe: BinaryIO, message: Any) -> None:
    """Send a message."""
    data = marshal.dumps(message)
    pipe.write(struct.pack(">I", len(data)) + data)
    pipe.flush()


def begin(engine: Engine) -> Connection:
    """A connection whose transaction may write."""
    return engine.connect().execution_options(writes=True)


def store(conn: Connection, batch: Batch) -> tuple[list[Any], Changed]:
    """Store a batch, kind by kind, in the running transaction; results are in the batch's order."""
    results: list[Any] = [None] * len(batch)
    changed: Changed = set()
    kinds: dict[str, list[int]] = {}
    for index, (kind, _) in enumerate(batch):
        kinds.setdefault(kind, []).append(index)
    for kind, places in kinds.items():
        for place, result in zip(
            places,
            RECORDS[kind](conn, [batch[place][1] for place in places], changed),
            strict=True,
        ):
            results[place] = result
    return results, changed


def commit(engine: Engine, batch: Batch) -> tuple[list[Any], Changed]:
    """Store a batch in one transaction. If that fails, one by one, so that only the bad report is set aside."""
    try:
        with begin(engine) as conn, conn.begin():
            return store(conn, batch)
    except Exception as error:
        if is_down(error):
            raise
        if len(batch) == 1:
            return [quarantine(engine, batch[0], error)], set()
    results: list[Any] = []
    changed: Changed = set()
    for report in batch:
        stored, touched = commit(engine, [report])
        results += stored
        changed |= touched
    return results, changed


def log_messages(engine: Engine, rows: list[tuple[Any, ...]]) -> None:
    """Write messages down without waiting for the disk or for a lock: the next reports come first. Raises when that fails."""
    with begin(engine) as conn:
        driver = conn.connection.driver_connection
        sqlite = driver if isinstance(driver, sqlite3.Connection) else None
        try:
            if sqlite:
                sqlite.execute("PRAGMA synchronous=NORMAL").close()
                sqlite.execute("PRAGMA busy_timeout=50").close()
            with conn.begin():
                if not sqlite:
                    conn.exec_driver_sql("SET LOCAL synchronous_commit = off")
                messagelog.write(conn, rows)
        finally:
            if sqlite:
                sqlite.execute("PRAGMA synchronous=FULL").close()
                sqlite.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}").close()


def quarantine(engine: Engine, report: tuple[str, tuple[Any, ...]], error: Exception) -> Any:
    """Keep a report that cannot be stored, raw and with the error; the charger is answered all the same."""
    kind, data = report
    log.error("report quarantined", kind=kind, error=repr(error))
    with begin(engine) as conn, conn.begin():
        row = conn.execute(
            text(
                "INSERT INTO quarantine (charge_point_id, organization_id, kind, report, error, received_at)"
                " VALUES (:id, :org, :kind, :report, :error, :at) RETURNING id"
            ),
            {
                "id": data[0] if data and isinstance(data[0], int) else None,
                "org": data[1] if len(data) > 1 and isinstance(data[1], int) else None,
                "kind": kind,
                "report": repr(data),
                "error": repr(error),
                "at": now_ms(),
            },
        )
        return fallback(kind, row.scalar_one())


def is_down(error: Exception) -> bool:
    """Whether the database itself is away, locked for too long or full, so that trying again may help."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, (OperationalError, InterfaceError)):
        return isinstance(error, DBAPIError) and error.connection_invalidated
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code is None or code & 0xFF != sqlite3.SQLITE_ERROR  # that one is a statement of ours that is wrong


def main() -> None:
    """Serve until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the web process says when, by closing the pipe
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    pipe_in, pipe_out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    sys.stdout = sys.stderr  # nothing else may write to the pipe
    engine = plain_engine(load().database)
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    while (batch := read(pipe_in)) is not None:
        try:
            if batch and batch[0][0] == MESSAGES:
                log_messages(engine, list(batch[0][1]))
                write(pipe_out, ("stored", [], []))
                continue
            results, changed = commit(engine, batch)
            write(pipe_out, ("stored", results, list(changed)))
        except BaseException as error:  # whatever it is, the node must hear of it, or all chargers wait for ever
            log.error("ledger cannot commit", error=repr(error))
            write(pipe_out, ("down", repr(error)))
            if not isinstance(error, Exception):
                raise


if __name__ == "__main__":
    main()
