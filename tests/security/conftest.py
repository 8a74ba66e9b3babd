"""What organization A has that others must not see: a station each of alice's and bob's with all that hangs on it."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, update

from tests.people import World, add
from wcc.clock import utcnow
from wcc.models import (
    AuthorizationTag,
    ChargePoint,
    ChargingSession,
    ConnectionAttempt,
    Connector,
    Group,
    GroupUser,
    LoggedMessage,
    MeterSample,
    Operation,
    Share,
    StatusChange,
    User,
)

ClientFor = Callable[[str], FlaskClient]
FRAGMENT = {"HX-Request": "true"}


@dataclass
class Things:
    """For each owner (`alice`, `bob`, `charlie`): the identity of a station, ids of a session, an operation and a tag on it.

    `marks` are words that stand in what an owner's pages show and nowhere else, by what they tell of (MARKS). North is alice's
    group; South, where nobody is, stands for bob's. Dora's station is in no group.
    """

    identity: dict[str, str] = field(default_factory=dict)
    session_id: dict[str, int] = field(default_factory=dict)
    operation_id: dict[str, int] = field(default_factory=dict)
    message_id: dict[str, int] = field(default_factory=dict)
    tag_id: dict[str, int] = field(default_factory=dict)
    user_id: dict[str, int] = field(default_factory=dict)
    charge_point_of_bob: int = 0
    group_id: dict[str, int] = field(default_factory=dict)
    share_id: dict[str, int] = field(default_factory=dict)
    marks: dict[str, dict[str, str]] = field(default_factory=dict)
    organization_id: dict[str, int] = field(default_factory=dict)

    def url_values(self, owner: str) -> dict[str, Any]:
        """Values for the parts of any address."""
        return {
            "identity": self.identity[owner],
            "session_id": self.session_id[owner],
            "operation_id": self.operation_id[owner],
            "message_id": self.message_id[owner],
            "tag_id": self.tag_id[owner],
            "user_id": self.user_id[owner],
            "group_id": self.group_id[owner],
            "share_id": self.share_id[owner],
            "organization_id": self.organization_id[owner],
            "passkey_id": 1,
            "token_id": 1,
            "number": 1,
            "name": "Available",
            "filename": "app.css",
            "key": "none",
            "word": "none",
        }


STATIONS = (("alice", "ALICE-1", "A"), ("bob", "BOBS-1", "A"), ("charlie", "CHARLIE-1", "B"), ("dora", "DORAS-1", "A"))
MARKS = ("identity", "place", "model", "tag", "session", "note", "alias", "call", "frame", "attempt")


@pytest.fixture
def things(engine: Engine, world: World) -> Things:
    """What is there to be seen, or not."""
    made = Things()
    a, b = world.organizations["A"], world.organizations["B"]
    world.users["dora"] = add(engine, User, organization_id=a, email="dora@example.org", password_hash="", role="user", first_name="Dora")
    dora = world.users["dora"]
    world.charge_points["DORAS-1"] = add(engine, ChargePoint, organization_id=a, identity="DORAS-1", user_id=dora)
    for owner, identity, organization in STATIONS:
        _furnish(engine, world, made, owner, identity, organization)
    for name, owner, organization in (("South", "bob", a), ("West", "charlie", b), ("East", "dora", a)):
        made.group_id[owner] = add(engine, Group, organization_id=organization, name=f"{name}-of-{owner}", folded=name.casefold())
        made.marks[owner]["group"] = f"{name}-of-{owner}"
    made.charge_point_of_bob = world.charge_points["BOBS-1"]
    made.group_id["alice"] = world.groups["North"]
    add(engine, GroupUser, group_id=made.group_id["dora"], user_id=dora)
    for owner, identity, _organization in STATIONS:
        made.share_id[owner] = add(
            engine, Share, charge_point_id=world.charge_points[identity], group_id=made.group_id["charlie" if owner == "charlie" else "bob"]
        )
    return made


def _furnish(engine: Engine, world: World, things: Things, owner: str, identity: str, organization: str) -> None:
    now = utcnow()
    station = {"organization_id": world.organizations[organization], "charge_point_id": world.charge_points[identity]}
    tag = f"TAG-{owner.upper()}"
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        conn.execute(
            update(ChargePoint)
            .where(ChargePoint.id == station["charge_point_id"])
            .values(online=True, connected_at=now, description=f"place-of-{owner}", model=f"model-of-{owner}")
        )
    session_id = add(
        engine,
        ChargingSession,
        **station,
        id=700_001 + len(things.identity),
        reference=str(uuid.uuid4()),
        start_key=str(uuid.uuid4()),
        connector=1,
        id_tag=tag,
        id_tag_folded=tag.casefold(),
        authorization="Accepted",
        started_at=now - timedelta(minutes=30),
        started_received_at=now,
        meter_start_wh=0,
        energy_wh=5_000,
        note=f"note-of-{owner}",
    )
    add(engine, Connector, **station, number=1, status="Charging", changed_at=now, session_id=session_id, power_w=7_000.0, values_at=now)
    add(engine, StatusChange, **station, connector=1, status="Charging", error_code="NoError", changed_at=now, received_at=now)
    add(engine, MeterSample, session_id=session_id, at=now, organization_id=station["organization_id"], power_w=7_000.0, energy_wh=5_000)
    things.tag_id[owner] = add(
        engine,
        AuthorizationTag,
        organization_id=station["organization_id"],
        tag=tag,
        folded=tag.casefold(),
        alias=f"alias-of-{owner}",
        user_id=world.users[owner],
    )
    things.operation_id[owner] = add(
        engine,
        Operation,
        **station,
        message_id=f"call-of-{owner}",
        user_id=world.users[owner],
        kind="RemoteStartTransaction",
        connector=1,
        payload=f'{{"connectorId":1,"idTag":"{tag}"}}',
        state="sent",
        sent_at=now,
        deadline_at=now + timedelta(minutes=5),
        session_id=session_id,
    )
    things.message_id[owner] = add(
        engine,
        LoggedMessage,
        **station,
        at=now,
        direction="in",
        kind=2,
        message_id="m",
        action="DataTransfer",
        size=1,
        text=f'[2,"m","DataTransfer",{{"vendorId":"frame-of-{owner}"}}]',
    )
    counted = {"hour": 1, "count": 1, "first_at": now, "at": now, "reason": "subprotocol", "detail": f"attempt-of-{owner}"}
    add(engine, ConnectionAttempt, identity=identity, address="192.0.2.1", **counted)
    things.organization_id[owner] = world.organizations[organization]
    things.identity[owner], things.session_id[owner], things.user_id[owner] = identity, session_id, world.users[owner]
    words = {what: f"{what}-of-{owner}" for what in ("place", "model", "note", "alias", "call", "frame", "attempt")}
    things.marks[owner] = {"identity": identity, "tag": tag, "session": str(session_id), **words}
