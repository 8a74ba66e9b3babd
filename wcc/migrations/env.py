"""How Alembic reaches the database: one transaction per command, one migrating process at a time."""

from typing import Any, Literal

from alembic import context
from flask import current_app
from sqlalchemy import Connection, NullPool, create_engine, event, text
from sqlalchemy.types import TypeDecorator

from wcc.db import Base

# PostgreSQL: several nodes may start at once; the second waits here and finds the work done.
ADVISORY_LOCK = 0x5743_4331


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """Write our column types as the plain ones they are stored as, so that old migrations do not need today's code."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return "sa." + repr(item.impl_instance)
    return False


def run() -> None:
    """Run the asked migrations on the given connection, else on one of our own."""
    given: Connection | None = context.config.attributes.get("connection")
    if given is not None:
        migrate(given)
        return
    engine = create_engine(current_app.config["SETTINGS"].database, poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _let_tables_be_rebuilt(connection: Any, _record: object) -> None:
        # SQLite rebuilds a table to change it, and dropping the old one would delete the rows that point to it.
        if engine.dialect.name == "sqlite":
            connection.execute("PRAGMA foreign_keys=OFF")

    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        migrate(connection)


def migrate(connection: Connection) -> None:
    """Run within the connection's transaction. Raises RuntimeError when rows are left that point nowhere (SQLite)."""
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=render_item,
        render_as_batch=True,
        compare_type=True,
        transactional_ddl=True,  # SQLite's too: we say BEGIN ourselves
    )
    with context.begin_transaction():
        context.run_migrations()
    if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
        raise RuntimeError(f"rows point nowhere after the migration: {broken[:5]}")


run()
