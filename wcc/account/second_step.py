"""Changing the own second step: the password is asked again, and opens the changes for ten minutes in that one browser."""

from wcc import audit
from wcc.account import passing
from wcc.account.service import end_other_sign_ins
from wcc.db import writing
from wcc.errors import Invalid
from wcc.models import User
from wcc.passwords import matches
from wcc.users.second_factor import clear, held, tell

OPEN_S = 600
KIND = "second-step-open"


def unlock(user: User, sign_in_id: str, password: str) -> None:
    """Open the changes for this sign-in. Raises Invalid for a wrong password, Unavailable without Redis."""
    if not matches(user.password_hash, password):
        raise Invalid(current="wrong")
    passing.keep(KIND, sign_in_id, b"1", OPEN_S)


def unlocked(sign_in_id: str) -> bool:
    """Whether the password was typed a short time ago in this sign-in. Raises Unavailable without Redis."""
    return passing.look(KIND, sign_in_id) is not None


def switch_off(user: User, sign_in_id: str) -> None:
    """Take app, passkeys and recovery codes away; other sign-ins end. Nothing happens where there is none."""
    if not held(user):
        return
    with writing() as session:
        clear(session, user)
        end_other_sign_ins(session, user, sign_in_id)
        audit.note(user, "second_step.off")
    tell(user, "off")
