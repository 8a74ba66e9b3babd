"""One charger's connection over a real websocket: frames that are off, one CALL each way, late replies, the newest socket wins."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.ocpp import rawsocket
from tests.ocpp.rawsocket import RawSocket
from tests.people import add
from tests.serving import Server
from wcc import bus
from wcc.clock import from_ms, now_ms
from wcc.models import Operation

WAIT_S = 30


@pytest.fixture
def identity(server: Server) -> str:
    return server.add_charge_point()


@pytest.fixture
def charger(server: Server, identity: str) -> Iterator[RawSocket]:
    with rawsocket.connect(server.port, identity, None) as raw:
        yield raw


def eventually(check: Callable[[], Any]) -> Any:
    """What `check` gives once it gives something; fails when it never does."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if found := check():
            return found
        time.sleep(0.02)
    raise AssertionError("it never came to be")


def say(charger: RawSocket, text: str) -> Any:
    """Send raw text and give the answer."""
    charger.send_frame(text.encode())
    return charger.read_message()


def operate(server: Server, identity: str, timeout_s: float = 20, **payload: Any) -> int:
    """Put a Reset on the node's list, as an RQ job does; gives the operation's id."""
    (station,) = server.sql("SELECT id, organization_id FROM charge_point WHERE identity = :i", i=identity)
    message_id, deadline = str(uuid.uuid4()), now_ms() + round(timeout_s * 1000)
    text = json.dumps(payload or {"type": "Soft"})
    columns = {"organization_id": station.organization_id, "charge_point_id": station.id, "kind": "Reset", "payload": text}
    id = add(server.engine, Operation, message_id=message_id, deadline_at=from_ms(deadline), state="pending", **columns)
    redis = bus.connect(server.environment["REDIS_URL"])
    eventually(lambda: bus.owner(redis, identity))
    bus.send_call(redis, identity, station.organization_id, id, message_id, "Reset", text, deadline)
    return int(id)


def operation(server: Server, id: int) -> Any:
    """The operation's row."""
    return server.sql("SELECT * FROM operation WHERE id = :id", id=id)[0]


def test_unknown_action_is_not_implemented(charger: RawSocket) -> None:
    assert say(charger, '[2,"7","MakeCoffee",{}]')[:3] == [4, "7", "NotImplemented"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('[2,"7","Heartbeat"]', "ProtocolError"),
        ('[2,"7","Heartbeat",[]]', "TypeConstraintViolation"),
        ('[2,"7","Heartbeat",null]', "TypeConstraintViolation"),
        ('[2,"7"]', "FormationViolation"),
        ('["2","7","Heartbeat",{}]', "FormationViolation"),
        ('[true,"7"]', "FormationViolation"),
        ('[2,"7",5,{}]', "FormationViolation"),
        ('[2,"7","Heartbeat",{', "FormationViolation"),
        ('[2,"7","BootNotification",{"chargePointVendor":"V"}]', "ProtocolError"),
        ('[2,"7","StatusNotification",{"connectorId":{},"status":"Available"}]', "TypeConstraintViolation"),
    ],
)
def test_a_call_that_cannot_be_processed_gets_the_error_of_the_rules_and_the_link_stays(charger: RawSocket, text: str, code: str) -> None:
    assert say(charger, text)[:3] == [4, "7", code]
    assert "currentTime" in charger.call("Heartbeat", {})


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "7", ",[2", "[1,2", '[9,"x","y",{}]', '[3,"x",{}]', '[4,"x"]', "[2,[],{}]"])
def test_quirk_41_what_is_no_message_is_dropped_and_the_link_stays(charger: RawSocket, text: str) -> None:
    charger.send_frame(text.encode())
    assert "currentTime" in charger.call("Heartbeat", {})


def test_the_reply_carries_the_id_unchanged_whatever_it_is(charger: RawSocket) -> None:
    for id in (17, "", "x" * 200, "π", 2.5, 17):  # quirk 37: the same id again
        assert say(charger, json.dumps([2, id, "Heartbeat", {}]))[:2] == [3, id]


def test_a_deviation_is_logged_once_per_charger(server: Server, charger: RawSocket, identity: str) -> None:
    for _ in range(3):
        charger.call("Authorize", {"idTag": "A", "connectorId": 1})
    lines = [line for line in server.log_text().splitlines() if identity in line and "deviates" in line]
    assert len(lines) == 1


def test_fifty_unreadable_messages_in_a_minute_end_the_link_with_1008(charger: RawSocket) -> None:
    for _ in range(50):
        charger.send_frame(b"rubbish")
    assert charger.read_close() == 1008


