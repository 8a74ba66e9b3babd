"""Assigning a station to a person, and sharing it with people and groups (R3.3c, R7.3)."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from wcc import audit
from wcc.access import MAX_ID, charge_point_for, may_administer, people_anywhere, sees_group
from wcc.db import db, writing
from wcc.errors import Invalid, NotFound
from wcc.models import ChargePoint, Group, Share, User

PEOPLE = 200  # most people offered; others are found by typing their e-mail

MISSING = "is required"
NOBODY = "is nobody"
OWNER = "is theirs already"
SEES_ALL = "sees everything anyway"
NO_GROUP = "is no group"


def shares(user: User, identity: str) -> Sequence[Share]:
    """Whom a station is shared with, groups first; for who may share it. Raises NotFound or NotAllowed."""
    charge_point = charge_point_for(user, identity, "share")
    query = select(Share).where(Share.charge_point_id == charge_point.id).options(joinedload(Share.user), joinedload(Share.group))
    return db.session.scalars(query.order_by(Share.user_id.is_not(None), Share.id)).all()


def groups(user: User, charge_point: ChargePoint) -> Sequence[Group]:
    """Groups that the user may share a station with."""
    query = select(Group).where(Group.organization_id == charge_point.organization_id, sees_group(user))
    return db.session.scalars(query.order_by(Group.folded)).all()


def people(user: User, charge_point: ChargePoint) -> Sequence[User]:
    """People to offer, as far as the user sees them; others are named by their e-mail."""
    query = select(User).where(User.organization_id == charge_point.organization_id, people_anywhere(user), User.id != user.id)
    return db.session.scalars(query.order_by(User.email).limit(PEOPLE)).all()


def _person(charge_point: ChargePoint, email: str) -> User:
    """The person of the station's organization with this e-mail. Raises Invalid: people of others are nobody."""
    folded = email.strip().casefold()
    if not folded:
        raise Invalid(email=MISSING)
    same = (User.email == folded, User.organization_id == charge_point.organization_id)
    found = db.session.scalar(select(User).where(*same)) if folded.isprintable() else None
    if found is None:
        raise Invalid(email=NOBODY)
    return found


def share_with_person(user: User, identity: str, email: str, administer: bool) -> Share:
    """Share a station with a person of its organization, or change how. Raises NotFound, NotAllowed, Invalid naming `email`."""
    charge_point = charge_point_for(user, identity, "share")
    person = _person(charge_point, email)
    if person.id == charge_point.user_id:
        raise Invalid(email=OWNER)
    if may_administer(person):
        raise Invalid(email=SEES_ALL)
    return _share(user, charge_point, administer, person, None)


def share_with_group(user: User, identity: str, group_id: int | None, administer: bool) -> Share:
    """Share a station with a group of its organization, or change how. Raises NotFound, NotAllowed, Invalid naming `group`."""
    charge_point = charge_point_for(user, identity, "share")
    known = (Group.organization_id == charge_point.organization_id, sees_group(user))
    group = db.session.scalar(select(Group).where(Group.id == group_id, *known)) if group_id and group_id <= MAX_ID else None
    if group is None:
        raise Invalid(group=NO_GROUP)
    return _share(user, charge_point, administer, None, group)


def _share(user: User, charge_point: ChargePoint, administer: bool, person: User | None, group: Group | None) -> Share:
    to = (Share.user_id == person.id) if person else (Share.group_id == group.id) if group else Share.id.is_(None)
    detail = ", ".join((f"to={'administer' if administer else 'view'}", group.name if group else "")).removesuffix(", ")
    try:
        with writing() as session:
            found = session.scalar(select(Share).where(Share.charge_point_id == charge_point.id, to))
            if found is None:
                found = Share(charge_point_id=charge_point.id, user=person, group=group)
                session.add(found)
            found.administer = administer
            session.flush()
            audit.note(user, "share.set", charge_point.identity, detail=detail, about=person, organization_id=charge_point.organization_id)
    except IntegrityError:  # somebody shared it in this very moment: theirs is there, and ours changes it
        return _share(user, charge_point, administer, person, group)
    return found


def unshare(user: User, identity: str, share_id: int) -> None:
    """End a share. Raises NotFound or NotAllowed."""
    charge_point = charge_point_for(user, identity, "share")
    query = select(Share).where(Share.id == share_id, Share.charge_point_id == charge_point.id)
    found = db.session.scalar(query) if share_id <= MAX_ID else None
    if found is None:
        raise NotFound(str(share_id))
    with writing() as session:
        detail = found.group.name if found.group else ""
        session.delete(found)
        audit.note(
            user, "share.ended", charge_point.identity, detail=detail, about=found.user, organization_id=charge_point.organization_id
        )


def assign(user: User, identity: str, email: str) -> ChargePoint:
    """Make a station somebody's own; without an e-mail nobody's. Raises NotFound, NotAllowed, Invalid naming `email`."""
    charge_point = charge_point_for(user, identity, "share")
    person = _person(charge_point, email) if email.strip() else None
    with writing() as session:
        charge_point.user = person
        if person:  # what is theirs need not be shared with them
            session.execute(delete(Share).where(Share.charge_point_id == charge_point.id, Share.user_id == person.id))
        audit.note(user, "charge_point.assigned", identity, about=person, organization_id=charge_point.organization_id)
    return charge_point
