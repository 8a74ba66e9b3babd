"""Rules of authorization tags: cards and virtual tags (OCPP idTag)."""

from datetime import datetime

from sqlalchemy import func, select

from wcc.db import db, writing
from wcc.errors import Invalid
from wcc.models import AuthorizationTag, Organization, User
from wcc.models.tag import TAG_TYPES

LONGEST = 20  # CiString20Type, OCPP 1.6 §7.28


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
) -> AuthorizationTag:
    """A new tag, unique in its organization in folded form.

    Raises Invalid for a tag of the wrong length, a taken one, an unknown type and a user of another organization.
    """
    tag = tag.strip()
    folded = fold(tag)  # may be longer than the tag
    if not tag or max(len(tag), len(folded)) > LONGEST or not tag.isprintable():
        raise Invalid(tag=f"must have 1 to {LONGEST} printable characters")
    if type not in TAG_TYPES:
        raise Invalid(type=f"must be one of {', '.join(TAG_TYPES)}")
    if user is not None and user.organization_id != organization.id:
        raise Invalid(user=f"{user.email} is not of {organization.name}")
    taken = (AuthorizationTag.organization_id == organization.id) & (AuthorizationTag.folded == folded)
    if db.session.scalar(select(func.count()).select_from(AuthorizationTag).where(taken)):
        raise Invalid(tag=f"{tag!r} exists already")
    fresh = AuthorizationTag(
        organization_id=organization.id,
        user_id=user.id if user else None,
        tag=tag,
        folded=folded,
        virtual=virtual,
        alias=alias,
        type=type,
        expires_at=expires_at,
        note=note,
    )
    with writing() as session:
        session.add(fresh)
    return fresh


def fold(tag: str) -> str:
    """The form in which tags are compared: chargers may change the case (OCPP 1.6 §7.28)."""
    return tag.casefold()
