"""The ledger: what chargers report, gathered for some milliseconds, committed at once by a process of its own, answered after.

`put()` waits for the commit: that is the order per charger and the back-pressure. Database away: the same batch is tried again
for `ledger_hold_s`, then the waiting readers get LedgerUnavailable and hang up, so that chargers keep their queues.
"""

import marshal
import struct
import subprocess
import sys
from time import monotonic
from typing import Any

import gevent
import structlog
from gevent.event import Event
from gevent.hub import Waiter
from gevent.lock import Semaphore
from gevent.os import make_nonblocking, nb_read, nb_write
from redis.exceptions import RedisError

from wcc import bus
from wcc.config import Settings
from wcc.errors import LedgerUnavailable
from wcc.ocpp.message_log import MessageLog

log = structlog.get_logger()

RETRY_S = 0.5
MESSAGES = "messages"
LOG_BATCH = 500  # messages that are written between two batches of reports: some milliseconds
LOG_REST = 19  # so many times as long as writing took, no more is written: the log takes a twentieth of the process's time at most
Pending = tuple[bytes, Waiter | None]


class Ledger:
    """One per web process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.available = True
        self.commits = self.reports = 0
        self.messages = MessageLog(settings.message_log)
        self._to_log = 0
        self._log_again = 0.0
        self._asking = Semaphore()
        self._pending: list[Pending] = []
        self._some = Event()
        self._idle = Event()
        self._idle.set()
        self._child: subprocess.Popen[bytes] | None = None
        self._loop = gevent.get_hub().loop
        self._greenlet = gevent.spawn(self._run)

    def start(self) -> None:
        """Have the process ready before the first charger comes. Raises LedgerUnavailable when it cannot reach the database."""
        outcome = self._ask([])
        if outcome[0] != "stored":
            raise LedgerUnavailable(outcome[1])

    def put(self, kind: str, report: tuple[Any, ...]) -> Any:
        """Store a report and give its result once it is committed. Raises LedgerUnavailable."""
        waiter = Waiter()
        self._add((marshal.dumps((kind, report)), waiter))
        result = waiter.get()
        if isinstance(result, LedgerUnavailable):
            raise result
        return result

    def post(self, kind: str, report: tuple[Any, ...]) -> None:
        """Store a report that nobody waits for."""
        self._add((marshal.dumps((kind, report)), None))

    def _add(self, pending: Pending) -> None:
        if not self._pending:
            self._idle.clear()
            self._some.set()
        self._pending.append(pending)

    def close(self) -> None:
        """Commit all that is there, then end the process."""
        if not self._idle.wait(self.settings.ledger_hold_s):
            log.error(
                "the database is away: unanswered reports stay with their chargers",
                reports=len(self._pending),
            )
        with self._asking:  # not in the middle of an answer
            self._greenlet.kill()
        self._to_log = len(self.messages)
        while self._to_log > 0:
            self._log_some()
        if self._child and self._child.stdin:
            self._child.stdin.close()
            self._child.wait()  # gevent's own where it is patched, which cannot wait in a thread of the pool

    def _run(self) -> None:
        window_s = self.settings.ledger_window_ms / 1000
        most = self.settings.ledger_batch
        while True:
            self._some.wait()
            if len(self._pending) < most:
                gevent.sleep(window_s)
            batch, self._pending = self._pending[:most], self._pending[most:]
            if batch:
                self._settle(batch)
            if self._to_log > 0 and monotonic() >= self._log_again:
                self._log_some()
            if not self._pending:
                self._idle.set()
                if self._to_log <= 0:
                    self._some.clear()

    def log_messages(self) -> None:
        """Have the messages that are in the log by now written, a few after each batch of reports."""
        self._to_log = len(self.messages)
        if self._to_log:
            self._some.set()

    def _log_some(self) -> None:
        """Write some messages; what cannot be written is counted as lost, never tried again."""
        rows = self.messages.take(min(LOG_BATCH, self._to_log))
        self._to_log = self._to_log - len(rows) if rows else 0
        if not rows:
            return
        began = monotonic()
        outcome = self._ask([marshal.dumps((MESSAGES, rows))])
        ended = monotonic()
        self._log_again = ended + LOG_REST * (ended - began)
        if outcome[0] != "stored":
            self._to_log = 0
            self.messages.lose(rows)
            log.warning("messages not logged", count=len(rows), why=outcome[1])
            return
        try:
            redis = bus.shared()
            if watched := bus.watched(redis):
                self._publish(list({(row[1], "message", row[0]) for row in rows if row[0] in watched}))
        except RedisError as error:  # followers look again by themselves
            log.warning("changes not published", error=str(error))

    def _settle(self, batch: list[Pending]) -> None:
        """Have a batch committed, however often that takes; its keys make a second time harmless."""
        reports = [report for report, _ in batch]
        until = monotonic() + self.settings.ledger_hold_s
        while True:
            outcome = self._ask(reports)
            if outcome[0] == "stored":
                break
            if monotonic() > until:
                self.available = False
                self._wake(batch, [LedgerUnavailable(outcome[1])] * len(batch))
                return
            gevent.sleep(RETRY_S)
        self.available = True
        self.commits += 1
        self.reports += len(batch)
        self._wake(batch, outcome[1])
        self._publish(outcome[2])

    def _wake(self, batch: list[Pending], results: list[Any]) -> None:
        """Let the waiting readers go on. Waiters are switched to from the hub: one callback for the whole batch."""
        woken = [(waiter, result) for (_, waiter), result in zip(batch, results, strict=True) if waiter is not None]

        def switch() -> None:
            for waiter, result in woken:
                waiter.switch(result)

        self._loop.run_callback(switch)

    def _publish(self, changed: list[tuple[int, str, int]]) -> None:
        changes: dict[int, bus.Changes] = {}
        for organization_id, kind, id in changed:
            changes.setdefault(organization_id, {}).setdefault(kind, []).append(id)
        if changes:
            try:
                bus.publish_all(bus.shared(), changes)
            except RedisError as error:  # browsers refresh when their stream mends
                log.warning("changes not published", error=str(error))

    def _ask(self, reports: list[bytes]) -> Any:
        """One round trip to the process; started again when it is gone."""
        with self._asking:
            return self._exchange(reports)

    def _exchange(self, reports: list[bytes]) -> Any:
        try:
            child = self._child or self._start()
            assert child.stdin and child.stdout
            _write(child.stdin.fileno(), pack(reports))
            size = struct.unpack(">I", _read(child.stdout.fileno(), 4))[0]
            return marshal.loads(_read(child.stdout.fileno(), size))
        except OSError as error:
            log.error("the ledger's process is gone", error=repr(error))
            if self._child:
                self._child.kill()
                self._child.wait()  # gevent's own where it is patched, which cannot wait in a thread of the pool
                self._child = None
            return ("down", repr(error))

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "wcc.ocpp.ledger_process"]
        child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert child.stdin and child.stdout
        make_nonblocking(child.stdin.fileno())
        make_nonblocking(child.stdout.fileno())
        self._child = child
        return child


def pack(reports: list[bytes]) -> bytes:
    """A batch of marshalled reports as it goes over the pipe: length, number, reports."""
    body = b"".join(reports)
    return struct.pack(">II", len(body) + 4, len(reports)) + body


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[nb_write(descriptor, view) :]


def _read(descriptor: int, size: int) -> bytes:
    parts = []
    while size:
        part = nb_read(descriptor, min(size, 1_048_576))
        if not part:
            raise BrokenPipeError("no answer")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
