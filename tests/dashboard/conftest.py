"""Makes connectors, sessions and samples for the dashboard's tests."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, update

from tests.people import World, add
from wcc.clock import utcnow
from wcc.models import ChargePoint, ChargingSession, Connector, MeterSample

ClientFor = Callable[[str], FlaskClient]


class Stage:
    """Puts things into this test's database, by station name."""

    def __init__(self, engine: Engine, world: World) -> None:
        self.engine, self.world = engine, world

    def organization(self, station: str) -> int:
        return self.world.organizations["B" if station.startswith("CHARLIE") else "A"]

    def change(self, model: Any, id: int, **columns: Any) -> None:
        with self.engine.connect().execution_options(writes=True) as conn, conn.begin():
            conn.execute(update(model).where(model.id == id).values(**columns))

    def online(self, station: str, online: bool = True, since: timedelta = timedelta(days=2)) -> None:
        gone = None if online else utcnow() - since
        self.change(
            ChargePoint, self.world.charge_points[station], online=online, connected_at=utcnow() - timedelta(days=9), disconnected_at=gone
        )

    def connector(self, station: str, status: str | None = "Available", number: int = 1, **columns: Any) -> int:
        values = {"changed_at": utcnow(), **columns}
        return int(
            add(
                self.engine,
                Connector,
                organization_id=self.organization(station),
                charge_point_id=self.world.charge_points[station],
                number=number,
                status=status,
                **values,
            )
        )

    def session(self, station: str, started_at: datetime, stopped_at: datetime | None = None, **columns: Any) -> int:
        return int(
            add(
                self.engine,
                ChargingSession,
                reference=uuid4().hex,
                start_key=uuid4().hex,
                organization_id=self.organization(station),
                charge_point_id=self.world.charge_points[station],
                connector=1,
                id_tag="TAG",
                id_tag_folded="tag",
                authorization="tag",
                started_at=started_at,
                started_received_at=started_at,
                stopped_at=stopped_at,
                meter_start_wh=0,
                **columns,
            )
        )

    def running(self, station: str, power_w: float | None, age: timedelta = timedelta(seconds=4), number: int = 1) -> int:
        """A connector with a running session, whose last value is so old."""
        session = self.session(station, utcnow() - timedelta(hours=1), energy_wh=6910)
        self.connector(station, "Charging", number, session_id=session, power_w=power_w, values_at=utcnow() - age)
        return session

    def samples(self, session: int, station: str, power_w: float, *moments: datetime) -> None:
        for moment in moments:
            add(self.engine, MeterSample, session_id=session, at=moment, organization_id=self.organization(station), power_w=power_w)


@pytest.fixture
def stage(engine: Engine, world: World) -> Stage:
    return Stage(engine, world)
