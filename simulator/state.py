"""What a charger keeps over a power cut: register, changed keys, availability, undelivered transaction messages."""

import dataclasses
import json
import logging
import os
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocpp.v16 import call

from simulator import clock
from simulator.outbox import Entry, Transaction

if TYPE_CHECKING:
    from simulator.station import Station

log = logging.getLogger("simulator")


class StateError(RuntimeError):
    """A state file that cannot be read."""


class State:
    """One charger's file `<folder>/<identity>.json`."""

    def __init__(self, folder: Path, identity: str) -> None:
        self._path = folder / (urllib.parse.quote(identity, safe="") + ".json")

    def save(self, charger: "Station") -> None:
        """Write everything; the old file stays whole until the new one is."""
        transactions: list[Transaction] = []
        queue = [
            {
                "action": e.action,
                "payload": dataclasses.asdict(e.payload),
                "transaction": _index(transactions, e.transaction),
            }
            for e in charger.outbox.entries
        ]
        running = [_index(transactions, c.session.transaction) for c in charger.connectors.values() if c.session]
        data = {
            "configuration": charger.configuration.changed,
            "register_wh": {str(c.number): c.meter.register_wh for c in charger.connectors.values()},
            "inoperative": [c.number for c in charger.everything if not c.operative],
            "transactions": [{**dataclasses.asdict(t), "started": clock.text(t.started)} for t in transactions],
            "queue": queue,
            "running": running,
        }
        temporary = self._path.with_suffix(".tmp")
        temporary.write_text(json.dumps(data))
        os.replace(temporary, self._path)

    def load(self, charger: "Station") -> None:
        """Bring a charger to where it was when it lost power; what was running then ends with PowerLoss.

        Raises StateError.
        """
        if not self._path.exists():
            return
        try:
            self._apply(charger, json.loads(self._path.read_text()))
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            raise StateError(f"{self._path} cannot be read: {error!r}; delete it to start afresh") from error

    @staticmethod
    def _apply(charger: "Station", data: dict[str, Any]) -> None:
        for name, value in data["configuration"].items():
            charger.configuration.set(name, value)
        for number, register_wh in data["register_wh"].items():
            if int(number) in charger.connectors:
                charger.connectors[int(number)].meter.register_wh = float(register_wh)
        for connector in charger.everything:
            connector.operative = connector.number not in data["inoperative"]
            connector.status = "Available" if connector.operative else "Unavailable"
        transactions = [Transaction(**{**t, "started": clock.parse(t["started"])}) for t in data["transactions"]]
        for item in data["queue"]:
            payload = getattr(call, item["action"])(**item["payload"])
            charger.outbox.entries.append(Entry(payload, transactions[item["transaction"]]))
        for index in data["running"]:
            transaction = transactions[index]
            log.info("%s lost power during a session of %s", charger.identity, transaction.id_tag)
            register_wh = charger.connectors[transaction.connector].meter.reading_wh
            stop = call.StopTransaction(meter_stop=register_wh, timestamp=charger.clock.text(), transaction_id=0, reason="PowerLoss")
            charger.outbox.entries.append(Entry(stop, transaction))


def _index(transactions: list[Transaction], transaction: Transaction) -> int:
    """Position in the list by identity, appended when new."""
    for position, known in enumerate(transactions):
        if known is transaction:
            return position
    transactions.append(transaction)
    return len(transactions) - 1
