"""A demo seeded once, with three weeks of history."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from wcc.app import create_app
from wcc.config import Settings, load
from wcc.db import db, plain_engine
from wcc.demo import seed

NOW = datetime(2026, 11, 3, 11, 20, tzinfo=UTC)  # the clocks were put back nine days before
DAYS = 21


@dataclass
class Demo:
    """A seeded installation."""

    settings: Settings
    engine: Engine

    def rows(self, query: str) -> list[Any]:
        """Rows of a query on its database."""
        with self.engine.connect() as connection:
            return list(connection.execute(text(query)).fetchall())


def seeded(settings: Settings, days: int = DAYS) -> Demo:
    """Seed an installation whose database is empty."""
    with create_app(settings).app_context():
        assert "Van Dijk Fleet" in seed(days, NOW)
        db.engine.dispose()
    return Demo(settings, plain_engine(settings.database))


@pytest.fixture(scope="package")
def demo(sqlite_template: Path, valkey: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo; tests only read it."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copy(sqlite_template, folder / "wcc.sqlite")
    made = seeded(load({"WCC_INSTANCE": str(folder), "REDIS_URL": valkey, "HOST": "0.0.0.0", "PORT": "5123"}))
    yield made
    made.engine.dispose()
