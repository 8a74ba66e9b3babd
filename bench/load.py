"""Load generator: N chargers on raw sockets, one epoll loop, closed (as fast as replies come) or paced.

`python -m bench.load --port 9000 --pid 1234` loads a server that runs already; its chargers must know the password.
"""

import argparse
import heapq
import select
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from bench import messages, processes, wire
from bench.charger import BadReply, Charger, Flooder

PASSWORD = "bench-password-0"


def identity(number: int) -> str:
    """OCPP identity of the bench's charger with this number."""
    return f"BENCH-{number:05d}"


@dataclass(frozen=True)
class Result:
    """What one measured stretch saw. CPU in seconds of the load generator itself, latencies in milliseconds."""

    messages: int
    seconds: float
    loader_cpu_s: float
    p50_ms: float
    p99_ms: float
    flood_answered: int = 0
    flooder_cut: bool = False

    @property
    def throughput(self) -> float:
        """Messages answered per second of wall-clock time."""
        return self.messages / self.seconds

    @property
    def loader_us(self) -> float:
        """CPU microseconds that the load generator spent on a message."""
        return self.loader_cpu_s * 1e6 / max(self.messages, 1)

    @property
    def loader_share(self) -> float:
        """Share of one core that the load generator used: near 1 it was itself the bottleneck."""
        return self.loader_cpu_s / self.seconds


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest-rank percentile; 0 for no values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


