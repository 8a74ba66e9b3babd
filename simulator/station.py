"""One charging station's state over reconnects, and its life: link, statuses, reset."""

import asyncio
import logging
import random
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from simulator import availability, boot, clock_aligned, driver
from simulator.authorization import Authorization
from simulator.certificates import Certificates
from simulator.charging_profile import ChargingProfiles
from simulator.clock import Clock
from simulator.configuration import Configuration
from simulator.connector import Connector
from simulator.faults import Faults
from simulator.firmware import Firmware
from simulator.journal import Journal
from simulator.link import Link
from simulator.meter import Meter
from simulator.operations import Operations
from simulator.outbox import Outbox, Transaction
from simulator.reservation import Reservations
from simulator.settings import Settings
from simulator.state import State
from simulator.watch import Watch
from simulator.wire import CallRefused, LinkLost, Wire

log = logging.getLogger("simulator")


class Station:
    """The station by itself; `Charger` adds the controls."""

    def __init__(
        self,
        url: str,
        identity: str,
        password: str | bytes | None = None,
        settings: Settings | None = None,
        *,
        faults: Faults | None = None,
        speed: float = 1.0,
        seed: int | None = None,
        state: Path | None = None,
    ) -> None:
        self.url, self.identity, self.password = url, identity, password
        self.settings = settings or Settings()
        self.faults = faults or Faults()
        self.rng = random.Random(f"{seed}/{identity}" if seed is not None else None)
        self.clock = Clock(speed, self.settings.clock_offset_s)
        self.watch = Watch()
        self.journal = Journal(self.watch, self.settings.journal_length)
        self.configuration = Configuration(self.settings)
        self.station = self._connector(0)
        self.connectors = {n: self._connector(n) for n in range(1, self.settings.connectors + 1)}
        self.outbox = Outbox(self)
        self.authorization = Authorization(self)
        self.reservations = Reservations(self)
        self.profiles = ChargingProfiles()
        self.certificates = Certificates()
        self.firmware = Firmware(self)
        self.link = Link(self, self.rng)
        self.wire: Wire | None = None
        self.registration: str | None = None  # last BootNotification.conf status
        self.accepted = False
        self.ready = False  # accepted and statuses reported on this socket
        self.boot_wanted = False
        self.reset_pending = False
        self._tasks: set[asyncio.Task[Any]] = set()
        self._state = State(state, identity) if state else None
        if self._state:
            self._state.load(self)

    def _connector(self, number: int) -> Connector:
        register_wh = self.settings.register_wh
        drawn = self.rng.randint(200_000, 6_000_000) if register_wh is None else register_wh
        return Connector(number, Meter(drawn, self.rng, self.settings.voltage_phase_suffix))

    # Life cycle

    def start(self) -> None:
        """Begin to connect and work."""
        for work in (self.link.run(), self.outbox.run(), clock_aligned.run(self)):
            self.spawn(work)

    async def stop(self) -> None:
        """Leave at once: close the socket, end all work. Running sessions stay open, as when the mains fail."""
        self.link.wanted = False
        self.remember()
        if self.wire:
            await self.wire.hang_up()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def shut_down(self, timeout_s: float = 3.0) -> None:
        """Leave decently: end running sessions (PowerLoss), deliver what can be delivered, then stop."""
        try:
            async with asyncio.timeout(timeout_s):
                await driver.stop_all(self, "PowerLoss")
                if self.online:
                    await self.outbox.empty()
        except TimeoutError:
            log.warning("%s leaves %d messages undelivered", self.identity, len(self.outbox.entries))
        await self.stop()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something beside; it ends with the charger."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error and not isinstance(error, LinkLost | ConnectionClosed):
            log.error("%s internal error", self.identity, exc_info=error)

    def remember(self) -> None:
        """Write the state file, if there is one."""
        if self._state:
            self._state.save(self)

    # Link

    async def serve(self, connection: ClientConnection) -> None:
        """Live on one socket until it closes."""
        self.wire = wire = Operations(self, connection)
        self.ready = False
        self.watch.notify()
        duty = self.spawn(boot.duty(self))
        try:
            await wire.read()
        finally:
            duty.cancel()
            self.wire = None
            self.ready = False
            self.watch.notify()

    @property
    def connected(self) -> bool:
        """Whether the socket is open."""
        return self.wire is not None and not self.wire.closed.is_set()

    @property
    def online(self) -> bool:
        """Whether transaction messages can go out now."""
        return self.connected and self.ready

    @property
    def everything(self) -> list[Connector]:
        """Connector 0 and the real ones."""
        return [self.station, *self.connectors.values()]

    async def ask(self, payload: Any) -> Any:
        """Send an `ocpp.v16.call` payload, return its `call_result`. Raises LinkLost, TimeoutError, CallRefused."""
        if self.wire is None:
            raise LinkLost(f"{self.identity} is not connected")
        return await self.wire.ask(payload)

    async def tell(self, payload: Any) -> bool:
        """Send a notice nobody repeats; whether it was answered."""
        try:
            await self.ask(payload)
            return True
        except (LinkLost, TimeoutError, CallRefused) as error:
            log.info("%s %s not delivered: %s", self.identity, type(payload).__name__, error)
            return False

    def drop_tcp(self) -> None:
        """Cut the connection without a close frame; the charger dials again after its back-off."""
        if self.wire:
            self.wire.cut()

    def restart_link(self) -> None:
        """Cut the connection and boot again on the next one."""
        self.accepted, self.ready, self.boot_wanted = False, False, True
        self.drop_tcp()

    # Reset

    async def reboot(self) -> None:
        """Restart the unit: close the socket, be away for a while, boot."""
        log.info("%s reboots", self.identity)
        self._forget()
        self.accepted, self.ready, self.boot_wanted = False, False, True
        self.link.hold(self.settings.reboot_s)
        if self.wire:
            await self.wire.hang_up()

    async def reset(self, kind: str) -> None:
        """Carry a Reset out: Soft after the session (or ending it, by the settings), Hard at once."""
        busy = any(c.session for c in self.connectors.values())
        if kind == "Hard":
            await self.power_failure("HardReset")
        elif busy and self.settings.soft_reset_waits:
            self.reset_pending = True
        else:
            await driver.stop_all(self, "SoftReset")
            await self.reboot()

    async def power_failure(self, reason: str = "PowerLoss") -> None:
        """Lose power at once: the link is cut, sessions end unheard; their StopTransaction follows after the boot."""
        self._forget()
        self.link.hold(self.settings.reboot_s)
        self.restart_link()
        await driver.stop_all(self, reason)

    def _forget(self) -> None:
        """What does not survive a restart: somebody awaited, a reset put off. Statuses are reported after the boot."""
        self.reset_pending = False
        for connector in self.connectors.values():
            connector.waiting = None
            if connector.status == "Preparing" and connector.car is None:
                connector.move("Available")

    # Status

    async def report(self, connector: Connector, status: str, info: str | None = None) -> None:
        """Change a status and tell the central system, if it can be told. Raises IllegalTransition."""
        connector.move(status, info)
        log.info("%s connector %d: %s%s", self.identity, connector.number, status, f" ({info})" if info else "")
        self.watch.notify()
        if self.connected and self.accepted:
            await boot.send_status(self, connector)

    def report_soon(self, connector: Connector, status: str, info: str | None = None) -> None:
        """`report` without waiting for the answer; the status changes at once."""
        connector.move(status, info)
        log.info("%s connector %d: %s%s", self.identity, connector.number, status, f" ({info})" if info else "")
        self.watch.notify()
        if self.connected and self.accepted:
            self.spawn(boot.send_status(self, connector))

    def limit_a(self, connector: Connector) -> float:
        """Current per phase the connector may give now."""
        session = connector.session
        started = session.transaction.started if session else None
        limits = [
            float(self.settings.rated_current_a),
            float(self.configuration.number("OperatorCurrentLimit")),
            connector.local_limit_a,
            self.profiles.limit_a(connector.number, self.clock.now(), started),
        ]
        return min(limit for limit in limits if limit is not None)

    def transaction_started(self, transaction: Transaction) -> None:
        """StartTransaction was answered; a refusal has consequences if the session still runs."""
        session = self.connectors[transaction.connector].session
        if session and session.transaction is transaction and transaction.status != "Accepted":
            self.spawn(session.refused(str(transaction.status)))

    async def session_ended(self, _: Connector) -> None:
        """A connector became free: what was put off until then happens now."""
        await availability.apply(self)
        if self.reset_pending and not any(c.session for c in self.connectors.values()):
            await self.reboot()
