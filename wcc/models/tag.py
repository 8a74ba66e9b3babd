"""Authorization tags: physical RFID cards and virtual tags (OCPP idTag)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wcc.clock import utcnow
from wcc.db import Base, Id, UtcMs
from wcc.models.user import User

TAG_TYPES = ("Other", "Private", "Business")


class AuthorizationTag(Base):
    """A tag. Stored as given, unique and compared on the folded form. After `expires_at` it is refused."""

    __tablename__ = "authorization_tag"
    __table_args__ = (
        UniqueConstraint("organization_id", "folded"),
        CheckConstraint(f"type IN {TAG_TYPES}", name="type"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"), index=True)
    tag: Mapped[str] = mapped_column(String(20))
    folded: Mapped[str] = mapped_column(String(20))
    virtual: Mapped[bool] = mapped_column(default=False)
    alias: Mapped[str] = mapped_column(String(100), default="")
    type: Mapped[str] = mapped_column(String(20), default="Other")
    parent: Mapped[str | None] = mapped_column(String(20))
    blocked: Mapped[bool] = mapped_column(default=False)
    expires_at: Mapped[datetime | None] = mapped_column(UtcMs)
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcMs, default=utcnow)

    user: Mapped[User | None] = relationship()
