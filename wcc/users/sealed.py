"""Sealed words: what links in mails hold. A word says whose password it sets, for a time and once; nothing needs to be stored.

In it stand the user and a print of the password hash that it was made for: any change of the password, by this link or
otherwise, makes it worthless. Each purpose has a key of its own, so that a word for one is none for another.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, update

from wcc import audit
from wcc.clock import now_ms, to_ms
from wcc.config import secret
from wcc.db import db, writing
from wcc.errors import Invalid
from wcc.models import SignIn, User
from wcc.models.user import INVITATION_LIVES
from wcc.passwords import hash_password
from wcc.users.service import check_password


@dataclass(frozen=True)
class Purpose:
    """What a link is for: the name of its key in `instance/secrets/`, and how long it lives."""

    key: str
    lives: timedelta


RESET = Purpose("reset-key", timedelta(hours=24))
INVITATION = Purpose("invitation-key", INVITATION_LIVES)


def _print(user: User) -> str:
    return hashlib.sha256(user.password_hash.encode()).hexdigest()


def seal(instance: Path, purpose: Purpose, user: User, at: datetime) -> str:
    """The word in a link for this user, as if made at that time."""
    text = f"{user.id}:{_print(user)}".encode()
    return Fernet(secret(instance, purpose.key)).encrypt_at_time(text, to_ms(at) // 1000).decode()


def find(instance: Path, purpose: Purpose, word: str) -> User:
    """Whose password a link may set. Raises Invalid when it is too old, used, overtaken, for another purpose or none of ours."""
    lives_s = int(purpose.lives.total_seconds())
    try:
        opened = Fernet(secret(instance, purpose.key)).decrypt_at_time(word, lives_s, now_ms() // 1000).decode()
    except (InvalidToken, ValueError):
        raise Invalid("the link is over") from None
    user_id, _colon, expected = opened.partition(":")
    user = db.session.get(User, int(user_id))
    if user is None or _print(user) != expected:
        raise Invalid("the link is over")
    return user


def set_password(instance: Path, purpose: Purpose, word: str, password: str) -> User:
    """Set the password by a link and end all sign-ins of its user; an invitation is accepted by it.

    Raises Invalid, with the field `password` when it is that.
    """
    user = find(instance, purpose, word)
    check_password(password)
    fresh, before = hash_password(password), user.password_hash
    done = "account.password_reset" if user.invited_at is None else "account.invitation_accepted"
    with writing() as session:
        # Of two who use the link at once, one comes too late.
        mine = (User.id == user.id) & (User.password_hash == before)
        changed = session.execute(update(User).where(mine).values(password_hash=fresh, invited_at=None))
        if changed.rowcount != 1:  # type: ignore[attr-defined]
            raise Invalid("the link is over")
        session.execute(delete(SignIn).where(SignIn.user_id == user.id))
        audit.note(user, done)
    return user
