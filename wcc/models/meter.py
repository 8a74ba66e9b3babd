"""Meter values: one wide row per sample, in base units; what has no column is kept in `extra` as JSON."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from wcc.db import Base, UtcMs

# Columns of a sample in the order in which rows travel: used by everything that writes or reads whole samples.
READINGS = (
    "energy_wh",
    "power_w",
    "offered_w",
    "offered_a",
    "current_l1_a",
    "current_l2_a",
    "current_l3_a",
    "voltage_l1_v",
    "voltage_l2_v",
    "voltage_l3_v",
    "soc_percent",
    "temperature_c",
)


class _Sample:
    energy_wh: Mapped[int | None] = mapped_column(BigInteger)
    power_w: Mapped[float | None]
    offered_w: Mapped[float | None]
    offered_a: Mapped[float | None]
    current_l1_a: Mapped[float | None]
    current_l2_a: Mapped[float | None]
    current_l3_a: Mapped[float | None]
    voltage_l1_v: Mapped[float | None]
    voltage_l2_v: Mapped[float | None]
    voltage_l3_v: Mapped[float | None]
    soc_percent: Mapped[float | None]
    temperature_c: Mapped[float | None]
    extra: Mapped[str | None] = mapped_column(Text)


class MeterSample(_Sample, Base):
    """A sample of a session, clustered by session and time; the same instant twice merges."""

    __tablename__ = "meter_sample"
    __table_args__ = {"sqlite_with_rowid": False}

    session_id: Mapped[int] = mapped_column(ForeignKey("charging_session.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcMs, primary_key=True)
    organization_id: Mapped[int]


class ConnectorSample(_Sample, Base):
    """A sample outside any session (connector 0 = main meter)."""

    __tablename__ = "connector_sample"
    __table_args__ = {"sqlite_with_rowid": False}

    charge_point_id: Mapped[int] = mapped_column(ForeignKey("charge_point.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    connector: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcMs, primary_key=True)
    organization_id: Mapped[int]
