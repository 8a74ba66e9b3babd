"""Live changes as they leave the real server: each browser hears of what its user may see, and of nothing else."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import Engine

from tests.people import World, sign_in_cookie
from tests.security.conftest import Things
from tests.serving import Server
from tests.stream import changes
from wcc import bus
from wcc.bus import Changes


@pytest.fixture
def portal(own_server: Callable[..., Server], world: World) -> Server:
    """The real web process with the world in its database."""
    return own_server()


@pytest.fixture
def listen(portal: Server, app: Flask, engine: Engine, world: World) -> Iterator[Callable[[str], Iterator[Changes]]]:
    """Opens the stream of a person."""
    with ExitStack() as stack:

        def open_stream(person: str) -> Iterator[Changes]:
            client = app.test_client()
            sign_in_cookie(app, client, engine, world.users[person])
            cookie = client.get_cookie("wcc")
            assert cookie
            return stack.enter_context(changes(portal.port, cookie.value))

        yield open_stream


def all_of(world: World, things: Things, owner: str, identity: str) -> Changes:
    """Everything that can be published about an owner's things."""
    return {
        "charge_point": [world.charge_points[identity]],
        "session": [things.session_id[owner]],
        "operation": [things.operation_id[owner]],
    }


LAST = 7  # a word that is published last and reaches everybody


def told(stream: Iterator[Changes]) -> dict[str, set[int]]:
    """All things that a stream tells of until the last word; what comes at once may come as one."""
    found: dict[str, set[int]] = {"refresh": set()}
    while LAST not in found["refresh"]:
        for kind, ids in next(stream).items():
            found.setdefault(kind, set()).update(ids)
    del found["refresh"]
    return found


def test_a_stream_tells_everybody_of_their_own_things_only(
    portal: Server, listen: Callable[[str], Iterator[Changes]], world: World, things: Things
) -> None:
    streams = {"charlie": listen("charlie")}
    assert next(streams["charlie"]) == {"refresh": [0]}  # the first stream of a server: it hears what is published from now on
    streams |= {person: listen(person) for person in ("bob", "vic", "ada", "mona", "rita", "alice", "olga")}
    of = {owner: all_of(world, things, owner, identity) for owner, identity in things.identity.items()}
    last = {"refresh": [LAST]}
    redis: Redis = bus.connect(portal.environment["REDIS_URL"])
    a, b = world.organizations["A"], world.organizations["B"]
    for organization, changed in ((a, of["alice"]), (b, of["charlie"]), (a, of["bob"]), (a, of["dora"]), (b, last), (a, last)):
        bus.publish(redis, organization, changed)
    redis.close()

    def all_ids(*owners: str) -> dict[str, set[int]]:
        return {kind: {of[owner][kind][0] for owner in owners} for kind in of["alice"]}

    assert told(streams["charlie"]) == all_ids("charlie")
    assert told(streams["bob"]) == all_ids("bob")
    assert told(streams["vic"]) == {"charge_point": all_ids("alice")["charge_point"]}
    assert told(streams["ada"]) == all_ids("alice")
    assert told(streams["mona"]) == told(streams["rita"]) == all_ids("alice", "bob")
    assert told(streams["alice"]) == all_ids("alice", "bob", "dora")
    assert told(streams["olga"]) == all_ids("alice", "bob", "charlie", "dora")


def test_a_stranger_gets_no_stream(portal: Server) -> None:
    assert portal.status("/changes") == 401
