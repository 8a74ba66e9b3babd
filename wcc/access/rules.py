"""Who sees what of sessions, operations, tags, people, groups and the log, and who may do what to them."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, false, or_, select, true

from wcc.access.stations import groups_of, having, people_in, stations, stations_anywhere, stations_in
from wcc.db import db
from wcc.errors import NotAllowed, NotFound
from wcc.models import (
    AuditEntry,
    AuthorizationTag,
    ChargePoint,
    ChargingSession,
    ConnectionAttempt,
    Group,
    GroupUser,
    Operation,
    User,
)
from wcc.models.user import ROLES

MAX_ID = 2**31 - 1  # what an INTEGER of PostgreSQL takes


def _people_of_groups(user: User) -> Select[Any]:
    """Ids of the people in a manager's or reader's groups, and their own."""
    if user.role not in ("manager", "readonly"):
        return select(User.id).where(User.id == user.id)
    theirs = select(GroupUser.user_id).where(GroupUser.group_id.in_(groups_of(user)))
    return select(User.id).where(or_(User.id == user.id, User.id.in_(theirs)))


def sees_session(user: User) -> ColumnElement[bool]:
    """Condition on ChargingSession: those at stations one sees inside, and those of people one sees; in a group those at its
    stations and those of its people."""
    found: ColumnElement[bool] = true()
    if user.role != "operator":
        found = ChargingSession.organization_id == user.organization_id
    if not may_administer(user):
        at = select(ChargePoint.id).where(stations_anywhere(user, "inside"))
        found &= or_(ChargingSession.user_id.in_(_people_of_groups(user)), ChargingSession.charge_point_id.in_(at))
    if user.group_id is not None:
        found &= or_(ChargingSession.charge_point_id.in_(stations_in(user.group_id)), ChargingSession.user_id.in_(people_in(user.group_id)))
    return found


def seen_sessions(user: User, ids: Iterable[int | None]) -> set[int]:
    """Which of these sessions the user sees: a connector may be seen, and not who charges there."""
    wanted = {id for id in ids if id is not None}
    return (
        set(db.session.scalars(select(ChargingSession.id).where(ChargingSession.id.in_(wanted), sees_session(user)))) if wanted else set()
    )


def sees_operation(user: User) -> ColumnElement[bool]:
    """Condition on Operation: those at stations that one sees inside."""
    found: ColumnElement[bool] = true()
    if user.role != "operator":
        found = Operation.organization_id == user.organization_id
    if may_administer(user) and user.group_id is None:
        return found
    return found & Operation.charge_point_id.in_(select(ChargePoint.id).where(stations(user, "inside")))


def sees_attempt(user: User) -> ColumnElement[bool]:
    """Condition on ConnectionAttempt: those of stations that one sees inside; operators also those of nobody's."""
    if user.role == "operator" and user.group_id is None:
        return true()
    return ConnectionAttempt.identity.in_(select(ChargePoint.identity).where(stations(user, "inside")))


def sees_tag(user: User) -> ColumnElement[bool]:
    """Condition on AuthorizationTag: the own ones and those of people one sees; administrators also those of nobody."""
    found: ColumnElement[bool] = true()
    if user.role != "operator":
        found = AuthorizationTag.organization_id == user.organization_id
    if not may_administer(user):
        found &= AuthorizationTag.user_id.in_(_people_of_groups(user))
    return found if user.group_id is None else found & AuthorizationTag.user_id.in_(people_in(user.group_id))


def people_anywhere(user: User) -> ColumnElement[bool]:
    """As `sees_user`, whatever group is looked at: for choosing who is in groups."""
    if user.role == "operator":
        return true()
    found = User.organization_id == user.organization_id
    return found if may_administer(user) else found & User.id.in_(_people_of_groups(user))


def sees_user(user: User) -> ColumnElement[bool]:
    """Condition on User: everybody sees the own account, administrators all of the organization, managers those of their groups."""
    found = people_anywhere(user)
    return found if user.group_id is None else found & or_(User.id == user.id, User.id.in_(people_in(user.group_id)))


def sees_group(user: User) -> ColumnElement[bool]:
    """Condition on Group: administrators see those of the organization, others those they are in."""
    if user.role == "operator":
        return true()
    found = Group.organization_id == user.organization_id
    return found if user.role == "administrator" else found & Group.id.in_(groups_of(user))


def may_look_at_groups(user: User) -> bool:
    """Whether there is a group for the user to look at; administrators may also make the first one."""
    return may_administer(user) or db.session.scalar(select(Group.id).where(sees_group(user)).limit(1)) is not None


def manages_group(user: User) -> ColumnElement[bool]:
    """Condition on Group: those whose stations and people the user may choose."""
    return sees_group(user) if user.role in ("operator", "administrator", "manager") else false()


