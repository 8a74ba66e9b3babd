"""Half a sign-in: the password was right, the second step is still to come. It opens nothing but the page of the second step.

The browser holds a random key in its session cookie; Redis knows for some minutes whom it is about and which password was typed.
"""

import hashlib
import secrets

import orjson

from wcc.account import passing
from wcc.db import db
from wcc.models import User

KIND, WRONG = "halfway", "halfway-wrong"
MOST_WRONG = 5  # answers, then the password is asked for again


def _print(user: User) -> str:
    return hashlib.sha256(user.password_hash.encode()).hexdigest()


def begin(user: User, lives_s: int) -> str:
    """Remember that this person's password was right; gives the key for the browser. Raises Unavailable without Redis."""
    key = secrets.token_urlsafe(32)
    passing.keep(KIND, key, orjson.dumps([user.id, _print(user)]), lives_s)
    return key


def _who(value: bytes | None) -> User | None:
    if value is None:
        return None
    user_id, password = orjson.loads(value)
    user = db.session.get(User, user_id)
    return user if user and _print(user) == password else None  # a new password asks for itself


def find(key: str) -> User | None:
    """Whose second step it is; None when it took too long or was done. Raises Unavailable without Redis."""
    return _who(passing.look(KIND, key))


def finish(key: str) -> User | None:
    """Whose sign-in is complete now; once only. Raises Unavailable without Redis."""
    return _who(passing.take(KIND, key))


def wrong(key: str, lives_s: int) -> bool:
    """Note a wrong answer; true when there were too many, and the half sign-in is over. Raises Unavailable without Redis."""
    if passing.count(WRONG, key, lives_s) < MOST_WRONG:
        return False
    return passing.take(KIND, key) is not None
