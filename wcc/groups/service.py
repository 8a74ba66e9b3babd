"""Making groups, choosing who and what is in them, and looking at one (R1.6d, R7.3)."""

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from wcc import audit
from wcc.access import MAX_ID, group_for, may_administer, people_anywhere, sees_group, stations_anywhere
from wcc.db import db, writing
from wcc.errors import Invalid, NotAllowed, NotFound
from wcc.models import ChargePoint, Group, GroupChargePoint, GroupUser, User

LONGEST_NAME = 100
LONGEST_DESCRIPTION = 200

MISSING = "is required"
TOO_LONG = "is too long"
TAKEN = "is already in use"
FORBIDDEN = "contains a character that cannot be used"
NONE = "none is ticked"


def _text_fault(text: str, longest: int) -> str | None:
    if not text.isprintable():
        return FORBIDDEN
    return TOO_LONG if len(text) > longest else None


def _check(organization_id: int, name: str, description: str, group_id: int | None = None) -> None:
    """Raises Invalid with the fields at fault; `group_id` is the group that has the name already."""
    same = select(Group.id).where(Group.organization_id == organization_id, Group.folded == name.casefold(), Group.id != (group_id or 0))
    name_fault = (_text_fault(name, LONGEST_NAME) or (TAKEN if db.session.scalar(same) else None)) if name else MISSING
    faults = {"name": name_fault, "description": _text_fault(description, LONGEST_DESCRIPTION)}
    if wrong := {field: fault for field, fault in faults.items() if fault}:
        raise Invalid(**wrong)


def add(user: User, name: str, description: str) -> Group:
    """A new group of the user's organization. Raises NotAllowed for who does not administer it, Invalid with the fields at fault."""
    if not may_administer(user):
        raise NotAllowed("add")
    name, description = name.strip(), description.strip()
    _check(user.organization_id, name, description)
    fresh = Group(organization_id=user.organization_id, name=name, folded=name.casefold(), description=description)
    try:
        with writing() as session:
            session.add(fresh)
            session.flush()
            audit.note(user, "group.added", name)
    except IntegrityError:  # somebody added the same name in this very moment
        raise Invalid(name=TAKEN) from None
    return fresh


def edit(user: User, group_id: int, name: str, description: str) -> Group:
    """Change name and description. Raises NotFound, NotAllowed, Invalid with the fields at fault."""
    group, name, description = group_for(user, group_id), name.strip(), description.strip()
    _check(group.organization_id, name, description, group.id)
    try:
        with writing():
            group.name, group.folded, group.description = name, name.casefold(), description
            audit.note(user, "group.edited", name, organization_id=group.organization_id)
    except IntegrityError:
        raise Invalid(name=TAKEN) from None
    return group


def remove(user: User, group_id: int) -> str:
    """Delete a group and what was shared with it; its stations and people stay. Gives its name. Raises NotFound or NotAllowed."""
    group = group_for(user, group_id)
    if not may_administer(user):
        raise NotAllowed(str(group_id))
    with writing() as session:
        audit.note(user, "group.deleted", group.name, organization_id=group.organization_id)
        session.delete(group)
    return group.name


def add_charge_points(user: User, group_id: int, ids: list[int]) -> int:
    """Put stations into a group: those that the user may share. Gives how many are new. Raises NotFound, NotAllowed, Invalid."""
    group = group_for(user, group_id)
    here = ChargePoint.organization_id == group.organization_id
    found = list(db.session.scalars(select(ChargePoint).where(ChargePoint.id.in_(_usable(ids)), here, stations_anywhere(user, "share"))))
    if len(found) < len(set(ids)):
        raise NotFound("charge points")
    with writing() as session:
        present = set(session.scalars(select(GroupChargePoint.charge_point_id).where(GroupChargePoint.group_id == group_id)))
        fresh = [charge_point for charge_point in found if charge_point.id not in present]
        for charge_point in fresh:
            session.add(GroupChargePoint(group_id=group_id, charge_point_id=charge_point.id))
            audit.note(user, "group.station_added", charge_point.identity, detail=group.name, organization_id=group.organization_id)
    return len(fresh)


def remove_charge_points(user: User, group_id: int, ids: list[int]) -> int:
    """Take stations out of a group. Gives how many. Raises NotFound, NotAllowed, Invalid."""
    group = group_for(user, group_id)
    with writing() as session:
        there = (GroupChargePoint.group_id == group_id, GroupChargePoint.charge_point_id.in_(_usable(ids)))
        query = select(ChargePoint).join(GroupChargePoint, GroupChargePoint.charge_point_id == ChargePoint.id).where(*there)
        found = list(session.scalars(query))
        session.execute(delete(GroupChargePoint).where(*there))
        for charge_point in found:
            audit.note(user, "group.station_removed", charge_point.identity, detail=group.name, organization_id=group.organization_id)
    return len(found)


def add_people(user: User, group_id: int, ids: list[int]) -> int:
    """Put people into a group: those whom the user sees. Gives how many are new. Raises NotFound, NotAllowed, Invalid."""
    group = group_for(user, group_id)
    here = User.organization_id == group.organization_id
    found = list(db.session.scalars(select(User).where(User.id.in_(_usable(ids)), here, people_anywhere(user))))
    if len(found) < len(set(ids)):
        raise NotFound("people")
    with writing() as session:
        present = set(session.scalars(select(GroupUser.user_id).where(GroupUser.group_id == group_id)))
        fresh = [person for person in found if person.id not in present]
        for person in fresh:
            session.add(GroupUser(group_id=group_id, user_id=person.id))
            audit.note(user, "group.person_added", group.name, about=person, organization_id=group.organization_id)
    return len(fresh)


def remove_people(user: User, group_id: int, ids: list[int]) -> int:
    """Take people out of a group; who looked at it just now no longer does. Gives how many. Raises NotFound, NotAllowed, Invalid."""
    group = group_for(user, group_id)
    with writing() as session:
        there = (GroupUser.group_id == group_id, GroupUser.user_id.in_(_usable(ids)))
        found = list(session.scalars(select(User).join(GroupUser, GroupUser.user_id == User.id).where(*there)))
        session.execute(delete(GroupUser).where(*there))
        gone = [person.id for person in found if not may_administer(person)]
        session.execute(update(User).where(User.id.in_(gone), User.group_id == group_id).values(group_id=None))
        for person in found:
            audit.note(user, "group.person_removed", group.name, about=person, organization_id=group.organization_id)
    return len(found)


def _usable(ids: list[int]) -> list[int]:
    """Raises Invalid when nothing is ticked; an id that no row has is looked for in vain."""
    if not ids:
        raise Invalid(ids=NONE)
    return [id for id in ids if 0 < id <= MAX_ID]


def look_at(user: User, group_id: int | None) -> None:
    """Limit all that the user is shown to a group, or to none (Log Off Group). Raises NotFound."""
    if group_id is not None:
        seen = select(Group.id).where(Group.id == group_id, sees_group(user))
        if group_id > MAX_ID or db.session.scalar(seen) is None:
            raise NotFound(str(group_id))
    with writing():
        user.group_id = group_id
