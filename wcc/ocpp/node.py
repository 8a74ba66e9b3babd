"""A node: one web process with the chargers whose sockets it holds. Presence, commands, watchdog, drain. endpoint.md 4, 6, 9-12."""

import random
from time import monotonic
from typing import Any
from uuid import uuid4

import gevent
import structlog
from redis.exceptions import RedisError
from sqlalchemy import Engine

from wcc import bus
from wcc.chargepoints import record as chargepoints
from wcc.clock import now_ms
from wcc.config import Settings, cipher
from wcc.db import plain_engine
from wcc.errors import LedgerUnavailable
from wcc.ocpp.attempts import Attempts
from wcc.ocpp.charger import Charger
from wcc.ocpp.connection import Call, Connection
from wcc.ocpp.door import Doorkeeper, Guest
from wcc.ocpp.ledger import Ledger
from wcc.ocpp.socket import GOING_AWAY, POLICY, Socket
from wcc.proxies import named

log = structlog.get_logger()

SEEN_EVERY_S = 5.0
WRITE_DOWN_S = 1.0
# The connection doctor's reasons for close codes that a charger does not choose when all is well. RFC 6455 §7.4.1.
BROKEN = {1002: "protocol", 1003: "protocol", 1006: "lost", 1007: "protocol", 1009: "too_large"}
COMMANDS_REMEMBERED = 10_000


