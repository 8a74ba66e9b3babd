"""One websocket as the `ocpp` package's ChargePoint, plus raw CALLs, a journal and scripted faults."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import ocpp.messages
from ocpp.exceptions import OCPPError, UnknownCallErrorCodeError
from ocpp.messages import Call, CallError, CallResult, MessageType
from ocpp.v16 import ChargePoint
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from simulator.clock import has_fraction
from simulator.faults import Reply
from simulator.journal import Exchange

if TYPE_CHECKING:
    from simulator.station import Station

# Checking a small message is cheaper than handing it to a thread.
ocpp.messages.ASYNC_VALIDATION = False

FollowUp = Callable[[], Coroutine[Any, Any, None]]

frames = logging.getLogger("simulator.frames")
log = logging.getLogger("simulator")


class LinkLost(ConnectionError):
    """The link is down, or went down before the answer came."""


class CallRefused(RuntimeError):
    """The central system answered with a CALLERROR, or with something that is no valid answer."""

    def __init__(self, action: str, code: str, description: str = "") -> None:
        super().__init__(f"{action}: {code} {description}".strip())
        self.code = code


class Wire(ChargePoint):
    """One connection. It ends with the socket; the charger's state lives in `Charger`."""

    def __init__(self, charger: "Station", connection: ClientConnection) -> None:
        timeout_s = charger.settings.response_timeout_s
        super().__init__(charger.identity, connection, response_timeout=timeout_s, logger=frames)
        self.charger = charger
        self.closed = asyncio.Event()
        self._follow_ups: list[FollowUp] = []

    async def read(self) -> None:
        """Read frames until the socket closes."""
        try:
            while True:
                await self.route_message(await self._connection.recv())
        except ConnectionClosed as closed:
            reason = f"{closed.rcvd.code} {closed.rcvd.reason}".strip() if closed.rcvd else "no close frame"
            log.info("%s link closed: %s", self.id, reason)
        finally:
            self.closed.set()

    async def ask(self, payload: Any) -> Any:
        """Send a CALL made of an `ocpp.v16.call` payload; returns its `call_result`.

        Raises LinkLost, TimeoutError, CallRefused.
        """
        return await self._or_lost(self._asked(payload))

    async def ask_raw(self, action: str, payload: Any, unique_id: Any = None) -> Any:
        """Send any CALL, checked by nobody; returns the answer's payload. Raises as `ask`."""
        return await self._or_lost(self._asked_raw(action, payload, unique_id))

    async def _asked(self, payload: Any) -> Any:
        action = type(payload).__name__
        try:
            return await self.call(payload, suppress=False)
        except OCPPError as error:
            raise CallRefused(action, error.code, str(error.description)) from error
        except UnknownCallErrorCodeError as error:
            raise CallRefused(action, str(error)) from error

    async def _asked_raw(self, action: str, payload: Any, unique_id: Any) -> Any:
        request = Call(unique_id if unique_id is not None else str(self._unique_id_generator()), action, payload)
        async with self._call_lock:
            await self._send(request.to_json())
            answer = await self._get_specific_response(request.unique_id, self._response_timeout)
        if answer.message_type_id == MessageType.CallError:
            raise CallRefused(action, str(answer.error_code), str(answer.error_description))
        return answer.payload

    async def _or_lost(self, asked: Any) -> Any:
        """Wait for an answer, but no longer than the socket lives."""
        if self.closed.is_set():
            asked.close()
            raise LinkLost(f"{self.id} is not connected")
        answer, lost = asyncio.ensure_future(asked), asyncio.ensure_future(self.closed.wait())
        try:
            await asyncio.wait({answer, lost}, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise LinkLost(f"{self.id} lost the link")
            return await answer
        except ConnectionClosed as error:
            self.closed.set()
            raise LinkLost(f"{self.id} lost the link") from error
        finally:
            answer.cancel()
            lost.cancel()

    async def _send(self, message: str) -> None:
        frames.debug("%s > %s", self.id, message)
        self.charger.journal.note(message, from_charger=True)
        await self._connection.send(message)

    async def route_message(self, raw_msg: str | bytes) -> None:
        """Handle one incoming frame; whatever it is, reading goes on."""
        frames.debug("%s < %s", self.id, raw_msg)
        exchange = self.charger.journal.note(raw_msg, from_charger=False)
        if exchange and self._chokes_on(exchange):
            log.warning("%s %s: currentTime without a fraction; dropping the link", self.id, exchange.action)
            self.charger.restart_link()
            return
        try:
            await super().route_message(raw_msg)
        except ConnectionClosed:
            raise
        except Exception as error:  # noqa: BLE001 - a charger survives whatever it is sent
            log.warning("%s cannot use a frame from the central system: %r", self.id, error)

    def _chokes_on(self, exchange: Exchange) -> bool:
        if not self.charger.settings.strict_fraction or not exchange.from_charger or not exchange.answered:
            return False
        if exchange.action not in ("BootNotification", "Heartbeat") or not isinstance(exchange.answer, dict):
            return False
        return not has_fraction(str(exchange.answer.get("currentTime", "")))

    async def _handle_call(self, msg: Call) -> None:
        reply = self.charger.faults.take(msg.action)
        if reply is None:
            await self._obey(msg)
        elif reply.delay_s:
            # A late reply must not keep the frames behind it waiting.
            self.charger.spawn(self._late(msg, reply))
        else:
            await self._scripted(msg, reply)

    async def _late(self, msg: Call, reply: Reply) -> None:
        await asyncio.sleep(reply.delay_s)
        if not self.closed.is_set():
            await self._scripted(msg, reply)

    async def _scripted(self, msg: Call, reply: Reply) -> None:
        if reply.silent:
            log.info("%s keeps silent on %s", self.id, msg.action)
        elif reply.error_code is not None:
            await self._send(CallError(msg.unique_id, reply.error_code, "scripted", {}).to_json())
        elif reply.payload is not None:
            await self._send(CallResult(msg.unique_id, reply.payload).to_json())
        else:
            await self._obey(msg)

    async def _obey(self, msg: Call) -> None:
        """Carry the operation out, then what follows from it: always after the reply is on the wire."""
        try:
            await super()._handle_call(msg)
        except OCPPError as error:
            log.warning("%s refuses %s: %s", self.id, msg.action, error.code)
            await self._send(msg.create_call_error(error).to_json())
        follow_ups, self._follow_ups = self._follow_ups, []
        for follow_up in follow_ups:
            self.charger.spawn(follow_up())

    def afterwards(self, follow_up: FollowUp) -> None:
        """Have something done once the reply to the present CALL has been sent."""
        self._follow_ups.append(follow_up)
