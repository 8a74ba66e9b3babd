"""What `wcc up` says before it starts anything, and what it would start."""

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.up.program import Program
from wcc import config, up

UP = "import sys; from wcc import up; sys.exit(up.run(demo=False))"


@pytest.fixture
def wcc_up(start: Callable[..., Program], tmp_path: Path) -> Callable[..., Program]:
    """Run `wcc up` on an empty instance."""
    return lambda **environment: start(sys.executable, "-c", UP, **{"WCC_INSTANCE": str(tmp_path)} | environment)


def names(settings: config.Settings, demo: bool) -> list[str]:
    return [part.name for part in up.parts(settings, demo)]


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "with SO_REUSEPORT"])
def test_a_taken_port_is_named_before_anything_starts(wcc_up: Callable[..., Program], tmp_path: Path, shared: bool) -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, shared)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        program = wcc_up(PORT=str(port))
        assert program.ends() == 1
    assert program.said == f"port {port} is taken; set PORT=\n"
    assert not (tmp_path / "valkey").exists()


def test_an_address_that_is_not_ours_is_named(wcc_up: Callable[..., Program]) -> None:
    program = wcc_up(HOST="192.0.2.1")
    assert program.ends() == 1
    assert program.said.startswith("cannot listen on 192.0.2.1 port 5000: ")


def test_a_second_start_names_the_first(wcc_up: Callable[..., Program], tmp_path: Path) -> None:
    with up.only_one(tmp_path):
        program = wcc_up()
        assert program.ends() == 1
    assert program.said == f"already running (pid {os.getpid()})\n"


def test_the_lock_of_one_that_has_ended_does_not_count(tmp_path: Path) -> None:
    up.only_one(tmp_path).close()
    with up.only_one(tmp_path):
        assert (tmp_path / "up.lock").read_text() == str(os.getpid())


def test_a_redis_that_is_set_but_not_there_is_reported(wcc_up: Callable[..., Program], tmp_path: Path) -> None:
    program = wcc_up(PORT="0", REDIS_URL=f"unix://{tmp_path}/none")
    assert program.ends() == 1
    assert program.said == "REDIS_URL is set, but no Redis answers there\n"


def test_the_order_is_that_of_the_design(tmp_path: Path) -> None:
    plain = ["valkey", "database", "web", "operations", "default", "cron"]
    assert names(config.Settings(instance=tmp_path), demo=False) == plain
    assert names(config.Settings(instance=tmp_path), demo=True) == [*plain[:2], "seed", *plain[2:], "chargers"]


def test_with_a_redis_of_ones_own_no_valkey_is_started(tmp_path: Path) -> None:
    assert "valkey" not in names(config.Settings(instance=tmp_path, redis_url="redis://redis.example"), demo=False)
    assert not (tmp_path / "valkey").exists()


def test_only_web_and_valkey_end_everything(tmp_path: Path) -> None:
    parts = up.parts(config.Settings(instance=tmp_path), demo=True)
    assert [part.name for part in parts if part.vital] == ["valkey", "web"]


def test_demo_chargers_start_only_where_a_demo_was_seeded(tmp_path: Path) -> None:
    chargers = up.parts(config.Settings(instance=tmp_path), demo=True)[-1]
    assert not chargers.wanted()
    (tmp_path / "demo-fleet.json").touch()
    assert chargers.wanted()


def test_the_demo_log_in_is_shown_only_by_the_demo(tmp_path: Path) -> None:
    settings = config.Settings(instance=tmp_path, port=5001)
    (tmp_path / "demo.json").write_text('{"email": "demo@example.org", "password": "a b c"}')
    assert "Demo log-in:  demo@example.org  password: a b c" in up.banner(settings, demo=True)
    assert "demo" not in up.banner(settings, demo=False)


@pytest.mark.parametrize(
    ("settings", "portal", "chargers"),
    [
        ({"host": "0.0.0.0", "port": 5001}, "http://127.0.0.1:5001", "ws://127.0.0.1:5001/ocpp/"),
        ({"host": "::1"}, "http://[::1]:5000", "ws://[::1]:5000/ocpp/"),
        ({"public_url": "https://portal.example/"}, "https://portal.example", "wss://portal.example/ocpp/"),
    ],
)
def test_the_banner_gives_addresses_that_work(settings: dict[str, object], portal: str, chargers: str) -> None:
    text = up.banner(config.Settings(**settings), demo=False)  # type: ignore[arg-type]
    assert f"{portal}\n" in text
    assert chargers in text
