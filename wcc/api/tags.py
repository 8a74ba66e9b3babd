"""/tags: list, add, look at, change, delete."""

from datetime import datetime
from typing import Annotated, Literal, get_args

from flask import url_for
from pydantic import Field, StringConstraints

from wcc.access import may_add_people
from wcc.api import paging, queries
from wcc.api.describe import Answer, Endpoint
from wcc.api.door import route
from wcc.api.shapes import NO_NUL, Input, Moment, NoQuery, Output, Paging
from wcc.errors import NotAllowed
from wcc.models import AuthorizationTag, User
from wcc.models.tag import TAG_TYPES
from wcc.tags import queries as rooms
from wcc.tags import service

Type = Literal["Other", "Private", "Business"]
assert get_args(Type) == TAG_TYPES
Email = Annotated[str, StringConstraints(max_length=254, pattern=NO_NUL)]


class TagFacts(Input):
    """What people say about a tag."""

    alias: Annotated[str, StringConstraints(max_length=service.LONGEST_ALIAS, pattern=NO_NUL)] = ""
    type: Type = "Other"
    note: Annotated[str, StringConstraints(max_length=service.LONGEST_NOTE, pattern=NO_NUL)] = ""
    blocked: bool = Field(default=False, description="Refused from now on.")
    expires_at: Moment | None = Field(default=None, description="Refused from then on; null: never.")
    user: Email | None = Field(default=None, description="E-mail of whom sessions with it belong to; null: nobody.")


class NewTag(TagFacts):
    """A tag to be let in."""

    tag: Annotated[str, StringConstraints(min_length=1, max_length=service.LONGEST, pattern=NO_NUL)] = Field(examples=["04A2B3C4D5E680"])
    virtual: bool = Field(default=False, description="Not a card: for remote starts.")


class TagChange(TagFacts):
    """What is to change; what is not there stays."""


class TagShown(Output):
    """A tag."""

    tag: str
    organization_id: int
    virtual: bool
    alias: str
    type: Type
    note: str
    blocked: bool
    expires_at: datetime | None
    user: str | None
    parent: str | None
    state: Literal["valid", "blocked", "expired"] = Field(description="As a charger would be told now.")
    created_at: datetime


class TagPage(Output):
    """Tags by their text."""

    items: list[TagShown]
    next: str | None = Field(description="Cursor of the next page.")


SAME = tuple(name for name in TagShown.model_fields if name not in ("user", "state"))


def _shown(tag: AuthorizationTag) -> TagShown:
    facts = {name: getattr(tag, name) for name in SAME}
    return TagShown(**facts, user=tag.user.email if tag.user else None, state=rooms.state_of(tag))  # type: ignore[arg-type]


@route(Endpoint("GET", "/tags", "list_tags", "List tags", "read", {200: Answer(TagPage, "A page.")}, query=Paging))
def list_all(user: User, query: Paging) -> TagPage:
    key = (AuthorizationTag.folded, AuthorizationTag.id)
    rows, following = paging.rows(queries.tags(user), key, query, lambda row: (row.folded, row.id))
    return TagPage(items=[_shown(row) for row in rows], next=following)


@route(
    Endpoint(
        "POST",
        "/tags",
        "add_tag",
        "Add a tag",
        "write",
        {201: Answer(TagShown, "Chargers are told that it is accepted.", {"Location": "Its address."})},
        text="For administrators, and for group managers with a `user` of theirs.",
        problems=(409,),
        body=NewTag,
    )
)
def add(user: User, query: NoQuery, body: NewTag) -> tuple[TagShown, int, dict[str, str]]:
    if not may_add_people(user):
        raise NotAllowed("add")
    facts = service.Facts(body.alias, body.type, body.note, body.blocked, body.expires_at, rooms.person(user, body.user or ""))
    fresh = service.add_for(user, body.tag, body.virtual, facts)
    return _shown(fresh), 201, {"Location": url_for("api.get_tag", tag=fresh.tag)}


@route(Endpoint("GET", "/tags/{tag}", "get_tag", "Look at a tag", "read", {200: Answer(TagShown, "As it is now.")}, problems=(409,)))
def show(user: User, tag: str, query: NoQuery) -> TagShown:
    return _shown(queries.tag(user, tag))


@route(
    Endpoint(
        "PATCH",
        "/tags/{tag}",
        "change_tag",
        "Change a tag: block it, let it expire, give it to somebody",
        "write",
        {200: Answer(TagShown, "As it is now.")},
        problems=(409,),
        body=TagChange,
    )
)
def change(user: User, tag: str, query: NoQuery, body: TagChange) -> TagShown:
    found = service.owned(user, queries.tag(user, tag).id)
    given = body.model_fields_set
    kept = {name: getattr(found, name) for name in ("alias", "type", "note", "blocked", "expires_at", "user") if name not in given}
    asked = {name: getattr(body, name) for name in given}
    if "user" in asked:
        asked["user"] = rooms.person(user, asked["user"] or "")
    return _shown(service.edit(user, found.id, service.Facts(**kept, **asked)))


@route(
    Endpoint(
        "DELETE",
        "/tags/{tag}",
        "delete_tag",
        "Delete a tag",
        "write",
        {204: Answer(None, "It is refused from now on. Its sessions stay.")},
        problems=(409,),
    )
)
def delete(user: User, tag: str, query: NoQuery) -> None:
    service.delete(user, [queries.tag(user, tag).id])