def sees_audit(user: User) -> ColumnElement[bool]:
    """Condition on AuditEntry: administrators see those of the organization; in a group those by, about or at what is in it."""
    if user.role not in ("operator", "administrator"):
        return false()
    found: ColumnElement[bool] = true()
    if user.role != "operator":
        found = AuditEntry.organization_id == user.organization_id
    if user.group_id is None:
        return found
    people = people_in(user.group_id)
    places = select(ChargePoint.identity).where(ChargePoint.id.in_(stations_in(user.group_id)))
    return found & or_(AuditEntry.user_id.in_(people), AuditEntry.subject_user_id.in_(people), AuditEntry.subject.in_(places))


def may_change(user: User) -> bool:
    """Whether the user may change anything at all beside the own account."""
    return user.role != "readonly"


def may_administer(user: User) -> bool:
    """Whether everything in the organization is the user's to see and to change (limits of a group looked at aside)."""
    return user.role in ("operator", "administrator")


def may_run_installation(user: User) -> bool:
    """Whether the user runs the installation: organizations, and everything in each of them."""
    return user.role == "operator"


def may_add_people(user: User) -> bool:
    """Whether the user may add people and tags: managers to their groups only."""
    return user.role in ("operator", "administrator", "manager")


def may_manage(user: User, person: User) -> bool:
    """Whether the user may edit and delete a person whom they see: oneself always; nobody manages those who may do more."""
    if user.id == person.id or user.role == "operator":
        return True
    if person.organization_id != user.organization_id:
        return False
    reach = {"administrator": ("administrator", "manager", "readonly", "user"), "manager": ("readonly", "user")}
    return person.role in reach.get(user.role, ())


def grants(user: User) -> tuple[str, ...]:
    """The roles that the user may give to others. A role counts in all groups that a person is in, so managers give none away."""
    return {"operator": ROLES, "administrator": ("administrator", "manager", "readonly", "user"), "manager": ("user",)}.get(user.role, ())


def person_for(user: User, user_id: int) -> User:
    """A person whom the user may edit. Raises NotFound, or NotAllowed for one who is seen but out of reach."""
    found = db.session.scalar(select(User).where(User.id == user_id, sees_user(user))) if user_id <= MAX_ID else None
    if found is None:
        raise NotFound(str(user_id))
    if not may_manage(user, found):
        raise NotAllowed(str(user_id))
    return found


def group_for(user: User, group_id: int) -> Group:
    """A group whose stations and people the user may choose. Raises NotFound, or NotAllowed for one that is only seen."""
    seen = select(Group).where(Group.id == group_id, sees_group(user))
    found = db.session.scalar(seen) if group_id <= MAX_ID else None
    if found is None:
        raise NotFound(str(group_id))
    if db.session.scalar(seen.where(manages_group(user))) is None:
        raise NotAllowed(str(group_id))
    return found


def charge_point_for(user: User, identity: str, right: str = "see") -> ChargePoint:
    """The station, if the user may see it: that it exists is not told to others. Raises NotFound, or NotAllowed for one that is
    seen without this right (one of RIGHTS)."""
    found = db.session.scalar(select(ChargePoint).where(ChargePoint.identity == identity, stations(user, "see")))
    if found is None:
        raise NotFound(identity)
    if right != "see" and found.id not in having(user, right, [found]):
        raise NotAllowed(identity)
    return found


def operable(user: User, identity: str) -> ChargePoint:
    """The station, if the user may operate it. Raises NotFound or NotAllowed."""
    return charge_point_for(user, identity, "operate")


def visible_changes(user: User, changes: dict[str, list[int]]) -> dict[str, list[int]]:
    """Of published changes those that this user may see; who sees everything needs no look-up."""
    if may_administer(user) and user.group_id is None:
        return changes
    rules = {
        "charge_point": (ChargePoint.id, stations(user, "see")),
        "message": (ChargePoint.id, stations(user, "inside")),
        "session": (ChargingSession.id, sees_session(user)),
        "operation": (Operation.id, sees_operation(user)),
    }
    seen = {"refresh": changes["refresh"]} if "refresh" in changes else {}
    for kind in rules.keys() & changes.keys():
        column, condition = rules[kind]
        if ids := list(db.session.scalars(select(column).where(column.in_(changes[kind]), condition))):
            seen[kind] = ids
    return seen


def may_read_outbox(user: User) -> bool:
    """Whether the user may read mails that were kept for want of an SMTP server."""
    return user.role in ("operator", "administrator")


def reads_mail_to(user: User) -> ColumnElement[bool]:
    """Condition on User: whose mails of the outbox the user may read. They hold links that open accounts, so nobody reads
    those of somebody who may do more."""
    if user.role == "operator":
        return true()
    if user.role == "administrator":
        return (User.organization_id == user.organization_id) & (User.role != "operator")
    return false()
