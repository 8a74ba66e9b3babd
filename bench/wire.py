"""The least of RFC 6455 that a load generator needs: the upgrade request, masked frames out, server frames in."""

import base64
import os
import socket
from collections.abc import Iterator

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
# One key for all frames of a run: the server must unmask each of them all the same, and we need not draw four random bytes.
KEY = os.urandom(4)
_patterns: dict[int, int] = {}


class UpgradeRefused(Exception):
    """The server answered the upgrade with something else than 101."""


def connect(port: int, identity: str, password: str) -> tuple[socket.socket, bytes]:
    """A socket upgraded to `ocpp1.6` at `/ocpp/<identity>`, and what the server sent right behind its 101.

    Raises UpgradeRefused with the status line, or OSError (also when nothing comes within 10 s).
    """
    sock = socket.create_connection(("127.0.0.1", port), timeout=10)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    credentials = base64.b64encode(f"{identity}:{password}".encode()).decode()
    key = base64.b64encode(os.urandom(16)).decode()
    sock.sendall(
        f"GET /ocpp/{identity} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: ocpp1.6\r\n"
        f"Authorization: Basic {credentials}\r\n\r\n".encode()
    )
    answer = b""
    while b"\r\n\r\n" not in answer:
        chunk = sock.recv(4096)
        if not chunk:
            break
        answer += chunk
    head, _, rest = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 101"):
        sock.close()
        raise UpgradeRefused(f"{identity}: {head.splitlines()[:1]}")
    sock.setblocking(False)
    return sock, rest


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """One unfragmented masked frame."""
    length = len(payload)
    pattern = _patterns.get(length)
    if pattern is None:
        pattern = _patterns[length] = int.from_bytes((KEY * (length // 4 + 1))[:length], "little")
    masked = (int.from_bytes(payload, "little") ^ pattern).to_bytes(length, "little")
    if length < 126:
        return bytes((0x80 | opcode, 0x80 | length)) + KEY + masked
    if length < 65536:
        return bytes((0x80 | opcode, 0xFE)) + length.to_bytes(2, "big") + KEY + masked
    return bytes((0x80 | opcode, 0xFF)) + length.to_bytes(8, "big") + KEY + masked


def frames(buffer: bytearray) -> Iterator[tuple[int, bytes]]:
    """Take every complete server frame off the front of the buffer: (opcode, payload)."""
    while len(buffer) >= 2:
        length, start = buffer[1], 2
        if length == 126:
            length, start = int.from_bytes(buffer[2:4], "big"), 4
        elif length == 127:
            length, start = int.from_bytes(buffer[2:10], "big"), 10
        if len(buffer) < start + length:
            return
        opcode, payload = buffer[0] & 0x0F, bytes(buffer[start : start + length])
        del buffer[: start + length]
        yield opcode, payload
