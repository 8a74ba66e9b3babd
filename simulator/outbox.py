"""The queue of transaction messages (StartTransaction, StopTransaction, MeterValues of a transaction).

They keep their order and their timestamps, wait while the charger is offline, and are tried again when the central
system fails to process them (TransactionMessageAttempts, TransactionMessageRetryInterval). OCPP 1.6 §3.7.
"""

import asyncio
import dataclasses
import logging
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ocpp.v16 import call

from simulator.wire import CallRefused, LinkLost

if TYPE_CHECKING:
    from simulator.station import Station

log = logging.getLogger("simulator")

UNKNOWN_ID = -1  # what a charger sends when it never got an id


@dataclass
class Transaction:
    """One OCPP transaction; `id` is None until the central system gave one. Energy Wh."""

    connector: int
    id_tag: str
    meter_start: int
    started: datetime
    parent_id_tag: str | None = None
    reservation_id: int | None = None
    id: int | None = None
    status: str | None = None  # idTagInfo.status of StartTransaction.conf
    energy_wh: int = 0


@dataclass
class Entry:
    """One queued message."""

    payload: Any
    transaction: Transaction
    attempts: int = 0
    done: bool = False

    @property
    def action(self) -> str:
        """OCPP action."""
        return type(self.payload).__name__

    def for_wire(self) -> Any:
        """The payload with the transaction id as known now."""
        if self.action == "StartTransaction":
            return self.payload
        known = self.transaction.id if self.transaction.id is not None else UNKNOWN_ID
        return dataclasses.replace(self.payload, transaction_id=known)


class Outbox:
    """Queue of one charger; survives the link."""

    def __init__(self, charger: "Station") -> None:
        self._charger = charger
        self.entries: deque[Entry] = deque()

    def put(self, payload: Any, transaction: Transaction) -> Entry:
        """Queue a message; it is sent as soon as it is first in line and the charger is online."""
        entry = Entry(payload, transaction)
        self.entries.append(entry)
        self._charger.watch.notify()
        return entry

    async def settled(self, entry: Entry) -> None:
        """Wait until the message was answered or it is clear that it will not be soon."""
        await self._charger.watch.wait_for(lambda: entry.done or self._stuck or not self._charger.online)

    @property
    def _stuck(self) -> bool:
        """Whether the message in front has failed and waits to be tried again."""
        return bool(self.entries and self.entries[0].attempts)

    async def empty(self, timeout_s: float | None = None) -> None:
        """Wait until everything was delivered. Raises TimeoutError."""
        await self._charger.watch.wait_for(lambda: not self.entries, timeout_s)

    async def run(self) -> None:
        """Deliver for ever."""
        while True:
            await self._charger.watch.wait_for(lambda: self.entries and self._charger.online)
            await self._deliver(self.entries[0])

    async def _deliver(self, entry: Entry) -> None:
        try:
            answer = await self._charger.ask(entry.for_wire())
        except LinkLost:
            return  # it stays first in line
        except (CallRefused, TimeoutError) as error:
            entry.attempts += 1
            log.warning("%s %s failed (attempt %d): %s", self._charger.identity, entry.action, entry.attempts, error)
            self._charger.watch.notify()
            await self._retry(entry)
            return
        self._finish(entry)
        if isinstance(entry.payload, call.StartTransaction):
            self._started(entry.transaction, answer)

    async def _retry(self, entry: Entry) -> None:
        configuration = self._charger.configuration
        attempts = max(1, configuration.number("TransactionMessageAttempts"))
        if self._charger.settings.drop_after_attempts and entry.attempts >= attempts:
            log.warning("%s gives up %s after %d attempts", self._charger.identity, entry.action, entry.attempts)
            self._finish(entry)
            return
        await asyncio.sleep(configuration.number("TransactionMessageRetryInterval") * entry.attempts)

    def _finish(self, entry: Entry) -> None:
        entry.done = True
        self.entries.popleft()
        self._charger.remember()
        self._charger.watch.notify()

    def _started(self, transaction: Transaction, answer: Any) -> None:
        transaction.id = answer.transaction_id
        transaction.status = answer.id_tag_info.get("status")
        log.info("%s transaction %s: %s", self._charger.identity, transaction.id, transaction.status)
        self._charger.authorization.learn(transaction.id_tag, answer.id_tag_info)
        self._charger.transaction_started(transaction)
        self._charger.remember()
        self._charger.watch.notify()
