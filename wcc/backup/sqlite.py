"""Backup and restore of an SQLite database."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from wcc.backup.archive import BackupFailed
from wcc.backup.sequences import next_start
from wcc.db import BUSY_TIMEOUT_MS

FILE = "database.sqlite"


def _open(path: Path) -> sqlite3.Connection:
    """Open an existing database; sqlite3 would make a missing one."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    return connection


def dump(path: Path, folder: Path) -> str:
    """Copy the database as it is at one moment, also while others write; returns the revision of its tables."""
    if not path.exists():
        raise BackupFailed(f"there is no database {path}")
    copy = folder / FILE
    try:
        with closing(_open(path)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)  # in one step: readers do not stop writers in WAL mode, nor do these change what is read
            target.execute("PRAGMA journal_mode=DELETE")
        with closing(_open(copy)) as connection:
            return revision(connection)
    except sqlite3.Error as error:
        raise BackupFailed(f"the database cannot be read: {error}") from error


def revision(connection: sqlite3.Connection) -> str:
    """Revision of the tables. Raises BackupFailed for a database without tables."""
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        row = None
    if row is None:
        raise BackupFailed("the database has no tables; run `wcc db upgrade` first")
    return str(row[0])


def check(path: Path) -> str:
    """Raises BackupFailed unless the database is sound; returns the revision of its tables."""
    try:
        with closing(_open(path)) as connection:
            told = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if told != "ok":
                raise BackupFailed(f"the database in the backup is damaged: {told}")
            if connection.execute("PRAGMA foreign_key_check").fetchone():
                raise BackupFailed("the database in the backup is damaged: rows point nowhere")
            return revision(connection)
    except sqlite3.Error as error:
        raise BackupFailed(f"the database in the backup is damaged: {error}") from error


def occupied(path: Path) -> bool:
    """Whether there is a database that belongs to somebody; one that cannot be read counts as such."""
    if not path.exists():
        return False
    try:
        with closing(_open(path)) as connection:
            return connection.execute("SELECT 1 FROM organization LIMIT 1").fetchone() is not None
    except sqlite3.Error as error:
        return "no such table" not in str(error)


def sequences(path: Path) -> dict[str, int]:
    """The last id of each table, as far as the database can be read."""
    if not path.exists():
        return {}
    try:
        with closing(_open(path)) as connection:
            return {str(name): int(seq) for name, seq in connection.execute("SELECT name, seq FROM sqlite_sequence")}
    except sqlite3.Error:
        return {}


def advance(path: Path, present: dict[str, int]) -> None:
    """Let every id go on beyond the database's own ones and the `present` ones."""
    with closing(_open(path)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'")
        tables = [str(row[0]) for row in names]
        connection.execute("BEGIN IMMEDIATE")
        saved = {str(name): int(seq) for name, seq in connection.execute("SELECT name, seq FROM sqlite_sequence")}
        starts = [(table, next_start(saved.get(table, 0), present.get(table, 0))) for table in tables]
        connection.execute("DELETE FROM sqlite_sequence")
        connection.executemany("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", starts)
        connection.execute("COMMIT")


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Keep everybody else out of a database that is about to be replaced. Raises BackupFailed when it is in use."""
    if not path.exists():
        yield
        return
    with closing(_open(path)) as connection:
        try:
            # Needs the file for oneself, and takes the -wal file with it, which must not meet another database.
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            raise BackupFailed(f"{path} is in use; stop every process of WCC first") from None
        except sqlite3.DatabaseError:
            pass  # so damaged that nobody can be using it
        yield
