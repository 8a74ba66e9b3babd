"""Yardstick: asyncio `websockets` and the `ocpp` package's ChargePoint as their documentation shows them, storing nothing.

`python -m bench.servers.stock PORT`
"""

import asyncio
import itertools
import sys
from datetime import UTC, datetime
from typing import Any

from ocpp.routing import on
from ocpp.v16 import ChargePoint, call_result
from ocpp.v16.datatypes import IdTagInfo
from ocpp.v16.enums import Action, AuthorizationStatus, RegistrationStatus
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

_transaction_ids = itertools.count(1)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _accepted() -> IdTagInfo:
    return IdTagInfo(status=AuthorizationStatus.accepted)


class CentralSystem(ChargePoint):
    """Says yes to everything. Schema validation is on, as it is by default."""

    @on(Action.boot_notification)
    def on_boot_notification(self, **_: Any) -> call_result.BootNotification:
        """Accept the charger."""
        return call_result.BootNotification(current_time=_now(), interval=300, status=RegistrationStatus.accepted)

    @on(Action.status_notification)
    def on_status_notification(self, **_: Any) -> call_result.StatusNotification:
        """Take note."""
        return call_result.StatusNotification()

    @on(Action.heartbeat)
    def on_heartbeat(self) -> call_result.Heartbeat:
        """Tell the time."""
        return call_result.Heartbeat(current_time=_now())

    @on(Action.authorize)
    def on_authorize(self, **_: Any) -> call_result.Authorize:
        """Let every tag charge."""
        return call_result.Authorize(id_tag_info=_accepted())

    @on(Action.start_transaction)
    def on_start_transaction(self, **_: Any) -> call_result.StartTransaction:
        """Give an id."""
        return call_result.StartTransaction(transaction_id=next(_transaction_ids), id_tag_info=_accepted())

    @on(Action.meter_values)
    def on_meter_values(self, **_: Any) -> call_result.MeterValues:
        """Take note."""
        return call_result.MeterValues()

    @on(Action.stop_transaction)
    def on_stop_transaction(self, **_: Any) -> call_result.StopTransaction:
        """Take note."""
        return call_result.StopTransaction(id_tag_info=_accepted())


async def on_connect(connection: ServerConnection) -> None:
    """Serve one charger until it goes."""
    assert connection.request is not None
    try:
        await CentralSystem(connection.request.path.rpartition("/")[2], connection).start()
    except ConnectionClosed:
        pass  # how every connection of a bench ends


async def main() -> None:
    """Serve until killed."""
    async with serve(on_connect, "127.0.0.1", int(sys.argv[1]), subprotocols=[Subprotocol("ocpp1.6")]) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
