"""A server with no patience, for tests of what happens after a while."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import Server


@pytest.fixture(scope="session")
def impatient(sqlite_template: Path, valkey: str) -> Iterator[Server]:
    """A web process that waits half a second for request headers and pings a charger silent for as long."""
    patience = {"WCC_HEADER_TIMEOUT_S": "0.5", "WCC_PING_AFTER_S": "0.5", "WCC_WATCHDOG_S": "0.2"}
    folder = Path(tempfile.mkdtemp(prefix="wcc-i"))
    shutil.copy(sqlite_template, folder / "wcc.sqlite")
    with Server.started(folder, valkey, **patience) as made:
        yield made
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def no_traceback(server: Server) -> Iterator[None]:
    """The test fails when the server logs a traceback while it runs."""
    before = len(server.log_text())
    yield
    assert "Traceback" not in server.log_text()[before:]
