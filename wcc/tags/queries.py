"""What the pages of authorization tags show (R3.6). Every read asks `access` inside its query."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import joinedload

from wcc.access import may_administer, sees_session, sees_tag, sees_user
from wcc.clock import utcnow
from wcc.db import db
from wcc.errors import Invalid
from wcc.models import AuthorizationTag, ChargePoint, ChargingSession, User
from wcc.tables import Page, TableState, page
from wcc.tags import service

STATES = ("valid", "blocked", "expired")
UNKNOWN_SINCE = timedelta(days=30)
UNKNOWN = 20  # most unknown tags told
PEOPLE = 200  # most people offered for a tag; others are found by typing their e-mail


@dataclass(frozen=True)
class Unknown:
    """A tag that was held to a station and that nobody has added. `times` it was, last at `at` at `identity`."""

    tag: str
    times: int
    at: datetime
    identity: str


def state_of(tag: AuthorizationTag) -> str:
    """`valid`, `blocked` or `expired`, as a charger would be told."""
    if tag.blocked:
        return "blocked"
    return "expired" if tag.expires_at and tag.expires_at <= utcnow() else "valid"


def _in_state(state: str) -> ColumnElement[bool]:
    over = AuthorizationTag.expires_at.is_not(None) & (AuthorizationTag.expires_at <= utcnow())
    if state == "blocked":
        return AuthorizationTag.blocked.is_(True)
    return AuthorizationTag.blocked.is_(False) & (over if state == "expired" else ~over)


def find(user: User, state: TableState) -> Page[AuthorizationTag]:
    """A page of the tags that the user may see, by tag."""
    query = select(AuthorizationTag).options(joinedload(AuthorizationTag.user)).where(sees_tag(user))
    if text := state["find"]:
        person = select(User.id).where(_named(text))
        columns = (AuthorizationTag.tag, AuthorizationTag.alias, AuthorizationTag.note)
        fits = [column.icontains(text, autoescape=True) for column in columns]
        query = query.where(or_(*fits, AuthorizationTag.user_id.in_(person)))
    if state["state"] in STATES:
        query = query.where(_in_state(state["state"]))
    key = (AuthorizationTag.folded, AuthorizationTag.id)
    return page(query, key, state, lambda tag: (tag.folded, tag.id))


def _named(text: str) -> ColumnElement[bool]:
    return or_(*(column.icontains(text, autoescape=True) for column in (User.first_name, User.last_name, User.email)))


def chosen(user: User, tag_ids: list[int]) -> list[AuthorizationTag]:
    """The tags that somebody ticked, each of which the user may delete. Raises NotFound or NotAllowed."""
    return [service.owned(user, tag_id) for tag_id in dict.fromkeys(tag_ids)]


def people(user: User, organization_id: int) -> list[User]:
    """The people whom a tag may belong to."""
    query = select(User).where(sees_user(user), User.organization_id == organization_id)
    return list(db.session.scalars(query.order_by(User.email).limit(PEOPLE)))


def person(user: User, email: str) -> User | None:
    """The person with this e-mail; None for no e-mail. Raises Invalid when there is nobody with it."""
    if not email.strip():
        return None
    found = db.session.scalar(select(User).where(User.email == email.strip().casefold(), sees_user(user)))
    if found is None:
        raise Invalid(user=service.STRANGER)
    return found


def unknown(user: User) -> list[Unknown]:
    """Tags that stations saw in the last 30 days and refused because nobody has added them; for those who could, newest first."""
    if not may_administer(user):
        return []
    tag, last = ChargingSession.id_tag_folded, func.max(ChargingSession.id)
    known = exists().where(AuthorizationTag.organization_id == ChargingSession.organization_id, AuthorizationTag.folded == tag)
    free = select(ChargePoint.id).where(ChargePoint.id == ChargingSession.charge_point_id, func.lower(ChargePoint.free_charging_tag) == tag)
    refused = (
        select(last.label("last"), func.count().label("times"))
        .where(sees_session(user), ChargingSession.started_at > utcnow() - UNKNOWN_SINCE, ChargingSession.authorization == "Invalid")
        .where(tag != "", ~known, ~free.exists())
        .group_by(ChargingSession.organization_id, tag)
        .order_by(last.desc())
        .limit(UNKNOWN)
        .subquery()
    )
    query = (
        select(ChargingSession.id_tag, refused.c.times, ChargingSession.started_at, ChargePoint.identity)
        .join(refused, refused.c.last == ChargingSession.id)
        .join(ChargePoint, ChargePoint.id == ChargingSession.charge_point_id)
        .order_by(ChargingSession.id.desc())
    )
    return [Unknown(*row) for row in db.session.execute(query)]
