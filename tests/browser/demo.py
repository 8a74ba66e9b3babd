"""`wcc up --demo` as a person runs it: all its processes, on an empty folder of its own."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from wcc.lifeline import tied

READY_S = 180  # it seeds three months first, on a machine that may be busy
WCC = [sys.executable, "-m", "wcc.cli"]


class Demo:
    """The running demo. `said` is everything that its processes wrote."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        self.instance = folder / "instance"
        self.port = _free_port()
        self.said = ""
        self._ready = threading.Event()
        self.process = subprocess.Popen(
            [*WCC, "up", "--demo"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=tied(),
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @classmethod
    @contextmanager
    def started(cls) -> Iterator["Demo"]:
        """A demo that is ready, for a block."""
        folder = Path(tempfile.mkdtemp(prefix="wcc-d"))  # short: a socket's path may have a hundred letters
        demo = cls(folder)
        try:
            assert demo._ready.wait(READY_S) and demo.process.poll() is None, demo.said
            yield demo
        finally:
            demo.stop()
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def environment(self) -> dict[str, str]:
        """Of its processes: nothing of the tests' own settings, and a home that must stay empty."""
        foreign = ("WCC_", "DATABASE_URL", "REDIS_URL")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        own = {"WCC_CAPTCHA": "0", "WCC_INSTANCE": str(self.instance), "HOST": "127.0.0.1", "PORT": str(self.port), "HOME": str(self.home)}
        return kept | own

    @property
    def web(self) -> str:
        """Where people go."""
        return f"http://127.0.0.1:{self.port}"

    @cached_property
    def login(self) -> dict[str, str]:
        """E-mail and password that the banner shows."""
        account: dict[str, str] = json.loads((self.instance / "demo.json").read_text())
        return account

    def wcc(self, *arguments: str) -> str:
        """What `wcc …` says, run beside it."""
        done = subprocess.run([*WCC, *arguments], env=self.environment, capture_output=True, text=True, timeout=READY_S)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def stop(self) -> None:
        """Tell it to stop, and wait for the end. (A shell that runs tests in the background has Ctrl-C ignored.)"""
        self.process.terminate()
        try:
            self.process.wait(60)
        finally:
            self.process.kill()
            self._reader.join()
            assert self.process.stdout
            self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.said += line
            if "Ctrl-C stops everything." in line:  # the banner's last line
                self._ready.set()
        self._ready.set()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
