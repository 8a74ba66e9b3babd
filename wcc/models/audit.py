"""The audit log: who did what, when, from where."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from wcc.clock import utcnow
from wcc.db import Base, Id, UtcMs


class AuditEntry(Base):
    """Something that a person did. `user_id` did it (NULL: somebody at the command line), `subject_user_id` is whom it was
    done to. Neither is a foreign key and no name is kept, so that a deleted person's entries stay and tell nothing of them;
    those of a deleted organization stay for the operators.

    `subject` names the thing (a charge point's identity, a tag), `detail` says more: names of fields, an OCPP action.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_organization", "organization_id", "id"),
        Index("ix_audit_entry_user", "user_id"),
        Index("ix_audit_entry_subject_user", "subject_user_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    organization_id: Mapped[int] = mapped_column(Id)
    at: Mapped[datetime] = mapped_column(UtcMs, default=utcnow)
    user_id: Mapped[int | None]
    address: Mapped[str] = mapped_column(String(45), default="")
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(Text, default="")
    subject_user_id: Mapped[int | None]
    detail: Mapped[str] = mapped_column(Text, default="")
