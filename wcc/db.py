"""The database: engines, the UTC column type, SQLite pragmas, set-wise SQL, and access that never blocks the hub."""

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

import gevent
import orjson
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Connection,
    Dialect,
    Engine,
    Integer,
    MetaData,
    create_engine,
    event,
)
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from wcc.clock import from_ms, to_ms

POOL_SIZE = 8  # also the number of threads that wait for SQLite: more connections than threads would deadlock
BUSY_TIMEOUT_MS = 5000

# SQLite hands out rowids only for INTEGER PRIMARY KEY.
Id = BigInteger().with_variant(Integer(), "sqlite")


class UtcMs(TypeDecorator[datetime]):
    """An aware UTC datetime kept as milliseconds since 1970: the same on both databases, four times faster to bind."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_ms(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_ms(value)


class Price(TypeDecorator[Decimal]):
    """An amount of money per unit, kept as whole ten-thousandths: exact on both databases, where SQLite has only floats."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else int((value * 10_000).to_integral_value())

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value) / 10_000


class Base(DeclarativeBase):
    """Base of all tables; constraints have names so that migrations can drop them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(
    model_class=Base,
    disable_autonaming=True,
    session_options={"expire_on_commit": False},
)


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: object) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",  # an answered report survives a power cut
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-16000",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        # A read that turns into a write fails at once, whatever the busy_timeout: so writers say so first.
        write = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


@contextmanager
def writing() -> Iterator[Session]:
    """One transaction of the request's or job's session that may write; commits once, at the end."""
    session = db.session()
    session.commit()  # lets go of the snapshot that earlier reads opened
    session.connection(execution_options={"writes": True})
    try:
        yield session
    except BaseException:
        session.rollback()
        raise
    session.commit()


def engine_options(url: str, cooperative: bool) -> dict[str, Any]:
    """Options for `create_engine`: one pool for all; under gevent SQLite runs in threads (`cooperative`)."""
    if url.startswith("sqlite"):
        arguments: dict[str, Any] = {"check_same_thread": False}
        if cooperative:
            arguments["factory"] = CooperativeConnection
        return {
            "pool_size": POOL_SIZE,
            "max_overflow": 0,
            "pool_timeout": 30,
            "connect_args": arguments,
        }
    return {
        "pool_size": POOL_SIZE,
        "max_overflow": 0,
        "pool_timeout": 30,
        "pool_pre_ping": True,
    }


def plain_engine(url: str) -> Engine:
    """An engine for a process without gevent (the ledger, jobs, tests)."""
    return create_engine(url, **engine_options(url, cooperative=False))


def in_thread(call: Callable[..., Any], *arguments: Any) -> Any:
    """Run something that blocks (SQLite, argon2, Pillow) in the hub's thread pool; the caller waits, nobody else does."""
    return gevent.get_hub().threadpool.apply(call, arguments)


class CooperativeCursor(sqlite3.Cursor):
    """A cursor whose steps run in the hub's thread pool, so that no query stops the chargers."""

    def execute(self, sql: str, parameters: Any = ()) -> "CooperativeCursor":
        in_thread(super().execute, sql, parameters)
        return self

    def executemany(self, sql: str, parameters: Any) -> "CooperativeCursor":
        in_thread(super().executemany, sql, parameters)
        return self

    def fetchone(self) -> Any:
        return in_thread(super().fetchone)

    def fetchmany(self, size: int | None = None) -> list[Any]:
        rows: list[Any] = in_thread(super().fetchmany, self.arraysize if size is None else size)
        return rows

    def fetchall(self) -> list[Any]:
        rows: list[Any] = in_thread(super().fetchall)
        return rows


class CooperativeConnection(sqlite3.Connection):
    """SQLite for the web process: what may wait for the disk or for a lock waits in a thread."""

    def cursor(self, factory: Any = CooperativeCursor) -> Any:
        return super().cursor(factory)

    def commit(self) -> None:
        in_thread(super().commit)

    def rollback(self) -> None:
        in_thread(super().rollback)


_NAME = re.compile(r"(?<![:\w]):(\w+)")


