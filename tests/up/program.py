"""A program under test: waits for what it says and for its end, for events and never for time."""

import os
import re
import select
import signal
import subprocess
import time

PATIENCE_S = 120.0


def _as_in_a_terminal() -> None:
    """Hear Ctrl-C and the closing of the terminal, which tests started in the background (nohup, &) were told to ignore."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Program:
    """A program under test: what it said so far, and its end."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=_as_in_a_terminal,
        )
        self.said = ""

    def says(self, pattern: str, patience_s: float = PATIENCE_S) -> re.Match[str]:
        """Wait until its output matches `pattern` (a regular expression over whole lines)."""
        deadline = time.monotonic() + patience_s
        while not (match := re.search(pattern, self.said, re.MULTILINE)):
            assert self._read(deadline), f"it ended without saying {pattern!r}:\n{self.said}"
        return match

    def ends(self, patience_s: float = PATIENCE_S) -> int:
        """Wait for its end and give its exit code."""
        deadline = time.monotonic() + patience_s
        while self._read(deadline):
            pass
        return self.process.wait(max(0.1, deadline - time.monotonic()))

    def send(self, number: int) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def _read(self, deadline: float) -> bool:
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"nothing more in time:\n{self.said}"
        block = os.read(self.process.stdout.fileno(), 65536)
        self.said += block.decode()
        return bool(block)


def has_ended(pid: int, patience_s: float = 10.0) -> bool:
    """Wait for the end of any process, a child of ours or not."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], patience_s)[0])
    finally:
        os.close(handle)
