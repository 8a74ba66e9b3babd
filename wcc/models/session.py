"""Charging sessions (OCPP transactions as the portal shows them) and stops that belong to none."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wcc.db import Base, Price, UtcMs
from wcc.models.chargepoint import ChargePoint

_OPEN = "stopped_at IS NULL"


class ChargingSession(Base):
    """A session. `id` is the OCPP transactionId; `start_key` makes a repeated StartTransaction harmless.

    Names, tag, tariff and address are those at the start. `energy_wh` is register − meter start, kept up to date while it
    runs; `charging_ms` is time with energy flowing. `started_late` and `stopped_late` say that arrival time stood in for the
    charger's clock. `stop_missing`: a later start came on this connector before any stop. `stop_guessed`: the stop named no
    usable transaction and was matched by charger and time.
    """

    __tablename__ = "charging_session"
    __table_args__ = (
        UniqueConstraint("start_key"),
        Index("ix_charging_session_organization_started", "organization_id", "started_at", "id"),
        Index("ix_charging_session_station", "charge_point_id", "connector", "started_at"),
        # The few that run, found without looking at a station's history.
        Index(
            "ix_charging_session_open",
            "charge_point_id",
            "connector",
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
        Index("ix_charging_session_user", "user_id", "started_at"),
        Index("ix_charging_session_tag", "organization_id", "id_tag_folded", "started_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    reference: Mapped[str] = mapped_column(String(36), unique=True)
    start_key: Mapped[str] = mapped_column(String(64))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    charge_point_id: Mapped[int] = mapped_column(ForeignKey("charge_point.id"))
    connector: Mapped[int]
    id_tag: Mapped[str] = mapped_column(Text)
    id_tag_folded: Mapped[str] = mapped_column(Text)
    tag_id: Mapped[int | None] = mapped_column(ForeignKey("authorization_tag.id", ondelete="SET NULL"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    authorization: Mapped[str] = mapped_column(String(20))
    reservation_id: Mapped[int | None] = mapped_column(BigInteger)

    # as billed and attributed
    tag_alias: Mapped[str | None] = mapped_column(Text)
    tag_type: Mapped[str | None] = mapped_column(String(20))
    first_name: Mapped[str | None] = mapped_column(Text)
    last_name: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    employee_number: Mapped[str | None] = mapped_column(Text)
    customer_number: Mapped[str | None] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    site: Mapped[str | None] = mapped_column(Text)
    street: Mapped[str | None] = mapped_column(Text)
    house_number: Mapped[str | None] = mapped_column(Text)
    zip_code: Mapped[str | None] = mapped_column(Text)
    city: Mapped[str | None] = mapped_column(Text)
    country: Mapped[str | None] = mapped_column(Text)
    currency: Mapped[str | None] = mapped_column(String(3))
    price_per_kwh: Mapped[Decimal | None] = mapped_column(Price)
    price_per_session: Mapped[Decimal | None] = mapped_column(Price)

    started_at: Mapped[datetime] = mapped_column(UtcMs)
    started_received_at: Mapped[datetime] = mapped_column(UtcMs)
    started_late: Mapped[bool] = mapped_column(default=False)
    meter_start_wh: Mapped[int] = mapped_column(BigInteger)
    stopped_at: Mapped[datetime | None] = mapped_column(UtcMs)
    stopped_received_at: Mapped[datetime | None] = mapped_column(UtcMs)
    stopped_late: Mapped[bool] = mapped_column(default=False)
    meter_stop_wh: Mapped[int | None] = mapped_column(BigInteger)
    stop_reason: Mapped[str | None] = mapped_column(Text)
    stop_id_tag: Mapped[str | None] = mapped_column(Text)
    stop_guessed: Mapped[bool] = mapped_column(default=False)
    stop_missing: Mapped[bool] = mapped_column(default=False)

    energy_wh: Mapped[int | None] = mapped_column(BigInteger)
    charging_ms: Mapped[int] = mapped_column(BigInteger, default=0)
    power_w: Mapped[float | None]
    max_power_w: Mapped[float | None]
    soc_percent: Mapped[float | None]
    values_at: Mapped[datetime | None] = mapped_column(UtcMs)
    plugged_in_at: Mapped[datetime | None] = mapped_column(UtcMs)
    goal_reached_at: Mapped[datetime | None] = mapped_column(UtcMs)
    plugged_out_at: Mapped[datetime | None] = mapped_column(UtcMs)
    note: Mapped[str] = mapped_column(Text, default="")

    charge_point: Mapped[ChargePoint] = relationship()

    @property
    def location(self) -> str:
        """Installation site at the start, else the address in one line."""
        street = f"{self.street or ''} {self.house_number or ''}".strip()
        city = f"{self.zip_code or ''} {self.city or ''}".strip()
        return self.site or ", ".join(part for part in (street, city, self.country or "") if part)


class OrphanStop(Base):
    """A StopTransaction that fits no session: kept as it came, joined when its start arrives (`session_id`)."""

    __tablename__ = "orphan_stop"
    __table_args__ = (
        UniqueConstraint("charge_point_id", "transaction_id", "stopped_at", "meter_stop_wh"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    charge_point_id: Mapped[int] = mapped_column(ForeignKey("charge_point.id", ondelete="CASCADE"))
    transaction_id: Mapped[str] = mapped_column(String(40))  # unbounded: chargers send 64-bit rubbish
    id_tag: Mapped[str | None] = mapped_column(Text)
    stopped_at: Mapped[datetime] = mapped_column(UtcMs)
    received_at: Mapped[datetime] = mapped_column(UtcMs)
    meter_stop_wh: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("charging_session.id"))
