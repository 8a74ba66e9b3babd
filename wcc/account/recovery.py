"""Recovery codes: ten, each good for one sign-in instead of the app or the passkey. Kept as hashes keyed by a secret of this
installation: they are random enough (58 bits) that a slow hash would add nothing."""

import hashlib
import hmac
import secrets
from pathlib import Path

from sqlalchemy import delete
from sqlalchemy.orm import Session

from wcc import audit
from wcc.config import secret
from wcc.db import writing
from wcc.errors import Invalid
from wcc.models import RecoveryCode, User
from wcc.users.second_factor import tell

COUNT = 10
GROUPS, GROUP = 3, 4
# Without characters that look like others: codes are read from paper and typed.
LETTERS = "abcdefghjkmnpqrstuvwxyz3456789"


def hash_of(instance: Path, user: User, code: str) -> str:
    """What is kept of a person's code, however they write it."""
    folded = "".join(letter for letter in code.casefold() if letter.isalnum())
    key = secret(instance, "second-step-key")
    return hmac.new(key, f"{user.id}:{folded}".encode(errors="replace"), hashlib.sha256).hexdigest()


def _code() -> str:
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))


def fill(session: Session, instance: Path, user: User) -> list[str]:
    """Put new codes in the place of all older ones, in the caller's transaction; gives them, for once."""
    codes = [_code() for _ in range(COUNT)]
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    for code in codes:
        session.add(RecoveryCode(organization_id=user.organization_id, user_id=user.id, hash=hash_of(instance, user, code)))
    return codes


def renew(instance: Path, user: User) -> list[str]:
    """New codes for a person who has a second step; the older ones are worth nothing from now on."""
    with writing() as session:
        codes = fill(session, instance, user)
        audit.note(user, "second_step.codes_made")
    tell(user, "codes_made")
    return codes


def use(instance: Path, user: User, code: str) -> None:
    """Take a code; it is good once. Raises Invalid."""
    given = (RecoveryCode.user_id == user.id) & (RecoveryCode.hash == hash_of(instance, user, code))
    with writing() as session:
        if not session.execute(delete(RecoveryCode).where(given)).rowcount:  # type: ignore[attr-defined]
            raise Invalid("wrong recovery code")
    tell(user, "code_used")
