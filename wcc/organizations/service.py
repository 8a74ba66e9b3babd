"""Rules of organizations: how they may be named, who adds, edits and deletes them, which one a new thing belongs to."""

from zoneinfo import available_timezones

from babel.numbers import list_currencies
from sqlalchemy import delete as sql_delete
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute

from wcc import audit
from wcc.access import MAX_ID, may_run_installation
from wcc.db import db, writing
from wcc.errors import Invalid, NotAllowed, NotFound
from wcc.models import AuthorizationTag, ChargePoint, ChargingSession, Organization, User

LONGEST_NAME = 100

NAME = f"must have 1 to {LONGEST_NAME} printable characters"
TAKEN = "exists already"
TIME_ZONE = "is unknown; one is for example Europe/Amsterdam"
CURRENCY = "is no currency; one is for example EUR"
UNKNOWN = "is unknown"
# What an organization may still hold: it is deleted only without.
HOLDS: dict[str, InstrumentedAttribute[int]] = {
    "users": User.organization_id,
    "charge_points": ChargePoint.organization_id,
    "sessions": ChargingSession.organization_id,
    "tags": AuthorizationTag.organization_id,
}
SOMETHING = "something"


def _checked(name: str, time_zone: str, currency: str, own_id: int = 0) -> dict[str, str]:
    """What is kept, trimmed. Raises Invalid with the fields at fault; `own_id` is the organization that may have the name."""
    name, currency = name.strip(), currency.strip().upper()
    faults = {}
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        faults["name"] = NAME
    elif db.session.scalar(select(Organization.id).where(Organization.name == name, Organization.id != own_id)):
        faults["name"] = TAKEN
    if time_zone.strip() not in available_timezones():
        faults["time_zone"] = TIME_ZONE
    if currency not in list_currencies():
        faults["currency"] = CURRENCY
    if faults:
        raise Invalid(**faults)
    return {"name": name, "time_zone": time_zone.strip(), "currency": currency}


def create(name: str, time_zone: str = "Europe/Amsterdam", currency: str = "EUR", by: User | None = None) -> Organization:
    """A new organization; `by` adds it (None: the command line). Raises Invalid with the fields at fault."""
    fresh = Organization(**_checked(name, time_zone, currency))
    try:
        with writing() as session:
            session.add(fresh)
            session.flush()
            audit.note(by, "organization.added", fresh.name, organization_id=fresh.id)
    except IntegrityError:  # somebody added the same name in this very moment
        raise Invalid(name=TAKEN) from None
    return fresh


def find(user: User, organization_id: int) -> Organization:
    """An organization, for who runs the installation. Raises NotAllowed or NotFound."""
    if not may_run_installation(user):
        raise NotAllowed(str(organization_id))
    found = db.session.get(Organization, organization_id) if organization_id <= MAX_ID else None
    if found is None:
        raise NotFound(str(organization_id))
    return found


def add(user: User, name: str, time_zone: str, currency: str) -> Organization:
    """Add an organization. Raises NotAllowed, or Invalid with the fields at fault."""
    if not may_run_installation(user):
        raise NotAllowed("add")
    return create(name, time_zone, currency, user)


def edit(user: User, organization_id: int, name: str, time_zone: str, currency: str) -> Organization:
    """Change an organization; what was charged before keeps its currency. Raises NotAllowed, NotFound, Invalid."""
    found = find(user, organization_id)
    given = _checked(name, time_zone, currency, found.id)
    changed = [field for field, value in given.items() if getattr(found, field) != value]
    try:
        with writing():
            for field in changed:
                setattr(found, field, given[field])
            if changed:
                audit.note(user, "organization.edited", given["name"], detail=", ".join(changed), organization_id=found.id)
    except IntegrityError:
        raise Invalid(name=TAKEN) from None
    return found


def held(organization: Organization) -> list[str]:
    """What the organization still holds, of HOLDS."""
    there = {name: select(owner).where(owner == organization.id).limit(1) for name, owner in HOLDS.items()}
    return [name for name, query in there.items() if db.session.scalar(query) is not None]


def delete(user: User, organization_id: int) -> str:
    """Delete an empty organization; gives its name. Its audit log stays for the operators.

    Raises NotAllowed, NotFound, and Invalid with `holds` naming what it still holds.
    """
    found = find(user, organization_id)
    name = found.name
    if there := held(found):
        raise Invalid(holds=" ".join(there))
    try:
        with writing() as session:
            audit.note(user, "organization.deleted", name, organization_id=found.id)
            session.execute(sql_delete(Organization).where(Organization.id == found.id))
    except IntegrityError:  # somebody put something into it in this very moment, or an old row that no page shows is left
        raise Invalid(holds=SOMETHING) from None
    return name


def chosen(user: User, text: str) -> int:
    """The organization that a new person or station belongs to: for who runs the installation the one whose number was chosen,
    else and for all others their own. Raises Invalid for a number that none has."""
    if not may_run_installation(user) or not text:
        return user.organization_id
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 else 0
    found = db.session.get(Organization, number) if 0 < number <= MAX_ID else None
    if found is None:
        raise Invalid(organization=UNKNOWN)
    return found.id
