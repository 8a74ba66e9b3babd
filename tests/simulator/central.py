"""A small central system of the stock `ocpp` package, on a free port, with answers a test can change."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from ocpp.routing import on
from ocpp.v16 import ChargePoint, call_result
from ocpp.v16.enums import Action
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from simulator import Charger, Settings
from simulator.watch import Watch
from tests.coroutines import run

DEADLINE_S = 20.0


def profile(purpose: str = "TxDefaultProfile", limit: float = 10.0, **more: Any) -> dict[str, Any]:
    """A charging profile with one endless period."""
    return {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative" if purpose == "TxProfile" else "Absolute",
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
        },
        **more,
    }


@dataclass
class Desk:
    """What the central system answers, and what it heard: (action, payload in snake_case) in the order of arrival."""

    registration: list[str] = field(default_factory=list)  # one per BootNotification, then Accepted
    boot_interval: int = 300
    tags: dict[str, dict[str, str]] = field(default_factory=dict)  # other tags are Accepted
    current_time: Callable[[], str] = lambda: datetime.now(UTC).isoformat(timespec="milliseconds")
    refuse: list[HTTPStatus] = field(default_factory=list)  # one per upgrade
    fail: dict[str, int] = field(default_factory=dict)  # action -> how many times a CALLERROR comes
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    sockets: int = 0
    next_id: int = 100

    def actions(self) -> list[str]:
        """Actions heard, in order."""
        return [action for action, _ in self.heard]

    def payloads(self, action: str) -> list[dict[str, Any]]:
        """Payloads heard of one action."""
        return [payload for name, payload in self.heard if name == action]

    def statuses(self, connector: int = 1) -> list[str]:
        """Statuses reported for one connector."""
        return [p["status"] for p in self.payloads("StatusNotification") if p["connector_id"] == connector]

    def contexts(self) -> list[str]:
        """Contexts of all meter values, in order."""
        return [p["meter_value"][0]["sampled_value"][0]["context"] for p in self.payloads("MeterValues")]

    def info(self, id_tag: str) -> dict[str, str]:
        """idTagInfo for a tag."""
        return self.tags.get(id_tag, {"status": "Accepted"})


class Counter(ChargePoint):
    """The central system's side of one socket."""

    def __init__(self, identity: str, connection: ServerConnection, desk: Desk, watch: Watch) -> None:
        super().__init__(identity, connection, response_timeout=10)
        self.desk, self.watch = desk, watch

    def _note(self, action: str, payload: dict[str, Any]) -> None:
        self.desk.heard.append((action, payload))
        self.watch.notify()
        if self.desk.fail.get(action, 0) > 0:
            self.desk.fail[action] -= 1
            raise RuntimeError(f"{action} fails on purpose")

    @on(Action.boot_notification)
    def on_boot(self, **payload: Any) -> Any:
        self._note("BootNotification", payload)
        status = self.desk.registration.pop(0) if self.desk.registration else "Accepted"
        interval = self.desk.boot_interval if status == "Accepted" else 0
        return call_result.BootNotification(self.desk.current_time(), interval, status)

    @on(Action.heartbeat)
    def on_heartbeat(self) -> Any:
        self._note("Heartbeat", {})
        return call_result.Heartbeat(self.desk.current_time())

    @on(Action.authorize)
    def on_authorize(self, **payload: Any) -> Any:
        self._note("Authorize", payload)
        return call_result.Authorize(self.desk.info(payload["id_tag"]))

    @on(Action.start_transaction)
    def on_start(self, **payload: Any) -> Any:
        self._note("StartTransaction", payload)
        self.desk.next_id += 1
        return call_result.StartTransaction(self.desk.next_id, self.desk.info(payload["id_tag"]))

    @on(Action.stop_transaction)
    def on_stop(self, **payload: Any) -> Any:
        self._note("StopTransaction", payload)
        return call_result.StopTransaction()

    @on(Action.meter_values)
    def on_meter_values(self, **payload: Any) -> Any:
        self._note("MeterValues", payload)
        return call_result.MeterValues()

    @on(Action.status_notification)
    def on_status(self, **payload: Any) -> Any:
        self._note("StatusNotification", payload)
        return call_result.StatusNotification()

    @on(Action.firmware_status_notification)
    def on_firmware(self, **payload: Any) -> Any:
        self._note("FirmwareStatusNotification", payload)
        return call_result.FirmwareStatusNotification()

    @on(Action.diagnostics_status_notification)
    def on_diagnostics(self, **payload: Any) -> Any:
        self._note("DiagnosticsStatusNotification", payload)
        return call_result.DiagnosticsStatusNotification()

    @on(Action.data_transfer)
    def on_data_transfer(self, **payload: Any) -> Any:
        self._note("DataTransfer", payload)
        return call_result.DataTransfer("UnknownVendorId")

    @on(Action.security_event_notification)
    def on_security_event(self, **payload: Any) -> Any:
        self._note("SecurityEventNotification", payload)
        return call_result.SecurityEventNotification()

    @on(Action.sign_certificate)
    def on_sign_certificate(self, **payload: Any) -> Any:
        self._note("SignCertificate", payload)
        return call_result.SignCertificate("Accepted")


