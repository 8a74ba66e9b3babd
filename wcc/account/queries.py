"""What the pages of the own account read."""

from collections.abc import Sequence

from sqlalchemy import select

from wcc import mail
from wcc.access import may_read_outbox, reads_mail_to
from wcc.config import Settings
from wcc.db import db, in_thread
from wcc.errors import NotAllowed, NotFound
from wcc.models import SignIn, User


def sign_ins(user: User) -> Sequence[SignIn]:
    """The user's own sign-ins, last used first."""
    return db.session.scalars(select(SignIn).where(SignIn.user_id == user.id).order_by(SignIn.seen_at.desc()).limit(100)).all()


def outbox(user: User, settings: Settings) -> list[mail.Kept]:
    """Mails that no SMTP server took, as far as the user may read them, newest first.

    Raises NotFound where there is no outbox to be read (it is off, or there is a server), NotAllowed for others than
    administrators and operators.
    """
    if not settings.outbox or settings.smtp_url:
        raise NotFound("there is no outbox")
    if not may_read_outbox(user):
        raise NotAllowed("the outbox is for administrators")
    kept: list[mail.Kept] = in_thread(lambda: list(mail.outbox(settings)))
    found = select(User.email).where(User.email.in_({each.to for each in kept}), reads_mail_to(user))
    readable = set(db.session.scalars(found))
    return [each for each in kept if each.to in readable]
