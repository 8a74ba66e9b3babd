"""`wcc backup` and `wcc restore`: nothing lost, nothing given out twice, nothing touched when in doubt."""

import hashlib
import io
import json
import sqlite3
import stat
import subprocess
import sys
import tarfile
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.conftest import fresh_postgres
from tests.people import World, add
from wcc.account import recovery
from wcc.app import create_app
from wcc.backup import restore_backup, write_backup
from wcc.backup.archive import BackupFailed
from wcc.backup.restore import Swap
from wcc.clock import utcnow
from wcc.config import Settings, cipher, load
from wcc.db import plain_engine
from wcc.models import Authenticator, ChargePoint, ChargingSession, Passkey, RecoveryCode, User
from wcc.up import only_one

PASSWORD = b"as typed into the charger"


def start_session(engine: Engine, world: World) -> int:
    """Open a session; returns its id, which is the transactionId that the charger gets."""
    made: int = add(
        engine,
        ChargingSession,
        reference=str(uuid.uuid4()),
        start_key=uuid.uuid4().hex,
        organization_id=world.organizations["A"],
        charge_point_id=world.charge_points["ALICE-1"],
        connector=1,
        id_tag="04AB",
        id_tag_folded="04ab",
        authorization="Accepted",
        started_at=utcnow(),
        started_received_at=utcnow(),
        meter_start_wh=0,
    )
    return made


def rows(engine: Engine, query: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(query)).fetchall())


def fingerprint(folder: Path) -> dict[str, str]:
    """Every file below a folder but SQLite's own working files and the lock of `wcc up`, by content."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-wal", "-shm", ".lock", ".tar.gz"))
    }


@pytest.fixture
def old(settings: Settings, engine: Engine, world: World) -> Settings:
    """An installation with stations, their encrypted passwords and a config.py."""
    add(
        engine,
        ChargePoint,
        organization_id=world.organizations["A"],
        identity="SECRET-1",
        password=cipher(settings.instance).encrypt(PASSWORD),
    )
    (settings.instance / "config.py").write_text("BRAND_NAME = 'Backed up'\n")
    (settings.instance / "secrets" / "session-key").write_bytes(b"the session key")
    return settings


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Another, empty installation on the same kind of database."""
    folder = tmp_path_factory.mktemp("elsewhere")
    environment = {"WCC_INSTANCE": str(folder), "REDIS_URL": settings.redis_url}
    if settings.database_url.startswith("sqlite"):
        yield load(environment)
        return
    with fresh_postgres(request.getfixturevalue("postgres_server"), "template0") as url:
        yield load({**environment, "DATABASE_URL": url})