class CentralSystem:
    """The server. `call` speaks to the newest socket."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.watch = Watch()
        self.url = ""
        self._counter: Counter | None = None

    async def __aenter__(self) -> "CentralSystem":
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            0,
            subprotocols=[Subprotocol("ocpp1.6")],
            process_request=self._door,
            close_timeout=0.2,
        )
        port = next(iter(self._server.sockets)).getsockname()[1]
        self.url = f"ws://127.0.0.1:{port}/ocpp"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    def _door(self, connection: ServerConnection, request: Request) -> Response | None:
        self.desk.headers.append({name.lower(): value for name, value in request.headers.raw_items()})
        self.desk.paths.append(request.path)
        if self.desk.refuse:
            status = self.desk.refuse.pop(0)
            return connection.respond(status, status.phrase)
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        self.desk.sockets += 1
        counter = Counter("charger", connection, self.desk, self.watch)
        self._counter = counter
        self.watch.notify()
        try:
            await counter.start()
        except ConnectionClosed:
            pass  # chargers come and go
        finally:
            if self._counter is counter:
                self._counter = None
            self.watch.notify()

    async def call(self, payload: Any) -> Any:
        """Send an operation to the charger; raises the package's error for a CALLERROR."""
        await self.watch.wait_for(lambda: self._counter, DEADLINE_S)
        assert self._counter is not None
        return await self._counter.call(payload, suppress=False)

    def give_up_after(self, seconds: float) -> None:
        """Wait only so long for answers on the present socket."""
        assert self._counter is not None
        self._counter._response_timeout = seconds

    async def heard(self, condition: Callable[[Desk], Any]) -> Any:
        """Wait until the desk's record fulfils the condition."""
        return await self.watch.wait_for(lambda: condition(self.desk), DEADLINE_S)

    async def heard_action(self, action: str, count: int = 1) -> dict[str, Any]:
        """Wait for `count` messages of an action; returns the last one's payload."""
        payloads = await self.heard(lambda d: len(d.payloads(action)) >= count and d.payloads(action))
        return dict(payloads[count - 1])

    def charger(self, *, speed: float = 1.0, identity: str = "NEXT-WS104600", **settings: Any) -> Charger:
        """A charger of this central system that loses no time."""
        quick: dict[str, Any] = {
            "contactor_delay_s": 0.0,
            "backoff_min_s": 0.01,
            "backoff_max_s": 0.05,
            "reboot_s": 0.0,
            "boot_retry_s": 0.01,
            "firmware_step_s": 0.0,
            "tick_s": 0.02,
            "response_timeout_s": 5.0,
        }
        return Charger(self.url, identity, settings=Settings.from_dict(quick | settings), speed=speed, seed=1)


def with_central(body: Callable[[CentralSystem], Awaitable[None]]) -> Callable[[], None]:
    """Make a test of a coroutine that wants a running central system."""

    async def whole() -> None:
        async with asyncio.timeout(DEADLINE_S), CentralSystem() as central:
            await body(central)

    def test() -> None:
        run(whole())

    test.__name__, test.__doc__, test.__module__ = body.__name__, body.__doc__, body.__module__
    return test
