"""The upgrade: pywsgi's request → a charger's socket, or an ordinary HTTP refusal before any 101."""

import base64
import binascii
import dataclasses
import hashlib
import os
from typing import Any

import gevent
import structlog
from gevent import socket as sockets
from geventwebsocket.handler import WebSocketHandler
from sqlalchemy.exc import SQLAlchemyError

from wcc import masks
from wcc.ocpp.door import PREFIX, Guest, Refusal, identity_of
from wcc.ocpp.socket import Socket
from wcc.proxies import client

log = structlog.get_logger()

TLS_HELLO = b"\x16\x03"  # the first bytes of one who wants to speak TLS. RFC 8446 §5.1


class Handler(WebSocketHandler):  # type: ignore[misc]
    """Upgrades only below `/ocpp/`; everything else goes to the portal. `server.node` serves the sockets."""

    def read_requestline(self) -> str:
        """Bound the time a client has for its request line and headers; pywsgi itself waits for ever."""
        self._patience = gevent.Timeout.start_new(self.server.node.settings.header_timeout_s)
        try:
            if self.rfile.peek(2)[:2] == TLS_HELLO:
                self.server.node.attempts.note("", self.client_address[0], "tls")
                line = ""
            else:
                line = super().read_requestline()
        except (gevent.Timeout, OSError):
            line = ""
        if not line:
            self._patience.cancel()
        return line

    def read_request(self, raw_requestline: str) -> Any:
        """Read the headers; too slow is an error of the client's."""
        try:
            return super().read_request(raw_requestline)
        except gevent.Timeout:
            target = raw_requestline.partition(" ")[2].partition(" ")[0]
            if target.startswith(PREFIX):
                self.server.node.attempts.note(identity_of(target) or "", self.client_address[0], "slow")
            raise ValueError("request headers came too slowly") from None
        finally:
            self._patience.cancel()

    def handle(self) -> None:
        """Serve the connection; a patience timer never outlives it."""
        try:
            super().handle()
        finally:
            if patience := getattr(self, "_patience", None):
                patience.cancel()

    def upgrade_websocket(self) -> list[bytes] | None:
        """Let a charger in, or refuse it; None for what is none of ours."""
        if not self.path.startswith(PREFIX):
            return None
        try:
            return self._upgrade()
        except (SQLAlchemyError, TimeoutError) as error:  # the database is away; the charger shall come back
            log.error("upgrade impossible", path=self.path, error=repr(error))
            return self._refuse(Refusal("503 Service Unavailable", "try again later", "not_ready"))

    def _upgrade(self) -> list[bytes] | None:
        environ = self.environ
        if environ.get("HTTP_UPGRADE", "").strip().lower() != "websocket" or environ["REQUEST_METHOD"] != "GET":
            return self._refuse(
                Refusal(
                    "426 Upgrade Required",
                    "this address is for chargers: connect by websocket, ocpp1.6",
                    "no_websocket",
                )
            )
        key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "").strip()
        version = environ.get("HTTP_SEC_WEBSOCKET_VERSION", "").strip()
        if version != "13":
            return self._refuse(
                Refusal("426 Upgrade Required", "websocket version 13 is needed", "bad_handshake", f"version {version[:20]}")
            )
        if not _is_key(key):
            return self._refuse(Refusal("400 Bad Request", "bad Sec-WebSocket-Key", "bad_handshake"))
        node = self.server.node
        if not node.open_for_chargers:
            return self._refuse(Refusal("503 Service Unavailable", "try again later", "not_ready"))
        offered, authorization = (
            environ.get("HTTP_SEC_WEBSOCKET_PROTOCOL", ""),
            environ.get("HTTP_AUTHORIZATION", ""),
        )
        judged = node.door.admit(self.path, offered, authorization)
        if isinstance(judged, Refusal):
            return self._refuse(judged)
        self._accept(dataclasses.replace(judged, address=self._address()), key)
        return None

    def _address(self) -> str:
        return client(self.environ, self.server.node.proxies)

    def _refuse(self, refusal: Refusal) -> list[bytes]:
        log.info(
            "charger refused",
            path=self.path[:300],
            status=refusal.status,
            why=refusal.why,
            address=self.client_address,
        )
        self.server.node.attempts.note(identity_of(self.path) or "", self._address(), refusal.reason, refusal.detail)
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close")]
        if refusal.status.startswith("426"):
            headers += [("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]
        if refusal.challenge:
            headers.append(("WWW-Authenticate", 'Basic realm="ocpp"'))
        self.start_response(refusal.status, headers)
        return [f"{refusal.why}\n".encode()]

    def _accept(self, guest: Guest, key: str) -> None:
        accept = base64.b64encode(hashlib.sha1((key + self.GUID).encode()).digest()).decode()
        headers = [
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Accept", accept),
        ]
        if guest.subprotocol:
            headers.append(("Sec-WebSocket-Protocol", guest.subprotocol))
        self.guest = guest
        self.websocket = self.environ["wsgi.websocket"] = guest  # tells the base that no body follows
        self.start_response("101 Switching Protocols", headers)

    def run_websocket(self) -> None:
        """Hand the charger to a greenlet of its own, which keeps nothing of the request: half the memory of an idle charger.

        What it sent along with its request is its first message. pywsgi closes its own socket; the connection lives on in ours.
        """
        guest, node = self.guest, self.server.node
        early = self._sent_along()
        own = sockets.socket(fileno=os.dup(self.socket.fileno()))
        self.socket: Any = None  # or pywsgi would read, and throw away, what the charger sends next
        socket = Socket(own, guest.max_bytes or node.settings.max_message_bytes)
        socket.feed(early)
        gevent.spawn(node.serve, guest, socket)

    def _sent_along(self) -> bytes:
        self.socket.settimeout(0.0)
        try:
            early: bytes = self.rfile.peek()
        except OSError:
            early = b""
        self.socket.settimeout(None)
        return early

    def log_request(self) -> None:
        """Requests of people are logged at debug level only."""
        log.debug("request", line=masks.request(self.requestline or ""), status=getattr(self, "code", None))


def _is_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        return False
