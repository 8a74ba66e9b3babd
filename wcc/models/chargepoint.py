"""Charge points: the stations themselves."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wcc.clock import utcnow
from wcc.db import Base, Id, UtcMs
from wcc.models.organization import Organization
from wcc.models.user import User


class ChargePoint(Base):
    """A station. `identity` is its OCPP name, as it stands in the websocket address.

    `online` says that a node held its socket when last heard of; `connection` is that socket's token. Boot data are what the
    charger itself sent and are NULL where it sent nothing. `password` is encrypted (NULL: lets the charger in without one).
    """

    __tablename__ = "charge_point"
    __table_args__ = (
        Index("ix_charge_point_organization_identity", "organization_id", "identity"),
        Index("ix_charge_point_node", "node"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"), index=True)
    identity: Mapped[str] = mapped_column(String(255), unique=True)
    active: Mapped[bool] = mapped_column(default=True)
    description: Mapped[str] = mapped_column(String(200), default="")
    site: Mapped[str] = mapped_column(String(200), default="")
    house_number: Mapped[str] = mapped_column(String(20), default="")
    street: Mapped[str] = mapped_column(String(200), default="")
    city: Mapped[str] = mapped_column(String(100), default="")
    zip_code: Mapped[str] = mapped_column(String(20), default="")
    country: Mapped[str] = mapped_column(String(100), default="")
    onboarded_at: Mapped[datetime] = mapped_column(UtcMs, default=utcnow)

    # how it is let in and what it is allowed
    password: Mapped[bytes | None] = mapped_column(LargeBinary)
    allow_no_subprotocol: Mapped[bool] = mapped_column(default=False)
    max_message_bytes: Mapped[int | None]
    free_charging: Mapped[bool] = mapped_column(default=True)
    free_charging_tag: Mapped[str] = mapped_column(String(20), default="#freecharging")

    # its link
    online: Mapped[bool] = mapped_column(default=False)
    node: Mapped[str | None] = mapped_column(String(100))
    connection: Mapped[str | None] = mapped_column(String(40))
    connected_at: Mapped[datetime | None] = mapped_column(UtcMs)
    disconnected_at: Mapped[datetime | None] = mapped_column(UtcMs)
    seen_at: Mapped[datetime | None] = mapped_column(UtcMs)

    # from its BootNotification
    booted_at: Mapped[datetime | None] = mapped_column(UtcMs)
    vendor: Mapped[str | None] = mapped_column(Text)
    model: Mapped[str | None] = mapped_column(Text)
    firmware_version: Mapped[str | None] = mapped_column(Text)
    charge_point_serial: Mapped[str | None] = mapped_column(Text)
    charge_box_serial: Mapped[str | None] = mapped_column(Text)
    meter_serial: Mapped[str | None] = mapped_column(Text)
    meter_type: Mapped[str | None] = mapped_column(Text)
    iccid: Mapped[str | None] = mapped_column(Text)
    imsi: Mapped[str | None] = mapped_column(Text)

    # progress notices: they carry no job id and belong to the latest job
    firmware_status: Mapped[str | None] = mapped_column(Text)
    diagnostics_status: Mapped[str | None] = mapped_column(Text)

    organization: Mapped[Organization] = relationship()
    user: Mapped[User | None] = relationship()

    @property
    def presence(self) -> str:
        """`online`, `offline` (was here, is not) or `unknown` (never connected)."""
        if self.online:
            return "online"
        return "offline" if self.connected_at else "unknown"

    @property
    def location(self) -> str:
        """Installation site, else the address in one line."""
        street = f"{self.street} {self.house_number}".strip()
        city = f"{self.zip_code} {self.city}".strip()
        return self.site or ", ".join(part for part in (street, city, self.country) if part)
