"""A new password for those who forgot theirs (R1.3): a link by e-mail that lives a day and works once.

For somebody who was invited and has no password yet it works equally.
"""

from pathlib import Path

from wcc.clock import utcnow
from wcc.models import User
from wcc.users import sealed


def token(instance: Path, user: User) -> str:
    """The word in the link for this user, made now."""
    return sealed.seal(instance, sealed.RESET, user, utcnow())


def find(instance: Path, word: str) -> User:
    """Whose password a link may change. Raises Invalid when it is over a day old, used, overtaken or none of ours."""
    return sealed.find(instance, sealed.RESET, word)


def reset(instance: Path, word: str, password: str) -> None:
    """Set the password by a link and end all sign-ins of its user. Raises Invalid, with the field `password` when it is that."""
    sealed.set_password(instance, sealed.RESET, word, password)
