"""The people and stations that tests are about, written straight into the database."""

import secrets
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, Update, insert

from wcc.clock import utcnow
from wcc.models import ChargePoint, Group, GroupChargePoint, GroupUser, Organization, Share, SignIn, User

PASSWORD = "a long enough password"


@dataclass
class World:
    """Ids of what is there. Stations: `ALICE-1` and `BOBS-1` (assigned to bob) in organization A, `CHARLIE-1` in B. The two of A are
    in the group North, and so are bob, mona and rita. `ALICE-1` is shared with vic to view and with ada to administer."""

    organizations: dict[str, int] = field(default_factory=dict)
    users: dict[str, int] = field(default_factory=dict)
    charge_points: dict[str, int] = field(default_factory=dict)
    groups: dict[str, int] = field(default_factory=dict)


def add(engine: Engine, model: Any, **columns: Any) -> Any:
    """Insert one row; returns its primary key. Python-side defaults of the model apply."""
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        return conn.execute(insert(model).values(**columns)).inserted_primary_key[0]


@cache
def hashed_password() -> str:
    """The hash of PASSWORD, made once: it is made to be slow."""
    from wcc.passwords import hash_password

    return hash_password(PASSWORD)


def put(engine: Engine, statement: Update) -> None:
    """Change rows behind the portal's back."""
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        conn.execute(statement)


def fill(engine: Engine) -> World:
    """Two organizations; see `World`."""
    world = World()
    for name in ("A", "B"):
        world.organizations[name] = add(engine, Organization, name=f"Organization {name}")
    hashed = hashed_password()
    for name, organization, role in (
        ("alice", "A", "administrator"),
        ("bob", "A", "user"),
        ("charlie", "B", "administrator"),
        ("olga", "A", "operator"),
        ("rita", "A", "readonly"),
        ("mona", "A", "manager"),
        ("vic", "A", "user"),
        ("ada", "A", "user"),
    ):
        world.users[name] = add(
            engine,
            User,
            organization_id=world.organizations[organization],
            email=f"{name}@example.org",
            password_hash=hashed,
            role=role,
            first_name=name.title(),
            last_name="Test",
        )
    for identity, organization, owner in (
        ("ALICE-1", "A", None),
        ("BOBS-1", "A", "bob"),
        ("CHARLIE-1", "B", None),
    ):
        world.charge_points[identity] = add(
            engine,
            ChargePoint,
            organization_id=world.organizations[organization],
            identity=identity,
            user_id=world.users[owner] if owner else None,
        )
    _group_and_share(engine, world)
    return world


def _group_and_share(engine: Engine, world: World) -> None:
    north = add(engine, Group, organization_id=world.organizations["A"], name="North", folded="north")
    world.groups["North"] = north
    for identity in ("ALICE-1", "BOBS-1"):
        add(engine, GroupChargePoint, group_id=north, charge_point_id=world.charge_points[identity])
    for name in ("bob", "mona", "rita"):
        add(engine, GroupUser, group_id=north, user_id=world.users[name])
    for name, administer in (("vic", False), ("ada", True)):
        add(engine, Share, charge_point_id=world.charge_points["ALICE-1"], user_id=world.users[name], administer=administer)


def sign_in_cookie(app: Flask, client: FlaskClient, engine: Engine, user_id: int) -> None:
    """Sign a test client in without the form."""
    token = secrets.token_urlsafe(32)
    with engine.connect() as conn:
        organization_id = conn.exec_driver_sql(f'SELECT organization_id FROM "user" WHERE id = {user_id}').scalar_one()
    add(
        engine,
        SignIn,
        id=token,
        organization_id=organization_id,
        user_id=user_id,
        seen_at=utcnow(),
    )
    with client.session_transaction() as session:
        session["_user_id"] = token
        session["_fresh"] = True
