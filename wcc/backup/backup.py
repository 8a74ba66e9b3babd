"""`wcc backup`: one file that holds everything an installation cannot get back otherwise; also while it runs."""

import shutil
import tempfile
from pathlib import Path

from sqlalchemy import NullPool, create_engine, make_url

from wcc.backup import postgres, sqlite
from wcc.backup.archive import BackupFailed, Manifest, pack
from wcc.clock import utcnow
from wcc.config import Settings


def database_path(settings: Settings) -> Path | None:
    """The file of an SQLite database, None for another database. Raises BackupFailed for one in memory."""
    url = make_url(settings.database)
    if url.get_backend_name() != "sqlite":
        return None
    if not url.database or url.database == ":memory:":
        raise BackupFailed("a database in memory cannot be kept")
    return Path(url.database)


def write_backup(settings: Settings, target: Path) -> str:
    """Write the backup (mode 0600) in the place of any older file of that name; returns a sentence for the terminal.

    Raises BackupFailed; then no file was written.
    """
    if not target.parent.is_dir() or target.is_dir():
        raise BackupFailed(f"{target} is no file in a folder that exists")
    # Beside the target: what fits there will fit there.
    with tempfile.TemporaryDirectory(prefix=".wcc-backup-", dir=target.parent) as name:
        folder = Path(name)
        manifest = _dump(settings, folder)
        (folder / "secrets").mkdir(mode=0o700)
        for secret in sorted((settings.instance / "secrets").glob("[!.]*")):
            shutil.copyfile(secret, folder / "secrets" / secret.name)
        if (settings.instance / "config.py").exists():
            shutil.copyfile(settings.instance / "config.py", folder / "config.py")
        size = pack(folder, manifest, target)
    return f"Wrote {target} ({size / 1e6:.1f} MB). It holds secrets: keep it as safe as the installation."


def _dump(settings: Settings, folder: Path) -> Manifest:
    created_at = utcnow().isoformat()
    path = database_path(settings)
    if path is not None:
        revision = sqlite.dump(path, folder)
        return Manifest("sqlite", revision, created_at, sqlite.sequences(folder / sqlite.FILE))
    engine = create_engine(settings.database, poolclass=NullPool)
    with engine.connect() as connection, connection.begin():
        revision, columns, sequences = postgres.dump(connection, folder)
    return Manifest("postgresql", revision, created_at, sequences, columns)
