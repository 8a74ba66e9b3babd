"""The connection to the central system: address, credentials, dialling, back-off."""

import asyncio
import base64
import logging
import random
import ssl
import urllib.parse
from typing import TYPE_CHECKING

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidStatus, InvalidURI
from websockets.typing import Subprotocol

from simulator.settings import Settings

if TYPE_CHECKING:
    from simulator.station import Station

log = logging.getLogger("simulator")

_TLS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def address(url: str, identity: str, encode: bool = True) -> str:
    """The endpoint's URL with the charge point id appended, percent-encoded."""
    return url.rstrip("/") + "/" + (urllib.parse.quote(identity, safe="") if encode else identity)


def authorization(identity: str, password: str | bytes | None, form: str) -> dict[str, str]:
    """The Basic auth header in a form seen in the field: text, hex (digits sent as text), raw (bytes), none, wrong."""
    if password is None or form == "none":
        return {}
    secret = password.encode() if isinstance(password, str) else password
    if form == "hex":
        secret = secret.hex().encode()
    elif form == "raw" and isinstance(password, str):
        secret = bytes.fromhex(password)
    elif form == "wrong":
        secret = b"not-" + secret
    return {"Authorization": "Basic " + base64.b64encode(identity.encode() + b":" + secret).decode()}


def tls_context(settings: Settings) -> ssl.SSLContext:
    """TLS as set. Raises OSError or ssl.SSLError for unusable files."""
    context = ssl.create_default_context(cafile=settings.ca_file)
    if not settings.verify_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if settings.client_cert:
        context.load_cert_chain(settings.client_cert, settings.client_key)
    if settings.tls_version:
        context.minimum_version = context.maximum_version = _TLS[settings.tls_version]
    return context


class Link:
    """Keeps one websocket open as long as it is wanted."""

    def __init__(self, charger: "Station", rng: random.Random) -> None:
        self._charger = charger
        self._rng = rng
        self.wanted = True
        self.attempts = 0
        self.failures = 0  # in a row
        self.refusals: list[int] = []  # HTTP codes of refused upgrades
        self._hold_s = 0.0

    def hold(self, seconds: float) -> None:
        """Wait at least this long (charger's time) before dialling again: the unit is rebooting."""
        self._hold_s = max(self._hold_s, seconds)

    async def run(self) -> None:
        """Dial, serve, dial again, for ever."""
        while True:
            await self._charger.watch.wait_for(lambda: self.wanted)
            connection = await self._dial()
            if connection is not None:
                self.failures = 0
                await self._charger.serve(connection)
            await self._pause()

    async def _dial(self) -> ClientConnection | None:
        """One attempt; a failure is logged in one line and counted."""
        self.attempts += 1
        try:
            return await self._connect()
        except InvalidStatus as refused:
            code = refused.response.status_code
            self.refusals.append(code)
            why = f"refused: {code} {refused.response.reason_phrase}".strip()
        except TimeoutError:
            why = "no answer in time"
        except (OSError, InvalidHandshake, InvalidURI, EOFError) as error:
            why = f"failed: {error or type(error).__name__}"
        self.failures += 1
        log.warning("%s connection %s; next try in %.1f s", self._charger.identity, why, self.backoff_s())
        self._charger.watch.notify()
        return None

    async def _connect(self) -> ClientConnection:
        charger, settings = self._charger, self._charger.settings
        url = address(charger.url, charger.identity, settings.encode_identity)
        ping_s = charger.configuration.number("WebSocketPingInterval")
        connection = await connect(
            url,
            subprotocols=[Subprotocol(name) for name in settings.subprotocols] or None,
            additional_headers=authorization(charger.identity, charger.password, settings.authorization),
            compression=None,
            proxy=None,
            ping_interval=ping_s or None,
            close_timeout=2,
            ssl=tls_context(settings) if url.startswith("wss:") else None,
        )
        if settings.subprotocols and connection.subprotocol is None:
            log.warning("%s the central system chose no subprotocol", charger.identity)
        log.info("%s connected to %s", charger.identity, charger.url)
        return connection

    def backoff_s(self) -> float:
        """Pause before the next attempt, without the random part."""
        settings = self._charger.settings
        return min(settings.backoff_max_s, settings.backoff_min_s * 2.0 ** min(30, max(0, self.failures - 1)))

    async def _pause(self) -> None:
        hold_s, self._hold_s = self._hold_s, 0.0
        if hold_s:
            await self._charger.clock.sleep(hold_s)
            return
        # A fleet that lost its server must not come back all at once.
        await asyncio.sleep(self.backoff_s() * self._rng.uniform(1.0, 1.25))
