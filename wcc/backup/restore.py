"""`wcc restore`: puts back what `wcc backup` wrote. All of it is checked before anything is touched."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import NullPool, create_engine

from wcc.backup import postgres, sqlite
from wcc.backup.archive import BackupFailed, Manifest, unpack
from wcc.backup.backup import database_path
from wcc.clock import utcnow
from wcc.config import Settings
from wcc.up import only_one

FORCE = "there is data here already; --force replaces it (what is replaced is kept)"


class Swap:
    """Puts files in the place of others, which are kept; can take it all back."""

    def __init__(self, kept: Path) -> None:
        self.kept = kept
        self.done: list[tuple[Path, Path | None]] = []

    def put(self, fresh: Path, place: Path) -> None:
        """Move `fresh` to `place`; what was there goes to the folder of kept things."""
        old = None
        if place.exists():
            self.kept.mkdir(mode=0o700, exist_ok=True)
            old = self.kept / place.name
            os.rename(place, old)
        self.done.append((place, old))
        shutil.move(fresh, place)

    def undo(self) -> None:
        """Put everything back."""
        for place, old in reversed(self.done):
            if place.is_dir():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)
            if old is not None:
                os.rename(old, place)
        if self.kept.is_dir() and not any(self.kept.iterdir()):
            self.kept.rmdir()


def restore_backup(settings: Settings, source: Path, force: bool) -> str:
    """Restore; returns a sentence for the terminal. Ids handed out after the backup are never handed out again.

    Raises BackupFailed for a damaged or foreign file, for an installation in use and, without `force`, for one
    that holds data; then nothing was changed.
    """
    settings.instance.mkdir(parents=True, exist_ok=True)
    with _alone(settings), tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.instance) as name:
        folder = Path(name)
        manifest = unpack(source, folder)
        _check_revision(manifest.revision)
        kept = settings.instance / f"replaced-{utcnow():%Y%m%d-%H%M%S}"
        path = database_path(settings)
        if manifest.database != ("postgresql" if path is None else "sqlite"):
            raise BackupFailed(f"this is a backup of a {manifest.database} database; set DATABASE_URL to one")
        if path is not None:
            _restore_sqlite(settings, folder, path, kept, force)
        else:
            _restore_postgres(settings, folder, manifest, kept, force)
    told = f" What was here before lies in {kept}." if kept.exists() else ""
    return f"Restored the backup of {manifest.created_at}.{told} Run `wcc db upgrade` if WCC is newer than the backup."


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Hold the lock of `wcc up`, so that it neither runs nor starts."""
    try:
        lock = only_one(settings.instance)
    except SystemExit as error:
        raise BackupFailed(f"WCC is {error}; stop it first") from None
    with lock:
        yield


def _check_revision(revision: str) -> None:
    try:
        ScriptDirectory(str(postgres.MIGRATIONS)).get_revision(revision)
    except CommandError:
        raise BackupFailed(f"the backup is of a newer WCC (its tables are of revision {revision})") from None


def _restore_sqlite(settings: Settings, folder: Path, path: Path, kept: Path, force: bool) -> None:
    fresh = folder / sqlite.FILE
    sqlite.check(fresh)
    if sqlite.occupied(path) and not force:
        raise BackupFailed(FORCE)
    sqlite.advance(fresh, sqlite.sequences(path))
    with sqlite.held(path), _swapping(kept) as swap:
        _put_files(swap, settings, folder)
        swap.put(fresh, path)


def _restore_postgres(settings: Settings, folder: Path, manifest: Manifest, kept: Path, force: bool) -> None:
    engine = create_engine(settings.database, poolclass=NullPool)
    with _swapping(kept) as swap, engine.connect() as connection, connection.begin():
        if postgres.occupied(connection) and not force:
            raise BackupFailed(FORCE)
        postgres.refuse_while_used(connection)
        postgres.replace(connection, folder, manifest)
        _put_files(swap, settings, folder)


def _put_files(swap: Swap, settings: Settings, folder: Path) -> None:
    """Secrets and config.py; without the encryption key the chargers' passwords in the database are worth nothing."""
    for name in ("secrets", "config.py"):
        if (folder / name).exists():
            swap.put(folder / name, settings.instance / name)


@contextmanager
def _swapping(kept: Path) -> Iterator[Swap]:
    swap = Swap(kept)
    try:
        yield swap
    except BaseException:
        swap.undo()
        raise
