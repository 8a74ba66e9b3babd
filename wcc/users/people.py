"""People of an organization as administrators manage them, and as they manage themselves (R1.4, R1.5, R3.7)."""

import re
from collections.abc import Mapping

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from wcc import audit
from wcc.access import MAX_ID, grants, manages_group, may_add_people, may_administer, may_change, person_for
from wcc.clock import utcnow
from wcc.db import db, writing
from wcc.errors import Invalid, NotAllowed, NotFound
from wcc.models import AuthorizationTag, ChargingSession, Group, GroupUser, Organization, User
from wcc.organizations import service as organizations
from wcc.passwords import unusable
from wcc.tags import service as tags
from wcc.ui import LANGUAGES
from wcc.users.service import fold_email

# What is kept about a person beside e-mail, role and language, and how many characters of it.
FACTS = {"first_name": 100, "last_name": 100, "mobile_number": 30, "employee_number": 50, "customer_number": 50}
# What a session keeps of the person it belongs to; the card's own number stays, it is the charger's record.
IN_SESSIONS = ("first_name", "last_name", "email", "employee_number", "customer_number", "tag_alias")
LAST_OF = ("operator", "administrator")  # roles that must not become extinct
_PHONE = re.compile(r"[+]?[0-9 ()/.-]*")

EMAIL = "is no e-mail address"
TAKEN = "has an account already"
TOO_LONG = "is too long"
FORBIDDEN = "contains a character that cannot be used"
PHONE = "is no telephone number"
LANGUAGE = "is no language of the portal"
ROLE = "is no role that you can give"
GROUP = "is no group that you manage"
LAST = "is the last one"
NOBODY = "is nobody"


def _fact_fault(name: str, value: str) -> str | None:
    if not value.isprintable():
        return FORBIDDEN
    if len(value) > FACTS[name]:
        return TOO_LONG
    if name == "mobile_number" and value and not (_PHONE.fullmatch(value) and re.search("[0-9]", value)):
        return PHONE
    return None


def _email_fault(email: str) -> str | None:
    try:
        folded = fold_email(email)
    except Invalid:
        return EMAIL
    return TAKEN if db.session.scalar(select(User.id).where(User.email == folded)) else None


def _read(user: User, form: Mapping[str, str], **faults: str | None) -> dict[str, str]:
    """What a form says about a person, trimmed; what it does not name is left out. Raises Invalid with all that is at fault."""
    given = {name: form[name].strip() for name in FACTS if name in form}
    found = faults | {name: _fact_fault(name, value) for name, value in given.items()}
    if "language" in form:
        given["language"] = form["language"]
        found["language"] = None if form["language"] in LANGUAGES else LANGUAGE
    if "role" in form:
        given["role"] = form["role"]
        found["role"] = None if form["role"] in grants(user) else ROLE
    if wrong := {name: fault for name, fault in found.items() if fault}:
        raise Invalid(**wrong)
    return given


def add(user: User, form: Mapping[str, str]) -> User:
    """Add a person to the user's organization, or for an operator to another; a manager's to one of the groups they manage.

    They are invited (`invitations`): until they choose a password none lets them in. The form holds `email` and `role`, and may
    hold those of FACTS, `language`, `organization` and `group`, an id. Raises NotAllowed, or Invalid with the fields at fault.
    """
    if not may_add_people(user):
        raise NotAllowed("add")
    email, organization_id = form.get("email", ""), organizations.chosen(user, form.get("organization", ""))
    group = _group(user, organization_id, form.get("group", ""))
    needs_group = GROUP if group is None and (form.get("group") or not may_administer(user)) else None
    given = _read(user, {"role": "", **form}, email=_email_fault(email), group=needs_group)
    fresh = User(organization_id=organization_id, email=fold_email(email), password_hash=unusable(), invited_at=utcnow(), **given)
    try:
        with writing() as session:
            session.add(fresh)
            session.flush()
            audit.note(user, "user.added", about=fresh, detail=fresh.role)
            if group:
                session.add(GroupUser(group_id=group.id, user_id=fresh.id))
                audit.note(user, "group.person_added", group.name, about=fresh)
    except IntegrityError:  # somebody added the same address in this very moment
        raise Invalid(email=TAKEN) from None
    return fresh