def test_a_charger_that_floods_is_slowed_and_every_message_is_answered(server: Server) -> None:
    with rawsocket.connect(server.port, server.add_charge_point(), None) as charger:
        begun = time.monotonic()
        for number in range(130):
            charger.send_call("Heartbeat", {}, f"{number}")
        assert [charger.read_message()[1] for _ in range(130)] == [f"{number}" for number in range(130)]
        assert time.monotonic() - begun > 1  # 100 at once, then 20 a second


def test_more_than_200_unanswered_calls_end_the_link_with_1008(charger: RawSocket) -> None:
    many = b"".join(rawsocket.frame_bytes(b'[2,"%d","Heartbeat",{}]' % number) for number in range(1500))
    charger.send(many)
    assert charger.read_close() == 1008


def test_online_comes_and_goes_with_the_socket(server: Server, identity: str) -> None:
    online = f"SELECT online FROM charge_point WHERE identity = '{identity}'"
    with rawsocket.connect(server.port, identity, None) as charger:
        charger.call("Heartbeat", {})
        assert server.sql(online)[0][0]
    eventually(lambda: not server.sql(online)[0][0])
    kinds = server.sql(
        "SELECT e.kind FROM charger_event e JOIN charge_point c ON c.id = e.charge_point_id WHERE identity = :i ORDER BY e.id", i=identity
    )
    assert [row[0] for row in kinds] == ["Connected", "Disconnected"]


def test_quirk_32_the_newest_socket_wins_and_the_old_ones_end_does_not_take_it_offline(server: Server, identity: str) -> None:
    with rawsocket.connect(server.port, identity, None) as old, rawsocket.connect(server.port, identity, None) as new:
        assert old.read_close() == 1008
        assert "currentTime" in new.call("Heartbeat", {})
        events = "SELECT kind FROM charger_event e JOIN charge_point c ON c.id = e.charge_point_id WHERE identity = :i"
        eventually(lambda: "Disconnected" in [row.kind for row in server.sql(events, i=identity)])
        assert server.sql("SELECT online FROM charge_point WHERE identity = :i", i=identity)[0][0]
        assert bus.owner(bus.connect(server.environment["REDIS_URL"]), identity) == server.environment["WCC_NODE"]


def test_what_came_before_the_end_of_a_connection_is_stored(server: Server, identity: str) -> None:
    with rawsocket.connect(server.port, identity, None) as charger:
        start = {"connectorId": 1, "idTag": "#freecharging", "meterStart": 1, "timestamp": "2026-11-01T10:00:00Z"}
        transaction = charger.call("StartTransaction", start)["transactionId"]
        stop = {"transactionId": transaction, "meterStop": 5, "timestamp": "2026-11-01T11:00:00Z"}
        charger.send_call("StopTransaction", stop)
    eventually(lambda: server.sql("SELECT stopped_at FROM charging_session WHERE id = :id", id=transaction)[0][0])


def test_a_call_reaches_the_charger_and_its_answer_the_operation(server: Server, charger: RawSocket, identity: str) -> None:
    id = operate(server, identity)
    call = charger.read_message()
    assert (call[0], call[2], call[3]) == (2, "Reset", {"type": "Soft"})
    assert len(call[1]) == 36
    eventually(lambda: operation(server, id).state == "sent")
    charger.send_frame(json.dumps([3, call[1], {"status": "Accepted"}]).encode())
    done = eventually(lambda: (row := operation(server, id)).state == "answered" and row)
    assert (done.status, bool(done.late), json.loads(done.reply)) == ("Accepted", False, {"status": "Accepted"})


def test_only_one_call_is_open_and_crossing_calls_are_answered(server: Server, charger: RawSocket, identity: str) -> None:
    first, second = operate(server, identity), operate(server, identity, type="Hard")
    call = charger.read_message()
    assert "currentTime" in charger.call("Heartbeat", {})  # while ours is open: no deadlock, and no second CALL before it
    eventually(lambda: operation(server, first).state == "sent")
    assert operation(server, second).state == "pending"
    charger.send_frame(json.dumps([4, call[1], "NotSupported", "not here", {}]).encode())
    following = charger.read_message()
    assert following[3] == {"type": "Hard"}
    refused = eventually(lambda: (row := operation(server, first)).state == "refused" and row)
    assert (refused.status, refused.error) == ("NotSupported", "NotSupported: not here")


