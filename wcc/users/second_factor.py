"""The second step of a person at sign-in, as far as others have to do with it: whether there is one, and taking it off (R1.1).

How people set it up and use it stands in `wcc.account`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from wcc import audit, mail
from wcc.access import person_for
from wcc.db import db, writing
from wcc.errors import NotAllowed, Unavailable
from wcc.models import Authenticator, Passkey, RecoveryCode, SignIn, User

log = structlog.get_logger()


@dataclass(frozen=True)
class Held:
    """What a person has for the second step; `codes` are the recovery codes left. True when sign-in asks for it."""

    app: Authenticator | None
    passkeys: Sequence[Passkey]
    codes: int

    def __bool__(self) -> bool:
        return self.app is not None or bool(self.passkeys)


def held(user: User) -> Held:
    """What the person has, passkeys in the order in which they were added."""
    return Held(
        db.session.scalar(select(Authenticator).where(Authenticator.user_id == user.id)),
        db.session.scalars(select(Passkey).where(Passkey.user_id == user.id).order_by(Passkey.id)).all(),
        db.session.scalar(select(func.count()).where(RecoveryCode.user_id == user.id)) or 0,
    )


def clear(session: Session, user: User) -> None:
    """Take all of it away, in the caller's transaction."""
    for model in (Authenticator, Passkey, RecoveryCode):
        session.execute(delete(model).where(model.user_id == user.id))


def reachable(by: User, user_id: int) -> User:
    """Somebody else whose second step a person may take off. Raises NotFound or NotAllowed; one's own is changed in "Your account"."""
    person = person_for(by, user_id)
    if person.id == by.id:
        raise NotAllowed("the own second step")
    return person


def take_off(by: User | None, person: User) -> bool:
    """Let a person who has lost it in with the password alone (`by` None: at the command line), and sign them out everywhere.

    False where there was none. Whoever calls this has asked `reachable`.
    """
    if not held(person):
        return False
    with writing() as session:
        clear(session, person)
        session.execute(delete(SignIn).where(SignIn.user_id == person.id))
        audit.note(by, "second_step.taken_off", about=person)
    tell(person, "taken_off")
    return True


def tell(user: User, what: str) -> None:
    """Have a person told by e-mail what became of their second step; `what` is one of `wcc.account.jobs.NEWS`."""
    try:
        mail.send_later("wcc.account.jobs.send_second_step", user.id, what)
    except Unavailable as error:  # it has happened already, and stands in the audit log
        log.warning("no mail about a second step", user=user.id, what=what, error=str(error))
