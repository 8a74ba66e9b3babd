"""What the pages of groups show. Every read asks `access` inside its query."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select

from wcc.access import group_for, manages_group, people_anywhere, sees_group, stations_anywhere
from wcc.db import db
from wcc.models import ChargePoint, Group, GroupChargePoint, GroupUser, Organization, Share, User
from wcc.tables import Page, TableState, page

CHOICES = 200  # most groups offered at once, and most stations or people to tick; the search narrows them


@dataclass(frozen=True)
class Line:
    """A group with the numbers of its stations, of its people and of the stations shared with it."""

    group: Group
    charge_points: int
    people: int
    shared: int
    managed: bool


def find(user: User, state: TableState) -> Page[Group]:
    """A page of the groups that the user sees, by name."""
    query = select(Group).where(sees_group(user))
    if text := state["find"]:
        query = query.where(or_(Group.name.icontains(text, autoescape=True), Group.description.icontains(text, autoescape=True)))
    return page(query, (Group.folded, Group.id), state, lambda group: (group.folded, group.id))


def lines(user: User, groups: list[Group]) -> list[Line]:
    """The groups with their numbers; four queries for all of them."""
    ids = [group.id for group in groups]

    def counts(table: type[GroupChargePoint] | type[GroupUser] | type[Share]) -> dict[int, int]:
        query = select(table.group_id, func.count()).where(table.group_id.in_(ids)).group_by(table.group_id)
        return {row[0]: row[1] for row in db.session.execute(query) if row[0]}

    charge_points, people, shared = counts(GroupChargePoint), counts(GroupUser), counts(Share)
    managed = set(db.session.scalars(select(Group.id).where(Group.id.in_(ids), manages_group(user))))
    return [
        Line(group, charge_points.get(group.id, 0), people.get(group.id, 0), shared.get(group.id, 0), group.id in managed)
        for group in groups
    ]


def choices(user: User) -> Sequence[Group]:
    """The groups that the user may look at, by organization and name."""
    query = select(Group).join(Organization, Organization.id == Group.organization_id).where(sees_group(user))
    return db.session.scalars(query.order_by(Organization.name, Group.folded).limit(CHOICES)).all()


def charge_points(user: User, group_id: int, state: TableState) -> Page[ChargePoint]:
    """A page of a group's stations, by identity; for who manages it. Raises NotFound or NotAllowed."""
    group_for(user, group_id)
    query = select(ChargePoint).join(GroupChargePoint, GroupChargePoint.charge_point_id == ChargePoint.id)
    query = query.where(GroupChargePoint.group_id == group_id)
    return page(query, (ChargePoint.identity, ChargePoint.id), state, lambda row: (row.identity, row.id))


def people(user: User, group_id: int, state: TableState) -> Page[User]:
    """A page of a group's people, by e-mail; for who manages it. Raises NotFound or NotAllowed."""
    group_for(user, group_id)
    query = select(User).join(GroupUser, GroupUser.user_id == User.id).where(GroupUser.group_id == group_id)
    return page(query, (User.email, User.id), state, lambda row: (row.email, row.id))


def shares(user: User, group_id: int) -> Sequence[tuple[ChargePoint, bool]]:
    """Stations shared with a group, each with whether to administer; for who manages it. Raises NotFound or NotAllowed."""
    group_for(user, group_id)
    query = select(ChargePoint, Share.administer).join(Share, Share.charge_point_id == ChargePoint.id).where(Share.group_id == group_id)
    return [(row[0], row[1]) for row in db.session.execute(query.order_by(ChargePoint.identity).limit(CHOICES))]


def addable_charge_points(user: User, group: Group, text: str) -> list[ChargePoint]:
    """Stations that the user may put into a group and that are not in it, by identity."""
    inside = select(GroupChargePoint.charge_point_id).where(GroupChargePoint.group_id == group.id)
    query = select(ChargePoint).where(
        ChargePoint.organization_id == group.organization_id, stations_anywhere(user, "share"), ChargePoint.id.not_in(inside)
    )
    columns = (ChargePoint.identity, ChargePoint.description, ChargePoint.site, ChargePoint.city)
    if text:
        query = query.where(or_(*(column.icontains(text, autoescape=True) for column in columns)))
    return list(db.session.scalars(query.order_by(ChargePoint.identity).limit(CHOICES)))


def addable_people(user: User, group: Group, text: str) -> list[User]:
    """People whom the user may put into a group and who are not in it, by e-mail."""
    inside = select(GroupUser.user_id).where(GroupUser.group_id == group.id)
    query = select(User).where(User.organization_id == group.organization_id, people_anywhere(user), User.id.not_in(inside))
    if text:
        columns = (User.first_name, User.last_name, User.email)
        query = query.where(or_(*(column.icontains(text, autoescape=True) for column in columns)))
    return list(db.session.scalars(query.order_by(User.email).limit(CHOICES)))
