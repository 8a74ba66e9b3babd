"""The message log's end in the node: a bounded heap of raw messages, from which the ledger takes some when it has nothing better to do.

Nothing here waits or parses. What does not fit is dropped and counted, and the count stands in the log at that place.
"""

from typing import Any

from wcc.clock import now_ms
from wcc.ocpp.charger import Charger

MOST_ROWS = 20_000
MOST_BYTES = 16_777_216
UNREADABLE, DROPPED = 0, 9
Row = tuple[Any, ...]


class MessageLog:
    """Messages that wait to be written. `on` False: takes none."""

    def __init__(self, on: bool) -> None:
        self.on = on
        self._rows: list[Row] = []
        self._bytes = 0
        self._dropped: dict[tuple[int, int], int] = {}

    def __len__(self) -> int:
        return len(self._rows) + len(self._dropped)

    def add(
        self,
        charger: Charger,
        direction: str,
        kind: int,
        message_id: Any,
        action: str,
        text: str | bytes,
        at_ms: int,
        took_ms: int | None = None,
        note: str | None = None,
    ) -> None:
        """Note a message as it was on the wire."""
        if not self.on:
            return
        size = len(text)
        if self._bytes + size > MOST_BYTES or len(self._rows) >= MOST_ROWS:
            key = charger.id, charger.organization_id
            self._dropped[key] = self._dropped.get(key, 0) + 1
            return
        self._rows.append((charger.id, charger.organization_id, at_ms, direction, kind, message_id, action, took_ms, size, text, note))
        self._bytes += size

    def take(self, most: int) -> list[Row]:
        """The oldest messages, which are no longer here then; after them the counts of what was dropped."""
        taken, self._rows = self._rows[:most], self._rows[most:]
        self._bytes = self._bytes - sum(row[8] for row in taken) if self._rows else 0
        if not self._rows and self._dropped and len(taken) < most:
            now = now_ms()
            taken += [(id, org, now, "in", DROPPED, "", "", None, count, "", None) for (id, org), count in self._dropped.items()]
            self._dropped = {}
        return taken

    def lose(self, rows: list[Row]) -> None:
        """Count messages that were taken and could not be written."""
        for row in rows:
            key = row[0], row[1]
            self._dropped[key] = self._dropped.get(key, 0) + (row[8] if row[4] == DROPPED else 1)
