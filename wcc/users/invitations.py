"""Invitations: how a new person gets a password of their own choice (R1.4). A link by e-mail lives seven days and works once."""

from pathlib import Path

from sqlalchemy import update

from wcc import audit, mail
from wcc.access import may_add_people, person_for
from wcc.clock import utcnow
from wcc.config import Settings
from wcc.db import writing
from wcc.errors import Invalid, NotAllowed
from wcc.models import User
from wcc.users import sealed

ACCEPTED = "has accepted"


def can_mail(settings: Settings) -> bool:
    """Whether mails reach anybody here: by an SMTP server, or in the outbox that people may read."""
    return bool(settings.smtp_url) or settings.outbox


def renew(user: User, user_id: int) -> User:
    """Let the invitation of a person live from now on. Raises NotFound, NotAllowed, and Invalid for who has accepted already."""
    person = person_for(user, user_id)
    if not may_add_people(user):
        raise NotAllowed("invite")
    with writing() as session:
        open_still = (User.id == person.id) & User.invited_at.is_not(None)
        renewed = session.execute(update(User).where(open_still).values(invited_at=utcnow()))
        if renewed.rowcount != 1:  # type: ignore[attr-defined]
            raise Invalid(invitation=ACCEPTED)
        audit.note(user, "user.invited", about=person)
    return person


def word(instance: Path, person: User) -> str:
    """The word in the link of a person who is invited; it counts from the invitation on, however late it is made."""
    return sealed.seal(instance, sealed.INVITATION, person, person.invited_at or utcnow())


def show(user: User, person: User, instance: Path) -> str:
    """The same for somebody who may hand it over where no mail can be sent; that they saw it is written down."""
    with writing():
        audit.note(user, "user.invitation_shown", about=person)
    return word(instance, person)


def begin(person: User, instance: Path) -> str:
    """The same for a person who was just added at the command line without a password: they are invited from now on."""
    with writing():
        person.invited_at = utcnow()
        audit.note(None, "user.invitation_shown", about=person)
    return word(instance, person)


def send(person: User, by: User, address: str) -> None:
    """Have the link to `address`/<word> mailed to the person. Raises Unavailable without a queue."""
    mail.send_later("wcc.users.jobs.send_invitation", person.id, by.id, address)
