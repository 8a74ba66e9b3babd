"""Who may see and operate what. The one place: every query and every service asks here.

operator: everything in every organization · administrator: everything in the organization · readonly: sees what an administrator
sees, changes nothing, no operations, no secrets, no audit log · user: own stations, own tags, and the sessions of either.
Everybody may see and edit the own account.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, false, or_, select, true

from wcc.db import db
from wcc.errors import NotAllowed, NotFound
from wcc.models import AuditEntry, AuthorizationTag, ChargePoint, ChargingSession, Operation, User
from wcc.models.user import ROLES

MAX_ID = 2**31 - 1  # what an INTEGER of PostgreSQL takes
WHOLE_ORGANIZATION = ("administrator", "readonly")


def sees_charge_point(user: User) -> ColumnElement[bool]:
    """Condition on ChargePoint: what the user may see."""
    if user.role == "operator":
        return true()
    if user.role in WHOLE_ORGANIZATION:
        return ChargePoint.organization_id == user.organization_id
    if user.role == "user":
        return (ChargePoint.organization_id == user.organization_id) & (ChargePoint.user_id == user.id)
    return false()


def _station_ids(user: User) -> Select[Any]:
    return select(ChargePoint.id).where(sees_charge_point(user))


def sees_session(user: User) -> ColumnElement[bool]:
    """Condition on ChargingSession: those at own stations and those made with own tags."""
    if user.role == "operator":
        return true()
    if user.role in WHOLE_ORGANIZATION:
        return ChargingSession.organization_id == user.organization_id
    own = or_(
        ChargingSession.user_id == user.id,
        ChargingSession.charge_point_id.in_(_station_ids(user)),
    )
    return (ChargingSession.organization_id == user.organization_id) & own


def sees_operation(user: User) -> ColumnElement[bool]:
    """Condition on Operation: those of the stations the user may operate."""
    if user.role == "operator":
        return true()
    if user.role in WHOLE_ORGANIZATION:
        return Operation.organization_id == user.organization_id
    return (Operation.organization_id == user.organization_id) & Operation.charge_point_id.in_(_station_ids(user))


def sees_tag(user: User) -> ColumnElement[bool]:
    """Condition on AuthorizationTag: a user sees the own ones, an administrator those of the organization."""
    if user.role == "operator":
        return true()
    if user.role in WHOLE_ORGANIZATION:
        return AuthorizationTag.organization_id == user.organization_id
    return (AuthorizationTag.organization_id == user.organization_id) & (AuthorizationTag.user_id == user.id)


def sees_user(user: User) -> ColumnElement[bool]:
    """Condition on User: everybody sees the own account, an administrator all of the organization."""
    if user.role == "operator":
        return true()
    if user.role in WHOLE_ORGANIZATION:
        return User.organization_id == user.organization_id
    return User.id == user.id


def sees_audit(user: User) -> ColumnElement[bool]:
    """Condition on AuditEntry: administrators see those of the organization."""
    if user.role == "operator":
        return true()
    if user.role == "administrator":
        return AuditEntry.organization_id == user.organization_id
    return false()


def operates_charge_point(user: User) -> ColumnElement[bool]:
    """Condition on ChargePoint: what the user may send operations to."""
    return sees_charge_point(user) if may_change(user) else false()


def may_change(user: User) -> bool:
    """Whether the user may change anything at all beside the own account."""
    return user.role != "readonly"


def may_operate(user: User, charge_point: ChargePoint) -> bool:
    """Whether the user may send operations to a station (as `operates_charge_point`)."""
    if user.role == "operator":
        return True
    if not may_change(user):
        return False
    if charge_point.organization_id != user.organization_id:
        return False
    return user.role == "administrator" or charge_point.user_id == user.id


def sees_secrets(user: User, charge_point: ChargePoint) -> bool:
    """Whether the user may read a station's password and make a new one: operator, administrator, and the assigned owner."""
    if user.role == "operator":
        return True
    if user.role not in ("administrator", "user") or charge_point.organization_id != user.organization_id:
        return False
    return user.role == "administrator" or charge_point.user_id == user.id


def sees_inside(user: User, charge_point: ChargePoint) -> bool:
    """Whether the user sees a station's boot data and whom it is assigned to; who may operate it does."""
    whole = user.role in WHOLE_ORGANIZATION and charge_point.organization_id == user.organization_id
    return whole or may_operate(user, charge_point)


def may_administer(user: User) -> bool:
    """Whether the user may add stations and change the organization's things."""
    return user.role in ("operator", "administrator")


def may_run_installation(user: User) -> bool:
    """Whether the user runs the installation: organizations, and everything in each of them."""
    return user.role == "operator"


def may_manage(user: User, person: User) -> bool:
    """Whether the user may edit and delete a person: oneself always; operators are out of an administrator's reach."""
    if user.id == person.id or user.role == "operator":
        return True
    return user.role == "administrator" and person.organization_id == user.organization_id and person.role != "operator"


def grants(user: User) -> tuple[str, ...]:
    """The roles that the user may give to others."""
    return {"operator": ROLES, "administrator": ("administrator", "readonly", "user")}.get(user.role, ())


def person_for(user: User, user_id: int) -> User:
    """A person whom the user may edit. Raises NotFound, or NotAllowed for one who is seen but out of reach."""
    found = db.session.scalar(select(User).where(User.id == user_id, sees_user(user))) if user_id <= MAX_ID else None
    if found is None:
        raise NotFound(str(user_id))
    if not may_manage(user, found):
        raise NotAllowed(str(user_id))
    return found


def charge_point_for(user: User, identity: str) -> ChargePoint:
    """The station, if the user may see it. Raises NotFound: that it exists is not told to others."""
    found = db.session.scalar(select(ChargePoint).where(ChargePoint.identity == identity, sees_charge_point(user)))
    if found is None:
        raise NotFound(identity)
    return found


def operable(user: User, identity: str) -> ChargePoint:
    """The station, if the user may operate it. Raises NotFound or NotAllowed."""
    found = charge_point_for(user, identity)
    if not may_operate(user, found):
        raise NotAllowed(identity)
    return found


def visible_changes(user: User, changes: dict[str, list[int]]) -> dict[str, list[int]]:
    """Of published changes those that this user may see; who sees the whole organization needs no look-up."""
    if may_administer(user) or user.role in WHOLE_ORGANIZATION:
        return changes
    rules = {
        "charge_point": (ChargePoint.id, sees_charge_point(user)),
        "session": (ChargingSession.id, sees_session(user)),
    }
    rules["operation"] = (Operation.id, sees_operation(user))
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
