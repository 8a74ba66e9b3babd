"""Reservations as the charger holds them."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from simulator.authorization import fold

if TYPE_CHECKING:
    from simulator.station import Station

log = logging.getLogger("simulator")


@dataclass
class Reservation:
    """One reservation; `connector` 0 is any connector."""

    id: int
    connector: int
    id_tag: str
    parent_id_tag: str | None
    expires: datetime

    def admits(self, id_tag: str, parent_id_tag: str | None) -> bool:
        """Whether this tag, or its group, may use it."""
        if fold(id_tag) == fold(self.id_tag):
            return True
        return bool(self.parent_id_tag and parent_id_tag and fold(parent_id_tag) == fold(self.parent_id_tag))


class Reservations:
    """The reservations of one charger, by id."""

    def __init__(self, charger: "Station") -> None:
        self._charger = charger
        self._held: dict[int, Reservation] = {}

    def on(self, connector: int) -> Reservation | None:
        """The reservation that binds this connector."""
        return next((r for r in self._held.values() if r.connector in (connector, 0)), None)

    def request(self, reservation: Reservation) -> str:
        """Answer to ReserveNow."""
        number = reservation.connector
        if number == 0:
            if not self._charger.settings.reserve_connector_zero:
                return "Rejected"
            statuses = [connector.status for connector in self._charger.connectors.values()]
        elif number in self._charger.connectors:
            statuses = [self._charger.connectors[number].status]
        else:
            return "Rejected"
        held = self.on(number)
        replaces = held is not None and held.id == reservation.id
        if "Available" in statuses or (replaces and "Reserved" in statuses):
            self._held[reservation.id] = reservation
            return "Accepted"
        return next((status for status in ("Faulted", "Unavailable") if set(statuses) == {status}), "Occupied")

    async def hold(self, reservation: Reservation) -> None:
        """Show the reservation and wait for its end."""
        await self._show(reservation.connector, "Available", "Reserved")
        left = (reservation.expires - self._charger.clock.now()).total_seconds()
        await self._charger.clock.sleep(left)
        if self._held.get(reservation.id) is reservation:
            log.info("%s reservation %d expired", self._charger.identity, reservation.id)
            del self._held[reservation.id]
            await self._show(reservation.connector, "Reserved", "Available")

    def cancel(self, reservation_id: int) -> Reservation | None:
        """Forget a reservation; None if there is no such one."""
        return self._held.pop(reservation_id, None)

    async def cancelled(self, reservation: Reservation) -> None:
        """Show that a reservation is gone."""
        await self._show(reservation.connector, "Reserved", "Available")

    def use(self, reservation_id: int | None) -> None:
        """A session began on it."""
        if reservation_id is not None:
            self._held.pop(reservation_id, None)

    async def _show(self, number: int, before: str, after: str) -> None:
        for connector in self._charger.connectors.values():
            if number in (0, connector.number) and connector.status == before:
                # A car plugged in meanwhile is on its way to a session of its own.
                status = "Preparing" if after == "Available" and connector.car else after
                await self._charger.report(connector, status)