def test_quirk_39_a_late_reply_still_updates_its_operation_and_the_next_call_did_not_wait(
    server: Server, charger: RawSocket, identity: str
) -> None:
    first = operate(server, identity, timeout_s=2)
    call = charger.read_message()
    second = operate(server, identity, type="Hard")
    following = charger.read_message()
    assert operation(server, first).state == "no_answer" or eventually(lambda: operation(server, first).state == "no_answer")
    charger.send_frame(json.dumps([3, call[1], {"status": "Rejected"}]).encode())
    late = eventually(lambda: (row := operation(server, first)).state == "answered" and row)
    assert (late.status, bool(late.late)) == ("Rejected", True)
    charger.send_frame(json.dumps([3, following[1], {"status": "Accepted"}]).encode())
    eventually(lambda: operation(server, second).state == "answered")


def test_a_reply_to_no_call_is_dropped(charger: RawSocket) -> None:
    charger.send_frame(b'[3,"never-sent",{"status":"Accepted"}]')
    assert "currentTime" in charger.call("Heartbeat", {})


def test_a_reply_on_a_newer_socket_does_not_count_for_the_older_ones_call(server: Server, identity: str) -> None:
    with rawsocket.connect(server.port, identity, None) as old:
        id = operate(server, identity)
        call = old.read_message()
        with rawsocket.connect(server.port, identity, None) as new:
            new.send_frame(json.dumps([3, call[1], {"status": "Accepted"}]).encode())
            assert "currentTime" in new.call("Heartbeat", {})
            eventually(lambda: operation(server, id).state == "no_answer")
            assert operation(server, id).reply is None


def test_a_call_whose_charger_leaves_stays_unanswered_and_queued_ones_are_offline(server: Server, identity: str) -> None:
    with rawsocket.connect(server.port, identity, None) as charger:
        first, second = operate(server, identity), operate(server, identity)
        charger.read_message()
    eventually(lambda: operation(server, first).state == "no_answer")
    eventually(lambda: operation(server, second).state == "offline")


def test_a_command_that_comes_twice_is_sent_once(server: Server, charger: RawSocket, identity: str) -> None:
    id = operate(server, identity)
    row = operation(server, id)
    redis = bus.connect(server.environment["REDIS_URL"])
    bus.send_call(redis, identity, row.organization_id, id, row.message_id, "Reset", row.payload, row.deadline_at)
    call = charger.read_message()
    charger.send_frame(json.dumps([3, call[1], {"status": "Accepted"}]).encode())
    eventually(lambda: operation(server, id).state == "answered")
    assert "currentTime" in charger.call("Heartbeat", {})  # and not a second CALL


def test_an_expired_command_is_not_sent(server: Server, charger: RawSocket, identity: str) -> None:
    id = operate(server, identity, timeout_s=-1)
    eventually(lambda: operation(server, id).state == "failed")
    assert "currentTime" in charger.call("Heartbeat", {})


def test_a_silent_charger_holds_up_nobody_elses_operation(server: Server, charger: RawSocket, identity: str) -> None:
    silent = [server.add_charge_point() for _ in range(10)]
    sockets = [rawsocket.connect(server.port, name, None) for name in silent]
    for name in silent:
        operate(server, name, timeout_s=60)
    id = operate(server, identity)
    call = charger.read_message()
    charger.send_frame(json.dumps([3, call[1], {"status": "Accepted"}]).encode())
    eventually(lambda: operation(server, id).state == "answered")
    for raw in sockets:
        assert raw.read_message()[2] == "Reset"
        raw.__exit__()


def test_a_charger_that_reads_nothing_any_more_does_not_keep_its_successor_out(server: Server, identity: str) -> None:
    stuck = rawsocket.connect(server.port, identity, None, receive_buffer=4096)
    stuck.sock.settimeout(1)
    echo = rawsocket.frame_bytes(b'[2,"%b","Nothing",{}]' % (b"x" * 100_000))  # the answer carries the id back
    with pytest.raises(TimeoutError):  # when the node, stuck in sending, reads no more
        for _ in range(1000):
            stuck.send(echo)
    with rawsocket.connect(server.port, identity, None) as new:
        assert "currentTime" in new.call("Heartbeat", {})
        events = "SELECT kind FROM charger_event e JOIN charge_point c ON c.id = e.charge_point_id WHERE identity = :i"
        eventually(lambda: "Disconnected" in [row.kind for row in server.sql(events, i=identity)])
        assert server.sql("SELECT online FROM charge_point WHERE identity = :i", i=identity)[0].online
    stuck.__exit__()
