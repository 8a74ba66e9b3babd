"""`wcc up`: runs this installation, which is valkey, web, workers, cron and, in a demo, chargers."""

import errno
import fcntl
import http.client
import json
import os
import socket
import sys
from functools import partial
from pathlib import Path
from typing import IO

from wcc import config, valkey
from wcc.supervisor import Part, Supervisor


def run(demo: bool) -> int:
    """Run this installation until it is told to stop; `demo` also seeds an empty database and runs its demo chargers.

    Raises SystemExit with a sentence when it runs already, when its port is taken or when Redis is missing.
    """
    settings = config.load()
    settings.instance.mkdir(parents=True, exist_ok=True)
    with only_one(settings.instance):
        _refuse_taken_port(settings)
        if settings.redis_url and not valkey.answers(settings.redis_url):
            raise SystemExit("REDIS_URL is set, but no Redis answers there")
        try:
            supervisor = Supervisor(
                parts(settings, demo),
                _environment(settings, demo),
                partial(banner, settings, demo),
            )
        except valkey.ValkeyFailed as error:
            raise SystemExit(str(error)) from error
        return supervisor.run()


def _environment(settings: config.Settings, demo: bool) -> dict[str, str]:
    """What the processes are told beyond what we were."""
    return os.environ | {
        "REDIS_URL": settings.redis_url or valkey.address(settings.instance / "valkey"),
        "WCC_NODE": settings.node or "main",
        "WCC_DRAIN_S": "0",  # chargers come back to the same machine: letting them go slowly gains nothing
        "WCC_OUTBOX": str(int(settings.outbox or demo)),
        "PYTHONUNBUFFERED": "1",
    }


def parts(settings: config.Settings, demo: bool) -> list[Part]:
    """The processes of this installation in the order of their start."""
    wcc = [sys.executable, "-m", "wcc.cli"]
    fleet = settings.instance / "demo-fleet.json"
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)
    url = f"ws://{host}:{settings.port}/ocpp"
    found = []
    if not settings.redis_url:
        folder = settings.instance / "valkey"
        ready = partial(valkey.answers, valkey.address(folder))
        found.append(Part("valkey", valkey.command(folder), ready=ready, vital=True))
    found.append(Part("database", [*wcc, "db", "upgrade"], once=True))
    if demo:
        found.append(Part("seed", [*wcc, "seed", "--if-empty"], once=True))
    web = [sys.executable, "-m", "wcc.server"]
    found.append(Part("web", web, ready=partial(_web_is_ready, settings), vital=True))
    found += [Part(queue, [*wcc, "worker", queue]) for queue in ("operations", "default")]
    found.append(Part("cron", [*wcc, "cron"]))
    if demo:
        found.append(
            Part(
                "chargers",
                [sys.executable, "-m", "simulator", "--fleet", str(fleet), "--url", url, "--state", str(settings.instance / "chargers")],
                wanted=fleet.exists,
            )
        )
    return found


def only_one(instance: Path) -> IO[str]:
    """Hold the lock of this installation as long as the returned file is open. Raises SystemExit when another holds it."""
    file = (instance / "up.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        raise SystemExit(f"already running (pid {file.read().strip()})") from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def _refuse_taken_port(settings: config.Settings) -> None:
    """Raise SystemExit when somebody listens on our port, also when they would share it with us (SO_REUSEPORT)."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise SystemExit(f"port {settings.port} is taken; set PORT=") from None
            raise SystemExit(f"cannot listen on {settings.host} port {settings.port}: {error.strerror}") from None


def _local_host(settings: config.Settings) -> str:
    """Where this machine reaches the web process."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(settings.host, settings.host)


def _web_is_ready(settings: config.Settings) -> bool:
    connection = http.client.HTTPConnection(_local_host(settings), settings.port, timeout=2)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def banner(settings: config.Settings, demo: bool) -> str:
    """What a person needs to know once everything runs."""
    host = _local_host(settings)
    address = settings.public_url.rstrip("/") or f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
    lines = [
        "",
        f"WCC is ready: {address}",
        f"Chargers:     {address.replace('http', 'ws', 1)}/ocpp/<charge point ID>",
    ]
    login = settings.instance / "demo.json"
    if demo and login.exists():
        account = json.loads(login.read_text())
        lines.append(f"Demo log-in:  {account['email']}  password: {account['password']}")
    return "\n".join([*lines, "Ctrl-C stops everything.", ""])
