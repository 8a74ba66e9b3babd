"""Bad input at the charger's door: whom the upgrade lets in, and what the others are told."""

import base64
import json
import socket
import time
from typing import Any

import pytest

from tests.ocpp import rawsocket
from tests.ocpp.rawsocket import Answer, RawSocket, basic, upgrade_headers

PASSWORD = "a-password-of-16"
# Bytes that are not UTF-8, with a NUL and two colons among them.
KEY_HEX = "00ff3a80c1e5f0a90b7d22d46e3a00c8fa10"


def knock(server: Any, path: str, headers: list[str]) -> Answer:
    """The answer to one upgrade request."""
    with RawSocket(server.port) as raw:
        return raw.request(path, headers)


def knock_with(server: Any, stored: str | None, given: bytes | str | None, **columns: Any) -> Answer:
    """The answer to a charger whose password is `stored` here and who gives `given` (None: no Authorization header)."""
    identity = server.add_charge_point(password=stored, **columns)
    return knock(server, f"/ocpp/{identity}", upgrade_headers(None if given is None else basic(identity, given)))


# -- who it is ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [None, "", "wrong", PASSWORD + "x", PASSWORD[:-1], PASSWORD.upper(), b"\xff\xfe"])
def test_tc_085_a_wrong_or_missing_password_is_401(server: Any, given: bytes | str | None) -> None:
    answer = knock_with(server, PASSWORD, given)
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith("Basic")


def test_tc_085_the_right_pair_is_let_in_and_boots(server: Any) -> None:
    with rawsocket.connect(server.port, server.add_charge_point(password=PASSWORD), PASSWORD) as charger:
        reply = charger.call("BootNotification", {"chargePointVendor": "Webasto", "chargePointModel": "NEXT"})
        assert reply["status"] == "Accepted"


@pytest.mark.parametrize(
    "authorization",
    ["Basic", "Basic ", "Basic !!!", "Basic bm9jb2xvbg==", "Bearer abc", "Digest x", "\xff\xfe", "Basic " + "A" * 5000],
)
def test_an_authorization_header_that_says_nothing_is_401(server: Any, authorization: str) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    assert knock(server, f"/ocpp/{identity}", upgrade_headers(authorization)).status == 401


def test_the_user_must_be_the_charger_of_the_address(server: Any) -> None:
    mine, other = server.add_charge_point(password=PASSWORD), server.add_charge_point(password=PASSWORD)
    assert knock(server, f"/ocpp/{mine}", upgrade_headers(basic(other, PASSWORD))).status == 401


def test_the_scheme_may_be_written_in_any_case(server: Any) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    authorization = basic(identity, PASSWORD).replace("Basic", "bAsIc")
    assert knock(server, f"/ocpp/{identity}", upgrade_headers(authorization)).status == 101


def test_a_station_without_a_password_needs_none(server: Any) -> None:
    assert knock_with(server, None, None).status == 101


def test_an_unknown_charger_is_404(server: Any) -> None:
    assert knock(server, "/ocpp/NOBODY-1", upgrade_headers(basic("NOBODY-1", PASSWORD))).status == 404


def test_a_refused_charger_is_told_why_and_hung_up_on(server: Any) -> None:
    with RawSocket(server.port) as raw:
        answer = raw.request("/ocpp/NOBODY-2", upgrade_headers(basic("NOBODY-2", PASSWORD)))
        assert answer.body
        assert raw.read_end() == b""


