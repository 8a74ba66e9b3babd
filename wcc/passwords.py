"""People's passwords: argon2 hashes, made and checked off the event loop, and passwords that we choose."""

import secrets
import string

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error

from wcc.db import in_thread

_hasher = PasswordHasher()
# Without characters that look like others: it is read from a screen and typed.
_ALPHABET = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1Il")))
LENGTH = 16
_UNUSABLE = "!"  # no hash of argon2 begins so
# Checked when the e-mail is unknown, so that the time taken does not tell.
NOBODY = _hasher.hash("nobody has this password")


def generate() -> str:
    """A password that nobody guesses: 16 letters and digits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))


def unusable() -> str:
    """What stands in place of a hash where no password is to fit; each differs, so that links made for one are none of another."""
    return f"{_UNUSABLE}{secrets.token_urlsafe(32)}"


def hash_password(password: str) -> str:
    """argon2 hash."""
    hashed: str = in_thread(_hasher.hash, password)
    return hashed


def _verify(hashed: str, password: str) -> bool:
    try:
        return bool(_hasher.verify(hashed, password))
    except Argon2Error:  # caught in the thread: what leaves it is printed as a fault, and a wrong password is none
        return False


def matches(hashed: str, password: str) -> bool:
    """Whether it is the password of this hash."""
    usable = not hashed.startswith(_UNUSABLE)
    right: bool = in_thread(_verify, hashed if usable else NOBODY, password)  # as long as any other: the time does not tell
    return right and usable
