"""Two web nodes on one database and one Redis: a charger that moves between them is where it was last."""

import json
import uuid
from collections.abc import Callable

from tests.ocpp import rawsocket
from tests.ocpp.test_connection import eventually, operate, operation
from tests.serving import Server
from wcc import bus

PRESENCE = {"WCC_PRESENCE_S": "1.5"}


def _node() -> dict[str, str]:
    return {"WCC_NODE": f"node-{uuid.uuid4().hex[:8]}", **PRESENCE}


def test_a_charger_that_moves_is_cut_by_the_old_node_and_operated_through_the_new_one(own_server: Callable[..., Server]) -> None:
    first, second = own_server(**_node()), own_server(**_node())
    identity = first.add_charge_point()
    with rawsocket.connect(first.port, identity, None) as old:
        old.call("Heartbeat", {})
        with rawsocket.connect(second.port, identity, None) as new:
            new.call("Heartbeat", {})
            assert old.read_close() == 1008
            events = "SELECT kind FROM charger_event ORDER BY id"
            eventually(lambda: [row.kind for row in first.sql(events)] == ["Connected", "Connected", "Disconnected"])
            row = first.sql("SELECT online, node FROM charge_point")[0]
            assert (bool(row.online), row.node) == (True, second.environment["WCC_NODE"])
            id = operate(second, identity)
            call = new.read_message()
            new.send_frame(json.dumps([3, call[1], {"status": "Accepted"}]).encode())
            eventually(lambda: operation(first, id).state == "answered")


def test_a_node_that_was_killed_leaves_its_chargers_offline_when_it_starts_again(own_server: Callable[..., Server]) -> None:
    server = own_server(**_node())
    identity = server.add_charge_point()
    charger = rawsocket.connect(server.port, identity, None)
    charger.call("Heartbeat", {})
    server.kill()
    assert server.sql("SELECT online FROM charge_point")[0].online
    server.start()
    assert not server.sql("SELECT online FROM charge_point")[0].online
    charger.__exit__()


def test_presence_ends_with_its_node_so_that_no_command_goes_into_the_void(own_server: Callable[..., Server]) -> None:
    server = own_server(**_node())
    identity = server.add_charge_point()
    redis = bus.connect(server.environment["REDIS_URL"])
    charger = rawsocket.connect(server.port, identity, None)
    charger.call("Heartbeat", {})
    assert bus.owner(redis, identity) == server.environment["WCC_NODE"]
    server.kill()
    eventually(lambda: bus.owner(redis, identity) is None)
    charger.__exit__()