def arrays(rows: Sequence[tuple[Any, ...]], kinds: Sequence[str]) -> tuple[Any, ...]:
    """Rows → PostgreSQL arrays, one per column. Those of numbers and truths are written as text at once: the driver would
    look at each element."""
    columns = zip(*rows, strict=True)
    return tuple(
        list(column) if kind == "text" else "{" + repr(list(column))[1:-1].replace("None", "NULL") + "}"
        for column, kind in zip(columns, kinds, strict=True)
    )


class Bulk:
    """One write for many rows, written once in row form with `:names`, compiled once per database.

    SQLite runs it as `executemany` with tuples; PostgreSQL as a single statement over `unnest` (an executemany there costs
    a round trip of work per row). `key` names the columns that must differ between rows for that; where they do not, rows
    go one by one, in order. Columns are given in tuple order with their PostgreSQL types. An UPDATE whose first WHERE is not its own
    marks the place before it with `{from}`.
    """

    def __init__(self, sql: str, key: tuple[str, ...] = (), **columns: str) -> None:
        self.columns = tuple(columns)
        self.kinds = tuple(columns.values())
        self.key = tuple(self.columns.index(name) for name in key)
        places = {name: index + 1 for index, name in enumerate(columns)}
        self.sqlite = _NAME.sub(lambda m: f"?{places[m[1]]}", sql).replace("{from}", "")
        casts = ", ".join(f"%s::{kind}[]" for kind in columns.values())
        # Prefixed, or a column of the same name in the table would be ambiguous.
        source = f"FROM unnest({casts}) AS r({', '.join(f'p_{name}' for name in columns)})"
        body = _NAME.sub(r"r.p_\1", sql)
        if not re.match(r"\s*UPDATE", sql):
            self.postgres = re.sub(r"VALUES\s*\(([^()]*)\)", rf"SELECT \1 {source}", body, count=1)
        elif "{from}" in sql:
            self.postgres = body.replace("{from}", source)
        else:
            self.postgres = re.sub(r"\bWHERE\b", f"{source} WHERE", body, count=1)

    def __call__(self, conn: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write all rows (nothing when there are none)."""
        if not rows:
            return
        if conn.dialect.name == "sqlite":
            conn.exec_driver_sql(self.sqlite, list(rows))
            return
        for part in self._distinct(rows):
            conn.exec_driver_sql(self.postgres, arrays(part, self.kinds))

    def _distinct(self, rows: Sequence[tuple[Any, ...]]) -> Iterator[Sequence[tuple[Any, ...]]]:
        """Runs of rows whose keys differ: PostgreSQL touches each row once per statement."""
        if not self.key:
            yield rows
            return
        part: list[tuple[Any, ...]] = []
        seen: set[tuple[Any, ...]] = set()
        for row in rows:
            key = tuple(row[index] for index in self.key)
            if key in seen:
                yield part
                part, seen = [], set()
            seen.add(key)
            part.append(row)
        yield part


class Pick:
    """One statement over a set of key rows: `{keys}` in the SQL stands for them as a table with the given columns."""

    def __init__(self, sql: str, **columns: str) -> None:
        self.kinds = tuple(columns.values())
        parts = ", ".join(f"value->>{index} AS {name}" for index, name in enumerate(columns))
        self.sqlite = sql.replace("{keys}", f"(SELECT {parts} FROM json_each(?1)) AS keys")
        casts = ", ".join(f"%s::{kind}[]" for kind in columns.values())
        self.postgres = sql.replace("{keys}", f"unnest({casts}) AS keys({', '.join(columns)})")

    def __call__(self, conn: Connection, keys: Sequence[tuple[Any, ...]]) -> list[Any]:
        """The rows that the statement returns for these keys (none for no keys)."""
        if not keys:
            return []
        if conn.dialect.name == "sqlite":
            return list(conn.exec_driver_sql(self.sqlite, (orjson.dumps(keys).decode(),)).fetchall())
        return list(conn.exec_driver_sql(self.postgres, tuple(list(column) for column in zip(*keys, strict=True))).fetchall())