class Load:
    """Chargers against one server; use as a context manager, `open()` once, then `measure()` as often as wanted."""

    def __init__(self, port: int, chargers: int, first: int = 0, flooder: bool = False, opening: Sequence[int] = messages.OPENING) -> None:
        self._epoll = select.epoll()
        self._opening = opening
        self._latencies = array("d")
        self._interval_s = 0.0
        self._due: list[tuple[float, int]] = []
        self._sending = False
        self._cut = False
        self.starts_answered = 0
        self._flooder: Flooder | None = None
        self._chargers: dict[int, Charger] = {}
        for number in range(first, first + chargers):
            self._add(port, number, Flooder if flooder and number == first else Charger)

    def _add(self, port: int, number: int, kind: type[Charger]) -> None:
        sock, rest = wire.connect(port, identity(number), PASSWORD)
        charger = kind(identity(number), number, sock, rest)
        self._chargers[sock.fileno()] = charger
        self._epoll.register(sock.fileno(), select.EPOLLIN)
        if isinstance(charger, Flooder):
            self._flooder = charger

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._epoll.close()
        for charger in self._chargers.values():
            charger.sock.close()

    def open(self, deadline_s: float = 60) -> None:
        """Every charger goes through its opening and is then idle. Raises BadReply, also after the deadline."""
        for kind in self._opening:
            for charger in self._chargers.values():
                charger.send(charger.script.build(kind), time.perf_counter())
                self._turn(0)
            self._quiet(deadline_s)

    def measure(self, seconds: float, warm_up_s: float = 1.0, rate: float = 0.0, sample: Callable[[], None] = lambda: None) -> Result:
        """Load the server and watch. `rate` in messages per second over all chargers; 0 = as fast as replies come.

        `sample` is called at both ends of the measured stretch, for whoever reads the server's clocks. Paced replies are timed
        from when the message was due, so that a stalled server does not hide its queue. Ends when all CALLs are answered.
        """
        self._start(rate)
        self._run(warm_up_s)
        self._latencies = array("d")
        flooded = self._flooder.answered if self._flooder else 0
        sample()
        cpu, began = time.process_time(), time.perf_counter()
        self._run(seconds)
        ended, cpu = time.perf_counter(), time.process_time() - cpu
        sample()
        self._sending = False
        latencies = self._latencies
        flooded = self._flooder.answered - flooded if self._flooder else 0
        self._due.clear()
        self._quiet(30)
        p50, p99 = (percentile(latencies, share) * 1000 for share in (0.5, 0.99))
        return Result(len(latencies), ended - began, cpu, p50, p99, flooded, self._cut)

    def _start(self, rate: float) -> None:
        self._sending = True
        now = time.perf_counter()
        others = [charger for charger in self._chargers.values() if charger is not self._flooder]
        self._interval_s = len(others) / rate if rate else 0.0
        for place, charger in enumerate(others):
            if rate:
                charger.due = now + self._interval_s * place / len(others)
                heapq.heappush(self._due, (charger.due, charger.sock.fileno()))
            else:
                charger.send(charger.script.next(), now)
        self._flood()

    def _run(self, seconds: float) -> None:
        end = time.perf_counter() + seconds
        while (now := time.perf_counter()) < end:
            wait = min(end, self._due[0][0] if self._due else end) - now
            self._turn(max(wait, 0))
            while self._due and self._due[0][0] <= time.perf_counter():
                charger = self._chargers[heapq.heappop(self._due)[1]]
                charger.send(charger.script.next(), charger.due)

    def _quiet(self, deadline_s: float) -> None:
        """Wait until every CALL is answered. Raises BadReply after the deadline."""
        end = time.perf_counter() + deadline_s
        while waiting := [charger for charger in self._chargers.values() if charger.waiting]:
            if time.perf_counter() > end:
                raise BadReply(f"{len(waiting)} chargers without an answer after {deadline_s} s, {waiting[0].identity} among them")
            self._turn(0.1)

    def _turn(self, timeout_s: float) -> None:
        """Wait for replies once, take them all, let each charger go on."""
        ready = self._epoll.poll(timeout_s)
        now = time.perf_counter()  # they were all here by now; the time we take over them is not the server's
        for descriptor, _ in ready:
            charger = self._chargers[descriptor]
            if charger is self._flooder:
                self._flood()
            elif charger.receive():
                self._answered(charger, now)

    def _answered(self, charger: Charger, now: float) -> None:
        self._latencies.append(now - charger.sent_at)
        if charger.script.kind == messages.START:
            self.starts_answered += 1
        if not self._sending:
            return
        if self._interval_s:
            charger.due += self._interval_s
            heapq.heappush(self._due, (charger.due, charger.sock.fileno()))
        else:
            charger.send(charger.script.next(), time.perf_counter())

    def _flood(self) -> None:
        """Let the flooder read and write; being cut off is a result, not an error."""
        flooder = self._flooder
        if flooder is None or self._cut:
            return
        try:
            if flooder.waiting or flooder.unanswered:
                flooder.receive()
            if self._sending:
                flooder.flood()
            wanted = select.EPOLLIN | (select.EPOLLOUT if flooder.outbox else 0)
            self._epoll.modify(flooder.sock.fileno(), wanted)
        except (BadReply, OSError):
            self._cut = True
            flooder.waiting = False
            self._epoll.unregister(flooder.sock.fileno())


def main() -> None:
    """Load a running server once and print what was seen."""
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=main.__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pid", type=int, help="the server's process; its CPU and its children's are measured")
    parser.add_argument("--chargers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--rate", type=float, default=0, help="messages per second over all chargers; 0 = as fast as replies come")
    parser.add_argument("--flooder", action="store_true", help="the first charger pipelines as fast as it can")
    arguments = parser.parse_args()
    clock = processes.CpuClock([arguments.pid] if arguments.pid else [])
    with Load(arguments.port, arguments.chargers, flooder=arguments.flooder) as load:
        load.open()
        result = load.measure(arguments.seconds, rate=arguments.rate, sample=clock.tick)
    print(result)
    print(f"{result.throughput:.0f} messages/s, load generator {result.loader_us:.1f} µs of CPU a message")
    if clock.spent_s:
        print(f"server {clock.spent_s:.2f} s of CPU, {result.messages / clock.spent_s:.0f} messages per CPU-second")


if __name__ == "__main__":
    main()
