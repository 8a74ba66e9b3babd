"""A charger's end of a websocket, byte by byte: everything a well-behaved client library would refuse to send.

Every read has a deadline (`DEADLINE_S`) and raises TimeoutError after it.
"""

import base64
import json
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self
from uuid import uuid4

DEADLINE_S = 10.0
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


@dataclass(frozen=True)
class Answer:
    """An HTTP answer. Header names are lower-case; `body` is as long as Content-Length says (empty after a 101)."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Frame:
    """One frame as the server sent it."""

    opcode: int
    payload: bytes
    fin: bool = True
    rsv: int = 0

    @property
    def close_code(self) -> int | None:
        """Code of a close frame; None when it carries none."""
        assert self.opcode == CLOSE, self
        return int.from_bytes(self.payload[:2], "big") if self.payload else None


def basic(user: bytes | str, password: bytes | str) -> str:
    """Value of an Authorization header; bytes go as they are."""
    user = user.encode() if isinstance(user, str) else user
    password = password.encode() if isinstance(password, str) else password
    return "Basic " + base64.b64encode(user + b":" + password).decode()


def upgrade_headers(authorization: str | None = None, subprotocol: str | None = "ocpp1.6", key: str | None = None) -> list[str]:
    """Headers of an upgrade request; None leaves that header out (a key is made up)."""
    headers = ["Host: localhost", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
    headers.append(f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode() if key is None else key}")
    if subprotocol is not None:
        headers.append(f"Sec-WebSocket-Protocol: {subprotocol}")
    if authorization is not None:
        headers.append(f"Authorization: {authorization}")
    return headers


def request_bytes(path: str, headers: Sequence[str]) -> bytes:
    """A GET request. Header text is sent as Latin-1, so any byte can be written."""
    return "\r\n".join([f"GET {path} HTTP/1.1", *headers, "", ""]).encode("latin-1")


def frame_bytes(
    payload: bytes, opcode: int = TEXT, *, fin: bool = True, rsv: int = 0, masked: bool = True, length: int | None = None
) -> bytes:
    """One frame; `rsv` are the three reserved bits, `length` a lie about the payload's length."""
    claimed = len(payload) if length is None else length
    mask_bit = 0x80 if masked else 0
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    if claimed < 126:
        head += bytes([mask_bit | claimed])
    elif claimed < 1 << 16:
        head += bytes([mask_bit | 126]) + claimed.to_bytes(2, "big")
    else:
        head += bytes([mask_bit | 127]) + claimed.to_bytes(8, "big")
    if not masked:
        return head + payload
    key = os.urandom(4)
    pattern = (key * (len(payload) // 4 + 1))[: len(payload)]
    mixed = int.from_bytes(payload, "big") ^ int.from_bytes(pattern, "big")
    return head + key + mixed.to_bytes(len(payload), "big")


class RawSocket:
    """A TCP connection to the server under test; a context manager that closes it without a word."""

    def __init__(self, port: int, receive_buffer: int | None = None) -> None:
        self.sock = socket.socket()
        if receive_buffer is not None:  # must be set before connecting, for it decides the window
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.settimeout(DEADLINE_S)
        self.sock.connect(("127.0.0.1", port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.sock.close()

    def send(self, data: bytes) -> None:
        """Put bytes on the wire."""
        self.sock.sendall(data)

    def send_frame(self, payload: bytes, opcode: int = TEXT, **odd: Any) -> None:
        """Put one frame on the wire; see `frame_bytes` for the ways to make it odd."""
        self.send(frame_bytes(payload, opcode, **odd))

    def _read(self, count: int) -> bytes:
        while len(self._buffer) < count:
            data = self.sock.recv(65536)
            if not data:
                raise EOFError(f"the server hung up after {self._buffer!r}")
            self._buffer += data
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def read_answer(self) -> Answer:
        """The HTTP answer. Raises EOFError when the server hangs up before it is complete."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self._read(1)
        first, *lines = head.decode("latin-1").split("\r\n")[:-2]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        return Answer(int(first.split()[1]), headers, self._read(length))

    def request(self, path: str, headers: Sequence[str], tail: bytes = b"") -> Answer:
        """Send a GET with these headers (and `tail` in the same segment) and read the answer."""
        self.send(request_bytes(path, headers) + tail)
        return self.read_answer()

    def read_frame(self) -> Frame:
        """The next frame. Raises EOFError when the server hangs up instead."""
        first, second = self._read(2)
        assert not second & 0x80, "a server never masks"
        length = second & 0x7F
        if length == 126:
            length = int.from_bytes(self._read(2), "big")
        elif length == 127:
            length = int.from_bytes(self._read(8), "big")
        return Frame(first & 0x0F, self._read(length), bool(first & 0x80), first >> 4 & 0x7)

    def read_message(self) -> Any:
        """The next text message as JSON; pings are answered on the way."""
        while True:
            frame = self.read_frame()
            if frame.opcode == PING:
                self.send_frame(frame.payload, PONG)
                continue
            assert frame.opcode == TEXT, frame
            return json.loads(frame.payload)

    def send_call(self, action: str, payload: Any, message_id: str | None = None) -> str:
        """Send a CALL, return its message id."""
        message_id = message_id or str(uuid4())
        self.send_frame(json.dumps([2, message_id, action, payload]).encode())
        return message_id

    def call(self, action: str, payload: Any) -> Any:
        """Send a CALL and return the payload of its CALLRESULT."""
        message_id = self.send_call(action, payload)
        reply = self.read_message()
        assert reply[:2] == [3, message_id], reply
        return reply[2]

    def read_close(self) -> int | None:
        """Read on to the close frame and the end of the connection; the close frame's code (None: it has none).

        Raises EOFError when the connection ends without one.
        """
        while (frame := self.read_frame()).opcode != CLOSE:
            pass
        with suppress(OSError):  # the server need not wait for it
            self.send_frame(frame.payload[:2], CLOSE)
        self.read_end()
        return frame.close_code

    def read_end(self) -> bytes:
        """Everything up to the end of the connection, a reset being one too."""
        try:
            while data := self.sock.recv(65536):
                self._buffer += data
        except ConnectionResetError:
            pass
        rest, self._buffer = self._buffer, b""
        return rest


def connect(port: int, identity: str, password: bytes | str | None, receive_buffer: int | None = None) -> RawSocket:
    """An upgraded connection of a charger whose identity needs no percent-encoding."""
    raw = RawSocket(port, receive_buffer)
    authorization = None if password is None else basic(identity, password)
    answer = raw.request(f"/ocpp/{identity}", upgrade_headers(authorization))
    assert answer.status == 101, answer
    return raw


def knock(port: int, path: str, headers: Sequence[str]) -> Answer:
    """The answer to one upgrade request; the connection is closed after it."""
    with RawSocket(port) as raw:
        return raw.request(path, headers)
