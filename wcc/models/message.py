"""The wire as it was: messages between us and chargers, and attempts to connect that failed or broke."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from wcc.db import Base, Id, UtcMs

CALL, RESULT, ERROR = 2, 3, 4  # OCPP-J's own numbers
UNREADABLE, DROPPED = 0, 9


class LoggedMessage(Base):
    """One message. `direction`: `in` from the charger, `out` from us. `kind`: CALL, RESULT, ERROR, UNREADABLE, or DROPPED: a place
    where `size` messages were not written down.

    `action` of an answer is that of its CALL, `took_ms` the time from that to it. `text` is masked and cut, `size` the bytes of the
    whole; `note` says why a message could not be read. No foreign keys: they would be looked up for every message, and what is of
    a deleted station is seen by nobody and goes with its time.
    """

    __tablename__ = "message_log"
    __table_args__ = (Index("ix_message_log_station", "charge_point_id", "at", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    organization_id: Mapped[int]
    charge_point_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcMs)
    direction: Mapped[str] = mapped_column(String(3))
    kind: Mapped[int]
    message_id: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    took_ms: Mapped[int | None] = mapped_column(BigInteger)
    size: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)

    @property
    def failed(self) -> bool:
        """Whether it tells of something that went wrong."""
        return self.kind in (ERROR, UNREADABLE)


class ConnectionAttempt(Base):
    """Attempts to connect that were refused, and connections that broke: all of one identity, address and reason in one hour.

    `identity` is as it was asked for, known to us or not, and empty where none could be read; `hour` is the time divided by an hour;
    `reason` one of `wcc.doctor.reasons`; `detail` a technical word of the last one. Never holds what was given as password.
    """

    __tablename__ = "connection_attempt"
    __table_args__ = (
        UniqueConstraint("identity", "address", "reason", "hour"),
        Index("ix_connection_attempt_identity", "identity", "at"),
        Index("ix_connection_attempt_at", "at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    identity: Mapped[str] = mapped_column(String(255))
    address: Mapped[str] = mapped_column(String(45))
    reason: Mapped[str] = mapped_column(String(20))
    hour: Mapped[int]
    detail: Mapped[str] = mapped_column(Text)
    count: Mapped[int]
    first_at: Mapped[datetime] = mapped_column(UtcMs)
    at: Mapped[datetime] = mapped_column(UtcMs)
