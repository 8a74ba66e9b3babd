"""The bench's chargers: one open CALL at a time, or a flood of them."""

import json
import socket

from bench import messages, wire

# Unanswered CALLs a flooder keeps on the wire: more than 200 are a reason to be cut off, fewer than 100 would hardly be a flood.
FLOOD_WINDOW = 150


class BadReply(Exception):
    """The server answered with something else than the CALLRESULT of the open CALL, or hung up."""


class Charger:
    """One connection: sends a CALL, waits for its CALLRESULT, and only then sends the next."""

    __slots__ = ("buffer", "due", "identity", "script", "sent_at", "server_calls", "sock", "waiting")

    def __init__(self, identity: str, number: int, sock: socket.socket, rest: bytes) -> None:
        self.identity = identity
        self.sock = sock
        self.script = messages.Script(identity, number)
        self.buffer = bytearray(rest)
        self.waiting = False
        self.sent_at = 0.0
        self.due = 0.0
        self.server_calls = 0

    def send(self, payload: bytes, now: float) -> None:
        """Put one CALL on the wire. Raises BadReply when the server does not even take one message."""
        frame = wire.frame(payload)
        self.sent_at = now
        self.waiting = True
        try:
            if self.sock.send(frame) != len(frame):
                raise BadReply(f"{self.identity}: the server does not read")
        except OSError as error:
            raise BadReply(f"{self.identity}: {error}") from error

    def receive(self) -> bool:
        """Read what has come; True when it held the awaited reply. Raises BadReply."""
        try:
            data = self.sock.recv(65536)
        except BlockingIOError:
            return False
        except OSError as error:
            raise BadReply(f"{self.identity}: {error}") from error
        if not data:
            raise BadReply(f"{self.identity}: the server hung up")
        # The usual case, one short frame and nothing else, costs no copying about.
        if not self.buffer and data[0] == 0x81 and data[1] < 126 and len(data) == data[1] + 2:
            return self.take(data[2:])
        self.buffer += data
        answered = False
        for opcode, payload in wire.frames(self.buffer):
            answered = self.frame(opcode, payload) or answered
        return answered

    def frame(self, opcode: int, payload: bytes) -> bool:
        """One frame of the server; True when it was the awaited reply. Raises BadReply."""
        if opcode == wire.TEXT:
            return self.take(payload)
        if opcode == wire.PING:
            self.sock.send(wire.frame(payload, wire.PONG))
        elif opcode == wire.CLOSE:
            raise BadReply(f"{self.identity}: closed with {int.from_bytes(payload[:2], 'big')} {payload[2:]!r}")
        return False

    def take(self, payload: bytes) -> bool:
        """One message; True when it was the CALLRESULT of the open CALL. Raises BadReply for any other reply."""
        script = self.script
        if payload.startswith(b'[3,"' + script.message_id):
            if script.kind == messages.START:
                script.transaction_id = int(json.loads(payload)[2]["transactionId"])
            self.waiting = False
            return True
        message = json.loads(payload)
        if message[0] == 2:
            self.server_calls += 1
            self.sock.send(wire.frame(json.dumps([4, message[1], "NotSupported", "", {}]).encode()))
            return False
        if message[0] == 3 and message[1] == script.message_id.decode():
            return self.take(json.dumps(message, separators=(",", ":")).encode())
        raise BadReply(f"{self.identity}: {payload[:200]!r}")


class Flooder(Charger):
    """A charger gone mad: MeterValues as fast as the socket takes them, up to FLOOD_WINDOW unanswered."""

    __slots__ = ("answered", "outbox", "unanswered")

    def __init__(self, identity: str, number: int, sock: socket.socket, rest: bytes) -> None:
        super().__init__(identity, number, sock, rest)
        self.answered = 0
        self.unanswered = 0
        self.outbox = bytearray()

    def flood(self) -> None:
        """Fill the window and write what the socket takes. Raises OSError when cut off."""
        while self.unanswered < FLOOD_WINDOW:
            self.outbox += wire.frame(self.script.build(messages.METER))
            self.unanswered += 1
        if self.outbox:
            try:
                del self.outbox[: self.sock.send(self.outbox)]
            except BlockingIOError:
                return

    def take(self, payload: bytes) -> bool:
        """Count a reply, whichever it is; the opening is answered as usual."""
        if not self.unanswered:
            return super().take(payload)
        if payload.startswith((b"[3", b"[4")):
            self.unanswered -= 1
            self.answered += 1
        return False
