"""What anybody may do with a station: the table RIGHTS."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, false, or_, select, true

from wcc.db import db
from wcc.models import ChargePoint, GroupChargePoint, GroupUser, Share, User

# How one may stand to a station: `whole` as operator or as administrator of its organization, `own` because it is assigned to them,
# `manages` and `reads` by a group it is in, `administers` and `views` because it is shared.
RIGHTS = {
    "see": ("whole", "own", "manages", "reads", "administers", "views"),  # status, connectors, description, address, model, firmware
    "inside": ("whole", "own", "manages", "reads", "administers"),  # serial numbers, all sessions, power, operations, messages
    "assignment": ("whole", "own", "manages", "reads"),  # whom it is assigned to and shared with
    "operate": ("whole", "own", "manages", "administers"),  # send operations, edit what is said about it
    "secrets": ("whole", "own", "administers"),
    "share": ("whole", "own", "manages"),  # assign it, share it
}


def groups_of(user: User) -> Select[Any]:
    """Ids of the groups that a person is in."""
    return select(GroupUser.group_id).where(GroupUser.user_id == user.id)


def _stations_of_groups(user: User) -> ColumnElement[bool]:
    return ChargePoint.id.in_(select(GroupChargePoint.charge_point_id).where(GroupChargePoint.group_id.in_(groups_of(user))))


def _shared(user: User, administer: bool) -> ColumnElement[bool]:
    with_them = or_(Share.user_id == user.id, Share.group_id.in_(groups_of(user)))
    return ChargePoint.id.in_(select(Share.charge_point_id).where(Share.administer.is_(administer), with_them))


def _standings(user: User) -> dict[str, ColumnElement[bool]]:
    """Conditions on ChargePoint: the stations that the user stands to in each way."""
    if user.role == "operator":
        return {"whole": true()}
    organization = ChargePoint.organization_id == user.organization_id
    if user.role == "administrator":
        return {"whole": organization}
    own, administers = ChargePoint.user_id == user.id, _shared(user, administer=True)
    found = {"views": _shared(user, administer=False)}
    if user.role == "readonly":
        found["reads"] = or_(own, administers, _stations_of_groups(user))
    elif user.role in ("manager", "user"):
        found |= {"own": own, "administers": administers}
        if user.role == "manager":
            found["manages"] = _stations_of_groups(user)
    return {standing: organization & condition for standing, condition in found.items()}


def stations_anywhere(user: User, right: str) -> ColumnElement[bool]:
    """As `stations`, whatever group is looked at: for choosing what is in groups, and for what a person may do."""
    conditions = [condition for standing, condition in _standings(user).items() if standing in RIGHTS[right]]
    return or_(false(), *conditions)


def stations(user: User, right: str) -> ColumnElement[bool]:
    """Condition on ChargePoint: those that the user has a right to (one of RIGHTS), in the group looked at."""
    limit = true() if user.group_id is None else ChargePoint.id.in_(stations_in(user.group_id))
    return stations_anywhere(user, right) & limit


def stations_in(group_id: int) -> Select[Any]:
    """Ids of the stations that are in a group or shared with it."""
    inside = select(GroupChargePoint.charge_point_id).where(GroupChargePoint.group_id == group_id)
    return select(ChargePoint.id).where(
        or_(ChargePoint.id.in_(inside), ChargePoint.id.in_(select(Share.charge_point_id).where(Share.group_id == group_id)))
    )


def people_in(group_id: int) -> Select[Any]:
    return select(GroupUser.user_id).where(GroupUser.group_id == group_id)


def having(user: User, right: str, charge_points: Iterable[ChargePoint]) -> set[int]:
    """Ids of those of the stations that the user has a right to (one of RIGHTS); one query for all of them."""
    ids = {charge_point.id for charge_point in charge_points}
    if not ids:
        return set()
    return set(db.session.scalars(select(ChargePoint.id).where(ChargePoint.id.in_(ids), stations_anywhere(user, right))))


def rights(user: User, charge_point: ChargePoint) -> set[str]:
    """The rights (of RIGHTS) that the user has to a station."""
    conditions = [stations_anywhere(user, right).label(right) for right in RIGHTS]
    found = db.session.execute(select(*conditions).where(ChargePoint.id == charge_point.id)).one()
    return {right for right, given in zip(RIGHTS, found, strict=True) if given}
