"""The ceiling of the load generator: a server that reads frames and answers each with a canned CALLRESULT, thinking nothing.

`python -m bench.servers.echo PORT`
"""

import base64
import hashlib
import select
import socket
import sys

_ID = slice(4, 40)  # of the 36-digit message id in `[2,"…",`
_REPLY = b'[3,"%b",{"status":"Accepted","transactionId":1}]'


def upgrade(request: bytes) -> bytes:
    """The 101 to a websocket request."""
    key = next(line for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")).split(b":")[1].strip()
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        + accept
        + b"\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
    )


def reply(data: bytes) -> bytes:
    """The answer to one masked frame that has come whole."""
    start = 2 if data[1] & 0x7F < 126 else 4
    mask = int.from_bytes(data[start : start + 4] * 9, "big")
    at = start + 4
    identifier = int.from_bytes(data[at + _ID.start : at + _ID.stop], "big") ^ mask
    payload = _REPLY % identifier.to_bytes(36, "big")
    return bytes((0x81, len(payload))) + payload


def main() -> None:
    """Serve until killed."""
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=1024)
    epoll = select.epoll()
    epoll.register(listener.fileno(), select.EPOLLIN)
    clients: dict[int, socket.socket] = {}
    while True:
        for descriptor, _ in epoll.poll():
            if descriptor == listener.fileno():
                client, _ = listener.accept()
                clients[client.fileno()] = client
                epoll.register(client.fileno(), select.EPOLLIN)
                continue
            client = clients[descriptor]
            data = client.recv(65536)
            if not data:
                epoll.unregister(descriptor)
                clients.pop(descriptor).close()
            else:
                client.send(upgrade(data) if data.startswith(b"GET") else reply(data))


if __name__ == "__main__":
    main()
