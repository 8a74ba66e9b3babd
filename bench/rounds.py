"""The measurements: saturated rounds, a paced load with and without a flooder, memory of idle chargers, the ceiling."""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from bench import messages, targets
from bench.load import Load, Result
from bench.processes import CpuClock, pss_bytes, tick

TARGETS: dict[str, Callable[..., AbstractContextManager[targets.Running]]] = {
    "ours, SQLite": targets.ours_sqlite,
    "ours, PostgreSQL": targets.ours_postgres,
    "stock": targets.stock,
    "ocpp-rpc": targets.ocpp_rpc,
}
PACED_RATE = 2000.0  # messages a second over all chargers
# Chargers that are there before memory is read for the first time, so that what is loaded once is not charged to the thousand.
SETTLED = 20
IDLE = 1000
_QUIET_S = 6.0  # heartbeats are flushed every 5 s; by then an idle server has done all it had to do


class LostReports(Exception):
    """The database does not hold what was answered."""


@dataclass(frozen=True)
class Round:
    """One server, saturated once."""

    load: Result
    cpu_s: float
    helpers_cpu_s: dict[str, float]

    @property
    def per_cpu_s(self) -> float:
        """Messages answered per CPU-second of the server's process tree."""
        return self.load.messages / self.cpu_s

    @property
    def cpu_us(self) -> float:
        """CPU microseconds of the server's process tree per message."""
        return 1e6 / self.per_cpu_s


@dataclass(frozen=True)
class Fairness:
    """Reply times of the same paced load, alone and beside one flooding charger."""

    alone: Result
    beside: Result

    @property
    def ratio(self) -> float:
        """How many times the 99th percentile of the others the flooder costs."""
        return self.beside.p99_ms / self.alone.p99_ms


def saturate(name: str, chargers: int, seconds: float) -> Round:
    """One round on a fresh database. Raises LostReports when fewer (or more) sessions are stored than starts answered."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, TARGETS[name](Path(folder)) as server:
        clock = CpuClock([server.pid])
        helpers = {helper: CpuClock([pid]) for helper, pid in server.helpers.items()}
        with Load(server.port, chargers) as load:
            load.open()
            result = load.measure(seconds, sample=lambda: tick(clock, *helpers.values()))
            answered = load.starts_answered
        stored = server.sessions_stored() if server.sessions_stored else answered
        if stored != answered:
            raise LostReports(f"{name}: {answered} starts answered, {stored} sessions stored")
        return Round(result, clock.spent_s, {helper: each.spent_s for helper, each in helpers.items()})


def interleave(names: Sequence[str], rounds: int, chargers: int, seconds: float, tell: Callable[[str], None]) -> dict[str, list[Round]]:
    """All servers once, then all again …: what the machine does meanwhile hits every one of them."""
    seen: dict[str, list[Round]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names:
            each = saturate(name, chargers, seconds)
            seen[name].append(each)
            tell(f"round {number + 1}  {name:17} {each.per_cpu_s:7.0f} messages per CPU-second, {each.load.throughput:6.0f}/s")
    return seen


def fairness(name: str, chargers: int, seconds: float) -> Fairness:
    """A paced load at PACED_RATE, alone and then beside a charger that pipelines as fast as it can; every setting at its default."""
    environment: Mapping[str, str] = {}
    rate = PACED_RATE * (chargers - 1) / chargers
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, TARGETS[name](Path(folder), environment) as server:
        with Load(server.port, chargers - 1, first=1) as load:
            load.open()
            alone = load.measure(seconds, rate=rate)
        with Load(server.port, chargers, flooder=True) as load:
            load.open()
            beside = load.measure(seconds, rate=rate)
    return Fairness(alone, beside)


def idle_bytes(name: str) -> float:
    """Memory that one booted and then silent charger costs the server's process tree (proportional set size)."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        TARGETS[name](Path(folder)) as server,
        Load(server.port, SETTLED, opening=messages.IDLE_OPENING) as settled,
    ):
        settled.open()
        time.sleep(_QUIET_S)
        before = pss_bytes(server.pid)
        with Load(server.port, IDLE, first=SETTLED, opening=messages.IDLE_OPENING) as load:
            load.open()
            time.sleep(_QUIET_S)
            return (pss_bytes(server.pid) - before) / IDLE


def ceiling(chargers: int, seconds: float) -> Round:
    """The load generator against a server that thinks nothing."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, targets.echo(Path(folder)) as server:
        clock = CpuClock([server.pid])
        with Load(server.port, chargers) as load:
            load.open()
            result = load.measure(seconds, sample=clock.tick)
        return Round(result, clock.spent_s, {})
