"""An authenticator app as second step: one-time codes of six digits by time (TOTP, RFC 6238; SHA-1 and 30 s, which all apps know)."""

import re
from pathlib import Path

import pyotp
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from wcc import audit
from wcc.account import passing, recovery
from wcc.account.service import end_other_sign_ins
from wcc.clock import now_ms, utcnow
from wcc.config import cipher
from wcc.db import writing
from wcc.errors import Invalid
from wcc.models import Authenticator, User
from wcc.users.second_factor import clear, held, tell

STEP_S = 30
DRIFT = 1  # steps by which a phone's clock may be off
BEGUN_S = 1800  # time to scan the picture and type the first code
KIND = "app-begun"


def begun(instance: Path, sign_in_id: str) -> str:
    """The secret (base32) of the app that this sign-in is setting up, made when there is none yet. It counts nothing until
    `confirm`. Raises Unavailable without Redis."""
    kept = passing.look(KIND, sign_in_id)
    if kept is not None:
        return cipher(instance).decrypt(kept).decode()
    fresh = pyotp.random_base32()
    passing.keep(KIND, sign_in_id, cipher(instance).encrypt(fresh.encode()), BEGUN_S)
    return fresh


def link(secret: str, user: User, brand: str) -> str:
    """The otpauth: address by which an app learns the secret, from a picture or a tap."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=brand)


def step_of(secret: str, code: str) -> int:
    """The time step that a code is of, the present one or a neighbour. Raises Invalid for any other code."""
    typed = "".join(code.split())
    if re.fullmatch("[0-9]{6}", typed):
        now, app = now_ms() // 1000 // STEP_S, pyotp.TOTP(secret)
        for step in sorted(range(now - DRIFT, now + DRIFT + 1), key=lambda step: abs(step - now)):
            if pyotp.utils.strings_equal(app.at(step * STEP_S), typed):
                return step
    raise Invalid("wrong code")


def confirm(instance: Path, user: User, sign_in_id: str, code: str) -> list[str]:
    """The app that is being set up becomes the person's app, in the place of an older one. Gives recovery codes when it is the
    first second step; other sign-ins end. Raises Invalid for a wrong code, Unavailable without Redis."""
    kept = passing.look(KIND, sign_in_id)
    if kept is None:
        raise Invalid("nothing was begun")
    step = step_of(cipher(instance).decrypt(kept).decode(), code)
    if passing.take(KIND, sign_in_id) != kept:
        raise Invalid("it was confirmed already")
    first = not held(user)
    with writing() as session:
        _replace(session, user, kept, step)
        codes = recovery.fill(session, instance, user) if first else []
        end_other_sign_ins(session, user, sign_in_id)
        audit.note(user, "second_step.app_set_up")
    tell(user, "app_set_up")
    return codes


def _replace(session: Session, user: User, sealed: bytes, step: int) -> None:
    session.execute(delete(Authenticator).where(Authenticator.user_id == user.id))
    session.add(Authenticator(organization_id=user.organization_id, user_id=user.id, secret=sealed, last_step=step))


def remove(user: User, sign_in_id: str) -> None:
    """Forget the person's app; with the last second step go the recovery codes. Other sign-ins end."""
    with writing() as session:
        session.execute(delete(Authenticator).where(Authenticator.user_id == user.id))
        if not held(user):
            clear(session, user)
        end_other_sign_ins(session, user, sign_in_id)
        audit.note(user, "second_step.app_removed")
    tell(user, "app_removed")


def use(instance: Path, user: User, code: str) -> None:
    """Take a code of the person's app. Raises Invalid for a wrong one and for one that was used, or is older than one that was."""
    app = held(user).app
    if app is None:
        raise Invalid("there is no app")
    step = step_of(cipher(instance).decrypt(app.secret).decode(), code)
    newer = (Authenticator.id == app.id) & (Authenticator.last_step < step)
    with writing() as session:
        # In one statement: of two who send the same code at once, one comes too late.
        taken = session.execute(update(Authenticator).where(newer).values(last_step=step, last_used_at=utcnow()))
        if not taken.rowcount:  # type: ignore[attr-defined]
            raise Invalid("the code was used")
