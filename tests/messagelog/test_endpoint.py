"""What the endpoint writes into the message log: every message, in order, without secrets, and never instead of an answer."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from tests.ocpp import rawsocket
from tests.ocpp.rawsocket import RawSocket
from tests.ocpp.test_connection import eventually
from tests.people import add
from tests.serving import Server
from wcc import bus
from wcc.clock import from_ms, now_ms
from wcc.models import Operation
from wcc.ocpp.charger import Charger
from wcc.ocpp.message_log import DROPPED, MOST_BYTES, MOST_ROWS, MessageLog

SECRET = "v3ry-s3cret-authorization"


def send(server: Server, identity: str, action: str, payload: dict[str, Any]) -> None:
    """A CALL to a charger, as an RQ job sends it. Its row says nothing of the payload."""
    (station,) = server.sql("SELECT id, organization_id FROM charge_point WHERE identity = :i", i=identity)
    message_id, deadline = str(uuid.uuid4()), now_ms() + 20_000
    place = {"organization_id": station.organization_id, "charge_point_id": station.id}
    columns = {"kind": "Reset", "payload": "{}", "state": "pending", "deadline_at": from_ms(deadline)}
    id = add(server.engine, Operation, **place, message_id=message_id, **columns)
    redis = bus.connect(server.environment["REDIS_URL"])
    eventually(lambda: bus.owner(redis, identity))
    bus.send_call(redis, identity, station.organization_id, id, message_id, action, json.dumps(payload), deadline)


def answer(charger: RawSocket, payload: dict[str, Any]) -> None:
    """Answer the CALL that comes next."""
    call = charger.read_message()
    charger.send_frame(json.dumps([3, call[1], payload]).encode())


def logged(server: Server, identity: str, count: int) -> list[Any]:
    """The log of a station in order, once it has so many messages."""
    query = "SELECT m.* FROM message_log m JOIN charge_point c ON c.id = m.charge_point_id WHERE c.identity = :i ORDER BY m.at, m.id"
    return list(eventually(lambda: (found := server.sql(query, i=identity)) and len(found) >= count and found))


def test_a_session_is_logged_in_order_in_both_directions_with_keys_masked(own_server: Callable[..., Server], both_databases: str) -> None:
    server = own_server()
    identity = server.add_charge_point()
    key = {"key": "AuthorizationKey", "readonly": False, "value": SECRET}
    with rawsocket.connect(server.port, identity, None) as charger:
        charger.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
        send(server, identity, "ChangeConfiguration", {"value": SECRET, "key": "AuthorizationKey"})
        answer(charger, {"status": "Accepted"})
        send(server, identity, "GetConfiguration", {})
        answer(charger, {"configurationKey": [key, {"key": "ConnectorPhaseRotation", "readonly": True, "value": "RST"}]})
        charger.send_frame(b'[2,"bad","StatusNotification",{"connectorId":')
        assert charger.read_message()[0] == 4
        charger.call("Heartbeat", {})
        rows = logged(server, identity, 10)
    seen = [(row.direction, row.kind, row.action) for row in rows]
    assert seen == [
        ("in", 2, "BootNotification"),
        ("out", 3, "BootNotification"),
        ("out", 2, "ChangeConfiguration"),
        ("in", 3, "ChangeConfiguration"),
        ("out", 2, "GetConfiguration"),
        ("in", 3, "GetConfiguration"),
        ("in", 0, ""),
        ("out", 4, ""),
        ("in", 2, "Heartbeat"),
        ("out", 3, "Heartbeat"),
    ]
    for call, reply in ((rows[0], rows[1]), (rows[2], rows[3]), (rows[8], rows[9])):
        assert call.message_id == reply.message_id and call.took_ms is None
        assert reply.took_ms == reply.at - call.at
    assert json.loads(rows[2].text)[3] == {"value": "…", "key": "AuthorizationKey"}
    assert rows[2].size > len(SECRET)
    assert "RST" in rows[5].text and rows[6].note == "not JSON"
    everything = "".join(str(row) for table in ("message_log", "operation", "quarantine") for row in server.sql(f"SELECT * FROM {table}"))
    assert SECRET not in everything
    server.stop()
    if both_databases == "sqlite":
        for file in Path(server.folder).glob("wcc.sqlite*"):
            assert SECRET.encode() not in file.read_bytes(), file
    assert SECRET not in server.log_text()


def test_switched_off_nothing_is_written_down(own_server: Callable[..., Server]) -> None:
    server = own_server(WCC_MESSAGE_LOG="0")
    with rawsocket.connect(server.port, server.add_charge_point(), None) as charger:
        charger.call("Heartbeat", {})
    server.stop()
    assert server.sql("SELECT count(*) FROM message_log")[0][0] == 0


def test_what_waits_at_the_end_is_written_down(own_server: Callable[..., Server]) -> None:
    server = own_server()
    with rawsocket.connect(server.port, server.add_charge_point(), None) as charger:
        charger.call("Heartbeat", {})
        server.stop()
    assert server.sql("SELECT count(*) FROM message_log")[0][0] == 2


def test_a_log_that_cannot_be_written_delays_no_answer_and_tells_what_is_missing(own_server: Callable[..., Server]) -> None:
    server = own_server()
    identity = server.add_charge_point()
    with server.engine.connect().execution_options(writes=True) as conn, conn.begin():
        conn.exec_driver_sql("CREATE TRIGGER broken BEFORE INSERT ON message_log BEGIN SELECT RAISE(ABORT, 'full'); END")
    with rawsocket.connect(server.port, identity, None) as charger:
        charger.call("StatusNotification", {"connectorId": 1, "status": "Available", "errorCode": "NoError"})
        eventually(lambda: "messages not logged" in server.log_text())
        with server.engine.connect().execution_options(writes=True) as conn, conn.begin():
            conn.exec_driver_sql("DROP TRIGGER broken")
        charger.call("Heartbeat", {})
        rows = logged(server, identity, 1)
        assert eventually(lambda: [row for row in logged(server, identity, 1) if row.kind == DROPPED])[0].size >= 2, rows
    assert server.sql("SELECT status FROM connector")[0][0] == "Available"


def test_a_killed_ledger_loses_no_answered_report_whatever_becomes_of_the_log(own_server: Callable[..., Server]) -> None:
    server = own_server()
    start = {"connectorId": 1, "idTag": "#freecharging", "timestamp": "2026-11-01T10:00:00Z"}
    with rawsocket.connect(server.port, server.add_charge_point(), None) as charger:
        for number in range(3):
            assert server.process
            children = psutil.Process(server.process.pid).children()
            next(child for child in children if "ledger_process" in " ".join(child.cmdline())).kill()
            assert charger.call("StartTransaction", {**start, "meterStart": number})["transactionId"] > 0
    assert len(server.sql("SELECT id FROM charging_session")) == 3


def test_the_heap_is_bounded_in_number_and_bytes_and_counts_what_it_drops() -> None:
    heap, charger = MessageLog(True), Charger(7, 1, "X", "token")
    for _ in range(MOST_ROWS + 5):
        heap.add(charger, "in", 2, "1", "Heartbeat", "[]", 0)
    assert len(heap) == MOST_ROWS + 1
    taken = []
    while some := heap.take(500):
        taken += some
    assert len(taken) == MOST_ROWS + 1
    assert (taken[-1][0], taken[-1][4], taken[-1][8]) == (7, DROPPED, 5)
    heap.add(charger, "in", 2, "1", "DataTransfer", "x" * (MOST_BYTES - 10), 0)
    heap.add(charger, "in", 2, "2", "DataTransfer", "x" * 11, 0)
    assert [(row[4], row[8]) for row in heap.take(500)] == [(2, MOST_BYTES - 10), (DROPPED, 1)]
