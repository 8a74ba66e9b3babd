"""What the page of the audit log shows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import ColumnElement, or_, select

from wcc.access import sees_audit
from wcc.chargepoints.day import midnight
from wcc.db import db
from wcc.models import AuditEntry, User
from wcc.tables import Page, TableState, page

FILTERS = ("find", "action", "from", "to")


@dataclass(frozen=True)
class Line:
    """An entry with who did it and to whom; None where that person is gone (or there was none)."""

    entry: AuditEntry
    user: User | None
    about: User | None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text[:2] in ("19", "20") else None
    except ValueError:
        return None


def tidy(state: TableState, actions: Mapping[str, object]) -> TableState:
    """The state without filters that cannot be understood."""
    known = {name: value for name, value in state.filters.items() if name not in ("from", "to") or _day(value)}
    if known.get("action", "") not in actions:
        known.pop("action", None)
    return replace(state, filters=known)


def _mentions(text: str) -> ColumnElement[bool]:
    people = select(User.id).where(
        or_(*(column.icontains(text, autoescape=True) for column in (User.first_name, User.last_name, User.email)))
    )
    return or_(
        AuditEntry.subject.icontains(text, autoescape=True),
        AuditEntry.address.icontains(text, autoescape=True),
        AuditEntry.user_id.in_(people),
        AuditEntry.subject_user_id.in_(people),
    )


def find(user: User, state: TableState) -> Page[Line]:
    """A page of the log, newest first, as far as the user may see it."""
    zone = user.organization.time_zone
    query = select(AuditEntry).where(sees_audit(user))
    if state["find"]:
        query = query.where(_mentions(state["find"]))
    if state["action"]:
        query = query.where(AuditEntry.action == state["action"])
    if since := _day(state["from"]):
        query = query.where(AuditEntry.at >= midnight(since, zone))
    if until := _day(state["to"]):
        query = query.where(AuditEntry.at < midnight(until + timedelta(days=1), zone))
    found = page(query, (AuditEntry.id,), state, lambda entry: (entry.id,))
    return replace(found, rows=_with_people(found.rows))


def _with_people(entries: list[AuditEntry]) -> list[Line]:
    ids = {id for entry in entries for id in (entry.user_id, entry.subject_user_id) if id is not None}
    people = {person.id: person for person in db.session.scalars(select(User).where(User.id.in_(ids)))}
    return [Line(entry, people.get(entry.user_id or 0), people.get(entry.subject_user_id or 0)) for entry in entries]
