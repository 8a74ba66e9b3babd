"""Backup and restore of a PostgreSQL database over an ordinary connection: COPY, into tables made by our migrations."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, inspect, text

from wcc.backup.archive import BackupFailed, Manifest
from wcc.backup.sequences import next_start
from wcc.config import ROOT

MIGRATIONS = ROOT / "wcc" / "migrations"
VERSION_TABLE = "alembic_version"
_BLOCK = 1 << 20

_SEQUENCES = text(
    "SELECT s.relname, t.relname, a.attname FROM pg_class s JOIN pg_depend d"
    " ON d.objid = s.oid AND d.deptype IN ('a', 'i') JOIN pg_class t ON t.oid = d.refobjid"
    " JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid"
    " WHERE s.relkind = 'S' AND t.relnamespace = current_schema()::regnamespace ORDER BY 1"
)
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_type = 'client backend'"
)


def dump(connection: Connection, folder: Path) -> tuple[str, dict[str, list[str]], dict[str, int]]:
    """Copy all tables as they are at one moment; returns their revision, their columns and the last ids."""
    connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
    revision = present_revision(connection)
    if revision is None:
        raise BackupFailed("the database has no tables; run `wcc db upgrade` first")
    (folder / "tables").mkdir(mode=0o700)
    inspector = inspect(connection)
    columns = {
        name: [column["name"] for column in inspector.get_columns(name)] for name in inspector.get_table_names() if name != VERSION_TABLE
    }
    for name, names in columns.items():
        with (folder / "tables" / name).open("wb") as file, _cursor(connection) as cursor:
            with cursor.copy(f"COPY {_quoted(name)} ({_list(names)}) TO STDOUT") as copy:
                for block in copy:
                    file.write(block)
    # Read last: sequences do not follow transactions, so these are at least as high as the rows copied.
    return revision, columns, sequences(connection)


def present_revision(connection: Connection) -> str | None:
    """Revision of the tables, None where there are none."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found: str | None = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))
    return found


def sequences(connection: Connection) -> dict[str, int]:
    """The last id that each sequence gave."""
    found = {}
    for sequence, _, _ in connection.execute(_SEQUENCES).all():
        last = connection.execute(text(f"SELECT last_value, is_called FROM {_quoted(sequence)}")).one()
        found[str(sequence)] = int(last[0]) if last[1] else 0
    return found


def occupied(connection: Connection) -> bool:
    """Whether the database belongs to somebody."""
    if not inspect(connection).has_table("organization"):
        return False
    return connection.scalar(text("SELECT 1 FROM organization LIMIT 1")) is not None


def refuse_while_used(connection: Connection) -> None:
    """Raises BackupFailed when anybody else is connected to the database."""
    if others := connection.scalar(_OTHERS):
        raise BackupFailed(f"{others} other connections use the database; stop every process of WCC first")


def replace(connection: Connection, folder: Path, manifest: Manifest) -> None:
    """Put the backup in the place of all tables, within the connection's transaction."""
    present = sequences(connection)
    metadata = MetaData()
    metadata.reflect(connection)
    metadata.drop_all(connection)
    _migrate(connection, manifest.revision)
    fresh = MetaData()
    fresh.reflect(connection)
    known = {table.name: {column.name for column in table.columns} for table in fresh.sorted_tables}
    for name, names in manifest.tables.items():
        if not set(names) <= known.get(name, set()):
            raise BackupFailed(f"the backup is damaged: table {name!r} is not of revision {manifest.revision}")
    for table in fresh.sorted_tables:
        if table.name in manifest.tables:
            _fill(connection, table.name, manifest.tables[table.name], folder / "tables" / table.name)
    for sequence, _, _ in connection.execute(_SEQUENCES).all():
        start = next_start(manifest.sequences.get(sequence, 0), present.get(sequence, 0))
        connection.execute(text("SELECT setval(CAST(:name AS regclass), :start)"), {"name": _quoted(sequence), "start": start})


def _migrate(connection: Connection, revision: str) -> None:
    config = Config(str(MIGRATIONS / "alembic.ini"))
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _fill(connection: Connection, table: str, columns: list[str], source: Path) -> None:
    with source.open("rb") as file, _cursor(connection) as cursor:
        with cursor.copy(f"COPY {_quoted(table)} ({_list(columns)}) FROM STDIN") as copy:
            while block := file.read(_BLOCK):
                copy.write(block)


def _cursor(connection: Connection) -> Any:
    return connection.connection.cursor()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _list(names: list[str]) -> str:
    return ", ".join(_quoted(name) for name in names)
