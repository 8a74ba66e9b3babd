"""`wcc seed`: fills an empty database with the demo organization and writes what its log-in and its chargers need."""

import json
import os
import random
import secrets
import shutil
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from cryptography.fernet import Fernet
from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from wcc.chargepoints.service import generate_password
from wcc.clock import utcnow
from wcc.config import Settings, cipher
from wcc.db import db, writing
from wcc.demo.fleet import (
    ADMINISTRATOR,
    FREE_TAG,
    LOST_CARD,
    MANAGER,
    OLD_CARD,
    ORGANIZATION,
    PEOPLE,
    READER,
    STATIONS,
    VIRTUAL_TAGS,
    VISITOR_CARD,
)
from wcc.demo.history import History
from wcc.demo.visits import ZONE, plan
from wcc.errors import Invalid
from wcc.models import AuthorizationTag, ChargePoint, Group, GroupChargePoint, GroupUser, Organization, Share, User
from wcc.passwords import hash_password
from wcc.tags.service import fold

DAYS = 90
SEED = 1046
LIVE_SAMPLES_S = 5  # the demo's live chargers report often, so that something moves
LIVE_CONTACTOR_S = 4  # long enough to see Preparing, short enough to wait for Charging


def has_organizations() -> bool:
    """Whether the database belongs to somebody already."""
    return db.session.scalar(select(Organization.id).limit(1)) is not None


def seed(days: int = DAYS, now: datetime | None = None) -> str:
    """Make the demo organization with its history, which ends `now`; returns a sentence for the terminal.

    The history is the same every time for the same `now`; passwords never are. Raises Invalid when the database is
    somebody's already.
    """
    if has_organizations():
        raise Invalid("the database has an organization already; a demo needs an empty one")
    now = now or utcnow()
    settings: Settings = current_app.config["SETTINGS"]
    login = {"email": ADMINISTRATOR, "password": generate_password()}
    passwords = [generate_password() for _ in STATIONS]
    # Nobody knows this password: the drivers of the demo cannot sign in.
    hashes = hash_password(login["password"]), hash_password(secrets.token_urlsafe(32))
    with writing() as session:
        organization, stations = _populate(session, now - timedelta(days=days + 1), hashes, passwords, cipher(settings.instance))
        rng = random.Random(SEED)
        history = History(session.connection(), [station.id for station in stations], organization.id, rng)
        events = plan(days, now, rng)
        history.begin(now - timedelta(days=days + 1))
        history.apply(events)
        history.end(now)
    shutil.rmtree(settings.instance / "chargers", ignore_errors=True)  # what the simulator remembers of an earlier demo
    _write_private(settings.instance / "demo.json", login)
    _write_private(settings.instance / "demo-fleet.json", _fleet(settings, passwords, history.registers_wh))
    return f"Seeded {ORGANIZATION}: {len(STATIONS)} stations, {len(events)} visits. Sign in as {ADMINISTRATOR}."


def _populate(
    session: Session, since: datetime, hashes: tuple[str, str], passwords: list[str], cipher: Fernet
) -> tuple[Organization, list[ChargePoint]]:
    """The organization with people, tags and stations."""
    organization = Organization(name=ORGANIZATION, time_zone=ZONE.key, currency="EUR", price_per_kwh=Decimal("0.30"), created_at=since)
    session.add(organization)
    session.flush()
    own = {"organization_id": organization.id, "created_at": since}
    boss = User(
        **own,
        email=ADMINISTRATOR,
        role="administrator",
        password_hash=hashes[0],
        first_name="Anna",
        last_name="van Dijk",
    )
    people = [
        User(
            **own,
            email=person.email,
            role={MANAGER: "manager", READER: "readonly"}.get(place, "user"),
            password_hash=hashes[1],
            first_name=person.first_name,
            last_name=person.last_name,
            employee_number=person.employee_number,
            customer_number="VDF-01",
            language="nl",
        )
        for place, person in enumerate(PEOPLE)
    ]
    session.add_all([boss, *people])
    session.flush()
    session.add_all(_tags(organization.id, people, since))
    stations = _stations(organization.id, people, since, [cipher.encrypt(password.encode()) for password in passwords])
    session.add_all(stations)
    session.flush()
    _group_and_share(session, organization.id, people, stations, since)
    return organization, stations


