"""What people prove themselves with beside their password: an authenticator app, passkeys, recovery codes (R1.1)."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from wcc.clock import utcnow
from wcc.db import Base, Id, UtcMs


class Authenticator(Base):
    """A person's authenticator app; one at most. `secret` is base32 (RFC 6238), encrypted by the key outside the database.

    `last_step` is the time step (of 30 s since 1970) of the last code that was taken: neither it nor one before it is taken again.
    """

    __tablename__ = "authenticator"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), unique=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcMs, default=utcnow)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcMs)


class Passkey(Base):
    """A passkey of a person, good under the host name `rp_id` and no other (WebAuthn). The public key is no secret."""

    __tablename__ = "passkey"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    rp_id: Mapped[str] = mapped_column(String(253))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcMs, default=utcnow)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcMs)


class RecoveryCode(Base):
    """A recovery code that is still good, as a keyed hash; using it deletes the row."""

    __tablename__ = "recovery_code"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    hash: Mapped[str] = mapped_column(String(64))
