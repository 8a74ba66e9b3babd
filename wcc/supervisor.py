"""Runs the processes of one installation: starts them in order, keeps them running, stops them in reverse.

A `Part` is one process. Each starts when the one before is ready. A part that dies is started again after a growing pause;
the death of a vital one stops everything with exit code 1. One thread, one loop: signals, ended children and what the
children print all wake the same `select`.
"""

import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import IO

from wcc.lifeline import tied

_STEADY_S = 60.0  # after a run this long, earlier failures no longer count


@dataclass(frozen=True)
class Part:
    """One process of the installation, and what its end means. Times in seconds."""

    name: str
    command: Sequence[str]
    ready: Callable[[], bool] | None = None  # None: ready as soon as it runs
    once: bool = False  # runs to its end, with code 0, before the next part starts
    vital: bool = False  # when it ends, everything ends
    wanted: Callable[[], bool] = lambda: True  # asked when its turn comes
    ready_s: float = 120.0  # a small computer loads Python slowly
    stop_s: float = 10.0
    pauses_s: Sequence[float] = (
        1,
        2,
        5,
        10,
        30,
    )  # before the first, second, … start again


class Child:
    """A part's process: its group, the last line that it has not finished, its failures, when to start it again."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.process: subprocess.Popen[bytes] | None = None  # None: not started, or its end was dealt with
        self.group: int | None = None
        self.started_at = 0.0
        self.failures = 0
        self.restart_at: float | None = None
        self.line = b""

    def start(self, environment: Mapping[str, str]) -> IO[bytes]:
        """Run the command in a group of its own, so that Ctrl-C reaches us alone; gives the pipe of its output."""
        self.kill_group()  # what an earlier run may have left
        self.restart_at = None
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            self.part.command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=tied(),
            start_new_session=True,
        )
        self.group = self.process.pid
        assert self.process.stdout is not None
        return self.process.stdout

    def ended(self) -> bool:
        """Whether it ran and has ended, and nobody has dealt with that yet."""
        return self.process is not None and self.process.poll() is not None

    def gone(self) -> bool:
        """Whether nothing of its group is left, children that it started included."""
        if self.group is None:
            return True
        try:
            os.killpg(self.group, 0)
        except ProcessLookupError:
            self.group = None
        return self.group is None

    def terminate(self) -> None:
        """Ask the process to end; it is the one to end its own children, in its own order."""
        if self.process is not None:
            self.process.terminate()

    def kill_group(self) -> None:
        """Kill the process and what it started, and wait for the process."""
        if self.group is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.group, signal.SIGKILL)
            self.group = None
        if self.process is not None:
            self.process.wait()

    def pause_s(self) -> float:
        """How long to wait before it is started again; grows with every failure that follows a short run."""
        if time.monotonic() - self.started_at > _STEADY_S:
            self.failures = 0
        pauses = self.part.pauses_s
        self.failures += 1
        return pauses[min(self.failures, len(pauses)) - 1]


class Supervisor:
    """Runs parts until a signal comes or a vital one ends. `run()` gives the exit code."""

    def __init__(
        self,
        parts: Sequence[Part],
        environment: Mapping[str, str],
        banner: Callable[[], str] = lambda: "",
    ) -> None:
        self._children = [Child(part) for part in parts]
        self._environment = environment
        self._banner = banner
        self._width = max(len(part.name) for part in parts)
        self._selector = selectors.DefaultSelector()
        self._ending = False
        self._exit_code = 0

    def run(self) -> int:
        """Start everything, watch over it, stop it. Must be called in the main thread."""
        self._listen_for_signals()
        try:
            if all(self._bring_up(child) for child in self._children):
                self._say(self._banner())
            while not self._ending:
                self._pump(self._time_to_next_start())
                self._look_after()
        finally:
            for child in reversed(self._children):
                self._bring_down(child)
        return self._exit_code

    def _listen_for_signals(self) -> None:
        """Let signals wake the loop; SIGCHLD needs no more than that."""
        wake, waker = socket.socketpair()
        wake.setblocking(False)
        waker.setblocking(False)
        self._waker = waker  # kept open
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        self._selector.register(wake, selectors.EVENT_READ, lambda: wake.recv(4096))
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
                signal.signal(number, lambda *_: self._end(0))
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def _end(self, code: int) -> None:
        self._ending = True
        self._exit_code = self._exit_code or code

    def _bring_up(self, child: Child) -> bool:
        """Start a part and wait until it is ready; False when everything has to end instead."""
        part = child.part
        if self._ending or not part.wanted():
            return not self._ending
        self._launch(child)
        deadline = time.monotonic() + part.ready_s
        while not self._ending and not self._is_ready(child):
            if not part.once and time.monotonic() > deadline:
                self._say(f"{part.name} was not ready within {part.ready_s:g} s; stopping")
                self._end(1)
            self._pump(0.1)
            self._look_after()
        return not self._ending

    def _is_ready(self, child: Child) -> bool:
        if child.part.once:
            return child.process is None
        return child.part.ready is None or child.part.ready()

    def _launch(self, child: Child) -> None:
        try:
            pipe = child.start(self._environment)
        except OSError as error:
            self._say(f"{child.part.name} cannot be started: {error}; stopping")
            self._end(1)
            return
        self._selector.register(pipe, selectors.EVENT_READ, partial(self._relay, child, pipe))

    def _look_after(self) -> None:
        """Deal with the parts that ended, and start those again whose pause is over."""
        for child in self._children:
            if child.ended():
                self._bury(child)
            if child.restart_at is not None and time.monotonic() >= child.restart_at and not self._ending:
                self._launch(child)

    def _bury(self, child: Child) -> None:
        part, process = child.part, child.process
        assert process is not None
        self._pump(0)  # its last words
        child.process = None
        if self._ending or (part.once and process.returncode == 0):
            return
        if part.vital or part.once:
            self._say(f"{part.name} ended ({_how(process.returncode)}); stopping")
            self._end(1)
            return
        pause_s = child.pause_s()
        child.restart_at = time.monotonic() + pause_s
        self._say(f"{part.name} ended ({_how(process.returncode)}); starting it again in {pause_s:g} s")

    def _bring_down(self, child: Child) -> None:
        """Ask a part to end; when its time is over, kill what is left of it."""
        child.terminate()
        deadline = time.monotonic() + child.part.stop_s
        while not child.gone():
            if child.ended():
                self._bury(child)
            elif time.monotonic() > deadline:
                self._say(f"{child.part.name} did not end within {child.part.stop_s:g} s; killing it")
                child.kill_group()
            else:
                self._pump(0.1)
        self._pump(0)

    def _time_to_next_start(self) -> float | None:
        times = [child.restart_at for child in self._children if child.restart_at is not None]
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _pump(self, timeout_s: float | None) -> None:
        """Wait for something to happen, at most so long (None: for ever), and pass on what the children print."""
        for key, _ in self._selector.select(timeout_s):
            key.data()

    def _relay(self, child: Child, pipe: IO[bytes]) -> None:
        """Pass on what a child printed, whole lines at a time. Called when there is something to read, so it never waits."""
        block = os.read(pipe.fileno(), 65536)
        *lines, child.line = (child.line + block).split(b"\n")
        if not block:
            self._selector.unregister(pipe)
            pipe.close()
            lines, child.line = [child.line] if child.line else [], b""
        for line in lines:
            self._write(child.part.name, line)

    def _say(self, text: str) -> None:
        for line in text.splitlines():
            self._write("up", line.encode())

    def _write(self, name: str, line: bytes) -> None:
        try:
            sys.stdout.buffer.write(name.ljust(self._width).encode() + b" | " + line + b"\n")
            sys.stdout.buffer.flush()
        except OSError:  # nobody reads us any more, as in `wcc up | head`
            self._end(1)


def _how(code: int) -> str:
    return f"code {code}" if code >= 0 else signal.Signals(-code).name
