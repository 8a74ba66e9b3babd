"""Bad input at the charger's door: the subprotocol, the address, the handshake, and plain rubbish."""

import base64
import json
import socket
import time

import pytest

from tests.ocpp import rawsocket
from tests.ocpp.rawsocket import RawSocket, basic, knock, upgrade_headers
from tests.serving import Server

PASSWORD = "a-password-of-16"


# -- the subprotocol ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offer", [None, "", ",", "ocpp0.1", "ocpp2.0.1", "soap, mqtt"])
def test_tc_088_no_common_subprotocol_is_400(server: Server, offer: str | None) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    assert knock(server.port, f"/ocpp/{identity}", upgrade_headers(basic(identity, PASSWORD), offer)).status == 400


@pytest.mark.parametrize("offer", ["ocpp0.1,ocpp1.6", "ocpp1.6", "ocpp2.0.1, ocpp1.6", "  ocpp1.6 ,ocpp1.5", ",ocpp1.6,"])
def test_tc_088_the_answer_is_exactly_ocpp16(server: Server, offer: str) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    answer = knock(server.port, f"/ocpp/{identity}", upgrade_headers(basic(identity, PASSWORD), offer))
    assert (answer.status, answer.headers["sec-websocket-protocol"]) == (101, "ocpp1.6")


def test_a_subprotocol_header_given_twice_is_one_list(server: Server) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    headers = upgrade_headers(basic(identity, PASSWORD), "ocpp2.0.1")
    answer = knock(server.port, f"/ocpp/{identity}", [*headers, "Sec-WebSocket-Protocol: ocpp1.6"])
    assert (answer.status, answer.headers.get("sec-websocket-protocol")) == (101, "ocpp1.6")


def test_a_station_may_be_allowed_to_offer_none(server: Server) -> None:
    identity = server.add_charge_point(password=PASSWORD, allow_no_subprotocol=True)
    answer = knock(server.port, f"/ocpp/{identity}", upgrade_headers(basic(identity, PASSWORD), None))
    assert answer.status == 101
    assert "sec-websocket-protocol" not in answer.headers
    foreign = knock(server.port, f"/ocpp/{identity}", upgrade_headers(basic(identity, PASSWORD), "ocpp2.0.1"))
    assert foreign.status == 400


# -- the address ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("identity", "path"),
    [
        ("RDAM 123", "/ocpp/RDAM%20123"),
        ("DOOR/A", "/ocpp/DOOR%2FA"),
        ("DOOR%41", "/ocpp/DOOR%2541"),
        ("Säule-1", "/ocpp/S%C3%A4ule-1"),
        ("DOOR+1", "/ocpp/DOOR+1"),
        ("DOOR-SLASH", "/ocpp/DOOR-SLASH/"),
        ("DOOR-QUERY", "/ocpp/DOOR-QUERY?firmware=3.1&x=/y"),
        ("DOOR-BOTH", "/ocpp/DOOR-BOTH/?x"),
    ],
)
def test_the_identity_is_read_from_the_address(server: Server, identity: str, path: str) -> None:
    server.add_charge_point(identity=identity, password=PASSWORD)
    assert knock(server.port, path, upgrade_headers(basic(identity, PASSWORD))).status == 101


@pytest.mark.parametrize("path", ["/ocpp/", "/ocpp", "/ocpp//", "/ocpp/a/b", "/ocpp/%00", "/ocpp/%FF", "/ocpp/%", "/ocpp/" + "x" * 300])
def test_an_address_that_names_no_charger_is_404(server: Server, path: str) -> None:
    assert knock(server.port, path, upgrade_headers(basic("x", PASSWORD))).status == 404


def test_nothing_but_the_chargers_door_upgrades(server: Server) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    for path in ("/", f"/{identity}", f"/ocpp16/{identity}", f"/OCPP/{identity}"):
        assert knock(server.port, path, upgrade_headers(basic(identity, PASSWORD))).status != 101


