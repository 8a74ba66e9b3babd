"""The migrations make the tables that the models describe, on both databases, and can be taken back."""

import ast
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text

from tests.conftest import sqlalchemy_url
from tests.people import fill
from wcc.app import create_app
from wcc.config import ROOT, Settings, load
from wcc.db import Base, plain_engine

MIGRATIONS = ROOT / "wcc" / "migrations"


@pytest.fixture
def empty(request: pytest.FixtureRequest, both_databases: str, valkey: str, tmp_path: Path) -> Iterator[Settings]:
    """An installation whose database has no tables, on each kind of database."""
    environment = {"WCC_INSTANCE": str(tmp_path), "REDIS_URL": valkey}
    if both_databases == "sqlite":
        yield load(environment)
        return
    server, name = request.getfixturevalue("postgres_server"), f"wcc_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        yield load({**environment, "DATABASE_URL": sqlalchemy_url(server, name)})
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def tables(settings: Settings) -> set[str]:
    engine = plain_engine(settings.database)
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_migrations_go_up_down_and_up_again(empty: Settings) -> None:
    with create_app(empty).app_context():
        upgrade()
        made = tables(empty)
        assert {"charging_session", "meter_sample", "operation", "alembic_version"} <= made
        downgrade(revision="base")
        assert tables(empty) == {"alembic_version"}
        upgrade()
        assert tables(empty) == made


def test_migrated_tables_are_those_of_the_models(empty: Settings) -> None:
    with create_app(empty).app_context():
        upgrade()
    engine = plain_engine(empty.database)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_migrated_tables_keep_what_only_a_dialect_knows(empty: Settings, both_databases: str) -> None:
    with create_app(empty).app_context():
        upgrade()
    engine = plain_engine(empty.database)
    with engine.connect() as connection:
        if both_databases == "sqlite":
            assert connection.scalar(text("PRAGMA foreign_keys")) == 1
            found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
            made: dict[str, str] = {row.name: row.sql for row in found}
            assert "AUTOINCREMENT" in made["charging_session"]
            assert "WITHOUT ROWID" in made["meter_sample"]
        else:
            column = "table_name = 'meter_sample' AND column_name = 'at'"
            kind = f"SELECT data_type FROM information_schema.columns WHERE {column}"
            assert connection.scalar(text(kind)) == "bigint"
    engine.dispose()


def test_rebuilding_a_table_does_not_delete_the_rows_that_point_to_it(settings: Settings, tmp_path: Path) -> None:
    engine = plain_engine(settings.database)
    world = fill(engine)
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    heads = sorted((folder / "versions").glob("*.py"))
    (folder / "versions" / "9999_rebuild.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision = '9999'\ndown_revision = {heads[-1].name[:4]!r}\n"
        "def upgrade():\n"
        "    with op.batch_alter_table('organization', recreate='always') as batch:\n"
        "        batch.add_column(sa.Column('motto', sa.Text()))\n"
    )
    engine.dispose()
    with create_app(settings).app_context():
        upgrade(directory=str(folder))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(motto) FROM organization")) == 0
        assert connection.scalar(text("SELECT count(*) FROM charge_point")) == len(world.charge_points)
        assert connection.scalar(text('SELECT count(*) FROM "user"')) == len(world.users)
    engine.dispose()


def test_two_nodes_may_migrate_at_the_same_time(empty: Settings) -> None:
    environment = {
        "PATH": "/usr/bin:/bin",
        "WCC_INSTANCE": str(empty.instance),
        "DATABASE_URL": empty.database_url,
        "REDIS_URL": empty.redis_url,
    }
    command = [sys.executable, "-m", "wcc.cli", "db", "upgrade"]
    nodes = [
        subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(2)
    ]
    told = [node.communicate(timeout=120)[0] for node in nodes]
    assert [node.returncode for node in nodes] == [0, 0], told
    assert "charging_session" in tables(empty)


@pytest.mark.parametrize("path", sorted((MIGRATIONS / "versions").glob("*.py")), ids=lambda path: path.name)
def test_a_migration_does_not_need_the_code_of_today(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        assert not [name for name in names if name.partition(".")[0] == "wcc"]
