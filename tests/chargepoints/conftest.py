"""Stations with more to them than the world's, written straight into the database."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, update

from tests.people import World
from wcc.clock import utcnow
from wcc.models import ChargePoint, ChargingSession, Connector, StatusChange

Station = Callable[..., int]


def _add(engine: Engine, table: Any, row: dict[str, Any]) -> int:
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        return int(conn.execute(insert(table).values(row)).inserted_primary_key[0])


@pytest.fixture
def station(engine: Engine, world: World) -> Station:
    """Adds a station of organization A (or another) with its columns; gives its id."""

    def make(identity: str, organization: str = "A", **columns: Any) -> int:
        row = {"organization_id": world.organizations[organization], "identity": identity}
        return _add(engine, ChargePoint, {**row, **columns})

    return make


@pytest.fixture
def connector(engine: Engine, world: World) -> Station:
    """Adds a connector to a station with its columns; gives its id."""

    def make(charge_point_id: int, number: int = 1, organization: str = "A", **columns: Any) -> int:
        columns = {"status": "Available", "error_code": "NoError", "changed_at": utcnow(), **columns}
        organization_id = world.organizations[organization]
        row = {"organization_id": organization_id, "charge_point_id": charge_point_id, "number": number, **columns}
        return _add(engine, Connector, row)

    return make


@pytest.fixture
def running(engine: Engine, world: World) -> Station:
    """Adds a session that runs on a connector of a station; gives its id."""

    def make(charge_point_id: int, connector_id: int, organization: str = "A", **columns: Any) -> int:
        started = utcnow() - timedelta(minutes=14)
        row = {
            "reference": secrets.token_hex(8),
            "start_key": secrets.token_hex(8),
            "organization_id": world.organizations[organization],
            "charge_point_id": charge_point_id,
            "connector": 1,
            "id_tag": "04A1B2C3",
            "id_tag_folded": "04a1b2c3",
            "authorization": "Accepted",
            "started_at": started,
            "started_received_at": started,
            "meter_start_wh": 1000,
            "energy_wh": 2740,
        }
        session_id = _add(engine, ChargingSession, {**row, **columns})
        with engine.connect().execution_options(writes=True) as conn, conn.begin():
            conn.execute(update(Connector).where(Connector.id == connector_id).values(session_id=session_id))
        return session_id

    return make


@pytest.fixture
def said(engine: Engine, world: World) -> Callable[..., None]:
    """Adds a status change of connector 1 of a station."""

    def make(charge_point_id: int, status: str, moment: datetime, **columns: Any) -> None:
        row = {"error_code": "NoError", "connector": 1, "changed_at": moment, "received_at": moment, **columns}
        place = {"organization_id": world.organizations["A"], "charge_point_id": charge_point_id}
        _add(engine, StatusChange, {**row, **place, "status": status})

    return make
