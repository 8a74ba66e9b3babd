"""Groups of an organization, and stations shared with people and groups (R7.3)."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wcc.clock import utcnow
from wcc.db import Base, Id, UtcMs
from wcc.models.organization import Organization

if TYPE_CHECKING:
    from wcc.models.user import User


class Group(Base):
    """Stations and people of an organization that are looked at, managed and shared with together. `folded` is the name as it is
    compared: unique in the organization."""

    __tablename__ = "group"
    __table_args__ = (UniqueConstraint("organization_id", "folded"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    name: Mapped[str] = mapped_column(String(100))
    folded: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UtcMs, default=utcnow)

    organization: Mapped[Organization] = relationship()


class GroupUser(Base):
    """A person in a group. What that means hangs on the role: a group manager manages it, read-only reads it, a user has what is
    shared with it."""

    __tablename__ = "group_user"

    group_id: Mapped[int] = mapped_column(ForeignKey("group.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, index=True)


class GroupChargePoint(Base):
    """A station in a group."""

    __tablename__ = "group_charge_point"

    group_id: Mapped[int] = mapped_column(ForeignKey("group.id", ondelete="CASCADE"), primary_key=True)
    charge_point_id: Mapped[int] = mapped_column(ForeignKey("charge_point.id", ondelete="CASCADE"), primary_key=True, index=True)


class Share(Base):
    """A station shared with a person or with a group, to view or (`administer`) to administer."""

    __tablename__ = "share"
    __table_args__ = (
        CheckConstraint("(user_id IS NULL) != (group_id IS NULL)", name="one"),
        UniqueConstraint("charge_point_id", "user_id"),
        UniqueConstraint("charge_point_id", "group_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    charge_point_id: Mapped[int] = mapped_column(ForeignKey("charge_point.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("group.id", ondelete="CASCADE"), index=True)
    administer: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcMs, default=utcnow)

    user: Mapped["User | None"] = relationship()
    group: Mapped[Group | None] = relationship()