# -- password forms (a key travels as hex digits and stands for bytes) --------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "given"),
    [
        ("pass:with:colons!", "pass:with:colons!"),
        ("wachtwoord-ß-é-16", "wachtwoord-ß-é-16".encode()),
        (KEY_HEX, bytes.fromhex(KEY_HEX)),
        (KEY_HEX, KEY_HEX),
        (KEY_HEX, KEY_HEX.upper()),
        (KEY_HEX.upper(), KEY_HEX),
        (KEY_HEX.upper(), bytes.fromhex(KEY_HEX)),
        ("sixteen-letters!", b"sixteen-letters!".hex()),
        ("sixteen-letters!", b"sixteen-letters!".hex().upper()),
        ("0123456789abcdef", "0123456789abcdef"),
    ],
    ids=[
        "colons",
        "utf8",
        "raw",
        "hex",
        "upper",
        "stored-upper",
        "stored-upper-raw",
        "as-hex",
        "as-upper-hex",
        "plain",
    ],
)
def test_every_form_of_the_password_is_let_in(server: Any, stored: str, given: bytes | str) -> None:
    assert knock_with(server, stored, given).status == 101


@pytest.mark.parametrize(
    ("stored", "given"),
    [
        (KEY_HEX, bytes.fromhex(KEY_HEX)[:-1]),
        (KEY_HEX, KEY_HEX[:-2]),
        (KEY_HEX, bytes.fromhex(KEY_HEX).hex(":")),
        ("plain-text-of-16", "PLAIN-TEXT-OF-16"),
        ("sixteen-letters!", b"sixteen-letters?".hex()),
        ("pass:with:colons!", "pass"),
        (KEY_HEX, b""),
    ],
    ids=["cut-raw", "cut-hex", "spaced", "case", "other-hex", "before-colon", "empty"],
)
def test_what_only_looks_like_the_password_is_401(server: Any, stored: str, given: bytes | str) -> None:
    assert knock_with(server, stored, given).status == 401


# -- the subprotocol ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offer", [None, "", ",", "ocpp0.1", "ocpp2.0.1", "soap, mqtt"])
def test_tc_088_no_common_subprotocol_is_400(server: Any, offer: str | None) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    assert knock(server, f"/ocpp/{identity}", upgrade_headers(basic(identity, PASSWORD), offer)).status == 400


@pytest.mark.parametrize(
    "offer", ["ocpp0.1,ocpp1.6", "ocpp1.6", "ocpp2.0.1, ocpp1.6", "  ocpp1.6 ,ocpp1.5", ",ocpp1.6,"]
)
def test_tc_088_the_answer_is_exactly_ocpp16(server: Any, offer: str) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    answer = knock(server, f"/ocpp/{identity}", upgrade_headers(basic(identity, PASSWORD), offer))
    assert (answer.status, answer.headers["sec-websocket-protocol"]) == (101, "ocpp1.6")


def test_a_subprotocol_header_given_twice_is_one_list(server: Any) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    headers = upgrade_headers(basic(identity, PASSWORD), "ocpp2.0.1")
    answer = knock(server, f"/ocpp/{identity}", [*headers, "Sec-WebSocket-Protocol: ocpp1.6"])
    assert (answer.status, answer.headers.get("sec-websocket-protocol")) == (101, "ocpp1.6")


def test_a_station_may_be_allowed_to_offer_none(server: Any) -> None:
    identity = server.add_charge_point(password=PASSWORD, allow_no_subprotocol=True)
    answer = knock(server, f"/ocpp/{identity}", upgrade_headers(basic(identity, PASSWORD), None))
    assert answer.status == 101
    assert "sec-websocket-protocol" not in answer.headers
    foreign = knock(server, f"/ocpp/{identity}", upgrade_headers(basic(identity, PASSWORD), "ocpp2.0.1"))
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
def test_the_identity_is_read_from_the_address(server: Any, identity: str, path: str) -> None:
    server.add_charge_point(identity=identity, password=PASSWORD)
    assert knock(server, path, upgrade_headers(basic(identity, PASSWORD))).status == 101


@pytest.mark.parametrize(
    "path", ["/ocpp/", "/ocpp", "/ocpp//", "/ocpp/a/b", "/ocpp/%00", "/ocpp/%FF", "/ocpp/%", "/ocpp/" + "x" * 300]
)
def test_an_address_that_names_no_charger_is_404(server: Any, path: str) -> None:
    assert knock(server, path, upgrade_headers(basic("x", PASSWORD))).status == 404


