"""What chargers report beside sessions, statuses and meter values; and reports that could not be stored."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from wcc.db import Base, Id, UtcMs


class ChargerEvent(Base):
    """A boot, a connection made or lost, a security event, a progress notice or a data transfer.

    `kind` is the OCPP action (or Connected, Disconnected), `name` its status or type, `detail` the rest as JSON text.
    """

    __tablename__ = "charger_event"
    __table_args__ = (
        Index("ix_charger_event_station", "charge_point_id", "id"),
        Index("ix_charger_event_kind", "charge_point_id", "kind", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    charge_point_id: Mapped[int] = mapped_column(ForeignKey("charge_point.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(Text)
    detail: Mapped[str | None] = mapped_column(Text)
    happened_at: Mapped[datetime] = mapped_column(UtcMs)
    received_at: Mapped[datetime] = mapped_column(UtcMs)


class Quarantine(Base):
    """A report that could not be stored where it belongs: kept raw, with the error, so that nothing is lost."""

    __tablename__ = "quarantine"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    organization_id: Mapped[int | None]
    charge_point_id: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(40))
    report: Mapped[str] = mapped_column(Text)
    error: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(UtcMs)
