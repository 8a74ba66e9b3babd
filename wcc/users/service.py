"""Rules of organizations and their people: who may be created, under which names."""

import re

from sqlalchemy import func, select

from wcc import audit
from wcc.db import db, writing
from wcc.errors import Invalid, NotFound
from wcc.models import ChargePoint, Organization, User
from wcc.models.user import ROLES
from wcc.users import passwords

_EMAIL = re.compile(r"[^@\s\x00-\x1f\ud800-\udfff]+@[^@\s\x00-\x1f\ud800-\udfff]+")
LONGEST_EMAIL = 254
_FAULTS = {
    "length": f"must have {passwords.SHORTEST} to {passwords.LONGEST} characters",
    "printable": "must have only printable characters",
    "common": "is one of those that are tried first",
}


def fold_email(email: str) -> str:
    """An e-mail address as it is kept and compared. Raises Invalid when it is none."""
    folded = email.strip().casefold()
    if not _EMAIL.fullmatch(folded) or len(folded) > LONGEST_EMAIL:
        raise Invalid(email="not an e-mail address")
    return folded


def free_email(email: str) -> str:
    """The folded address, if nobody has an account under it yet. Raises Invalid."""
    folded = fold_email(email)
    if db.session.scalar(select(func.count()).where(User.email == folded)):
        raise Invalid(email=f"{folded} has an account already")
    return folded


def check_password(password: str) -> None:
    """Raises Invalid when a password is too short, too long, cannot be encoded or is a common one."""
    if fault := passwords.fault(password):
        raise Invalid(password=_FAULTS[fault])


def find_organization(name: str | None) -> Organization:
    """The organization of this name; without a name the only one there is. Raises NotFound or Invalid."""
    if name is not None:
        found = db.session.scalar(select(Organization).where(Organization.name == name.strip()))
        if found is None:
            raise NotFound(f"there is no organization {name!r}")
        return found
    few = list(db.session.scalars(select(Organization).order_by(Organization.id).limit(2)))
    if len(few) != 1:
        raise Invalid(organization="say which one" if few else "there is none yet: name one")
    return few[0]


def find_user(email: str, organization: Organization) -> User:
    """The person with this e-mail in this organization. Raises NotFound."""
    condition = (User.email == email.strip().casefold()) & (User.organization_id == organization.id)
    found = db.session.scalar(select(User).where(condition))
    if found is None:
        raise NotFound(f"there is no user {email!r} in {organization.name}")
    return found


def anybody(email: str) -> User:
    """The person with this e-mail, in whatever organization. Raises NotFound."""
    found = db.session.scalar(select(User).where(User.email == email.strip().casefold()))
    if found is None:
        raise NotFound(f"there is no user {email!r}")
    return found


def create_user(organization: Organization, email: str, role: str, password_hash: str, **names: str) -> User:
    """A new person, added at the command line; `names` may hold first_name, last_name, employee_number, customer_number and language.

    Raises Invalid for something that is no e-mail address, a taken one and an unknown role.
    """
    folded = free_email(email)
    if role not in ROLES:
        raise Invalid(role=f"must be one of {', '.join(ROLES)}")
    fresh = User(organization_id=organization.id, email=folded, role=role, password_hash=password_hash, **names)
    with writing() as session:
        session.add(fresh)
        session.flush()
        audit.note(None, "user.added", about=fresh, detail=role)
    return fresh


def assign(charge_point: ChargePoint, user: User) -> None:
    """Make a station the user's own. Raises Invalid for a user of another organization."""
    if user.organization_id != charge_point.organization_id:
        raise Invalid(user=f"{user.email} is not of the station's organization")
    with writing():
        charge_point.user_id = user.id
