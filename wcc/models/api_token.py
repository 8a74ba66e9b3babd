"""Tokens with which programs use the API as a person."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wcc.clock import utcnow
from wcc.db import Base, Id, UtcMs
from wcc.models.user import User

SCOPES = ("read", "write", "operate")


class ApiToken(Base):
    """A token of a person, kept as the SHA-256 of its random word: 384 bits need no slow hash. Deleting the row revokes it.

    `hint` is how the word begins, to tell tokens apart. `scopes` are words of SCOPES with blanks between them; they only narrow what
    the person may. `last_used_at` is accurate to a minute.
    """

    __tablename__ = "api_token"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    hint: Mapped[str] = mapped_column(String(12))
    scopes: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(UtcMs, default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(UtcMs)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcMs)

    user: Mapped[User] = relationship(lazy="joined")
