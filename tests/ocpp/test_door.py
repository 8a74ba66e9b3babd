"""Whom the charger's door lets in, by which form of the password, and what the others are told."""

from typing import Any

import pytest

from tests.ocpp import rawsocket
from tests.ocpp.rawsocket import Answer, RawSocket, basic, knock, upgrade_headers
from tests.serving import Server

PASSWORD = "a-password-of-16"
# Bytes that are not UTF-8, with a NUL and two colons among them.
KEY_HEX = "00ff3a80c1e5f0a90b7d22d46e3a00c8fa10"


def knock_with(server: Server, stored: str | None, given: bytes | str | None, **columns: Any) -> Answer:
    """The answer to a charger whose password is `stored` here and who gives `given` (None: no Authorization header)."""
    identity = server.add_charge_point(password=stored, **columns)
    return knock(server.port, f"/ocpp/{identity}", upgrade_headers(None if given is None else basic(identity, given)))


# -- who it is ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [None, "", "wrong", PASSWORD + "x", PASSWORD[:-1], PASSWORD.upper(), b"\xff\xfe"])
def test_tc_085_a_wrong_or_missing_password_is_401(server: Server, given: bytes | str | None) -> None:
    answer = knock_with(server, PASSWORD, given)
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith("Basic")


def test_tc_085_the_right_pair_is_let_in_and_boots(server: Server) -> None:
    with rawsocket.connect(server.port, server.add_charge_point(password=PASSWORD), PASSWORD) as charger:
        reply = charger.call("BootNotification", {"chargePointVendor": "Webasto", "chargePointModel": "NEXT"})
        assert reply["status"] == "Accepted"


@pytest.mark.parametrize(
    "authorization", ["Basic", "Basic ", "Basic !!!", "Basic bm9jb2xvbg==", "Bearer abc", "Digest x", "\xff\xfe", "Basic " + "A" * 5000]
)
def test_an_authorization_header_that_says_nothing_is_401(server: Server, authorization: str) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    assert knock(server.port, f"/ocpp/{identity}", upgrade_headers(authorization)).status == 401


def test_the_user_must_be_the_charger_of_the_address(server: Server) -> None:
    mine, other = (server.add_charge_point(password=PASSWORD), server.add_charge_point(password=PASSWORD))
    assert knock(server.port, f"/ocpp/{mine}", upgrade_headers(basic(other, PASSWORD))).status == 401


def test_the_scheme_may_be_written_in_any_case(server: Server) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    authorization = basic(identity, PASSWORD).replace("Basic", "bAsIc")
    assert knock(server.port, f"/ocpp/{identity}", upgrade_headers(authorization)).status == 101


def test_a_station_without_a_password_needs_none(server: Server) -> None:
    assert knock_with(server, None, None).status == 101


def test_an_unknown_charger_is_404(server: Server) -> None:
    assert knock(server.port, "/ocpp/NOBODY-1", upgrade_headers(basic("NOBODY-1", PASSWORD))).status == 404


def test_a_refused_charger_is_told_why_and_hung_up_on(server: Server) -> None:
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
    ids=["colons", "utf8", "raw", "hex", "upper", "stored-upper", "stored-upper-raw", "as-hex", "as-upper-hex", "plain"],
)
def test_every_form_of_the_password_is_let_in(server: Server, stored: str, given: bytes | str) -> None:
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
def test_what_only_looks_like_the_password_is_401(server: Server, stored: str, given: bytes | str) -> None:
    assert knock_with(server, stored, given).status == 401
