"""A simulated charger with the controls a test or a scenario turns.

```
async with Charger("ws://127.0.0.1:5000/ocpp", "NEXT-WS104600", password="secret") as charger:
    await charger.boot()
    await charger.plug_in()
    await charger.present_tag("04A1B2C3D4E5F6")
    await charger.wait_for("Charging")
    await charger.unplug()
```
"""

from collections.abc import Callable
from typing import Any, Self

from simulator import driver
from simulator.car import Car
from simulator.connector import STATUSES
from simulator.error_table import find
from simulator.journal import Exchange
from simulator.station import Station
from simulator.watch import T


class Charger(Station):
    """A simulated station. Entered as a context it connects and keeps connecting; nothing is sent before `boot`."""

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # Boot

    async def boot(self, timeout_s: float | None = 30.0) -> None:
        """Send BootNotification and return once accepted and all statuses are reported. Raises TimeoutError."""
        self.accepted, self.ready, self.boot_wanted = False, False, True
        self.watch.notify()
        await self.watch.wait_for(lambda: self.online, timeout_s)

    async def skip_boot(self, timeout_s: float = 30.0) -> None:
        """Go on as a charger that was accepted on an earlier socket: no BootNotification."""
        self.accepted = True
        self.watch.notify()
        await self.watch.wait_for(lambda: self.online, timeout_s)

    # Link

    async def raw_call(self, action: str, payload: Any, unique_id: Any = None) -> Any:
        """Send any message with any content; returns the answer's payload. Raises as `ask`."""
        await self.watch.wait_for(lambda: self.connected, 30)
        assert self.wire is not None
        return await self.wire.ask_raw(action, payload, unique_id)

    async def send_frame(self, text: str | bytes) -> None:
        """Send anything at all, malformed frames included."""
        await self.watch.wait_for(lambda: self.connected, 30)
        assert self.wire is not None
        await self.wire.send_anything(text)

    def go_offline(self) -> None:
        """Cut the connection and stay away until `go_online`; sessions go on."""
        self.link.wanted = False
        self.drop_tcp()

    def go_online(self) -> None:
        """Connect again."""
        self.link.wanted = True
        self.watch.notify()

    async def reconnect(self, timeout_s: float = 30.0) -> None:
        """Cut the connection and come back on a new socket, without BootNotification unless the settings want one."""
        old = self.wire
        self.drop_tcp()
        await self.watch.wait_for(lambda: self.online and self.wire is not old, timeout_s)

    # What people do

    async def plug_in(self, car: Car | None = None, connector: int = 1) -> None:
        """Plug a car in. Raises PlugError when there is one."""
        await driver.plug_in(self, self.connectors[connector], car or Car(phases=self.settings.phases))

    async def unplug(self, connector: int = 1) -> None:
        """Pull the plug. Raises PlugError when there is none."""
        await driver.unplug(self, self.connectors[connector])

    async def present_tag(self, id_tag: str, connector: int = 1) -> str:
        """Hold a card to the reader; returns idTagInfo.status, or `Ignored`."""
        return await driver.present_tag(self, self.connectors[connector], id_tag)

    async def fail(self, error: str | int, connector: int = 1) -> None:
        """Have an error of the unit's table (`PB09` or its number); a running session ends. Raises KeyError."""
        outlet = self.connectors[connector]
        found = find(error)
        if outlet.session:
            await outlet.session.end("Other")
        outlet.error, outlet.error_cleared, outlet.waiting = found, False, None
        await self.report(outlet, "Faulted", found.info)

    async def recover(self, connector: int = 1) -> None:
        """The error is gone; with a car plugged in the state stays until it is unplugged (a setting)."""
        outlet = self.connectors[connector]
        outlet.error_cleared = True
        if outlet.car and self.settings.replug_after_error:
            return
        outlet.error = None
        await self.report(outlet, "Finishing" if outlet.car else "Available")
        await self.session_ended(outlet)

    def limit_locally(self, current_a: float | None, connector: int = 1) -> None:
        """Limit the current without the central system's doing (energy manager, heat); None lifts it."""
        self.connectors[connector].local_limit_a = current_a

    # Waiting

    async def wait_for(self, what: str | Callable[["Charger"], T], connector: int = 1, timeout_s: float = 10.0) -> Any:
        """Wait for a status of a connector, or for `what(charger)` to be true. Raises TimeoutError."""
        if isinstance(what, str):
            if what not in STATUSES:
                raise ValueError(f"{what!r} is no status")
            outlet = self.connectors[connector]
            return await self.watch.wait_for(lambda: outlet.status == what, timeout_s)
        return await self.watch.wait_for(lambda: what(self), timeout_s)

    async def wait_for_exchange(self, action: str, count: int = 1, timeout_s: float = 10.0) -> Exchange:
        """Wait until `count` CALLs of this action, of either side, were answered; returns the last.

        Raises TimeoutError.
        """

        def answered() -> list[Exchange] | None:
            found = [e for e in self.journal.exchanges if e.action == action and e.answered]
            return found if len(found) >= count else None

        found = await self.watch.wait_for(answered, timeout_s)
        return (found or [])[-1]
