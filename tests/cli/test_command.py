"""The `wcc` command itself: what it offers, and that trouble comes in one line."""

import subprocess
import sys

import pytest

from tests.cli.conftest import Wcc
from wcc.config import ROOT, Settings

COMMANDS = {"backup", "charge-point", "cron", "db", "restore", "seed", "tag", "up", "user", "web", "worker"}


def test_help_names_every_command_and_loads_neither_gevent_nor_the_database() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from wcc.cli import cli; cli.main(['--help'], standalone_mode=False);"
            "print(sorted({'gevent', 'sqlalchemy', 'redis', 'wcc.app'} & set(sys.modules)))",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    assert told.endswith("[]\n")
    assert {line.split()[0] for line in told.splitlines() if line.startswith("  ")} >= COMMANDS


def test_an_unknown_command_is_refused(wcc: Wcc) -> None:
    told = wcc("fly")
    assert told.exit_code == 2 and "No such command 'fly'" in told.output


def test_a_database_without_tables_says_what_to_run(wcc: Wcc, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{settings.instance / 'fresh.sqlite'}")
    told = wcc("user", "create", "a@b.example", "--organization", "Acme")
    assert told.exit_code == 2 and "wcc db upgrade" in told.output and told.output.count("\n") == 1
    assert wcc("db", "upgrade").exit_code == 0
    assert wcc("user", "create", "a@b.example", "--organization", "Acme").exit_code == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "nosuchdb://host/name"),
        ("DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none"),
        ("PORT", "many"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_in_one_line(wcc: Wcc, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    told = wcc("tag", "add", "A1")
    assert told.exit_code == 2, told.output
    assert told.output.startswith("Error: ") and told.output.count("\n") == 1
    assert name in told.output or "127.0.0.1" in told.output
