"""Every refusal and every break of a connection leaves its reason: real sockets against the real server."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.ocpp import rawsocket
from tests.ocpp.rawsocket import CLOSE, RawSocket, basic, knock, upgrade_headers
from tests.ocpp.test_connection import eventually
from tests.serving import Server
from wcc.doctor.record import attempts as store
from wcc.ocpp import attempts as counting
from wcc.ocpp.attempts import Attempts, shown_identity
from wcc.ocpp.door import near_miss

PASSWORD = "a-password-of-16"
TYPED = "what-somebody-typed"


def attempt(server: Server, identity: str) -> Any:
    """The newest attempt of an identity, once there is one."""
    query = "SELECT * FROM connection_attempt WHERE identity = :i ORDER BY at DESC, id DESC"
    return eventually(lambda: server.sql(query, i=identity))[0]


def without(name: str, headers: list[str]) -> list[str]:
    return [line for line in headers if not line.startswith(name)]


RIGHT = "the right one"
REFUSALS: dict[str, tuple[Callable[[str], list[str]], str]] = {
    "subprotocol": (lambda id: upgrade_headers(basic(id, PASSWORD), "ocpp2.0.1"), "ocpp2.0.1"),
    "no_password": (lambda id: upgrade_headers(None), ""),
    "bad_authorization": (lambda id: upgrade_headers("Bearer " + TYPED), ""),
    "wrong_user": (lambda id: upgrade_headers(basic(TYPED, PASSWORD)), ""),
    "wrong_password": (lambda id: upgrade_headers(basic(id, TYPED)), ""),
    "no_websocket": (lambda id: without("Upgrade", upgrade_headers(basic(id, PASSWORD))), ""),
    "bad_handshake": (lambda id: upgrade_headers(basic(id, PASSWORD), key="short"), ""),
}


@pytest.mark.parametrize("reason", REFUSALS)
def test_a_refusal_is_kept_with_its_reason_and_counted(server: Server, reason: str) -> None:
    headers, detail = REFUSALS[reason]
    identity = server.add_charge_point(password=PASSWORD)
    for _ in range(2):
        assert knock(server.port, f"/ocpp/{identity}", headers(identity)).status >= 400
    eventually(lambda: attempt(server, identity).count == 2)
    found = attempt(server, identity)
    assert (found.reason, found.detail, found.address) == (reason, detail, "127.0.0.1")


def test_who_is_unknown_and_who_names_nobody_is_kept(server: Server) -> None:
    knock(server.port, "/ocpp/NEVER-ADDED", upgrade_headers(basic("NEVER-ADDED", TYPED)))
    assert attempt(server, "NEVER-ADDED").reason == "unknown"
    knock(server.port, "/ocpp/", upgrade_headers())
    # other tests of this server leave attempts without a name too
    assert eventually(lambda: server.sql("SELECT id FROM connection_attempt WHERE identity = '' AND reason = 'no_identity'"))
    knock(server.port, f"/ocpp/COLON:{TYPED}", upgrade_headers())
    assert attempt(server, "COLON…").reason == "unknown"


def test_tls_on_a_port_without_it_and_headers_that_never_end_are_kept(impatient: Server) -> None:
    with RawSocket(impatient.port) as raw:
        raw.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        raw.read_end()
    assert eventually(lambda: impatient.sql("SELECT id FROM connection_attempt WHERE identity = '' AND reason = 'tls'"))
    with RawSocket(impatient.port) as raw:
        raw.send(b"GET /ocpp/TOO-SLOW HTTP/1.1\r\nHost: localhost\r\n")
        raw.read_end()
    assert attempt(impatient, "TOO-SLOW").reason == "slow"


def _lose(charger: RawSocket, server: Server, identity: str) -> None:
    charger.sock.close()


def _replace(charger: RawSocket, server: Server, identity: str) -> None:
    with rawsocket.connect(server.port, identity, PASSWORD) as newer:
        newer.call("Heartbeat", {})
        charger.read_close()
        newer.send_frame((1000).to_bytes(2, "big"), CLOSE)
        newer.read_end()


def _too_large(charger: RawSocket, server: Server, identity: str) -> None:
    charger.send_frame(b"x" * 20, length=131_073 * 8)
    charger.read_end()


def _unmasked(charger: RawSocket, server: Server, identity: str) -> None:
    charger.send_frame(b"[]", masked=False)
    charger.read_end()


def _not_text(charger: RawSocket, server: Server, identity: str) -> None:
    charger.send_frame(b"\xff\xfe")
    charger.read_end()


def _gibberish(charger: RawSocket, server: Server, identity: str) -> None:
    for _ in range(50):
        charger.send_frame(b"gibberish")
    charger.read_end()


BREAKS = {
    "lost": _lose,
    "replaced": _replace,
    "too_large": _too_large,
    "protocol": _unmasked,
    "protocol ": _not_text,
    "unreadable": _gibberish,
}


@pytest.mark.parametrize("reason", BREAKS)
def test_a_connection_that_breaks_is_kept_with_its_reason(server: Server, reason: str) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    with rawsocket.connect(server.port, identity, PASSWORD) as charger:
        charger.call("Heartbeat", {})
        BREAKS[reason](charger, server, identity)
        assert attempt(server, identity).reason == reason.strip()


def test_a_charger_that_falls_silent_is_kept(own_server: Callable[..., Server]) -> None:
    server = own_server(WCC_PING_AFTER_S="0.2", WCC_WATCHDOG_S="0.1", WCC_DEAD_AFTER_S="0.6")
    identity = server.add_charge_point()
    with rawsocket.connect(server.port, identity, None) as charger:
        charger.call("Heartbeat", {})
        frame = charger.read_frame()
        charger.send_frame(frame.payload, 0xA)  # one answer to a ping, and never again
        assert attempt(server, identity).reason == "silent"


def test_a_charger_that_says_goodbye_is_no_case_for_the_doctor(own_server: Callable[..., Server]) -> None:
    server = own_server()
    identity = server.add_charge_point()
    with rawsocket.connect(server.port, identity, None) as charger:
        charger.call("Heartbeat", {})
        charger.send_frame((1000).to_bytes(2, "big"), CLOSE)
        charger.read_end()
    eventually(lambda: not server.sql("SELECT online FROM charge_point WHERE identity = :i", i=identity)[0].online)
    server.stop()
    assert server.sql("SELECT * FROM connection_attempt") == []


def test_no_password_that_was_typed_is_kept_anywhere(own_server: Callable[..., Server]) -> None:
    server = own_server()
    identity = server.add_charge_point(password=PASSWORD)
    coded = base64.b64encode(TYPED.encode()).decode()
    for path, authorization in (
        (f"/ocpp/{identity}", basic(identity, TYPED)),
        (f"/ocpp/{identity}", basic(TYPED, TYPED)),
        (f"/ocpp/{identity}", f"Digest {TYPED}"),
        (f"/ocpp/{identity}:{TYPED}", basic(identity, TYPED)),
        (f"/ocpp/{identity}/{TYPED}", basic(identity, TYPED)),
        (f"/ocpp/UNKNOWN-{identity}?password={TYPED}", basic(identity, TYPED)),
    ):
        knock(server.port, path, upgrade_headers(authorization))
    server.stop()
    assert len(server.sql("SELECT * FROM connection_attempt")) == 6
    for file in Path(server.folder).glob("wcc.sqlite*"):
        content = file.read_bytes()
        assert TYPED.encode() not in content and coded.encode() not in content, file


@pytest.mark.parametrize(
    ("given", "right", "word"),
    [
        (b"", b"a-password-of-16", "empty"),
        (b"a-password-of-16\n", b"a-password-of-16", "around"),
        (b'"a-password-of-16"', b"a-password-of-16", "around"),
        (b"A-Password-of-16", b"a-password-of-16", "case"),
        (base64.b64encode(b"a-password-of-16"), b"a-password-of-16", "base64"),
        (b"00:ff:3a:80:c1:e5", b"00ff3a80c1e5", "hex"),
        (b"0x00ff3a80c1e5", bytes.fromhex("00ff3a80c1e5"), "hex"),
        (b"a-password-o", b"a-password-of-16", "cut"),
        (b"a", b"a-password-of-16", ""),
        (b"something else", b"a-password-of-16", ""),
    ],
)
def test_a_password_that_is_nearly_right_is_told_from_a_wrong_one(given: bytes, right: bytes, word: str) -> None:
    assert near_miss(given, right) == word


def test_a_flood_of_attempts_costs_a_bounded_number_of_rows(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "now_ms", lambda: 1_764_000_000_000)  # one hour
    attempts, most = Attempts(), counting.MOST_WITHOUT_ADDRESS
    for number in range(20_000):
        attempts.note(f"GUESS-{number}", f"2001:db8::{number:x}", "unknown", "x" * 5000)
        if number % 7_000 == 0:
            _keep(engine, attempts)
    _keep(engine, attempts)
    with engine.connect() as conn:
        rows, counted, longest = conn.exec_driver_sql("SELECT count(*), sum(count), max(length(detail)) FROM connection_attempt").one()
    assert (rows <= most + 1, counted, longest) == (True, 20_000, 200)


def _keep(engine: Engine, attempts: Attempts) -> None:
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        store(conn, attempts.take())


def test_attempts_add_up_on_both_databases(engine: Engine, both_databases: str) -> None:
    attempts = Attempts()
    for _ in range(3):
        for _ in range(2):
            attempts.note("X\0-1", "192.0.2.1", "unknown")
        _keep(engine, attempts)
    with engine.connect() as conn:
        assert conn.exec_driver_sql("SELECT sum(count) FROM connection_attempt WHERE identity = 'X-1'").scalar_one() == 6


@pytest.mark.parametrize(("asked", "kept"), [("A\x00\x1b[1m", "A[1m"), ("ID:secret", "ID…"), ("x" * 300, "x" * 250), ("\ud800Z", "Z")])
def test_an_identity_is_kept_so_that_it_can_be_shown(asked: str, kept: str) -> None:
    assert shown_identity(asked) == kept
