"""Adding a station and editing what people say about it (R3.2, R3.3a). What the charger itself says is in `record.py`."""

import secrets
import string

from cryptography.fernet import Fernet
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from wcc import audit
from wcc.access import charge_point_for, may_administer, operable
from wcc.db import db, writing
from wcc.errors import Conflict, Invalid, NotAllowed
from wcc.models import ChargePoint, ChargingSession, OrphanStop, User
from wcc.organizations import service as organizations

# What people may say about a station, and how many characters of it are kept.
FACTS = {
    "description": 200,
    "site": 200,
    "street": 200,
    "house_number": 20,
    "zip_code": 20,
    "city": 100,
    "country": 100,
}
# These words are pages of the portal's charge point folder, or would be taken for a step in an address.
RESERVED = frozenset({"add", "connectors", "export", ".", ".."})
PASSWORD_LENGTH = 20
_ALPHABET = string.ascii_letters + string.digits

MISSING = "is required"
TOO_LONG = "is too long"
TAKEN = "is already in use"
SEPARATORS = "may not contain / or : or invisible characters"
UNUSABLE = "cannot be used as a charge point ID"
FORBIDDEN = "contains a character that cannot be used"
PASSWORD_SIZE = "must have 8 to 40 bytes"


def generate_password() -> str:
    """A password that can be typed into a charger: 20 letters and digits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(PASSWORD_LENGTH))


def _identity_fault(identity: str) -> str | None:
    if not identity:
        return MISSING
    if len(identity) > 255:
        return TOO_LONG
    # `:` ends the name in Basic authentication, `/` ends it in the websocket address.
    if not identity.isprintable() or set(identity) & {"/", ":"}:
        return SEPARATORS
    if identity in RESERVED:
        return UNUSABLE
    taken = db.session.scalar(select(ChargePoint.id).where(ChargePoint.identity == identity))
    return TAKEN if taken else None


def password_fault(password: str) -> str | None:
    """What is wrong with a password for a charger."""
    if not password.isprintable():
        return FORBIDDEN
    return None if 8 <= len(password.encode()) <= 40 else PASSWORD_SIZE


def _fact_fault(name: str, value: str) -> str | None:
    if not value.isprintable():
        return FORBIDDEN
    return TOO_LONG if len(value) > FACTS[name] else None


def _checked(facts: dict[str, str], **faults: str | None) -> dict[str, str]:
    """The facts, trimmed. Raises Invalid naming every field that cannot be taken, those of `faults` among them."""
    trimmed = {name: value.strip() for name, value in facts.items()}
    found = faults | {name: _fact_fault(name, value) for name, value in trimmed.items()}
    if wrong := {name: fault for name, fault in found.items() if fault}:
        raise Invalid(**wrong)
    return trimmed


def add_charge_point(
    organization_id: int, identity: str, password: str | None, *, cipher: Fernet, by: User | None = None, **facts: str
) -> tuple[ChargePoint, str]:
    """Add a station; returns it with its password in clear, which is shown to who adds it. No password: one is generated.

    `cipher` is `config.cipher(instance)`; `by` adds it (None: the command line); `facts` are those of FACTS. Raises Invalid with
    the fields at fault: an identity of 1–255 printable characters without `/` and `:` that nobody uses yet (OCPP-J §3.1.1), a
    password of 8–40 bytes (OCPP 1.6).
    """
    identity, clear = identity.strip(), password or generate_password()
    facts = _checked(facts, identity=_identity_fault(identity), password=password_fault(clear))
    encrypted = cipher.encrypt(clear.encode())
    fresh = ChargePoint(organization_id=organization_id, identity=identity, password=encrypted, **facts)
    try:
        with writing() as session:
            session.add(fresh)
            for action in ("charge_point.added", "charge_point.secret_shown"):
                audit.note(by, action, identity, organization_id=organization_id)
            session.flush()
    except IntegrityError:  # somebody added the same identity in this very moment
        raise Invalid(identity=TAKEN) from None
    return fresh, clear


def add_for(
    user: User, identity: str, password: str | None, cipher: Fernet, facts: dict[str, str], organization: str = ""
) -> tuple[ChargePoint, str]:
    """Add a station to the user's organization, or for an operator to the chosen one. Raises NotAllowed, and Invalid as above."""
    if not may_administer(user):
        raise NotAllowed(identity)
    return add_charge_point(organizations.chosen(user, organization), identity, password, cipher=cipher, by=user, **facts)


def edit(user: User, identity: str, facts: dict[str, str]) -> ChargePoint:
    """Change description and place of a station. Raises NotFound, NotAllowed, or Invalid with the fields at fault."""
    charge_point = operable(user, identity)
    checked = _checked(facts)
    changed = [name for name, value in checked.items() if getattr(charge_point, name) != value]
    with writing():
        for name in changed:
            setattr(charge_point, name, checked[name])
        if changed:
            audit.note(user, "charge_point.edited", identity, detail=", ".join(changed), organization_id=charge_point.organization_id)
    return charge_point


def delete(user: User, identity: str) -> None:
    """Delete a station that was never used: sessions stay, so one that has any stays too. Raises NotFound, NotAllowed for others than
    administrators, and Conflict for one that is connected or has sessions."""
    charge_point = charge_point_for(user, identity)
    if not may_administer(user):
        raise NotAllowed(identity)
    with writing() as session:
        for model in (ChargingSession, OrphanStop):
            if session.scalar(select(model.id).where(model.charge_point_id == charge_point.id).limit(1)) is not None:
                raise Conflict("It has charging sessions, which must stay.")
        if session.scalar(select(ChargePoint.online).where(ChargePoint.id == charge_point.id)):
            raise Conflict("Its charger is connected: disconnect it first.")
        session.delete(charge_point)
        audit.note(user, "charge_point.deleted", identity, organization_id=charge_point.organization_id)
