"""Faults of gevent-websocket 0.10.1 shown cured, and what must still work, byte by byte on a raw socket."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import websockets.frames
import websockets.speedups

from tests.ocpp import rawsocket
from tests.ocpp.rawsocket import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, RawSocket, frame_bytes
from tests.serving import Server

PASSWORD = "a-password-of-16"
LIMIT = 131_072
HIGHEST_LIMIT = 1_048_576


@pytest.fixture
def charger(server: Server) -> Iterator[RawSocket]:
    """A charger that has been let in."""
    with rawsocket.connect(server.port, server.add_charge_point(password=PASSWORD), PASSWORD) as raw:
        yield raw


def is_served(charger: RawSocket) -> bool:
    """Whether the connection still answers."""
    return "currentTime" in charger.call("Heartbeat", {})


def data_transfer(size: int, message_id: str = "large") -> bytes:
    """A DataTransfer whose JSON text has exactly `size` bytes."""
    text = json.dumps([2, message_id, "DataTransfer", {"vendorId": "nobody", "data": ""}])
    return text.replace('"data": ""', f'"data": "{"x" * (size - len(text))}"').encode()


def send_too_much(charger: RawSocket, payload: bytes, opcode: int = TEXT) -> None:
    """Send a frame that the server may hang up on before all of it is out."""
    with suppress(OSError):
        charger.send_frame(payload, opcode)


# -- faults ---------------------------------------------------------------------------------------------------------------


def test_a_charger_that_is_not_authorised_never_sees_a_101(server: Server) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    heartbeat = frame_bytes(b'[2,"1","Heartbeat",{}]')
    with RawSocket(server.port) as raw:
        headers = rawsocket.upgrade_headers(rawsocket.basic(identity, "not the password"))
        assert raw.request(f"/ocpp/{identity}", headers, tail=heartbeat).status == 401
        assert b" 101 " not in raw.read_end()


@pytest.mark.parametrize("offer", ["ocpp1.60", "xocpp1.6", "ocpp1.6.1", "ocpp1", "ocpp1.6;ocpp2.0.1"])
def test_a_subprotocol_that_only_contains_ours_is_refused(server: Server, offer: str) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    with RawSocket(server.port) as raw:
        headers = rawsocket.upgrade_headers(rawsocket.basic(identity, PASSWORD), subprotocol=offer)
        assert raw.request(f"/ocpp/{identity}", headers).status == 400


def test_a_close_is_answered_with_the_same_code(charger: RawSocket) -> None:
    charger.send_frame((1001).to_bytes(2, "big") + b"going away", CLOSE)
    frame = charger.read_frame()
    assert (frame.opcode, frame.close_code) == (CLOSE, 1001)
    assert charger.read_end() == b""


def test_a_close_without_code_is_answered_too(charger: RawSocket) -> None:
    charger.send_frame(b"", CLOSE)
    assert charger.read_frame().opcode == CLOSE
    assert charger.read_end() == b""


@pytest.mark.parametrize("payload", [b"\x03", (1005).to_bytes(2, "big"), (999).to_bytes(2, "big")])
def test_a_close_that_may_not_be_sent_is_answered_with_1002(charger: RawSocket, payload: bytes) -> None:
    charger.send_frame(payload, CLOSE)
    assert charger.read_close() == 1002


def test_a_message_of_the_limit_is_taken_and_one_byte_more_is_1009(charger: RawSocket) -> None:
    charger.send_frame(data_transfer(LIMIT))
    assert charger.read_message()[:2] == [3, "large"]
    send_too_much(charger, data_transfer(LIMIT + 1))
    assert charger.read_close() == 1009


def test_fragments_that_add_up_to_too_much_are_1009(charger: RawSocket) -> None:
    message = data_transfer(LIMIT + 1)
    half = len(message) // 2
    charger.send_frame(message[:half], TEXT, fin=False)
    send_too_much(charger, message[half:], CONTINUATION)
    assert charger.read_close() == 1009


def test_a_station_may_be_allowed_a_mebibyte(server: Server) -> None:
    identity = server.add_charge_point(password=PASSWORD, max_message_bytes=HIGHEST_LIMIT)
    with rawsocket.connect(server.port, identity, PASSWORD) as charger:
        charger.send_frame(data_transfer(HIGHEST_LIMIT))
        assert charger.read_message()[:2] == [3, "large"]
        send_too_much(charger, data_transfer(HIGHEST_LIMIT + 1))
        assert charger.read_close() == 1009


def test_a_length_of_two_to_the_62nd_is_1009_before_any_of_it_comes(charger: RawSocket) -> None:
    charger.send_frame(b"", TEXT, length=1 << 62)
    assert charger.read_close() == 1009


@pytest.mark.parametrize("opcode", [TEXT, PING, CLOSE])
def test_an_unmasked_frame_is_1002(charger: RawSocket, opcode: int) -> None:
    charger.send_frame(b"", opcode, masked=False)
    assert charger.read_close() == 1002


def test_unmasking_is_done_in_c() -> None:
    assert websockets.frames.apply_mask is websockets.speedups.apply_mask


def test_half_a_frame_for_longer_than_the_watchdog_waits_does_not_spoil_the_reader(impatient: Server) -> None:
    with rawsocket.connect(impatient.port, impatient.add_charge_point(password=PASSWORD), PASSWORD) as charger:
        frame = frame_bytes(b'[2,"slow","Heartbeat",{}]')
        charger.send(frame[:9])
        assert charger.read_frame().opcode == PING  # the watchdog has looked at us
        charger.send(frame[9:])
        assert charger.read_message()[:2] == [3, "slow"]


def test_two_senders_at_once_lose_and_tear_nothing(impatient: Server) -> None:
    """The reader is stuck in sending pongs that nobody reads when the watchdog wants to ping on the same socket."""
    identity = impatient.add_charge_point(password=PASSWORD)
    with rawsocket.connect(impatient.port, identity, PASSWORD, receive_buffer=4096) as charger:
        complete, rest = send_pings_until_stuck(charger)
        watchdog = read_pongs(charger, 0, complete)
        charger.send(rest)
        total = complete + -(-len(rest) // PING_BYTES)
        watchdog += read_pongs(charger, complete, total)
        assert watchdog or charger.read_frame().opcode == PING
        assert is_served(charger)


PING_BYTES = len(frame_bytes(bytes(125), PING))


def send_pings_until_stuck(charger: RawSocket) -> tuple[int, bytes]:
    """Send numbered pings without reading until the server has stopped reading for a second.

    Returns how many went out whole, and the bytes that begin in the middle of the next.
    """
    sent, rest = 0, b""
    last_progress = time.monotonic()
    charger.sock.setblocking(False)
    while time.monotonic() < last_progress + 1:
        if not rest:
            number = sent // PING_BYTES
            rest = b"".join(frame_bytes((number + place).to_bytes(125, "big"), PING) for place in range(100))
        with suppress(BlockingIOError):
            count = charger.sock.send(rest)
            sent, rest, last_progress = sent + count, rest[count:], time.monotonic()
    charger.sock.settimeout(rawsocket.DEADLINE_S)
    return sent // PING_BYTES, rest


def read_pongs(charger: RawSocket, seen: int, until: int) -> int:
    """Read the pongs numbered from `seen` on, each whole and in order; how many pings of the watchdog came between."""
    watchdog = 0
    while seen < until:
        frame = charger.read_frame()
        if frame.opcode == PING:
            watchdog += 1
        else:
            assert (frame.opcode, int.from_bytes(frame.payload, "big")) == (PONG, seen)
            seen += 1
    return watchdog


# -- what must still work -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", [b"", b"\x00\xff any bytes", os.urandom(125)])
def test_a_ping_is_answered_with_the_same_payload(charger: RawSocket, payload: bytes) -> None:
    charger.send_frame(payload, PING)
    frame = charger.read_frame()
    assert (frame.opcode, frame.payload) == (PONG, payload)


def test_an_unasked_pong_is_ignored(charger: RawSocket) -> None:
    charger.send_frame(b"I am alive", PONG)
    assert is_served(charger)


def test_fragments_with_a_ping_between_and_a_code_point_split_are_one_message(server: Server) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    model = "Ladesäule ⚡"
    boot = {"chargePointVendor": "Webasto", "chargePointModel": model}
    message = json.dumps([2, "split", "BootNotification", boot], ensure_ascii=False).encode()
    inside = message.index("⚡".encode()) + 1
    with rawsocket.connect(server.port, identity, PASSWORD) as charger:
        charger.send_frame(message[:10], TEXT, fin=False)
        charger.send_frame(b"", CONTINUATION, fin=False)
        charger.send_frame(message[10:inside], CONTINUATION, fin=False)
        charger.send_frame(b"between", PING)
        assert charger.read_frame().payload == b"between"
        charger.send_frame(message[inside:], CONTINUATION)
        assert charger.read_message()[2]["status"] == "Accepted"
    assert server.sql("SELECT model FROM charge_point WHERE identity = :identity", identity=identity)[0][0] == model


def test_a_frame_in_the_same_segment_as_the_request_is_answered(server: Server) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    headers = rawsocket.upgrade_headers(rawsocket.basic(identity, PASSWORD))
    with RawSocket(server.port) as raw:
        two = frame_bytes(b'[2,"first","Heartbeat",{}]') + frame_bytes(b'[2,"second","Heartbeat",{}]')
        assert raw.request(f"/ocpp/{identity}", headers, tail=two).status == 101
        assert [raw.read_message()[1], raw.read_message()[1]] == ["first", "second"]


def test_a_frame_that_comes_byte_by_byte_is_answered(charger: RawSocket) -> None:
    for byte in frame_bytes(b'[2,"drip","Heartbeat",{}]'):
        charger.send(bytes([byte]))
    assert charger.read_message()[:2] == [3, "drip"]


@pytest.mark.parametrize("rsv", [0b100, 0b010, 0b001])
def test_a_reserved_bit_is_1002(charger: RawSocket, rsv: int) -> None:
    charger.send_frame(b'[2,"1","Heartbeat",{}]', rsv=rsv)
    assert charger.read_close() == 1002


@pytest.mark.parametrize("opcode", [0x3, 0x7, 0xB, 0xF])
def test_an_unknown_opcode_is_1002(charger: RawSocket, opcode: int) -> None:
    charger.send_frame(b"", opcode)
    assert charger.read_close() == 1002


def test_a_continuation_of_nothing_is_1002(charger: RawSocket) -> None:
    charger.send_frame(b"rest", CONTINUATION)
    assert charger.read_close() == 1002


def test_a_new_message_inside_a_fragmented_one_is_1002(charger: RawSocket) -> None:
    charger.send_frame(b"[2,", TEXT, fin=False)
    charger.send_frame(b'[2,"1","Heartbeat",{}]')
    assert charger.read_close() == 1002


@pytest.mark.parametrize("odd", [{"fin": False}, {"length": 126}])
def test_a_fragmented_or_long_ping_is_1002(charger: RawSocket, odd: dict[str, Any]) -> None:
    charger.send_frame(b"x" * odd.get("length", 1), PING, **odd)
    assert charger.read_close() == 1002


@pytest.mark.parametrize("text", [b'[2,"\xff","Heartbeat",{}]', b"\xed\xa0\x80", b"cut \xe2\x9a"])
def test_text_that_is_not_utf8_is_1007(charger: RawSocket, text: bytes) -> None:
    charger.send_frame(text)
    assert charger.read_close() == 1007


def test_a_binary_frame_stops_nobody(charger: RawSocket) -> None:
    """OCPP-J knows only text: answered or ignored, but the charger stays connected."""
    charger.send_frame(b"\x00\x01\x02", BINARY)
    charger.send_frame(b"still here", PING)
    while (frame := charger.read_frame()).opcode != PONG:
        assert frame.opcode == TEXT, frame
    assert frame.payload == b"still here"


@pytest.mark.usefixtures("no_traceback")
def test_a_charger_that_vanishes_leaves_no_traceback(server: Server) -> None:
    with rawsocket.connect(server.port, server.add_charge_point(password=PASSWORD), PASSWORD) as charger:
        charger.send(frame_bytes(b'[2,"1","Heartbeat",{}]')[:7])
    with rawsocket.connect(server.port, server.add_charge_point(password=PASSWORD), PASSWORD) as another:
        assert is_served(another)