def _group_and_share(session: Session, organization_id: int, people: list[User], stations: list[ChargePoint], since: datetime) -> None:
    """A group for each town with a branch, with those who charge there; a colleague may see a station that is somebody's own."""
    for town in ("Utrecht", "Amersfoort"):
        there = [place for place, station in enumerate(STATIONS) if station.city == town]
        group = Group(organization_id=organization_id, name=town, folded=town.casefold(), description=f"Branch {town}", created_at=since)
        session.add(group)
        session.flush()
        session.add_all(GroupChargePoint(group_id=group.id, charge_point_id=stations[place].id) for place in there)
        members = {driver for place in there for driver in STATIONS[place].drivers} - {MANAGER} | {READER}
        members |= {MANAGER} if town == "Utrecht" else set()
        session.add_all(GroupUser(group_id=group.id, user_id=people[member].id) for member in sorted(members))
    own = next(place for place, station in enumerate(STATIONS) if station.owner is not None)
    session.add(Share(charge_point_id=stations[own].id, user_id=people[0].id, created_at=since))


def _tags(organization_id: int, people: list[User], since: datetime) -> list[AuthorizationTag]:
    def tag(text: str, **facts: object) -> AuthorizationTag:
        return AuthorizationTag(organization_id=organization_id, tag=text, folded=fold(text), created_at=since, **facts)

    cards = [
        tag(person.card, user_id=user.id, alias=f"{person.first_name}'s card", type="Business")
        for person, user in zip(PEOPLE, people, strict=True)
    ]
    virtual = [tag(text, virtual=True, alias="For remote starts", type="Business") for text in VIRTUAL_TAGS]
    return [
        *cards,
        *virtual,
        tag(VISITOR_CARD, alias="Visitors' card"),
        tag(LOST_CARD, user_id=people[1].id, alias="Lost card", blocked=True, note="Reported lost by Joost."),
        tag(OLD_CARD, alias="Trainee's card", expires_at=since + timedelta(hours=12)),
    ]


def _stations(organization_id: int, people: list[User], since: datetime, passwords: list[bytes]) -> list[ChargePoint]:
    return [
        ChargePoint(
            organization_id=organization_id,
            user_id=None if station.owner is None else people[station.owner].id,
            identity=station.identity,
            description=station.description,
            site=station.site,
            street=station.street,
            house_number=station.house_number,
            zip_code=station.zip_code,
            city=station.city,
            country="Netherlands",
            onboarded_at=since,
            password=password,
            free_charging=station.free,
            free_charging_tag=FREE_TAG,
        )
        for station, password in zip(STATIONS, passwords, strict=True)
    ]


def _fleet(settings: Settings, passwords: list[str], registers_wh: list[float]) -> dict[str, object]:
    """The file for the simulator: the demo's chargers, their meters going on where the history ended."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(settings.host, settings.host)
    chargers = [
        {
            "identity": station.identity,
            "password": password,
            "model": station.rating,
            "scenario": station.scenario,
            "settings": {
                "firmware_version": station.firmware,
                "register_wh": int(register),
                "id_tags": [PEOPLE[place].card for place in station.drivers],
            },
        }
        for station, password, register in zip(STATIONS, passwords, registers_wh, strict=True)
    ]
    return {
        "url": f"ws://{host}:{settings.port}/ocpp",
        "settings": {"sample_interval_s": LIVE_SAMPLES_S, "contactor_delay_s": LIVE_CONTACTOR_S},
        "chargers": chargers,
    }


def _write_private(path: Path, content: object) -> None:
    """Write JSON that only this user may read, whole or not at all."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        json.dump(content, file, indent=1)
    os.replace(fresh, path)
