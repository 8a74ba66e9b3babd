"""Connectors with what they last said, and the history of their statuses."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wcc.db import Base, Id, UtcMs
from wcc.models.chargepoint import ChargePoint


class Connector(Base):
    """A connector (number 0 = the charge point as a whole) with its present status and latest values.

    `changed_at` is when the status last changed, by the charger's clock; `received_at` when we last heard it.
    `session_id` is the session now running on it.
    """

    __tablename__ = "connector"
    __table_args__ = (UniqueConstraint("charge_point_id", "number"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    charge_point_id: Mapped[int] = mapped_column(ForeignKey("charge_point.id", ondelete="CASCADE"))
    number: Mapped[int]
    status: Mapped[str | None] = mapped_column(String(20))
    error_code: Mapped[str | None] = mapped_column(Text)
    vendor_error_code: Mapped[str | None] = mapped_column(Text)
    vendor_id: Mapped[str | None] = mapped_column(Text)
    info: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime | None] = mapped_column(UtcMs)
    received_at: Mapped[datetime | None] = mapped_column(UtcMs)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("charging_session.id"), index=True)

    # latest values, by timestamp
    values_at: Mapped[datetime | None] = mapped_column(UtcMs)
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

    charge_point: Mapped[ChargePoint] = relationship()


class StatusChange(Base):
    """One report that changed a connector's status or error. `changed_at` is the charger's own time where sane."""

    __tablename__ = "status_change"
    __table_args__ = (
        Index("ix_status_change_connector_time", "charge_point_id", "connector", "changed_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    charge_point_id: Mapped[int] = mapped_column(ForeignKey("charge_point.id", ondelete="CASCADE"))
    connector: Mapped[int]
    status: Mapped[str] = mapped_column(String(20))
    error_code: Mapped[str] = mapped_column(Text)
    vendor_error_code: Mapped[str | None] = mapped_column(Text)
    info: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(UtcMs)
    received_at: Mapped[datetime] = mapped_column(UtcMs)