class Node:
    """Holds the connections of this process. `open_for_chargers` is False while the database is away or the node drains."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self.settings = settings
        self.name = settings.node_name
        self.door = Doorkeeper(engine, cipher(settings.instance))
        self.ledger = Ledger(settings)
        self.connections: dict[str, Connection] = {}
        self.attempts = Attempts()
        self.proxies = named(settings.trusted_proxies)
        self.draining = False
        self._redis = bus.connect(settings.redis)
        self._serving: set[Connection] = set()
        self._taken: dict[str, None] = {}
        self._greenlets = [
            gevent.spawn(loop)
            for loop in (
                self._watch,
                self._take_commands,
                self._note_seen,
                self._keep_presence,
                self._write_down,
            )
        ]

    @property
    def open_for_chargers(self) -> bool:
        """Whether upgrades are answered 101 or 503. While the database is away the watchdog tries it again."""
        return not self.draining and self.ledger.available

    def start(self) -> None:
        """A node that starts holds no sockets: chargers that the database still has online here are offline."""
        self.ledger.start()
        engine = plain_engine(self.settings.database)
        with engine.connect().execution_options(writes=True) as conn, conn.begin():
            gone = chargepoints.forget_node(conn, self.name, now_ms())
        engine.dispose()
        log.info("node starts", node=self.name, forgotten=len(gone))

    def serve(self, guest: Guest, socket: Socket) -> None:
        """Serve a charger until its socket closes. The newest connection of an identity wins at once."""
        charger = Charger(guest.id, guest.organization_id, guest.identity, uuid4().hex)
        connection = Connection(charger, socket, self.ledger, self.settings)
        connection.address = guest.address
        older = self.connections.get(charger.identity)
        self.connections[charger.identity] = connection
        self._serving.add(connection)
        if older is not None:
            gevent.spawn(older.cut, POLICY, "a newer connection of the same charge point", "replaced")  # which may be stuck in a send
        try:
            self.ledger.put(
                "connected",
                (
                    charger.id,
                    charger.organization_id,
                    self.name,
                    charger.token,
                    now_ms(),
                ),
            )
            self._claim(charger)
            connection.serve()
        except LedgerUnavailable:
            socket.hang_up()
        finally:
            self._gone(connection)
            socket.release()

    def _claim(self, charger: Charger) -> None:
        try:
            bus.claim(
                self._redis,
                [(charger.identity, charger.token)],
                self.name,
                self.settings.presence_s,
            )
        except RedisError as error:  # the next refresh makes it good
            log.warning("presence not claimed", identity=charger.identity, error=str(error))

    def _gone(self, connection: Connection) -> None:
        charger, socket = connection.charger, connection.socket
        self._serving.discard(connection)
        if self.connections.get(charger.identity) is connection:
            del self.connections[charger.identity]
        seen_ms = now_ms() - round((monotonic() - socket.seen) * 1000)
        why = f"{socket.close_code or 1006} {connection.why}"
        if broke := connection.broke or (not self.draining and BROKEN.get(socket.close_code or 1006, "")):
            self.attempts.note(charger.identity, connection.address, broke, socket.complaint)
        self.ledger.post(
            "disconnected",
            (
                charger.id,
                charger.organization_id,
                charger.token,
                why,
                seen_ms,
                now_ms(),
            ),
        )
        try:
            bus.release(self._redis, charger.identity, self.name, charger.token)
        except RedisError:  # it expires by itself
            pass

    # loops

    def _watch(self) -> None:
        """One look at all sockets: silent ones are pinged, dead ones end (endpoint.md 4)."""
        settings = self.settings
        never_pongs_s = 2 * settings.heartbeat_interval_s + 60
        while True:
            gevent.sleep(settings.watchdog_s)
            now = monotonic()
            for connection in list(self.connections.values()):
                socket = connection.socket
                silent_s = now - socket.seen
                if silent_s > (settings.dead_after_s if socket.ponged else never_pongs_s):
                    connection.why, connection.broke = f"silent for {silent_s:.0f} s", "silent"
                    socket.hang_up()
                elif silent_s > settings.ping_after_s and now - socket.pinged > settings.ping_after_s:
                    gevent.spawn(socket.ping)  # a full send buffer must not stop the watchdog
            if not self.ledger.available:
                self.ledger.post("seen", ((),))  # is the database back?

    def _note_seen(self) -> None:
        """When chargers were last heard, for all of them in one report."""
        noted = 0.0
        while True:
            gevent.sleep(SEEN_EVERY_S)
            now, at_ms = monotonic(), now_ms()
            heard = [
                (c.charger.id, at_ms - round((now - c.socket.seen) * 1000)) for c in self.connections.values() if c.socket.seen > noted
            ]
            noted = now
            if heard:
                self.ledger.post("seen", tuple(heard))

    def _write_down(self) -> None:
        """Hand over what nobody waits for: failed attempts to connect, and the message log."""
        while True:
            gevent.sleep(WRITE_DOWN_S)
            if rows := self.attempts.take():
                self.ledger.post("attempts", tuple(rows))
            self.ledger.log_messages()

    def _keep_presence(self) -> None:
        while True:
            gevent.sleep(self.settings.presence_s / 3)
            owners = [(c.charger.identity, c.charger.token) for c in self.connections.values()]
            try:
                lost = bus.refresh(self._redis, owners, self.name, self.settings.presence_s)
            except RedisError as error:
                log.warning("presence not refreshed", error=str(error))
                continue
            for identity, token in lost:
                connection = self.connections.get(identity)
                if connection is not None and connection.charger.token == token:
                    gevent.spawn(connection.cut, POLICY, "connected to another node", "replaced")

    def _take_commands(self) -> None:
        """Commands from RQ jobs: dropped when expired or seen, else on their way to the charger; nobody waits here."""
        while True:
            try:
                redis = bus.connect(self.settings.redis, blocking=True)
                while True:
                    if command := bus.next_command(redis, self.name):
                        self._command(command)
            except RedisError as error:
                log.warning("commands interrupted", error=str(error))
                gevent.sleep(1)

    def _command(self, command: dict[str, Any]) -> None:
        operation = (command["organization"], command["operation"])
        if command["id"] in self._taken:
            return
        self._taken[command["id"]] = None
        if len(self._taken) > COMMANDS_REMEMBERED:
            del self._taken[next(iter(self._taken))]
        connection = self.connections.get(command["identity"])
        if command.get("expired"):
            self.ledger.post(
                "operation undelivered",
                (*operation, now_ms(), "failed", "expired before it could be sent"),
            )
        elif connection is None:
            self.ledger.post(
                "operation undelivered",
                (*operation, now_ms(), "offline", "the charger has left"),
            )
        else:
            call = Call(
                command["id"],
                operation,
                command["action"],
                command["payload"],
                command["deadline_ms"],
            )
            gevent.spawn(connection.call, call)

    # shutdown

    def drain(self) -> None:
        """Let chargers go over `drain_s`, idle ones first, with jitter, so that they do not all come back in the same second."""
        self.draining = True
        leaving = sorted(
            self.connections.values(),
            key=lambda connection: connection.open is not None,
        )
        pause_s = self.settings.drain_s / max(len(leaving), 1)
        for connection in leaving:
            gevent.sleep(random.uniform(0, 2 * pause_s) if pause_s else 0)
            connection.why = "this node shuts down"
            connection.socket.close(GOING_AWAY, "shutting down")
        with gevent.Timeout(5, False):
            while self._serving:
                gevent.sleep(0.02)
        gevent.killall(self._greenlets)
        if rows := self.attempts.take():
            self.ledger.post("attempts", tuple(rows))
        self.ledger.close()
