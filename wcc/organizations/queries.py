"""What the pages of organizations show. For who runs the installation only."""

from collections.abc import Sequence

from sqlalchemy import func, select

from wcc.access import may_run_installation
from wcc.db import db
from wcc.errors import NotAllowed
from wcc.models import ChargePoint, Organization, User
from wcc.tables import Page, TableState, page

SORTS = ("name",)
FILTERS = ("find",)


def find(user: User, state: TableState) -> Page[Organization]:
    """A page of all organizations, by name. Raises NotAllowed."""
    if not may_run_installation(user):
        raise NotAllowed("organizations")
    query = select(Organization)
    if text := state["find"]:
        query = query.where(Organization.name.icontains(text, autoescape=True))
    return page(query, (Organization.name, Organization.id), state, lambda found: (found.name, found.id))


def counts(organizations: Sequence[Organization]) -> dict[str, dict[int, int]]:
    """How many `users` and `charge_points` each of these has."""
    ids = [organization.id for organization in organizations]
    found = {}
    for name, owner in (("users", User.organization_id), ("charge_points", ChargePoint.organization_id)):
        query = select(owner, func.count()).where(owner.in_(ids)).group_by(owner)
        found[name] = {row[0]: row[1] for row in db.session.execute(query)}
    return found


def choices(user: User) -> Sequence[Organization]:
    """The organizations that something new may belong to, where there is a choice: none but for who runs the installation."""
    if not may_run_installation(user):
        return ()
    return db.session.scalars(select(Organization).order_by(Organization.name)).all()
