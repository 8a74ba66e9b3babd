"""One outlet: its status machine and what is going on at it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.car import Car
from simulator.error_table import StationError
from simulator.meter import Meter

if TYPE_CHECKING:
    from simulator.session import Session

STATUSES = (
    "Available",
    "Preparing",
    "Charging",
    "SuspendedEV",
    "SuspendedEVSE",
    "Finishing",
    "Reserved",
    "Unavailable",
    "Faulted",
)
_ALL = frozenset(STATUSES)
LEGAL: dict[str, frozenset[str]] = {
    "Available": _ALL - {"Finishing"},
    "Preparing": _ALL - {"Reserved", "Unavailable"},
    "Charging": _ALL - {"Preparing", "Reserved"},
    "SuspendedEV": _ALL - {"Preparing", "Reserved"},
    "SuspendedEVSE": _ALL - {"Preparing", "Reserved"},
    "Finishing": frozenset({"Available", "Preparing", "Finishing", "Unavailable", "Faulted"}),
    "Reserved": frozenset({"Available", "Preparing", "Reserved", "Unavailable", "Faulted"}),
    "Unavailable": _ALL - {"Finishing", "Reserved"},
    "Faulted": _ALL,
}
"""From -> to, OCPP 1.6 edition 2 §4.9 with erratum 3.20; the same status again is always legal."""


class IllegalTransition(RuntimeError):
    """A status change the specification does not know: a fault of the simulator itself."""


@dataclass
class Waiting:
    """Someone is authorised and the plug is awaited until ConnectionTimeOut."""

    id_tag: str
    parent_id_tag: str | None = None
    reservation_id: int | None = None
    charging_profile: dict[str, Any] | None = None
    remote: bool = False


class Connector:
    """Connector `number` (from 1); 0 is the station as a whole and has neither car nor session."""

    def __init__(self, number: int, meter: Meter) -> None:
        self.number = number
        self.meter = meter
        self.status = "Available"
        self.info: str | None = None
        self.error: StationError | None = None
        self.error_cleared = False
        self.car: Car | None = None
        self.session: Session | None = None
        self.waiting: Waiting | None = None
        self.operative = True
        self.local_limit_a: float | None = None
        self.reported: tuple[str, str] | None = None
        self.history = ["Available"]

    @property
    def error_code(self) -> str:
        """OCPP errorCode of the present state."""
        return self.error.error_code if self.error else "NoError"

    @property
    def occupied(self) -> bool:
        """Whether somebody uses it or is about to."""
        return self.session is not None or self.waiting is not None or self.status in ("Preparing", "Finishing")

    def move(self, status: str, info: str | None = None) -> None:
        """Change the status. Raises IllegalTransition."""
        if status not in LEGAL[self.status]:
            raise IllegalTransition(f"connector {self.number}: {self.status} -> {status}")
        self.status = status
        self.info = info
        self.history.append(status)
        del self.history[:-200]
