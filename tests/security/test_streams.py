"""Live changes as they leave the real server: each browser hears of what its user may see, and of nothing else."""

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import Engine

from tests.people import World, sign_in_cookie
from tests.security.conftest import Things
from tests.serving import Server
from wcc import bus

PATIENCE_S = 30


@pytest.fixture
def portal(own_server: Callable[..., Server], world: World) -> Server:
    """The real web process with the world in its database."""
    return own_server()


@pytest.fixture
def listen(portal: Server, app: Flask, engine: Engine, world: World) -> Iterator[Callable[[str], Iterator[dict[str, list[int]]]]]:
    """Opens the stream of a person and gives the changes that come, once the greeting is there."""

    with ExitStack() as stack:

        def changes(person: str) -> Iterator[dict[str, list[int]]]:
            client = app.test_client()
            sign_in_cookie(app, client, engine, world.users[person])
            cookie = client.get_cookie("wcc")
            assert cookie
            connection = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=PATIENCE_S)
            stack.callback(connection.close)
            connection.request("GET", "/changes", headers={"Cookie": f"wcc={cookie.value}"})
            answer = connection.getresponse()
            assert (answer.status, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/event-stream")
            events = _events(answer)
            assert next(events) == ("hello", {})
            return (data for event, data in events if event == "change")

        yield changes


def _events(answer: http.client.HTTPResponse) -> Iterator[tuple[str, dict[str, list[int]]]]:
    event = ""
    while line := answer.readline().decode().rstrip():
        name, _, value = line.partition(": ")
        if name == "event":
            event = value
        if name == "data":
            yield event, json.loads(value)
            answer.readline()


def all_of(world: World, things: Things, owner: str, identity: str) -> dict[str, list[int]]:
    """Everything that can be published about an owner's things."""
    return {
        "charge_point": [world.charge_points[identity]],
        "session": [things.session_id[owner]],
        "operation": [things.operation_id[owner]],
    }


def test_a_stream_tells_everybody_of_their_own_things_only(
    portal: Server, listen: Callable[[str], Iterator[dict[str, list[int]]]], world: World, things: Things
) -> None:
    streams = {person: listen(person) for person in ("charlie", "bob", "alice", "olga")}
    of = {owner: all_of(world, things, owner, identity) for owner, identity in things.identity.items()}
    redis: Redis = bus.connect(portal.environment["REDIS_URL"])
    a, b = world.organizations["A"], world.organizations["B"]
    for organization, owner in ((a, "alice"), (a, "bob"), (b, "charlie")):
        bus.publish(redis, organization, of[owner])
    both = {kind: of["alice"][kind] + of["bob"][kind] for kind in of["alice"]}
    bus.publish(redis, a, both)
    bus.publish(redis, b, {"refresh": [0]})
    redis.close()
    # They come in the order in which they were published, so what is not the first one was kept back.
    assert [next(streams["charlie"]) for _ in range(2)] == [of["charlie"], {"refresh": [0]}]
    assert [next(streams["bob"]) for _ in range(2)] == [of["bob"], of["bob"]]
    assert [next(streams["alice"]) for _ in range(3)] == [of["alice"], of["bob"], both]
    assert [next(streams["olga"]) for _ in range(4)] == [of["alice"], of["bob"], of["charlie"], both]


def test_a_stranger_gets_no_stream(portal: Server) -> None:
    assert portal.status("/changes") == 401
