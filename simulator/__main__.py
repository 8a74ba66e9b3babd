"""`python -m simulator`: run chargers from the command line.

Exit codes: 0 stopped as told (SIGINT, SIGTERM, --duration), 1 a fault of the simulator, 2 bad arguments or files.
"""

import argparse
import asyncio
import logging
import signal
import sys
from pathlib import Path

from simulator import arguments, fleet
from simulator.arguments import UsageError
from simulator.fleet import Fleet, FleetError
from simulator.state import StateError


def _log_to_stderr(verbose: int) -> None:
    """One plain line per event; -v adds the frames, -q leaves warnings only."""
    level = {-1: logging.WARNING, 0: logging.INFO}.get(verbose, logging.DEBUG)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    logging.getLogger("simulator").setLevel(level)
    logging.getLogger("simulator.frames").setLevel(logging.DEBUG if verbose > 0 else logging.WARNING)


async def _run(chosen: Fleet, options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if options.duration:
        loop.call_later(options.duration, stop.set)
    await fleet.run(chosen, chosen.url or "", stop, options.state)


def main(argv: list[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    parser = arguments.parser()
    options = parser.parse_args(argv)
    if options.list:
        print(arguments.listing(options.list))
        return 0
    _log_to_stderr(options.verbose)
    try:
        chosen = arguments.chosen_fleet(options)
        if options.state:
            Path(options.state).mkdir(parents=True, exist_ok=True)
        asyncio.run(_run(chosen, options))
    except (UsageError, FleetError, StateError, OSError) as error:
        print(f"simulator: error: {error}", file=sys.stderr)
        return 2
    except Exception:
        logging.getLogger("simulator").exception("internal error")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
