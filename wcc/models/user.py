"""People who sign in, and their sign-ins."""

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wcc.clock import utcnow
from wcc.db import Base, Id, UtcMs
from wcc.models.group import Group
from wcc.models.organization import Organization

ROLES = ("operator", "administrator", "manager", "readonly", "user")
INVITATION_LIVES = timedelta(days=7)


class User(Base):
    """A person. `email` is stored folded. What a `role` may is said in `wcc.access`.

    `group_id` is the group that the person looks at just now: all that is shown is limited to it (R1.6d).
    """

    __tablename__ = "user"
    __table_args__ = (CheckConstraint(f"role IN {ROLES}", name="role"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    first_name: Mapped[str] = mapped_column(String(100), default="")
    last_name: Mapped[str] = mapped_column(String(100), default="")
    mobile_number: Mapped[str] = mapped_column(String(30), default="")
    employee_number: Mapped[str] = mapped_column(String(50), default="")
    customer_number: Mapped[str] = mapped_column(String(50), default="")
    language: Mapped[str] = mapped_column(String(5), default="en")
    group_id: Mapped[int | None] = mapped_column(ForeignKey("group.id", ondelete="SET NULL"), index=True)
    privacy: Mapped[str | None] = mapped_column(String(40))  # tools switched on (privacy.tools); None: never chosen
    invited_at: Mapped[datetime | None] = mapped_column(UtcMs)  # NULL: has a password; else there is none that fits the hash
    created_at: Mapped[datetime] = mapped_column(UtcMs, default=utcnow)

    organization: Mapped[Organization] = relationship(lazy="joined")
    group: Mapped[Group | None] = relationship(foreign_keys=[group_id])

    @property
    def name(self) -> str:
        """First and last name, or the e-mail address where neither is known."""
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def invited_until(self) -> datetime | None:
        """When the link of the invitation expires, also in the past; None for who has accepted, or never was invited."""
        return self.invited_at + INVITATION_LIVES if self.invited_at else None


class SignIn(Base):
    """One signed-in browser. Deleting the row signs it out, however long its cookie lives."""

    __tablename__ = "sign_in"

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcMs, default=utcnow)
    seen_at: Mapped[datetime] = mapped_column(UtcMs, default=utcnow, index=True)
    address: Mapped[str] = mapped_column(String(45), default="")
    browser: Mapped[str] = mapped_column(String(200), default="")

    user: Mapped[User] = relationship(lazy="joined")
