"""A new password for those who forgot theirs (R1.3): a link by e-mail that lives a day and works once.

The link holds a sealed word: whose it is, and a print of the password hash that it was made for. Any change of the password,
by this link or otherwise, makes it worthless; nothing needs to be stored.
"""

import hashlib
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, update

from wcc.clock import now_ms
from wcc.config import secret
from wcc.db import db, writing
from wcc.errors import Invalid
from wcc.models import SignIn, User
from wcc.passwords import hash_password
from wcc.users.service import check_password

LIVES_S = 24 * 3600


def _print(user: User) -> str:
    return hashlib.sha256(user.password_hash.encode()).hexdigest()


def token(instance: Path, user: User) -> str:
    """The word in the link for this user, made now."""
    sealed = Fernet(secret(instance, "reset-key")).encrypt_at_time(f"{user.id}:{_print(user)}".encode(), now_ms() // 1000)
    return sealed.decode()


def find(instance: Path, word: str) -> User:
    """Whose password a link may change. Raises Invalid when it is over a day old, used, overtaken or none of ours."""
    try:
        opened = Fernet(secret(instance, "reset-key")).decrypt_at_time(word, LIVES_S, now_ms() // 1000).decode()
    except (InvalidToken, ValueError):
        raise Invalid("the link is over") from None
    user_id, _colon, expected = opened.partition(":")
    user = db.session.get(User, int(user_id))
    if user is None or _print(user) != expected:
        raise Invalid("the link is over")
    return user


def reset(instance: Path, word: str, password: str) -> None:
    """Set the password by a link and end all sign-ins of its user. Raises Invalid, with the field `password` when it is that."""
    user = find(instance, word)
    check_password(password)
    fresh, before = hash_password(password), user.password_hash
    with writing() as session:
        # Of two who use the link at once, one comes too late.
        changed = session.execute(update(User).where(User.id == user.id, User.password_hash == before).values(password_hash=fresh))
        if changed.rowcount != 1:  # type: ignore[attr-defined]
            raise Invalid("the link is over")
        session.execute(delete(SignIn).where(SignIn.user_id == user.id))
