"""The bench's chargers say what a real charger would: or its numbers mean nothing."""

import json
import socket

import pytest
from ocpp.messages import Call, validate_payload

from bench import messages, wire
from bench.charger import BadReply, Charger
from bench.messages import CYCLE, START, STOP, Script
from tests.coroutines import run


@pytest.mark.parametrize("kind", range(7))
def test_every_message_fits_its_schema(kind: int) -> None:
    script = Script("BENCH-1", 1)
    _, message_id, action, payload = json.loads(script.build(kind))
    assert message_id == script.message_id.decode()
    run(validate_payload(Call(message_id, action, payload), "1.6"))


def test_a_meter_values_message_carries_eight_values() -> None:
    payload = json.loads(Script("BENCH-1", 1).build(messages.METER))[3]
    assert len(payload["meterValue"][0]["sampledValue"]) == 8


@pytest.mark.parametrize("number", range(len(CYCLE)))
def test_a_start_and_a_stop_take_turns_wherever_a_charger_begins(number: int) -> None:
    script = Script("BENCH-1", number)
    kinds = []
    for _ in range(4 * len(CYCLE)):
        script.next()
        kinds.append(script.kind)
    turns = [kind for kind in kinds if kind in (START, STOP)]
    assert turns[:6] == [STOP, START] * 3


def test_no_two_messages_look_like_repeats_of_each_other() -> None:
    script = Script("BENCH-1", 1)
    stamps = [json.loads(script.build(START))[3]["timestamp"] for _ in range(50)]
    assert len(set(stamps)) == 50


@pytest.mark.parametrize("size", [0, 5, 125, 126, 65535, 65536])
def test_a_frame_comes_out_as_it_went_in(size: int) -> None:
    payload = bytes(range(256)) * (size // 256 + 1)
    frame = bytearray(wire.frame(payload[:size]))
    head = 2 if size < 126 else 4 if size < 65536 else 10
    key, masked = frame[head : head + 4], frame[head + 4 :]
    assert bytes(byte ^ key[place % 4] for place, byte in enumerate(masked)) == payload[:size]
    unmasked = bytearray([frame[0], frame[1] & 0x7F]) + frame[2:head] + payload[:size] + b"next"
    assert next(wire.frames(unmasked)) == (wire.TEXT, payload[:size])
    assert unmasked == b"next"


@pytest.mark.parametrize(
    "reply", ['[4,"%s","InternalError","",{}]', '[3,"another",{}]', '[5,"%s",{}]'], ids=["error", "other-id", "other-type"]
)
def test_anything_but_the_awaited_callresult_ends_the_run(reply: str) -> None:
    here, there = socket.socketpair()
    with here, there:
        charger = Charger("BENCH-1", 1, here, b"")
        charger.script.build(messages.HEARTBEAT)
        text = reply.replace("%s", charger.script.message_id.decode()).encode()
        there.sendall(bytes((0x81, len(text))) + text)
        with pytest.raises(BadReply):
            charger.receive()
