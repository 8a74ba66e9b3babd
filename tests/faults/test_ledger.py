"""The ledger when a part of it dies: the database locked or full of a bad report, its process killed, SIGTERM under load."""

import signal
import threading
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from tests.ocpp import rawsocket
from tests.ocpp.test_connection import eventually
from tests.serving import Server

START = {"connectorId": 1, "idTag": "#freecharging", "meterStart": 1, "timestamp": "2026-11-01T10:00:00Z"}


def test_while_another_process_holds_the_write_lock_replies_wait_and_nothing_is_lost(own_server: Callable[..., Server]) -> None:
    server = own_server()
    identity = server.add_charge_point()
    with rawsocket.connect(server.port, identity, None) as charger:
        charger.call("Heartbeat", {})
        with server.engine.connect().execution_options(writes=True) as conn, conn.begin():
            charger.send_call("StartTransaction", START, "held")
            assert server.status("/health/live") == 200  # people and heartbeats go on meanwhile
        reply = charger.read_message()
    assert reply[1] == "held"
    assert len(server.sql("SELECT id FROM charging_session")) == 1


def test_a_database_that_stays_away_sends_chargers_home_and_lets_them_in_when_it_is_back(own_server: Callable[..., Server]) -> None:
    server = own_server(WCC_LEDGER_HOLD_S="1", WCC_WATCHDOG_S="0.2")
    identity = server.add_charge_point()
    with rawsocket.connect(server.port, identity, None) as charger:
        charger.call("Heartbeat", {})
        with server.engine.connect().execution_options(writes=True) as conn, conn.begin():
            charger.send_call("StartTransaction", START, "lost")
            assert charger.read_end() == b""  # hung up without an answer: the charger keeps its report
            answer = rawsocket.knock(server.port, f"/ocpp/{identity}", rawsocket.upgrade_headers())
            assert answer.status == 503
            assert server.status("/health/ready") == 503
    eventually(lambda: server.status("/health/ready") == 200)
    with rawsocket.connect(server.port, identity, None) as charger:
        assert charger.call("StartTransaction", START)["transactionId"] > 0
    assert len(server.sql("SELECT id FROM charging_session")) == 1


def _ledger_process(server: Server) -> psutil.Process:
    assert server.process
    return next(child for child in psutil.Process(server.process.pid).children() if "ledger_process" in " ".join(child.cmdline()))


def test_a_killed_ledger_process_is_replaced_and_what_was_in_flight_is_answered(own_server: Callable[..., Server]) -> None:
    server = own_server()
    with rawsocket.connect(server.port, server.add_charge_point(), None) as charger:
        for number in range(3):
            _ledger_process(server).kill()
            assert charger.call("StartTransaction", {**START, "meterStart": number})["transactionId"] > 0
    assert len(server.sql("SELECT id FROM charging_session")) == 3


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_the_ledger_process_ends_with_the_web_process(own_server: Callable[..., Server], sign: signal.Signals) -> None:
    server = own_server()
    ledger = _ledger_process(server)
    assert server.process
    server.process.send_signal(sign)
    server.process.wait(60)
    assert ledger.wait(60) is not None or not ledger.is_running()


def test_sigterm_answers_what_is_under_way_and_closes_with_1001(own_server: Callable[..., Server]) -> None:
    server = own_server()
    identities = [server.add_charge_point() for _ in range(5)]
    closed: list[Any] = []

    def charge(identity: str) -> None:
        with rawsocket.connect(server.port, identity, None) as charger:
            charger.call("StartTransaction", START)
            ready.release()
            closed.append(charger.read_close())

    ready = threading.Semaphore(0)
    threads = [threading.Thread(target=charge, args=(identity,)) for identity in identities]
    for thread in threads:
        thread.start()
    for _ in identities:
        assert ready.acquire(timeout=60)
    assert server.process
    server.process.terminate()
    assert server.process.wait(60) == 0
    for thread in threads:
        thread.join(30)
    assert closed == [1001] * 5
    assert server.sql("SELECT count(*) FROM charge_point WHERE online")[0][0] == 0


def test_a_report_that_cannot_be_stored_is_quarantined_and_answered_and_the_others_are_stored(own_server: Callable[..., Server]) -> None:
    server = own_server()
    bad, good = server.add_charge_point(), server.add_charge_point()
    with server.engine.connect().execution_options(writes=True) as conn, conn.begin():
        conn.exec_driver_sql(
            "CREATE TRIGGER breaks BEFORE INSERT ON charging_session WHEN new.id_tag = 'POISON'"
            " BEGIN SELECT RAISE(ABORT, 'a fault of ours'); END"
        )
    with rawsocket.connect(server.port, bad, None) as first, rawsocket.connect(server.port, good, None) as second:
        first.send_call("StartTransaction", {**START, "idTag": "POISON"}, "bad")
        second.send_call("StartTransaction", START, "good")
        poisoned, fine = first.read_message(), second.read_message()
        stop = {"transactionId": poisoned[2]["transactionId"], "meterStop": 9, "timestamp": "2026-11-01T11:00:00Z"}
        assert first.call("StopTransaction", stop) == {}
    assert (poisoned[0], poisoned[2]["idTagInfo"]) == (3, {"status": "Invalid"})
    assert fine[2]["idTagInfo"] == {"status": "Accepted"}
    assert [row.id for row in server.sql("SELECT id FROM charging_session")] == [fine[2]["transactionId"]]
    (kept,) = server.sql("SELECT * FROM quarantine")
    assert "POISON" in kept.report
    assert "a fault of ours" in kept.error
    assert len(server.sql("SELECT id FROM orphan_stop")) == 1