# -- the handshake --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key",
    ["", "short", "not base64 !!!!!!!!!!!!", base64.b64encode(b"fifteen bytes..").decode(), "\xff" * 24, "=" * 24, "A" * 4000],
    ids=["empty", "short", "rubbish", "fifteen", "latin1", "padding", "long"],
)
@pytest.mark.usefixtures("no_traceback")
def test_a_bad_key_is_400_without_a_traceback(server: Server, key: str) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    answer = knock(server.port, f"/ocpp/{identity}", upgrade_headers(basic(identity, PASSWORD), key=key))
    assert answer.status == 400


@pytest.mark.parametrize("missing", ["Sec-WebSocket-Key", "Sec-WebSocket-Version", "Upgrade"])
@pytest.mark.usefixtures("no_traceback")
def test_a_handshake_without_a_needed_header_is_no_upgrade(server: Server, missing: str) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    headers = [line for line in upgrade_headers(basic(identity, PASSWORD)) if not line.startswith(missing + ":")]
    assert 400 <= knock(server.port, f"/ocpp/{identity}", headers).status < 500


def test_another_version_of_the_websocket_is_told_which_one_we_speak(server: Server) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    headers = [line.replace("Version: 13", "Version: 8") for line in upgrade_headers(basic(identity, PASSWORD))]
    answer = knock(server.port, f"/ocpp/{identity}", headers)
    assert answer.status in (400, 426)
    assert "13" in answer.headers["sec-websocket-version"]


def test_no_compression_is_negotiated(server: Server) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    headers = [*upgrade_headers(basic(identity, PASSWORD)), "Sec-WebSocket-Extensions: permessage-deflate"]
    answer = knock(server.port, f"/ocpp/{identity}", headers)
    assert answer.status == 101
    assert "sec-websocket-extensions" not in answer.headers


def test_connection_and_upgrade_are_read_as_lists_in_any_case(server: Server) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    headers = upgrade_headers(basic(identity, PASSWORD))
    headers = [line.replace("Connection: Upgrade", "connection: keep-alive, UPGRADE") for line in headers]
    headers = [line.replace("Upgrade: websocket", "UPGRADE: WebSocket") for line in headers]
    assert knock(server.port, f"/ocpp/{identity}", headers).status == 101


def test_a_request_whose_headers_never_end_is_hung_up_on(impatient: Server) -> None:
    with RawSocket(impatient.port) as raw:
        raw.send(b"GET /ocpp/SLOW HTTP/1.1\r\nHost: localhost\r\n")
        assert b" 101 " not in raw.read_end()


def test_a_byte_now_and_then_does_not_keep_the_door_open(impatient: Server) -> None:
    with RawSocket(impatient.port) as raw:
        raw.send(b"GET /ocpp/SLOW HTTP/1.1\r\nX: ")
        raw.sock.settimeout(0.1)
        deadline = time.monotonic() + rawsocket.DEADLINE_S
        while time.monotonic() < deadline:
            try:
                raw.send(b"x")
                if not raw.sock.recv(4096):
                    return
            except TimeoutError:
                continue
            except OSError:
                return
        pytest.fail("the server still waits for the headers")


def test_the_header_timeout_does_not_outlive_the_headers(impatient: Server) -> None:
    """A charger that is silent for longer than the time for headers stays connected."""
    with rawsocket.connect(impatient.port, impatient.add_charge_point(password=PASSWORD), PASSWORD) as charger:
        with RawSocket(impatient.port) as slow:  # connected later: when it is hung up on, our own time would be over too
            slow.send(b"GET / HTTP/1.1\r\n")
            slow.read_end()
        assert "currentTime" in charger.call("Heartbeat", {})


# -- nothing of this stops anybody else -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rubbish",
    [
        b"\x00" * 100,
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"x" * 20000,
    ],
    ids=["nul", "empty", "half", "http2", "tls", "long"],
)
@pytest.mark.usefixtures("no_traceback")
def test_rubbish_at_the_door_leaves_no_traceback(server: Server, rubbish: bytes) -> None:
    with RawSocket(server.port) as raw:
        raw.send(rubbish)
        raw.sock.shutdown(socket.SHUT_WR)
        assert b" 101 " not in raw.read_end()
    with rawsocket.connect(server.port, server.add_charge_point(password=PASSWORD), PASSWORD) as charger:
        charger.send_frame(json.dumps([2, "1", "Heartbeat", {}]).encode())
        assert charger.read_message()[0] == 3
