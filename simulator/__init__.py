"""A simulator of Webasto NEXT charging stations that knows the OCPP 1.6J wire and nothing else.

Command line: `python -m simulator --help`; in tests `async with Charger(url, identity) as charger: ...`. See README.md.
"""

from simulator.car import Car
from simulator.charger import Charger
from simulator.faults import Faults, Reply
from simulator.settings import Settings
from simulator.wire import CallRefused, LinkLost

__all__ = ["CallRefused", "Car", "Charger", "Faults", "LinkLost", "Reply", "Settings"]