def test_an_installation_moves_to_another_place_with_its_secrets(
    both_databases: str, old: Settings, engine: Engine, world: World, elsewhere: Settings, tmp_path: Path
) -> None:
    session_id = start_session(engine, world)
    steps = add_second_step(old, engine, world)
    engine.dispose()
    file = tmp_path / "backup.tar.gz"
    assert str(file) in write_backup(old, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "Restored" in restore_backup(elsewhere, file, force=False)

    restored = plain_engine(elsewhere.database)
    sessions = 'SELECT id, "authorization", id_tag FROM charging_session'
    assert rows(restored, sessions) == [(session_id, "Accepted", "04AB")]
    for table in ("organization", '"user"', "charge_point", "authenticator", "passkey", "recovery_code"):
        assert rows(restored, f"SELECT * FROM {table} ORDER BY id") == rows(engine, f"SELECT * FROM {table} ORDER BY id")
    key = rows(restored, "SELECT password FROM charge_point WHERE identity = 'SECRET-1'")[0][0]
    assert cipher(elsewhere.instance).decrypt(bytes(key)) == PASSWORD
    assert second_step(restored, elsewhere) == steps
    assert (elsewhere.instance / "config.py").read_text() == "BRAND_NAME = 'Backed up'\n"
    for secret in (elsewhere.instance / "secrets").iterdir():
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
        assert secret.read_bytes() == (old.instance / "secrets" / secret.name).read_bytes()
    assert stat.S_IMODE((elsewhere.instance / "secrets").stat().st_mode) == 0o700
    restored.dispose()
    # And it is a whole installation: the tables are current, and the portal opens on them.
    with create_app(load({"WCC_INSTANCE": str(elsewhere.instance), "DATABASE_URL": elsewhere.database_url})).app_context():
        from flask_migrate import upgrade

        upgrade()


def add_second_step(settings: Settings, engine: Engine, world: World) -> tuple[bytes, list[str], bytes]:
    """An app, a recovery code and a passkey of bob's; returns the app's secret, the hash of the code and the passkey's id."""
    bob = {"organization_id": world.organizations["A"], "user_id": world.users["bob"]}
    add(engine, Authenticator, **bob, secret=cipher(settings.instance).encrypt(b"JBSWY3DPEHPK3PXP"), last_step=1)
    add(engine, RecoveryCode, **bob, hash=hash_of(settings, world))
    add(engine, Passkey, **bob, name="key", rp_id="localhost", credential_id=b"\0id\n", public_key=b"\\x00", sign_count=2**32 - 1)
    return b"JBSWY3DPEHPK3PXP", [hash_of(settings, world)], b"\0id\n"


def hash_of(settings: Settings, world: World) -> str:
    """The hash of bob's recovery code, which depends on a secret of the installation."""
    bob = User(id=world.users["bob"])
    return recovery.hash_of(settings.instance, bob, "abcd-efgh-jkmn")


def second_step(engine: Engine, settings: Settings) -> tuple[bytes, list[str], bytes]:
    """What another installation has of it, opened with its own secrets."""
    (secret,), (key,) = rows(engine, "SELECT secret FROM authenticator"), rows(engine, "SELECT credential_id, user_id FROM passkey")
    code = recovery.hash_of(settings.instance, User(id=key[1]), "ABCD EFGH JKMN")
    stored = [row[0] for row in rows(engine, "SELECT hash FROM recovery_code")]
    return cipher(settings.instance).decrypt(bytes(secret[0])), [code] if stored == [code] else [], bytes(key[0])


def test_ids_given_after_the_backup_are_never_given_again(
    both_databases: str, old: Settings, engine: Engine, world: World, elsewhere: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "backup.tar.gz"
    start_session(engine, world)
    write_backup(old, file)
    given_later = [start_session(engine, world) for _ in range(5)]
    engine.dispose()
    for place, force in ((elsewhere, False), (old, True)):
        restore_backup(place, file, force)
        again = plain_engine(place.database)
        assert len(rows(again, "SELECT id FROM charging_session")) == 1
        fresh = start_session(again, world)
        assert max(given_later) < fresh < 2**31
        assert add_station(again, world) > 1_000_000
        again.dispose()


def add_station(engine: Engine, world: World) -> int:
    """Add a station; returns its id."""
    made: int = add(engine, ChargePoint, organization_id=world.organizations["A"], identity="NEW-1")
    return made


def test_a_restored_database_goes_on_beyond_the_one_it_replaces(
    both_databases: str, old: Settings, engine: Engine, world: World, tmp_path: Path
) -> None:
    file = tmp_path / "backup.tar.gz"
    write_backup(old, file)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if both_databases == "sqlite":
            connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES ('charging_session', 5000000)"))
        else:
            connection.execute(text("SELECT setval('charging_session_id_seq', 5000000)"))
    given = start_session(engine, world)
    assert given > 5_000_000
    engine.dispose()
    restore_backup(old, file, force=True)
    again = plain_engine(old.database)
    assert start_session(again, world) > given
    again.dispose()


def test_a_backup_taken_while_sessions_start_is_of_one_moment(
    both_databases: str, old: Settings, engine: Engine, world: World, elsewhere: Settings, tmp_path: Path
) -> None:
    file, stop, begun = tmp_path / "backup.tar.gz", threading.Event(), threading.Event()
    given: list[int] = []

    def write() -> None:
        # Each transaction writes two rows that belong together.
        while not stop.is_set():
            with engine.connect().execution_options(writes=True) as connection, connection.begin():
                number = len(given)
                columns = "(organization_id, charge_point_id, kind, name, happened_at, received_at)"
                place = f"{world.organizations['A']}, {world.charge_points['ALICE-1']}"
                for kind in ("first", "second"):
                    connection.execute(text(f"INSERT INTO charger_event {columns} VALUES ({place}, '{kind}', '{number}', 1, 1)"))
            given.append(start_session(engine, world))
            begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(30)
        before = len(given)
        write_backup(old, file)
        count_at_end = len(given)
    finally:
        stop.set()
        writer.join()
    engine.dispose()
    restore_backup(elsewhere, file, force=False)
    restored = plain_engine(elsewhere.database)
    kept = [row[0] for row in rows(restored, "SELECT id FROM charging_session ORDER BY id")]
    assert kept == given[: len(kept)] and before <= len(kept) <= count_at_end + 1
    pairs = rows(restored, "SELECT name, count(*) FROM charger_event GROUP BY name")
    assert {count for _, count in pairs} == {2}
    assert start_session(restored, world) > max(given)
    restored.dispose()


def test_an_installation_with_data_is_replaced_only_by_force_and_what_was_there_is_kept(
    old: Settings, engine: Engine, world: World, tmp_path: Path
) -> None:
    file = tmp_path / "backup.tar.gz"
    write_backup(old, file)
    start_session(engine, world)
    engine.dispose()
    (old.instance / "secrets" / "session-key").write_bytes(b"made since")
    before = fingerprint(old.instance)
    with pytest.raises(BackupFailed, match="--force"):
        restore_backup(old, file, force=False)
    assert fingerprint(old.instance) == before

    told = restore_backup(old, file, force=True)
    kept = next(old.instance.glob("replaced-*"))
    assert str(kept) in told
    assert (kept / "secrets" / "session-key").read_bytes() == b"made since"
    assert (old.instance / "secrets" / "session-key").read_bytes() == b"the session key"
    with closing(sqlite3.connect(kept / "wcc.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM charging_session").fetchone() == (1,)


def test_nothing_is_restored_under_a_running_installation(old: Settings, engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar.gz"
    write_backup(old, file)
    engine.dispose()
    before = fingerprint(old.instance)
    with only_one(old.instance), pytest.raises(BackupFailed, match="running"):
        restore_backup(old, file, force=True)
    assert fingerprint(old.instance) == before


def test_nothing_is_restored_under_a_process_that_has_the_database_open(
    both_databases: str, old: Settings, engine: Engine, tmp_path: Path
) -> None:
    file = tmp_path / "backup.tar.gz"
    write_backup(old, file)
    assert len(rows(engine, "SELECT id FROM organization")) == 2  # its pool keeps the connection
    (old.instance / "config.py").write_text("BRAND_NAME = 'Newer'\n")
    with pytest.raises(BackupFailed, match="stop every process"):
        restore_backup(old, file, force=True)
    assert (old.instance / "config.py").read_text() == "BRAND_NAME = 'Newer'\n"
    assert len(rows(engine, "SELECT id FROM organization")) == 2


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flip(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0x55]) + content[middle + 1 :]


def rewritten(change: Callable[[dict[str, bytes]], None]) -> Callable[[bytes], bytes]:
    """A sound tar.gz again, with other files in it."""

    def rewrite(content: bytes) -> bytes:
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            files = {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]
        change(files)
        target = io.BytesIO()
        with tarfile.open(fileobj=target, mode="w:gz") as tar:
            for name, data in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
        return target.getvalue()

    return rewrite


def other_key(files: dict[str, bytes]) -> None:
    files["secrets/encryption-key"] = files["secrets/encryption-key"][::-1]


def no_database(files: dict[str, bytes]) -> None:
    del files["database.sqlite"]


def way_out(files: dict[str, bytes]) -> None:
    manifest = json.loads(files["manifest.json"])
    manifest["files"]["../outside"] = [1, hashlib.sha256(b"x").hexdigest()]
    files["manifest.json"] = json.dumps(manifest).encode()
    files["../outside"] = b"x"


def stowaway(files: dict[str, bytes]) -> None:
    files["secrets/more"] = b"x"


def newer(files: dict[str, bytes]) -> None:
    files["manifest.json"] = files["manifest.json"].replace(b'"revision": "', b'"revision": "9')


def foreign(files: dict[str, bytes]) -> None:
    files.clear()
    files["holiday.jpg"] = b"a beach"


def broken_database(files: dict[str, bytes]) -> None:
    data = files["database.sqlite"][:-8192]
    manifest = json.loads(files["manifest.json"])
    manifest["files"]["database.sqlite"] = [len(data), hashlib.sha256(data).hexdigest()]
    files["manifest.json"] = json.dumps(manifest).encode()
    files["database.sqlite"] = data


DAMAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut off": (cut, "is damaged or no WCC backup"),
    "one bit": (flip, "damaged"),
    "empty": (lambda _: b"", "no WCC backup"),
    "no archive": (lambda _: b"PK\x03\x04 something else" * 40, "no WCC backup"),
    "another key": (rewritten(other_key), "secrets/encryption-key is not what was written"),
    "no database": (rewritten(no_database), "lacks 'database.sqlite'"),
    "a way out": (rewritten(way_out), "it holds '../outside'"),
    "a stowaway": (rewritten(stowaway), "it holds 'secrets/more'"),
    "of a newer version": (rewritten(newer), "newer WCC"),
    "something else": (rewritten(foreign), "is no WCC backup"),
    "a broken database": (rewritten(broken_database), "the database in the backup is damaged"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_or_foreign_file_changes_nothing(name: str, old: Settings, engine: Engine, tmp_path: Path) -> None:
    damage, sentence = DAMAGES[name]
    file = tmp_path / "backup.tar.gz"
    write_backup(old, file)
    engine.dispose()
    file.write_bytes(damage(file.read_bytes()))
    before = fingerprint(tmp_path)
    with pytest.raises(BackupFailed, match=sentence):
        restore_backup(old, file, force=True)
    assert fingerprint(tmp_path) == before
    assert not list(old.instance.glob("replaced-*")) and not list(old.instance.glob(".restore-*"))


def test_a_file_packed_anew_by_another_program_is_still_a_backup(
    old: Settings, elsewhere: Settings, engine: Engine, tmp_path: Path
) -> None:
    file = tmp_path / "backup.tar.gz"
    write_backup(old, file)
    file.write_bytes(rewritten(lambda files: None)(file.read_bytes()))
    assert "Restored" in restore_backup(elsewhere, file, force=False)


def test_a_backup_of_the_other_kind_of_database_is_refused(
    old: Settings, engine: Engine, postgres_server: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path / "backup.tar.gz"
    write_backup(old, file)
    with fresh_postgres(postgres_server, "template0") as url:
        other = load({"WCC_INSTANCE": str(tmp_path_factory.mktemp("pg")), "DATABASE_URL": url})
        with pytest.raises(BackupFailed, match="sqlite database"):
            restore_backup(other, file, force=True)


def test_a_swap_that_fails_half_way_is_taken_back(tmp_path: Path) -> None:
    for name in ("fresh", "place"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "key").write_text(name)
    (tmp_path / "config.py").write_text("old")
    before = fingerprint(tmp_path / "place")
    swap = Swap(tmp_path / "kept")
    swap.put(tmp_path / "fresh", tmp_path / "place")
    with pytest.raises(FileNotFoundError):
        swap.put(tmp_path / "missing", tmp_path / "config.py")
    swap.undo()
    assert fingerprint(tmp_path / "place") == before
    assert (tmp_path / "config.py").read_text() == "old"
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("target", ["missing/backup.tar.gz", "."])
def test_a_backup_that_cannot_be_written_says_so(old: Settings, tmp_path: Path, target: str) -> None:
    with pytest.raises(BackupFailed, match="no file in a folder"):
        write_backup(old, tmp_path / target)


def test_the_command_line_backs_up_and_restores(old: Settings, elsewhere: Settings, engine: Engine, tmp_path: Path) -> None:
    def wcc(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "wcc.cli", *words],
            env={
                "PATH": "/usr/bin:/bin",
                "WCC_INSTANCE": str(settings.instance),
                "DATABASE_URL": settings.database_url,
            },
            capture_output=True,
            text=True,
            timeout=120,
        )

    file = str(tmp_path / "b.tar.gz")
    told = wcc(old, "backup", file)
    assert told.returncode == 0, told.stderr
    told = wcc(old, "restore", file)
    assert told.returncode == 2 and told.stderr.startswith("Error: ") and told.stderr.count("\n") == 1
    told = wcc(elsewhere, "restore", file)
    assert told.returncode == 0 and "Restored" in told.stdout, told.stderr
