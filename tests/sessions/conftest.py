"""Charging sessions for the tests of this room, written straight into the database."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.people import World, add
from wcc.models import ChargingSession, MeterSample, StatusChange

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday, 10:00 in Amsterdam

Make = Callable[..., int]


@pytest.fixture
def make(engine: Engine, world: World) -> Make:
    """Writes one session and gives its id: by default a completed one of an hour at ALICE-1. Columns may be given."""

    def session(cp: str = "ALICE-1", **columns: Any) -> int:
        started = columns.get("started_at", START)
        tag = columns.get("id_tag", "04A1B2C3")
        values: dict[str, Any] = {
            "reference": str(uuid.uuid4()),
            "start_key": uuid.uuid4().hex,
            "organization_id": world.organizations["B" if cp == "CHARLIE-1" else "A"],
            "charge_point_id": world.charge_points[cp],
            "connector": 1,
            "id_tag": tag,
            "id_tag_folded": tag.casefold(),
            "authorization": "Accepted",
            "started_at": started,
            "started_received_at": started,
            "meter_start_wh": 1000,
            "stopped_at": started + timedelta(hours=1),
            "plugged_out_at": started + timedelta(hours=1, minutes=2),
            "meter_stop_wh": 11_000,
            "stop_reason": "Local",
            "energy_wh": 10_000,
            "charging_ms": 3_600_000,
        }
        return int(add(engine, ChargingSession, **{**values, **columns}))

    return session


@pytest.fixture
def make_running(make: Make) -> Make:
    """Writes a session that still runs."""

    def session(**columns: Any) -> int:
        open_end = {"stopped_at": None, "plugged_out_at": None, "meter_stop_wh": None, "stop_reason": None}
        return make(**{**open_end, **columns})

    return session


@pytest.fixture
def sample(engine: Engine, world: World) -> Callable[..., None]:
    """Writes one meter sample of a session, so many minutes after START."""

    def write(session_id: int, minute: float, **values: Any) -> None:
        at = START + timedelta(minutes=minute)
        add(engine, MeterSample, session_id=session_id, at=at, organization_id=world.organizations["A"], **values)

    return write


@pytest.fixture
def change(engine: Engine, world: World) -> Callable[..., None]:
    """Writes one status change of ALICE-1, so many minutes after START."""

    def write(minute: float, status: str, error_code: str = "NoError", connector: int = 1, **values: Any) -> None:
        at = START + timedelta(minutes=minute)
        add(
            engine,
            StatusChange,
            organization_id=world.organizations["A"],
            charge_point_id=world.charge_points["ALICE-1"],
            connector=connector,
            status=status,
            error_code=error_code,
            changed_at=at,
            received_at=at,
            **values,
        )

    return write
