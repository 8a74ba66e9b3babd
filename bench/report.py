"""The bench's findings as Markdown: the same text on the terminal and in docs/bench.md."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median

from bench.rounds import IDLE, PACED_RATE, Fairness, Round

_YARDSTICKS = ("stock", "ocpp-rpc")
_WHAT_WAS_ON = (
    "Ours runs as it is shipped: Basic auth, schema validation, every message stored (sessions, meter values, latest values, "
    "status history), one commit to disk before the answer, change events, presence, watchdog. Only the threshold of the "
    "slowing of single chargers is lifted in the saturated rounds, since all of them talk as fast as they are answered. "
    "The yardsticks check the schemas and store nothing."
)


@dataclass(frozen=True)
class Findings:
    """All that one run of the bench measured."""

    ceiling: Round
    rounds: Mapping[str, Sequence[Round]]
    fairness: Mapping[str, Fairness]
    idle_bytes: Mapping[str, float]
    chargers: int
    seconds: float


def _ratios(mine: Sequence[Round], theirs: Sequence[Round]) -> list[float]:
    return [ours.per_cpu_s / other.per_cpu_s for ours, other in zip(mine, theirs, strict=True)]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (head, *rows)]
    return [f"| {lines[0]} |", "| " + " | ".join("-" * width for width in widths) + " |", *(f"| {line} |" for line in lines[1:])]


def _saturated(findings: Findings) -> list[str]:
    rows = []
    for name, rounds in findings.rounds.items():
        ratios = [median(_ratios(rounds, findings.rounds[other])) if other in findings.rounds else None for other in _YARDSTICKS]
        helpers = ", ".join(
            f"{helper} {median(each.helpers_cpu_s[helper] * 1e6 / each.load.messages for each in rounds):.0f}"
            for helper in rounds[0].helpers_cpu_s
        )
        rows.append(
            [
                name,
                f"{median(each.per_cpu_s for each in rounds):.0f}",
                f"{median(each.cpu_us for each in rounds):.0f}",
                *(f"{ratio:.2f}" if ratio is not None else "-" for ratio in ratios),
                f"{median(each.load.throughput for each in rounds):.0f}",
                f"{median(each.load.p50_ms for each in rounds):.0f}",
                f"{median(each.load.p99_ms for each in rounds):.0f}",
                f"{median(each.load.loader_us for each in rounds):.0f}",
                helpers or "-",
            ]
        )
    head = ["server", "messages per CPU-s", "CPU µs", "× stock", "× ocpp-rpc", "messages/s", "p50 ms", "p99 ms"]
    head += ["load CPU µs", "beside it, CPU µs"]
    return _table(head, rows)


def _rounds(findings: Findings) -> list[str]:
    lines = []
    for name in findings.rounds:
        for other in _YARDSTICKS:
            if other in findings.rounds and name not in _YARDSTICKS:
                ratios = ", ".join(f"{ratio:.2f}" for ratio in _ratios(findings.rounds[name], findings.rounds[other]))
                lines.append(f"- {name} / {other}, round by round: {ratios}")
    return lines


def _fairness(findings: Findings) -> list[str]:
    rows = [
        [
            name,
            f"{found.alone.throughput:.0f}",
            f"{found.alone.p50_ms:.1f}",
            f"{found.alone.p99_ms:.1f}",
            f"{found.beside.p99_ms:.1f}",
            f"{found.ratio:.2f}",
            f"{found.beside.flood_answered / found.beside.seconds:.0f}" + (", then cut off" if found.beside.flooder_cut else ""),
        ]
        for name, found in findings.fairness.items()
    ]
    return _table(["server", "messages/s", "p50 ms", "p99 ms", "p99 ms beside a flooder", "ratio", "flooder's messages/s"], rows)


def _how(findings: Findings) -> str:
    return (
        f"{findings.chargers} chargers, one open CALL each, three quarters MeterValues with eight values; "
        f"{findings.seconds:g} s a round, medians of the rounds, the servers taking turns on fresh databases. "
        "CPU is user and system time of a server's whole process tree. Made by `python -m bench`."
    )


def _ceiling(findings: Findings) -> str:
    echo = findings.ceiling
    shares = [each.load.loader_share for rounds in findings.rounds.values() for each in rounds]
    return (
        f"The load generator alone, against a server that thinks nothing: {echo.load.throughput:.0f} messages/s, "
        f"{echo.load.loader_us:.0f} µs of its CPU a message; in the rounds above it used at most {max(shares, default=0):.0%} of a core. "
        "It runs on the same cores as the servers, so compare CPU, not messages/s."
    )


def markdown(findings: Findings) -> str:
    """The whole report."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("gevent", "websockets", "ocpp", "sqlalchemy"))
    parts = [
        "# The bench",
        "",
        _how(findings),
        "",
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {packages}.",
        "",
        "## As fast as replies come",
        "",
        *_saturated(findings),
        "",
        *_rounds(findings),
        "",
        _WHAT_WAS_ON,
        "",
        _ceiling(findings),
    ]
    if findings.fairness:
        parts += ["", f"## At {PACED_RATE:.0f} messages/s, and one charger gone mad", "", *_fairness(findings)]
        parts += ["", "Timed from when a message was due, so a stalled server does not hide its queue. Every setting at its default."]
    if findings.idle_bytes:
        rows = [[name, f"{each * 1000 / 2**20:.1f}"] for name, each in findings.idle_bytes.items()]
        parts += ["", "## Idle chargers", "", *_table(["server", "MB per 1000"], rows)]
        parts += ["", f"Growth of the process tree's proportional set size over {IDLE} booted, silent chargers."]
    return "\n".join(parts) + "\n"