def test_nothing_but_the_chargers_door_upgrades(server: Any) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    for path in ("/", f"/{identity}", f"/ocpp16/{identity}", f"/OCPP/{identity}"):
        assert knock(server, path, upgrade_headers(basic(identity, PASSWORD))).status != 101


# -- the handshake --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key",
    [
        "",
        "short",
        "not base64 !!!!!!!!!!!!",
        base64.b64encode(b"fifteen bytes..").decode(),
        "\xff" * 24,
        "=" * 24,
        "A" * 4000,
    ],
    ids=["empty", "short", "rubbish", "fifteen", "latin1", "padding", "long"],
)
def test_a_bad_key_is_400_without_a_traceback(server: Any, key: str) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    answer = knock(server, f"/ocpp/{identity}", upgrade_headers(basic(identity, PASSWORD), key=key))
    assert answer.status == 400
    assert "Traceback" not in server.log_text()


@pytest.mark.parametrize("missing", ["Sec-WebSocket-Key", "Sec-WebSocket-Version", "Upgrade", "Connection"])
def test_a_handshake_without_a_needed_header_is_no_upgrade(server: Any, missing: str) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    headers = [line for line in upgrade_headers(basic(identity, PASSWORD)) if not line.startswith(missing + ":")]
    assert 400 <= knock(server, f"/ocpp/{identity}", headers).status < 500
    assert "Traceback" not in server.log_text()


def test_another_version_of_the_websocket_is_told_which_one_we_speak(server: Any) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    headers = [line.replace("Version: 13", "Version: 8") for line in upgrade_headers(basic(identity, PASSWORD))]
    answer = knock(server, f"/ocpp/{identity}", headers)
    assert answer.status in (400, 426)
    assert "13" in answer.headers["sec-websocket-version"]


def test_no_compression_is_negotiated(server: Any) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    headers = [*upgrade_headers(basic(identity, PASSWORD)), "Sec-WebSocket-Extensions: permessage-deflate"]
    answer = knock(server, f"/ocpp/{identity}", headers)
    assert answer.status == 101
    assert "sec-websocket-extensions" not in answer.headers


def test_connection_and_upgrade_are_read_as_lists_in_any_case(server: Any) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    headers = upgrade_headers(basic(identity, PASSWORD))
    headers = [line.replace("Connection: Upgrade", "connection: keep-alive, UPGRADE") for line in headers]
    headers = [line.replace("Upgrade: websocket", "UPGRADE: WebSocket") for line in headers]
    assert knock(server, f"/ocpp/{identity}", headers).status == 101


def test_a_request_whose_headers_never_end_is_hung_up_on(impatient: Any) -> None:
    with RawSocket(impatient.port) as raw:
        raw.send(b"GET /ocpp/SLOW HTTP/1.1\r\nHost: localhost\r\n")
        assert b" 101 " not in raw.read_end()


def test_a_byte_now_and_then_does_not_keep_the_door_open(impatient: Any) -> None:
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


def test_the_header_timeout_does_not_outlive_the_headers(impatient: Any) -> None:
    """A charger that is silent for longer than the time for headers stays connected."""
    with rawsocket.connect(impatient.port, impatient.add_charge_point(password=PASSWORD), PASSWORD) as charger:
        with RawSocket(
            impatient.port
        ) as slow:  # connected later: when it is hung up on, our own time would be over too
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
def test_rubbish_at_the_door_leaves_no_traceback(server: Any, rubbish: bytes) -> None:
    with RawSocket(server.port) as raw:
        raw.send(rubbish)
        raw.sock.shutdown(socket.SHUT_WR)
        assert b" 101 " not in raw.read_end()
    with rawsocket.connect(server.port, server.add_charge_point(password=PASSWORD), PASSWORD) as charger:
        charger.send_frame(json.dumps([2, "1", "Heartbeat", {}]).encode())
        assert charger.read_message()[0] == 3
    assert "Traceback" not in server.log_text()
