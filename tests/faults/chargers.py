"""Chargers that never give up: each keeps its unanswered message and sends it again after every reconnect, as real ones do."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException

from wcc.clock import now_ms, wire

RETRY_S = 0.05


@dataclass
class Told:
    """What the central system confirmed to a charger: start time → transactionId, sample times and stop meter by transactionId."""

    starts: dict[str, int] = field(default_factory=dict)
    samples: list[tuple[int, str]] = field(default_factory=list)
    stops: dict[int, int] = field(default_factory=dict)


class Stubborn:
    """One charger: session after session of three samples each, until told to stop after the present message."""

    def __init__(self, url: str, identity: str, told: asyncio.Event) -> None:
        self.url = f"{url}/{identity}"
        self.identity = identity
        self.stop = told
        self.answered = 0
        self.told = Told()
        self._socket: ClientConnection | None = None
        self._clock = now_ms() - 3_600_000 * 24 * 30

    def _moment(self) -> str:
        """A time of its own for each report, so that each can be found again."""
        self._clock += 60_000
        return wire(self._clock)

    async def _ask(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send until answered, over as many connections as it takes."""
        number = 0
        while True:
            number += 1
            try:
                if self._socket is None:
                    self._socket = await connect(self.url, subprotocols=["ocpp1.6"], open_timeout=5, ping_interval=None, close_timeout=0.1)  # type: ignore[list-item]
                id = f"{self.identity}-{self.answered}-{number}"
                await self._socket.send(json.dumps([2, id, action, payload]))
                reply = json.loads(await asyncio.wait_for(self._socket.recv(), 30))
            except (OSError, WebSocketException, InvalidHandshake, TimeoutError, EOFError):
                self._socket = None
                await asyncio.sleep(RETRY_S)
                continue
            assert reply[:2] == [3, id], reply
            self.answered += 1
            result: dict[str, Any] = reply[2]
            return result

    async def run(self) -> None:
        """Charge one car after the other."""
        await self._ask("BootNotification", {"chargePointVendor": "Webasto", "chargePointModel": "NEXT"})
        meter = 0
        while not self.stop.is_set():
            begun = self._moment()
            start = {"connectorId": 1, "idTag": "#freecharging", "meterStart": meter, "timestamp": begun}
            transaction = (await self._ask("StartTransaction", start))["transactionId"]
            self.told.starts[begun] = transaction
            for _ in range(3):
                meter += 100
                at = self._moment()
                sampled = [{"value": str(meter), "unit": "Wh"}, {"value": "6000", "unit": "W", "measurand": "Power.Active.Import"}]
                values = {"connectorId": 1, "transactionId": transaction, "meterValue": [{"timestamp": at, "sampledValue": sampled}]}
                await self._ask("MeterValues", values)
                self.told.samples.append((transaction, at))
            await self._ask("StopTransaction", {"transactionId": transaction, "meterStop": meter, "timestamp": self._moment()})
            self.told.stops[transaction] = meter
        if self._socket is not None:
            await self._socket.close()
