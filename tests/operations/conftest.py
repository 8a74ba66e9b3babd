"""What the tests of operations need: stations that a node holds, tags, sessions, and a worker."""

import signal
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import orjson
import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import Engine

from tests.people import World, add
from wcc import bus
from wcc.clock import utcnow
from wcc.config import Settings
from wcc.db import db
from wcc.models import AuthorizationTag, ChargingSession, Connector, Operation
from wcc.worker import JobWorker


class Field:
    """The stations of the world as a test sets them up."""

    def __init__(self, engine: Engine, world: World, redis: "Redis") -> None:
        self.engine, self.world, self.redis = engine, world, redis
        self.node = f"node-{uuid.uuid4().hex[:8]}"

    def hold(self, *identities: str) -> None:
        """A node (of this test, nobody serves it) holds the sockets of these chargers."""
        bus.claim(self.redis, [(identity, "token") for identity in identities], self.node, 60)

    def commands(self) -> list[dict[str, Any]]:
        """What was handed to that node, oldest first."""
        found: Any = self.redis.lrange(f"cmd:{self.node}", 0, -1)
        return [orjson.loads(command) for command in found]

    def station(self, identity: str) -> dict[str, int]:
        """Id and organization of a station."""
        organization = "B" if identity.startswith("CHARLIE") else "A"
        return {
            "organization_id": self.world.organizations[organization],
            "charge_point_id": self.world.charge_points[identity],
        }

    def tag(self, text: str = "VT-1", organization: str = "A", **columns: Any) -> int:
        """A tag; returns its id."""
        columns = {"virtual": True, **columns}
        organization_id = self.world.organizations[organization]
        return int(add(self.engine, AuthorizationTag, organization_id=organization_id, tag=text, folded=text.casefold(), **columns))

    def connector(self, identity: str, number: int = 1, **columns: Any) -> None:
        """A connector that the charger has told of."""
        add(self.engine, Connector, **self.station(identity), number=number, **{"status": "Available", **columns})

    def session(self, identity: str, **columns: Any) -> int:
        """A session that runs; returns its id."""
        now = utcnow()
        filled = {
            "reference": str(uuid.uuid4()),
            "start_key": str(uuid.uuid4()),
            "connector": 1,
            "id_tag": "VT-1",
            "id_tag_folded": "vt-1",
            "authorization": "Accepted",
            "started_at": now,
            "started_received_at": now,
            "meter_start_wh": 0,
            **columns,
        }
        return int(add(self.engine, ChargingSession, **self.station(identity), **filled))

    def operation(self, identity: str = "ALICE-1", **columns: Any) -> int:
        """An operation, by default a remote start that was sent; returns its id."""
        now = utcnow()
        filled = {
            "message_id": str(uuid.uuid4()),
            "kind": "RemoteStartTransaction",
            "payload": '{"connectorId":1,"idTag":"VT-1"}',
            "connector": 1,
            "id_tag_folded": "vt-1",
            "state": "sent",
            "sent_at": now,
            "created_at": now,
            "deadline_at": now + timedelta(days=1),
            **columns,
        }
        return int(add(self.engine, Operation, **self.station(identity), **filled))


@pytest.fixture
def redis(settings: Settings) -> Iterator["Redis"]:
    """A client of this test's Redis, with no job left over from another test."""
    client = bus.connect(settings.redis)
    for name in ("operations", "default"):
        bus.queue(client, name).empty()
    yield client
    client.close()


@pytest.fixture
def stations(engine: Engine, world: World, redis: "Redis") -> Iterator[Field]:
    """The world's stations."""
    made = Field(engine, world, redis)
    yield made
    for identity in world.charge_points:
        bus.release(redis, identity, made.node, "token")


@pytest.fixture
def work(app: Flask, settings: Settings, redis: "Redis") -> Callable[[], None]:
    """Run the jobs that wait, each in a child process, as the worker does."""

    def run() -> None:
        kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
        db.session.rollback()
        JobWorker(app, ("operations",), bus.connect(settings.redis, blocking=True)).work(burst=True, logging_level="WARNING")
        for number, handler in kept.items():
            signal.signal(number, handler)

    return run


@pytest.fixture
def find(engine: Engine) -> Callable[[int], Any]:
    """The row of an operation as it stands in the database now."""

    def row(operation_id: int) -> Any:
        with engine.connect() as conn:
            return conn.execute(Operation.__table__.select().where(Operation.id == operation_id)).one()

    return row
