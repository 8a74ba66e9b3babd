"""Signing in and out: passwords by argon2, sign-ins in a table so that signing out kills them on the server (R1.1, R1.2).

A forgotten password is asked for here too; what its link does stands in resets.py.
"""

import secrets
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from wcc import audit, mail
from wcc.clock import utcnow
from wcc.db import db, writing
from wcc.errors import Invalid
from wcc.models import SignIn, User
from wcc.passwords import NOBODY, hash_password, matches
from wcc.users.service import check_password

SEEN_EVERY = timedelta(minutes=5)


def fold(email: str) -> str:
    """An e-mail address as it is compared; empty for what no database takes."""
    folded = email.strip().casefold()
    return folded if folded.isprintable() else ""


def recognize(email: str, password: str) -> User:
    """Whose e-mail and password these are. That alone is no sign-in: there may be a second step to come.

    Raises Invalid, the same for a wrong password and an unknown e-mail.
    """
    user = db.session.scalar(select(User).where(User.email == fold(email)))
    if not matches(user.password_hash if user else NOBODY, password) or user is None:
        raise Invalid("wrong e-mail or password")
    return user


def open_sign_in(user: User, address: str, browser: str, how: str = "") -> SignIn:
    """Sign a person in who has proved everything that is asked of them; `how` names the second step, for the audit log."""
    fresh = SignIn(
        id=secrets.token_urlsafe(32),
        organization_id=user.organization_id,
        user_id=user.id,
        address=address[:45],
        browser=browser[:200],
    )
    with writing() as session:
        session.add(fresh)
        audit.note(user, "account.signed_in", detail=how)
    return fresh


def end_other_sign_ins(session: Session, user: User, sign_in_id: str) -> None:
    """End all sign-ins of a person but one, in the caller's transaction."""
    session.execute(delete(SignIn).where(SignIn.user_id == user.id, SignIn.id != sign_in_id))


def sign_out_everywhere(user: User) -> None:
    """End all sign-ins of a person, this one too."""
    with writing() as session:
        session.execute(delete(SignIn).where(SignIn.user_id == user.id))


def change_password(user: User, current: str, fresh: str, sign_in_id: str) -> None:
    """Set the own password; all other sign-ins end. Raises Invalid naming `current` or `password`."""
    if not matches(user.password_hash, current):
        raise Invalid(current="wrong")
    check_password(fresh)
    hashed = hash_password(fresh)
    with writing() as session:
        user.password_hash = hashed
        end_other_sign_ins(session, user, sign_in_id)


def ask_reset(email: str, address: str) -> None:
    """Have a link to `address` mailed, if there is an account. An unknown e-mail takes the same way and ends in the job, so
    that the time taken does not tell. Raises Unavailable without a queue."""
    user_id = db.session.scalar(select(User.id).where(User.email == fold(email))) or 0
    mail.send_later("wcc.account.jobs.send_reset", user_id, address)


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