def _group(user: User, organization_id: int, text: str) -> Group | None:
    """The group that a new person is put into, if the user manages it and it is of the person's organization."""
    if not (text.isascii() and text.isdigit()) or int(text) > MAX_ID:
        return None
    there = (Group.id == int(text), Group.organization_id == organization_id, manages_group(user))
    return db.session.scalar(select(Group).where(*there))


def _hold(session: Session, organization_id: int) -> None:
    """Let nobody else change who is in the organization until this transaction ends (SQLite has one writer anyway)."""
    session.execute(select(Organization.id).where(Organization.id == organization_id).with_for_update())


def _is_last(session: Session, person: User) -> bool:
    """Whether nobody else has the person's role: an operator in the installation, an administrator in the organization."""
    if person.role not in LAST_OF:
        return False
    others = select(func.count()).select_from(User).where(User.role == person.role, User.id != person.id)
    if person.role == "administrator":
        others = others.where(User.organization_id == person.organization_id)
    return not session.scalar(others)


def edit(user: User, user_id: int, form: Mapping[str, str]) -> User:
    """Change what is kept about a person; the own role stays as it is.

    Raises NotFound, NotAllowed, or Invalid with the fields at fault: the last administrator remains one.
    """
    person = person_for(user, user_id)
    given = _read(user, {name: value for name, value in form.items() if name != "role" or may_set_role(user, person)})
    with writing() as session:
        _hold(session, person.organization_id)
        changed = [name for name, value in given.items() if getattr(person, name) != value]
        if "role" in changed and _is_last(session, person):
            raise Invalid(role=LAST)
        for name in changed:
            setattr(person, name, given[name])
        if changed:
            said = [f"{name}={given[name]}" if name == "role" else name for name in changed]
            audit.note(user, "user.edited", about=person, detail=", ".join(said))
    return person


def may_set_role(user: User, person: User) -> bool:
    """Whether the user may give the person another role: never to oneself, and no manager to anybody (see `grants`)."""
    return user.id != person.id and may_administer(user)


def delete(user: User, user_ids: list[int]) -> int:
    """Delete people with their tags and sign-ins; what they charged stays, without their names. All or none; gives how many.

    Raises NotFound, NotAllowed, and Invalid when nobody is named or an organization would lose its last administrator.
    """
    people = [person_for(user, user_id) for user_id in dict.fromkeys(user_ids)]
    if not people:
        raise Invalid(people=NOBODY)
    with writing() as session:
        for organization_id in sorted({person.organization_id for person in people}):
            _hold(session, organization_id)
        for person in sorted(people, key=lambda person: person.id == user.id):  # oneself last: one still has to sign for the rest
            if _is_last(session, person):
                raise Invalid(people=LAST)
            _erase(session, user, person)
    return len(people)


def _erase(session: Session, by: User, person: User) -> None:
    own = select(AuthorizationTag).where(AuthorizationTag.user_id == person.id)
    for tag in session.scalars(own):
        session.delete(tag)
    theirs = ChargingSession.user_id == person.id
    session.execute(update(ChargingSession).where(theirs).values(dict.fromkeys(IN_SESSIONS)))
    audit.note(by, "user.deleted", about=person)
    session.flush()
    audit.forget(person.id)
    session.delete(person)
    session.flush()


def add_tag(user: User, user_id: int, tag: str, alias: str, type: str) -> AuthorizationTag:
    """Add a tag to a person; without its ID a virtual one is made. Raises NotFound, NotAllowed, or Invalid as `tags.add_tag`."""
    person = person_for(user, user_id)
    if not may_change(user):
        raise NotAllowed("tag")
    given = tag.strip()
    return tags.add_tag(person.organization, given or tags.invented(), virtual=not given, user=person, alias=alias, type=type, by=user)


def tag_of(user: User, user_id: int, tag_id: int) -> tuple[User, AuthorizationTag]:
    """A person's tag, for somebody who may take it away. Raises NotFound or NotAllowed."""
    person = person_for(user, user_id)
    query = select(AuthorizationTag).where(AuthorizationTag.id == tag_id, AuthorizationTag.user_id == person.id)
    found = db.session.scalar(query) if tag_id < 2**31 else None
    if found is None:
        raise NotFound(str(tag_id))
    if not may_change(user):
        raise NotAllowed("tag")
    return person, found


def remove_tag(user: User, user_id: int, tag_id: int) -> None:
    """Delete a person's tag: it is refused from now on. Raises NotFound or NotAllowed."""
    _person, tag = tag_of(user, user_id, tag_id)
    with writing() as session:
        tags.remove(session, user, tag)
