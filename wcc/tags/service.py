"""Rules of authorization tags: cards and virtual tags (OCPP idTag)."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from wcc import audit
from wcc.access import MAX_ID, may_add_people, may_administer, sees_tag
from wcc.db import db, writing
from wcc.errors import Invalid, NotAllowed, NotFound
from wcc.models import AuthorizationTag, Organization, User
from wcc.models.tag import TAG_TYPES

LONGEST = 20  # CiString20Type, OCPP 1.6 §7.28
LONGEST_ALIAS = 100
LONGEST_NOTE = 500

LENGTH = f"must have 1 to {LONGEST} printable characters"
TAKEN = "exists already"
MISSING = "is required"
TYPE = f"must be one of {', '.join(TAG_TYPES)}"
STRANGER = "is not of the tag's organization"
TOO_LONG = "is too long"
FORBIDDEN = "contains a character that cannot be used"


@dataclass(frozen=True)
class Facts:
    """What people say about a tag. After `expires_at` it is refused, and always while it is `blocked`."""

    alias: str = ""
    type: str = "Other"
    note: str = ""
    blocked: bool = False
    expires_at: datetime | None = None
    user: User | None = None


def fold(tag: str) -> str:
    """The form in which tags are compared: chargers may change the case (OCPP 1.6 §7.28)."""
    return tag.casefold()


def _text_fault(text: str, longest: int) -> str | None:
    if not text.isprintable():
        return FORBIDDEN
    return TOO_LONG if len(text) > longest else None


def _faults(facts: Facts, organization_id: int) -> dict[str, str | None]:
    stranger = facts.user is not None and facts.user.organization_id != organization_id
    return {
        "alias": _text_fault(facts.alias, LONGEST_ALIAS),
        "type": None if facts.type in TAG_TYPES else TYPE,
        "note": _text_fault(facts.note, LONGEST_NOTE),
        "user": STRANGER if stranger else None,
    }


def _tag_fault(tag: str, organization_id: int) -> str | None:
    folded = fold(tag)  # may be longer than the tag
    if not tag or max(len(tag), len(folded)) > LONGEST or not tag.isprintable():
        return LENGTH
    taken = (AuthorizationTag.organization_id == organization_id) & (AuthorizationTag.folded == folded)
    return TAKEN if db.session.scalar(select(func.count()).select_from(AuthorizationTag).where(taken)) else None


def _refuse(faults: dict[str, str | None]) -> None:
    if wrong := {name: fault for name, fault in faults.items() if fault}:
        raise Invalid(**wrong)


def add_tag(
    organization: Organization,
    tag: str,
    *,
    virtual: bool = False,
    user: User | None = None,
    expires_at: datetime | None = None,
    alias: str = "",
    type: str = "Other",
    note: str = "",
    blocked: bool = False,
    by: User | None = None,
) -> AuthorizationTag:
    """A new tag, unique in its organization in folded form; `by` adds it (None: the command line).

    Raises Invalid for a tag of the wrong length, a taken one, an unknown type and a user of another organization.
    """
    tag = tag.strip()
    facts = Facts(alias.strip(), type, note.strip(), blocked, expires_at, user)
    _refuse(_faults(facts, organization.id) | {"tag": _tag_fault(tag, organization.id)})
    fresh = AuthorizationTag(organization_id=organization.id, tag=tag, folded=fold(tag), virtual=virtual)
    _put(fresh, facts)
    try:
        with writing() as session:
            session.add(fresh)
            audit.note(by, "tag.added", tag, about=user, organization_id=organization.id)
            session.flush()
    except IntegrityError:  # somebody added the same tag in this very moment
        raise Invalid(tag=TAKEN) from None
    return fresh


def invented() -> str:
    """A tag that no card has: for remote starts."""
    return f"V-{secrets.token_hex(8).upper()}"


def _put(tag: AuthorizationTag, facts: Facts) -> list[str]:
    """Write the facts into a tag; gives the names of those that are new."""
    given = {
        "alias": facts.alias,
        "type": facts.type,
        "note": facts.note,
        "blocked": facts.blocked,
        "expires_at": facts.expires_at,
        "user_id": facts.user.id if facts.user else None,
    }
    changed = [name for name, value in given.items() if getattr(tag, name) != value]
    for name in changed:
        setattr(tag, name, given[name])
    return changed


def owned(user: User, tag_id: int) -> AuthorizationTag:
    """A tag that the user may change. Raises NotFound, or NotAllowed for one that may only be looked at."""
    query = select(AuthorizationTag).where(AuthorizationTag.id == tag_id, sees_tag(user))
    found = db.session.scalar(query) if tag_id <= MAX_ID else None
    if found is None:
        raise NotFound(str(tag_id))
    if not may_add_people(user):
        raise NotAllowed(str(tag_id))
    return found


def add_for(user: User, tag: str, virtual: bool, facts: Facts) -> AuthorizationTag:
    """Add a tag to the user's organization; a manager's tags have an owner. Raises NotAllowed, Invalid as `add_tag`."""
    if not may_add_people(user):
        raise NotAllowed("add")
    _refuse({"user": _owner_fault(user, facts)})
    return add_tag(user.organization, tag, virtual=virtual, by=user, **vars(facts))


def _owner_fault(user: User, facts: Facts) -> str | None:
    """A manager sees no tag that is nobody's, so they must not make one."""
    return None if facts.user or may_administer(user) else MISSING


def edit(user: User, tag_id: int, facts: Facts) -> AuthorizationTag:
    """Change what is said about a tag. Raises NotFound, NotAllowed, or Invalid with the fields at fault."""
    found = owned(user, tag_id)
    _refuse({"user": _owner_fault(user, facts)})
    facts = Facts(facts.alias.strip(), facts.type, facts.note.strip(), facts.blocked, facts.expires_at, facts.user)
    _refuse(_faults(facts, found.organization_id))
    with writing():
        if changed := _put(found, facts):
            about = facts.user or found.user
            audit.note(user, "tag.edited", found.tag, detail=", ".join(changed), about=about, organization_id=found.organization_id)
    return found


def delete(user: User, tag_ids: list[int]) -> list[str]:
    """Delete tags: they are refused from now on, and their sessions stay. Gives the tags; all or none.

    Raises NotFound, NotAllowed, and Invalid when none is named.
    """
    if not tag_ids:
        raise Invalid(tags="none is ticked")
    found = [owned(user, tag_id) for tag_id in dict.fromkeys(tag_ids)]
    with writing() as session:
        for tag in found:
            remove(session, user, tag)
    return [tag.tag for tag in found]


def remove(session: Session, by: User, tag: AuthorizationTag) -> None:
    """Delete a tag in the caller's transaction."""
    audit.note(by, "tag.deleted", tag.tag, about=tag.user, organization_id=tag.organization_id)
    session.delete(tag)
