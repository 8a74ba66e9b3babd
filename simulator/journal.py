"""What went over the wire: each CALL of either side with its answer."""

import json
from collections import deque
from dataclasses import dataclass
from typing import Any

from simulator.watch import Watch


@dataclass
class Exchange:
    """One CALL and its answer, exactly as they were on the wire (camelCase)."""

    action: str
    payload: Any
    unique_id: Any
    from_charger: bool
    answer: Any = None
    error: str | None = None
    answered: bool = False


class Journal:
    """The last exchanges of one charger, oldest first."""

    def __init__(self, watch: Watch, length: int) -> None:
        self._watch = watch
        self.exchanges: deque[Exchange] = deque(maxlen=length)

    def note(self, text: str | bytes, from_charger: bool) -> Exchange | None:
        """Record one frame; returns the exchange it began or ended. Rubbish is for the reader to complain about."""
        try:
            frame = json.loads(text)
        except ValueError:
            return None
        if not isinstance(frame, list) or len(frame) < 3:
            return None
        exchange = self._begin(frame, from_charger) if frame[0] == 2 else self._end(frame, from_charger)
        self._watch.notify()
        return exchange

    def _begin(self, frame: list[Any], from_charger: bool) -> Exchange:
        payload = frame[3] if len(frame) > 3 else None
        exchange = Exchange(str(frame[2]), payload, frame[1], from_charger)
        self.exchanges.append(exchange)
        return exchange

    def _end(self, frame: list[Any], from_charger: bool) -> Exchange | None:
        for exchange in reversed(self.exchanges):
            # An answer belongs to a CALL of the other side.
            if exchange.unique_id == frame[1] and exchange.from_charger != from_charger and not exchange.answered:
                exchange.answered = True
                if frame[0] == 3:
                    exchange.answer = frame[2]
                else:
                    exchange.error = str(frame[2])
                return exchange
        return None

    def sent(self, action: str | None = None) -> list[Exchange]:
        """The charger's own CALLs, of one action or all."""
        return [e for e in self.exchanges if e.from_charger and action in (None, e.action)]

    def received(self, action: str | None = None) -> list[Exchange]:
        """The central system's CALLs, of one action or all."""
        return [e for e in self.exchanges if not e.from_charger and action in (None, e.action)]
