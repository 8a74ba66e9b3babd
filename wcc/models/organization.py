"""Organizations: the wall between tenants."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from wcc.clock import utcnow
from wcc.db import Base, Id, Price, UtcMs


class Organization(Base):
    """A tenant. `price_per_kwh` and `price_per_session` are what a session that starts now is priced at (NULL: not priced)."""

    __tablename__ = "organization"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    time_zone: Mapped[str] = mapped_column(String(64), default="Europe/Amsterdam")
    currency: Mapped[str] = mapped_column(String(3), default="EUR")
    price_per_kwh: Mapped[Decimal | None] = mapped_column(Price)
    price_per_session: Mapped[Decimal | None] = mapped_column(Price)
    created_at: Mapped[datetime] = mapped_column(UtcMs, default=utcnow)
