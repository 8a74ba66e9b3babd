"""The `wcc` command on this test's own installation, in this process."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from wcc.cli import cli
from wcc.config import Settings

Wcc = Callable[..., Result]


@pytest.fixture
def wcc(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Wcc:
    """Run `wcc …` with words of the command line; `input` is what is typed."""
    monkeypatch.setenv("WCC_INSTANCE", str(settings.instance))
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("REDIS_URL", settings.redis_url)

    def run(*words: str, input: str | None = None) -> Result:
        return CliRunner().invoke(cli, list(words), input=input, prog_name="wcc")

    return run
