"""Run the bench: `python -m bench` (`make bench`). Prints a report; with --write it also replaces docs/bench.md."""

import argparse
from pathlib import Path

from bench import rounds
from bench.report import Findings, markdown

REPORT = Path(__file__).resolve().parent.parent / "docs" / "bench.md"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=6, help="length of each measured stretch (default 6)")
    parser.add_argument("--rounds", type=int, default=3, help="how often all servers take their turn (default 3)")
    parser.add_argument("--chargers", type=int, default=200, help="chargers at once (default 200)")
    parser.add_argument("--only", action="append", choices=tuple(rounds.TARGETS), help="only this server (may be repeated)")
    parser.add_argument("--part", action="append", choices=("saturated", "fairness", "idle"), help="only this part (may be repeated)")
    parser.add_argument("--write", action="store_true", help=f"write the report to {REPORT.relative_to(REPORT.parent.parent)}")
    return parser.parse_args()


def _tell(line: str) -> None:
    print(line, flush=True)


def main() -> None:
    """Measure, print, and write if asked to."""
    arguments = _arguments()
    names = [name for name in rounds.TARGETS if not arguments.only or name in arguments.only]
    parts = arguments.part or ["saturated", "fairness", "idle"]
    ceiling = rounds.ceiling(arguments.chargers, arguments.seconds)
    _tell(f"load generator's ceiling: {ceiling.load.throughput:.0f} messages/s, {ceiling.load.loader_us:.0f} µs of CPU a message")
    seen = {}
    if "saturated" in parts:
        seen = rounds.interleave(names, arguments.rounds, arguments.chargers, arguments.seconds, _tell)
        busiest = max(each.load.loader_share for each_rounds in seen.values() for each in each_rounds)
        _tell(f"the load generator took at most {busiest:.0%} of a core" + (": it was the bottleneck" if busiest > 0.9 else ""))
    fair = {}
    if "fairness" in parts:
        for name in names:
            if name.startswith("ours"):
                _tell(f"fairness  {name}")
                fair[name] = rounds.fairness(name, arguments.chargers, arguments.seconds)
    idle = {}
    if "idle" in parts:
        for name in names:
            _tell(f"idle      {name}")
            idle[name] = rounds.idle_bytes(name)
    report = markdown(Findings(ceiling, seen, fair, idle, arguments.chargers, arguments.seconds))
    _tell("\n" + report)
    if arguments.write:
        REPORT.write_text(report)


if __name__ == "__main__":
    main()
