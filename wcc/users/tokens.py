"""Tokens with which programs use the API as a person: making, listing, revoking and recognizing them."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, or_, select, update

from wcc import audit
from wcc.access import MAX_ID
from wcc.clock import utcnow
from wcc.db import db, writing
from wcc.errors import Invalid, NotFound
from wcc.models import ApiToken, User
from wcc.models.api_token import SCOPES

PREFIX = "wcc_"
LONGEST_NAME = 60
LONGEST_DAYS = 366
MOST = 50  # tokens of one person
USED_EVERY = timedelta(minutes=1)

MISSING = "is required"
TOO_LONG = "is too long"
FORBIDDEN = "contains a character that cannot be used"
UNKNOWN = f"must be some of {', '.join(SCOPES)}"
DAYS = f"must be 1 to {LONGEST_DAYS}"
TOO_MANY = f"there are {MOST} already"


def _name_fault(name: str) -> str | None:
    if not name:
        return MISSING
    if not name.isprintable():
        return FORBIDDEN
    return TOO_LONG if len(name) > LONGEST_NAME else None


def _hash(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()


def create(by: User | None, user: User, name: str, scopes: Sequence[str], days: int) -> tuple[ApiToken, str]:
    """A new token of `user`, made by `by` (None: the command line); and its word, which is shown once and kept nowhere.

    Raises Invalid naming `name`, `scopes` or `days`.
    """
    name, chosen = name.strip(), [scope for scope in SCOPES if scope in scopes]
    faults = {
        "name": _name_fault(name) or (TOO_MANY if len(owned(user)) >= MOST else None),
        "scopes": None if chosen and set(scopes) <= set(SCOPES) else UNKNOWN,
        "days": None if 1 <= days <= LONGEST_DAYS else DAYS,
    }
    if wrong := {field: fault for field, fault in faults.items() if fault}:
        raise Invalid(**wrong)
    word = PREFIX + secrets.token_urlsafe(48)
    fresh = ApiToken(
        organization_id=user.organization_id,
        user_id=user.id,
        name=name,
        hash=_hash(word),
        hint=word[:9],
        scopes=" ".join(chosen),
        expires_at=utcnow() + timedelta(days=days),
    )
    with writing() as session:
        session.add(fresh)
        audit.note(by, "token.created", name, detail=", ".join(chosen), about=user)
    return fresh, word


def owned(user: User) -> Sequence[ApiToken]:
    """The tokens of a person, newest first; expired ones too."""
    return db.session.scalars(select(ApiToken).where(ApiToken.user_id == user.id).order_by(ApiToken.id.desc())).all()


def find(token_id: int) -> ApiToken:
    """Anybody's token, for the command line. Raises NotFound."""
    found = db.session.get(ApiToken, token_id) if 0 < token_id <= MAX_ID else None
    if found is None:
        raise NotFound(f"there is no token {token_id}")
    return found


def revoke_own(user: User, token_id: int) -> ApiToken:
    """End a token of one's own. Raises NotFound, also for those of others."""
    found = find(token_id)
    if found.user_id != user.id:
        raise NotFound(str(token_id))
    return revoke(user, found)


def revoke(by: User | None, token: ApiToken) -> ApiToken:
    """End a token, at once."""
    with writing() as session:
        session.execute(delete(ApiToken).where(ApiToken.id == token.id))
        audit.note(by, "token.revoked", token.name, about=token.user)
    return token


def recognize(word: str) -> ApiToken | None:
    """The token that this is the word of, unless it has expired; that it is used is noted once a minute at most."""
    if not word.startswith(PREFIX) or len(word) > 100:
        return None
    now = utcnow()
    found = db.session.scalar(select(ApiToken).where(ApiToken.hash == _hash(word), ApiToken.expires_at > now))
    if found is None:
        return None
    if found.last_used_at is None or found.last_used_at < now - USED_EVERY:
        stale = or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at < now - USED_EVERY)
        with writing() as session:
            session.execute(update(ApiToken).where(ApiToken.id == found.id, stale).values(last_used_at=now))
    return found
