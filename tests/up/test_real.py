"""`wcc up` with everything it really starts."""

import http.client
import os
import re
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest
import redis
from rq import Queue
from rq.job import Job

from tests.up.program import Program, has_ended
from wcc import valkey

PARTS = ("valkey", "web", "operations", "default", "cron")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def children(pid: int) -> dict[int, str]:
    """Every process below `pid`: its id and its command line."""
    found: dict[int, str] = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found[child] = Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
            found |= children(child)
    return found


PATIENCE_S = 150.0  # five Python programs are loaded one after the other, on a machine that may be busy
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def running(start: Callable[..., Program], tmp_path: Path) -> tuple[Program, int]:
    """`wcc up` on an empty instance, ready; and its port."""
    port = free_port()
    program = start(sys.executable, "-m", "wcc.cli", "up", WCC_INSTANCE=str(tmp_path), PORT=str(port), HOST="127.0.0.1")
    program.says("WCC is ready: http://127.0.0.1:", PATIENCE_S)
    return program, port


def job(instance: Path, function: Callable[..., object], *arguments: object) -> Job:
    """Give a job to the worker of the queue `operations`."""
    connection = redis.Redis.from_url(valkey.address(instance / "valkey"), socket_timeout=None)  # results are waited for
    return Queue("operations", connection=connection).enqueue(function, *arguments)


def status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    return connection.getresponse().status


def test_it_comes_up_on_an_empty_instance_replaces_a_killed_worker_and_goes_without_a_trace(
    running: tuple[Program, int], tmp_path: Path
) -> None:
    program, port = running
    assert status(port, "/health/ready") == 200
    worker = next(pid for pid, command in children(program.process.pid).items() if "worker operations" in command)
    os.kill(worker, signal.SIGKILL)
    program.says("operations ended .SIGKILL.; starting it again in 1 s", PATIENCE_S)
    result = job(tmp_path, os.getppid).latest_result(timeout=int(PATIENCE_S))
    assert result is not None
    assert result.return_value != worker
    below = children(program.process.pid)
    assert len(below) >= len(PARTS)
    program.send(signal.SIGTERM)
    assert program.ends(PATIENCE_S) == 0
    assert [command for pid, command in below.items() if not has_ended(pid, 0.1)] == []
    assert "killing it" not in program.said
    assert not re.search("Traceback|Demo log-in", program.said), program.said


def test_kill_9_takes_all_real_processes_with_it_and_the_job_that_runs(running: tuple[Program, int], tmp_path: Path) -> None:
    program, _port = running
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE_S)
        job(tmp_path, urlopen, f"http://127.0.0.1:{server.getsockname()[1]}")
        waiting, _address = server.accept()  # the job runs, and waits for an answer
        below = children(program.process.pid)
        assert len(below) > len(PARTS)
        program.send(signal.SIGKILL)
        assert [command for pid, command in below.items() if not has_ended(pid)] == []
        waiting.close()


def test_when_web_is_killed_everything_ends_with_code_1(running: tuple[Program, int]) -> None:
    program, _port = running
    below = children(program.process.pid)
    web = next(pid for pid, command in below.items() if "wcc.server" in command)
    os.kill(web, signal.SIGKILL)
    assert program.ends(PATIENCE_S) == 1
    assert "web ended (SIGKILL); stopping" in program.said
    assert [command for pid, command in below.items() if not has_ended(pid)] == []
