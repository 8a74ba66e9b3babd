"""CPU time and memory of a process and all its descendants, from /proc."""

import os
from collections.abc import Sequence
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """Fields of /proc/<pid>/stat from the state on (the name before it may hold spaces); empty when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def tree(root: int) -> list[int]:
    """The process and its living descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def cpu_s(root: int) -> float:
    """User and system time of the tree in seconds, with the time of children that have ended and were waited for."""
    # utime, stime, cutime and cstime are fields 14 to 17 of proc(5), the state is field 3.
    return sum(sum(map(int, fields[11:15])) for pid in tree(root) if (fields := _stat(pid))) / _TICKS


def pss_bytes(root: int) -> int:
    """Memory of the tree, pages shared between processes counted once in all (proportional set size)."""
    total = 0
    for pid in tree(root):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


class CpuClock:
    """CPU seconds of some process trees between two ticks."""

    def __init__(self, roots: Sequence[int]) -> None:
        self._roots = roots
        self._last = 0.0
        self.spent_s = 0.0

    def tick(self) -> None:
        """Note the clocks; `spent_s` is then what was spent since the tick before."""
        now = sum(cpu_s(root) for root in self._roots)
        self.spent_s, self._last = now - self._last, now


def tick(*clocks: CpuClock) -> None:
    """Let several clocks tick at once."""
    for clock in clocks:
        clock.tick()
