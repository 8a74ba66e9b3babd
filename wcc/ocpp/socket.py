"""Websocket frames on a gevent socket: websockets' sans-io protocol with our limits, pings and close codes. RFC 6455."""

import logging
import socket as sockets
from collections import deque
from time import monotonic
from typing import Any, NamedTuple

import gevent
from gevent.lock import Semaphore
from websockets.exceptions import InvalidState
from websockets.frames import Opcode, apply_mask  # type: ignore[attr-defined]
from websockets.protocol import OPEN, SERVER, Protocol

CLOSED_NORMALLY, GOING_AWAY, BAD_DATA, POLICY = 1000, 1001, 1007, 1008
CHUNK = 16_384
GOODBYE_S = 1.0

# The library says "connection closed" for every one; the node logs that itself, with the reason.
_quiet = logging.getLogger("wcc.ocpp.socket")
_quiet.setLevel(logging.CRITICAL)


class Closed(Exception):
    """The socket is gone; nothing can be sent or received on it any more."""


class _Text(NamedTuple):
    """A whole text message, in the shape of the library's frames."""

    data: bytes
    fin: bool = True


def _lone_text(data: bytes, limit: int) -> bytes | None:
    """The payload where `data` is exactly one whole masked text frame, as nearly every read is; else None. RFC 6455 §5.2.

    The library's parser takes any frame in any pieces; this plain case costs it three times as much.
    """
    if len(data) < 6 or data[0] != 0x81:
        return None
    size, head = data[1] - 0x80, 2
    if size == 126:
        size, head = int.from_bytes(data[2:4]), 4
        if size < 126:
            return None
    if not 0 <= size <= limit or size == 127 or len(data) != head + 4 + size:
        return None
    return apply_mask(data[head + 4 :], data[head : head + 4])


def _text_frame(message: bytes) -> bytes:
    """One unmasked text frame. RFC 6455 §5.2."""
    size = len(message)
    if size < 126:
        return b"\x81%c%b" % (size, message)
    if size < 65_536:
        return b"\x81\x7e%b%b" % (size.to_bytes(2), message)
    return b"\x81\x7f%b%b" % (size.to_bytes(8), message)


class Socket:
    """One charger's websocket after the upgrade. Any greenlet may send; only one may receive."""

    __slots__ = (
        "_frames",
        "_lock",
        "_partial",
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
        self._frames: deque[Any] | None = None  # made when first needed: most of a thousand idle chargers never do
        self._parts: list[bytes] | None = None
        self._partial = False
        self.seen = monotonic()
        self.ponged = False
        self.pinged = 0.0
        self.close_code: int | None = None

    @property
    def waiting(self) -> int:
        """Messages received but not handed out yet: what a charger has pipelined."""
        return len(self._frames or ())

    @property
    def complaint(self) -> str:
        """What we said when we closed for a fault of the charger's; empty where we did not."""
        sent = self._protocol.close_sent
        return sent.reason if sent and sent.code in (1002, 1003, BAD_DATA, 1009) else ""

    def receive(self) -> str:
        """The next text message. Raises Closed."""
        while True:
            while self._frames:
                data = self._joined(self._frames.popleft())
                if data is None:
                    continue
                try:
                    return str(data, "utf-8")
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

    def _joined(self, frame: Any) -> Any:
        """The bytes of a whole message, or None while fragments are missing."""
        if frame.fin and self._parts is None:
            return frame.data
        self._parts = self._parts or []
        self._parts.append(frame.data)
        if not frame.fin:
            return None
        whole = b"".join(self._parts)
        self._parts = None
        return whole

    def feed(self, data: bytes) -> None:
        """Take bytes from the network (nothing: no effect)."""
        if not data:
            return
        protocol = self._protocol
        self.seen = monotonic()
        if not self._partial and (payload := _lone_text(data, protocol.max_message_size or 0)) is not None:
            self._push(_Text(payload))
            return
        try:
            protocol.receive_data(data)
        except EOFError:
            return
        frames: list[Any] = protocol.events_received()  # after the upgrade they are all frames
        for frame in frames:
            opcode = frame.opcode
            if opcode is Opcode.TEXT or opcode is Opcode.CONT or opcode is Opcode.BINARY:
                self._push(frame)
            elif opcode is Opcode.PONG:
                self.ponged = True
        # Whether the next bytes go on with something begun: then only the library can read them.
        self._partial = bool(protocol.reader.buffer) or protocol.current_size is not None or protocol.state is not OPEN
        if protocol.writes:
            self._flush()
        if protocol.state is not OPEN:
            self._end()

    def _push(self, frame: Any) -> None:
        if self._frames is None:
            self._frames = deque()
        self._frames.append(frame)

    def send(self, message: bytes) -> None:
        """Send one text message whole, whoever else is sending. Raises Closed."""
        if self._protocol.state is not OPEN or not self._write(_text_frame(message)):
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
        with gevent.Timeout(GOODBYE_S, False):  # a peer that does not read must not hold us up
            self._flush()
        self._end()

    def hang_up(self) -> None:
        """End the connection at once: wakes the reader and ends a blocked send."""
        try:
            self._sock.shutdown(sockets.SHUT_RDWR)
        except (OSError, AttributeError):
            pass

    def release(self) -> None:
        """Give the descriptor back, once nobody reads any more."""
        self._sock.close()

    def _flush(self) -> bool:
        writes = self._protocol.data_to_send()
        if not writes:
            return True
        data = writes[0] if len(writes) == 1 else b"".join(writes)
        return self._write(data) if data else True

    def _write(self, data: bytes) -> bool:
        """Send bytes whole; False when the socket is gone."""
        with self._lock:
            try:
                sent = self._sock.send(data)
                if sent < len(data):  # a slow reader; sendall alone costs more for the many that are not
                    self._sock.sendall(data[sent:])
            except (OSError, AttributeError):
                self.hang_up()
                return False
        return True

    def _end(self) -> None:
        sent, received = self._protocol.close_sent, self._protocol.close_rcvd
        if self.close_code is None:
            self.close_code = received.code if received else sent.code if sent else 1006
        self.hang_up()
