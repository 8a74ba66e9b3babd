"""Remote operations: what a person asked a charger to do, and everything that came of it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wcc.clock import utcnow
from wcc.db import Base, Id, UtcMs
from wcc.models.chargepoint import ChargePoint
from wcc.models.user import User

# pending: not handed to the charger yet · sent: waiting for its answer · answered: it replied (see `status`) ·
# refused: it answered with a CALLERROR · no_answer: silent until the deadline, may still do it · offline · failed: we could not send
STATES = ("pending", "sent", "answered", "refused", "no_answer", "offline", "failed")


class Operation(Base):
    """One remote operation. `payload` is the OCPP payload, `reply` the charger's own (both JSON text).

    `status` is the reply's status word. `late`: the answer came after the deadline. `session_id`: the session that a
    remote start led to, or that a remote stop ended.
    """

    __tablename__ = "operation"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index("ix_operation_organization", "organization_id", "id"),
        Index("ix_operation_station", "charge_point_id", "kind", "id"),
        Index("ix_operation_open", "state", "deadline_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    message_id: Mapped[str] = mapped_column(String(36), unique=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    charge_point_id: Mapped[int] = mapped_column(ForeignKey("charge_point.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(40))
    connector: Mapped[int | None]
    payload: Mapped[str] = mapped_column(Text)
    id_tag_folded: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20), default="pending")
    status: Mapped[str | None] = mapped_column(Text)
    reply: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
    late: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcMs, default=utcnow)
    deadline_at: Mapped[datetime] = mapped_column(UtcMs)
    sent_at: Mapped[datetime | None] = mapped_column(UtcMs)
    answered_at: Mapped[datetime | None] = mapped_column(UtcMs)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("charging_session.id"), index=True)

    charge_point: Mapped[ChargePoint] = relationship()
    user: Mapped[User | None] = relationship()
