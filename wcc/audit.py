"""Writing the audit log: one call, `note`, inside the transaction of what it tells of, so that neither is there without the other."""

from contextvars import ContextVar

from sqlalchemy import update

from wcc.db import db, writing
from wcc.models import AuditEntry, User

# Where the request that is being answered came from; empty at the command line and in jobs.
address: ContextVar[str] = ContextVar("address", default="")


def note(
    user: User | None,
    action: str,
    subject: str = "",
    *,
    detail: str = "",
    about: User | None = None,
    organization_id: int | None = None,
) -> None:
    """Write down what a person does (None: at the command line), in the caller's transaction.

    `action` is one of `wcc.auditlog.actions`. It is filed under the organization of the thing: `organization_id`, else that of
    the person it is `about`, else the user's own. Raises ValueError when there is none of these.
    """
    owner = about or user
    filed = organization_id if organization_id is not None else owner.organization_id if owner else None
    if filed is None:
        raise ValueError(f"{action} is of no organization")
    db.session.add(
        AuditEntry(
            organization_id=filed,
            user_id=user.id if user else None,
            address=address.get()[:45],
            action=action,
            subject=subject,
            subject_user_id=about.id if about else None,
            detail=detail,
        )
    )


def record(user: User, action: str, subject: str = "", *, detail: str = "") -> None:
    """As `note`, for what changes nothing itself (an export): a transaction of its own."""
    with writing():
        note(user, action, subject, detail=detail)


def forget(user_id: int) -> None:
    """Take a person who is being deleted out of the log, in the caller's transaction: from where they came, what they were given."""
    db.session.execute(update(AuditEntry).where(AuditEntry.user_id == user_id).values(address=""))
    db.session.execute(update(AuditEntry).where(AuditEntry.subject_user_id == user_id).values(subject="", detail=""))
