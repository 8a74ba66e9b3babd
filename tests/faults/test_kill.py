"""`kill -9` of the web process under load: what was answered is in the database, and nothing is there twice."""

import asyncio
from collections.abc import Callable

import pytest

from tests.coroutines import run
from tests.faults.chargers import Stubborn
from tests.serving import Server
from wcc.ocpp.lenient import time_ms

CHARGERS = 12
ANSWERS_BETWEEN_KILLS = 200


async def _kill_again_and_again(server: Server, chargers: list[Stubborn], stop: asyncio.Event, kills: int) -> None:
    """Kill and start again, each time after so many more answers."""
    tasks = [asyncio.create_task(charger.run()) for charger in chargers]
    for _ in range(kills):
        goal = sum(charger.answered for charger in chargers) + ANSWERS_BETWEEN_KILLS
        while sum(charger.answered for charger in chargers) < goal:
            assert not any(task.done() and task.exception() for task in tasks)
            await asyncio.sleep(0.005)
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
    stop.set()
    await asyncio.gather(*tasks)


def _check(server: Server, chargers: list[Stubborn]) -> None:
    sessions = server.sql(
        "SELECT s.id, cp.identity, s.started_at, s.stopped_at, s.meter_stop_wh FROM charging_session s"
        " JOIN charge_point cp ON cp.id = s.charge_point_id"
    )
    by_start = {(row.identity, row.started_at): row for row in sessions}
    assert len(by_start) == len(sessions), "a start is there twice"
    samples = {(row.session_id, row.at) for row in server.sql("SELECT session_id, at FROM meter_sample")}
    told = 0
    for charger in chargers:
        for begun, transaction in charger.told.starts.items():
            told += 1
            assert by_start[charger.identity, time_ms(begun)].id == transaction
        for transaction, at in charger.told.samples:
            assert (transaction, time_ms(at)) in samples
    stops = {row.id: row.meter_stop_wh for row in sessions if row.stopped_at is not None}
    for charger in chargers:
        assert {id: stops.get(id) for id in charger.told.stops} == charger.told.stops
    assert told == len(sessions), "a session that no charger started"
    assert server.sql("SELECT id FROM orphan_stop") == []
    assert server.sql("SELECT id FROM quarantine") == []


def _survive(start_server: Callable[..., Server], kills: int) -> None:
    server = start_server(WCC_FLOOD_RATE="100000", WCC_FLOOD_BURST="100000")
    stop = asyncio.Event()
    chargers = [Stubborn(server.url, server.add_charge_point(), stop) for _ in range(CHARGERS)]
    run(_kill_again_and_again(server, chargers, stop, kills))
    _check(server, chargers)


@pytest.mark.timeout(900)
def test_ten_kills_lose_nothing_that_was_answered_and_double_nothing(own_server: Callable[..., Server]) -> None:
    _survive(own_server, 10)


@pytest.mark.long
@pytest.mark.timeout(5400)
def test_a_hundred_kills_lose_nothing_that_was_answered_and_double_nothing(own_server: Callable[..., Server]) -> None:
    _survive(own_server, 100)
