"""Signing in and out: passwords by argon2, sign-ins in a table so that signing out kills them on the server (R1.1, R1.2)."""

import secrets
from datetime import timedelta

from sqlalchemy import delete, select

from wcc import audit
from wcc.clock import utcnow
from wcc.db import db, writing
from wcc.errors import Invalid
from wcc.models import SignIn, User
from wcc.passwords import NOBODY, matches

SEEN_EVERY = timedelta(minutes=5)


def sign_in(email: str, password: str, address: str, browser: str) -> SignIn:
    """Check e-mail and password and open a sign-in. Raises Invalid, the same for a wrong password and an unknown e-mail."""
    user = db.session.scalar(select(User).where(User.email == email.strip().casefold()))
    if not matches(user.password_hash if user else NOBODY, password) or user is None:
        raise Invalid("wrong e-mail or password")
    fresh = SignIn(
        id=secrets.token_urlsafe(32),
        organization_id=user.organization_id,
        user_id=user.id,
        address=address[:45],
        browser=browser[:200],
    )
    with writing() as session:
        session.add(fresh)
        audit.note(user, "account.signed_in")
    return fresh


def sign_out(sign_in_id: str) -> None:
    """End a sign-in: its cookie is worth nothing from now on."""
    found = db.session.get(SignIn, sign_in_id)
    with writing() as session:
        session.execute(delete(SignIn).where(SignIn.id == sign_in_id))
        if found:
            audit.note(found.user, "account.signed_out")


def find_sign_in(sign_in_id: str, days: int) -> SignIn | None:
    """The sign-in behind a cookie, if it still lives; notes now and then that it was used."""
    found = db.session.get(SignIn, sign_in_id)
    now = utcnow()
    if found is None or found.seen_at < now - timedelta(days=days):
        return None
    if found.seen_at < now - SEEN_EVERY:
        with writing():
            found.seen_at = now
    return found


def set_language(user: User, language: str) -> None:
    """Keep the language on the user (R1.6c)."""
    with writing():
        user.language = language


def drop_old_sign_ins(days: int) -> int:
    """Delete sign-ins unused for so many days; returns how many."""
    with writing() as session:
        result = session.execute(delete(SignIn).where(SignIn.seen_at < utcnow() - timedelta(days=days)))
        return int(result.rowcount)  # type: ignore[attr-defined]
