"""The backup file: a tar.gz with `manifest.json` first, which names every other file with its size and SHA-256."""

import hashlib
import json
import os
import re
import secrets
import tarfile
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from wcc.errors import WccError

FORMAT = 1
MANIFEST = "manifest.json"
MANIFEST_BYTES = 1_000_000
NAMES = re.compile(r"database\.sqlite|tables/[a-z_0-9]+|secrets/[A-Za-z0-9_-]+|config\.py")
_BLOCK = 1 << 20


class BackupFailed(WccError):
    """A backup that cannot be written, or a file that cannot be restored; nothing was changed."""


@dataclass
class Manifest:
    """What a backup holds. `database`: sqlite or postgresql; `revision`: of its tables; `sequences`: their last ids.

    `tables` names the columns of each table's file (PostgreSQL); `files` maps names to (size, SHA-256).
    """

    database: str
    revision: str
    created_at: str
    sequences: dict[str, int] = field(default_factory=dict)
    tables: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, tuple[int, str]] = field(default_factory=dict)


def pack(folder: Path, manifest: Manifest, target: Path) -> int:
    """Write the files of `folder` to `target` (mode 0600), whole or not at all; returns its size in bytes."""
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    manifest.files = {name: (os.path.getsize(folder / name), _digest(folder / name)) for name in names}
    (folder / MANIFEST).write_text(json.dumps({"product": "wcc", "format": FORMAT, **asdict(manifest)}))
    fresh = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as tar:
                for name in [MANIFEST, *names]:
                    tar.add(folder / name, name)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, target)
    except OSError as error:
        raise BackupFailed(f"cannot write {target}: {error.strerror}") from error
    finally:
        fresh.unlink(missing_ok=True)
    return target.stat().st_size


def unpack(source: Path, folder: Path) -> Manifest:
    """Unpack into the empty `folder` what the manifest names, each file with mode 0600.

    Raises BackupFailed when the file is no backup of ours, damaged, or holds anything else.
    """
    try:
        with tarfile.open(source, "r:gz") as tar:
            manifest = _manifest(tar, source)
            for place, member in enumerate(tar):  # from the beginning, where the manifest is
                if place == 0:
                    continue
                if member.name not in manifest.files or not member.isreg():
                    raise BackupFailed(f"{source} is damaged: it holds {member.name!r}")
                _extract(tar, member, folder, manifest.files[member.name])
    except FileNotFoundError:
        raise BackupFailed(f"there is no file {source}") from None
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise BackupFailed(f"{source} is damaged or no WCC backup: {error}") from error
    if missing := [name for name in manifest.files if not (folder / name).is_file()]:
        raise BackupFailed(f"{source} is damaged: it lacks {missing[0]!r}")
    return manifest


def _manifest(tar: tarfile.TarFile, source: Path) -> Manifest:
    first = tar.next()
    file = tar.extractfile(first) if first and first.name == MANIFEST and first.isreg() else None
    if file is None:
        raise BackupFailed(f"{source} is no WCC backup")
    try:
        content = json.loads(file.read(MANIFEST_BYTES))
        if content.pop("product") != "wcc":
            raise BackupFailed(f"{source} is no WCC backup")
        if content.pop("format") != FORMAT:
            raise BackupFailed(f"{source} is of another version of WCC")
        manifest = Manifest(**content)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise BackupFailed(f"{source} is damaged: its manifest cannot be read") from None
    if strange := [name for name in manifest.files if not NAMES.fullmatch(name)]:
        raise BackupFailed(f"{source} is damaged: it holds {strange[0]!r}")
    return manifest


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, expected: tuple[int, str]) -> None:
    """Write one file; its size and digest must be the expected ones."""
    path = folder / member.name
    path.parent.mkdir(mode=0o700, exist_ok=True)
    content = tar.extractfile(member)
    assert content is not None
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as target:
        digest, size = _copy(content, target)
        target.flush()
        os.fsync(target.fileno())
    if [size, digest] != list(expected):
        raise BackupFailed(f"the backup is damaged: {member.name} is not what was written")


def _copy(source: IO[bytes], target: IO[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while block := source.read(_BLOCK):
        digest.update(block)
        size += target.write(block)
    return digest.hexdigest(), size


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
