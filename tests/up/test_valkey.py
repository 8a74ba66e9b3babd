"""The embedded Redis, the real one."""

import os
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from tests.up.program import Program, has_ended
from wcc import valkey

HOLD = """
import pathlib, sys, signal, redis
from wcc import valkey
with valkey.embedded(pathlib.Path(sys.argv[1])) as url:
    print("valkey is", redis.Redis.from_url(url).info("server")["process_id"], flush=True)
    signal.pause()
"""


def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    with valkey.embedded(tmp_path) as url:
        redis.Redis.from_url(url).set("charger", "here")
    assert not valkey.answers(url)
    with valkey.embedded(tmp_path) as url:
        assert redis.Redis.from_url(url).get("charger") == b"here"


def test_what_was_written_survives_kill_9(tmp_path: Path) -> None:
    with valkey.embedded(tmp_path) as url:
        client = redis.Redis.from_url(url)
        client.set("charger", "here")
        pid = client.info("server")["process_id"]
        os.kill(pid, signal.SIGKILL)
        assert has_ended(pid)
    with valkey.embedded(tmp_path) as url:
        assert redis.Redis.from_url(url).get("charger") == b"here"


def test_a_folder_with_a_very_long_name_works_and_its_data_stays_in_it(tmp_path: Path) -> None:
    folder = tmp_path / ("long name % " + "x" * 100)
    with valkey.embedded(folder) as url:
        assert redis.Redis.from_url(url).ping()
    assert len(url) < 110
    assert (folder / "appendonlydir").is_dir()
    assert valkey.address(folder) == url


def test_it_listens_on_no_port_and_nobody_else_may_reach_it(tmp_path: Path) -> None:
    folder = tmp_path / "valkey"
    with valkey.embedded(folder) as url:
        assert redis.Redis.from_url(url, decode_responses=True).config_get("port") == {"port": "0"}
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(valkey.socket_path(folder).stat().st_mode) == 0o700


def test_a_socket_folder_that_somebody_else_laid_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 120)
    trap = valkey.socket_path(folder).parent
    (tmp_path / "elsewhere").mkdir()
    trap.symlink_to(tmp_path / "elsewhere")
    try:
        with pytest.raises(valkey.ValkeyFailed, match="not a folder of this user"):
            valkey.command(folder)
    finally:
        trap.unlink()


def test_kill_9_of_its_owner_ends_it(start: Callable[..., Program], tmp_path: Path) -> None:
    program = start(sys.executable, "-c", HOLD, str(tmp_path))
    pid = int(program.says(r"valkey is (\d+)")[1])
    program.send(signal.SIGKILL)
    assert has_ended(pid)


def test_a_server_that_cannot_start_is_reported(tmp_path: Path) -> None:
    (tmp_path / "appendonlydir").write_text("a file where valkey wants a folder")
    with pytest.raises(valkey.ValkeyFailed, match="ended at once"), valkey.embedded(tmp_path):
        pass


def test_without_any_server_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(valkey.ValkeyFailed, match="set REDIS_URL"):
        valkey.server()


def test_without_a_packaged_server_the_one_on_path_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "redis-server").touch(mode=0o755)
    assert valkey.server() == str(tmp_path / "redis-server")
