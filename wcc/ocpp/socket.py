"""Websocket frames on a gevent socket: websockets' sans-io protocol with our limits, pings and close codes. RFC 6455."""

import logging
import socket as sockets
from collections import deque
from time import monotonic
from typing import Any

from gevent.lock import Semaphore
from websockets.exceptions import InvalidState
from websockets.frames import Opcode
from websockets.protocol import OPEN, SERVER, Protocol

CLOSED_NORMALLY, GOING_AWAY, BAD_DATA, POLICY = 1000, 1001, 1007, 1008
CHUNK = 16_384

# The library says "connection closed" for every one; the node logs that itself, with the reason.
_quiet = logging.getLogger("wcc.ocpp.socket")
_quiet.setLevel(logging.CRITICAL)


class Closed(Exception):
    """The socket is gone; nothing can be sent or received on it any more."""


class Socket:
    """One charger's websocket after the upgrade. Any greenlet may send; only one may receive."""

    __slots__ = (
        "_frames",
        "_lock",
        "_parts",
        "_protocol",
        "_sock",
        "close_code",
        "pinged",
        "ponged",
        "seen",
    )

    def __init__(self, sock: Any, max_bytes: int) -> None:
        self._sock = sock
        self._protocol = Protocol(SERVER, state=OPEN, max_size=max_bytes, logger=_quiet)
        self._lock = Semaphore()
        self._frames: deque[Any] = deque()
        self._parts: list[bytes] = []
        self.seen = monotonic()
        self.ponged = False
        self.pinged = 0.0
        self.close_code: int | None = None

    @property
    def waiting(self) -> int:
        """Messages received but not handed out yet: what a charger has pipelined."""
        return len(self._frames)

    def receive(self) -> str:
        """The next text message. Raises Closed."""
        while True:
            while self._frames:
                frame = self._frames.popleft()
                data = frame.data
                if not frame.fin or frame.opcode is Opcode.CONT:
                    self._parts.append(data)
                    if not frame.fin:
                        continue
                    data = b"".join(self._parts)
                    self._parts = []
                try:
                    return bytes(data).decode()
                except UnicodeDecodeError:
                    self.close(BAD_DATA, "not UTF-8")
            if self._protocol.state is not OPEN:
                raise Closed
            try:
                data = self._sock.recv(CHUNK)
            except (OSError, AttributeError):
                data = b""
            if not data:
                self._end()
                raise Closed
            self.feed(data)

    def feed(self, data: bytes) -> None:
        """Take bytes from the network (nothing: no effect)."""
        if not data:
            return
        protocol = self._protocol
        self.seen = monotonic()
        try:
            protocol.receive_data(data)
        except EOFError:
            return
        frames: list[Any] = protocol.events_received()  # after the upgrade they are all frames
        for frame in frames:
            opcode = frame.opcode
            if opcode is Opcode.TEXT or opcode is Opcode.CONT or opcode is Opcode.BINARY:
                self._frames.append(frame)
            elif opcode is Opcode.PONG:
                self.ponged = True
        if protocol.writes:
            self._flush()
        if protocol.state is not OPEN:
            self._end()

    def send(self, message: bytes) -> None:
        """Send one text message whole, whoever else is sending. Raises Closed."""
        try:
            self._protocol.send_text(message)
        except InvalidState:
            raise Closed from None
        if not self._flush():
            raise Closed

    def ping(self) -> None:
        """Ask whether the charger is still there."""
        try:
            self._protocol.send_ping(b"wcc")
        except InvalidState:
            return
        self.pinged = monotonic()
        self._flush()

    def close(self, code: int, reason: str = "") -> None:
        """Say goodbye with a code and hang up; no long handshake, since some chargers never redial after one (quirk 34)."""
        try:
            self._protocol.fail(code, reason)
        except AssertionError:  # already said
            pass
        self._flush()
        self._end()

    def hang_up(self) -> None:
        """End the connection at once: wakes the reader and ends a blocked send."""
        try:
            self._sock.shutdown(sockets.SHUT_RDWR)
        except (OSError, AttributeError):
            pass

    def _flush(self) -> bool:
        writes = self._protocol.data_to_send()
        if not writes:
            return True
        data = writes[0] if len(writes) == 1 else b"".join(writes)
        if not data:
            return True
        with self._lock:
            try:
                self._sock.sendall(data)
            except (OSError, AttributeError):
                self.hang_up()
                return False
        return True

    def _end(self) -> None:
        sent, received = self._protocol.close_sent, self._protocol.close_rcvd
        if self.close_code is None:
            self.close_code = received.code if received else sent.code if sent else 1006
        self.hang_up()
