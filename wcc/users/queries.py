"""What the pages of users show. Every read asks `access` inside its query."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import func, or_, select

from wcc.access import manages_group, person_for, sees_group, sees_tag, sees_user
from wcc.db import db
from wcc.models import AuthorizationTag, Group, GroupUser, User
from wcc.models.user import ROLES
from wcc.tables import Key, Page, TableState, page

SORTS = ("name", "email")
FILTERS = ("find", "role")


def _order(state: TableState) -> tuple[Key, Callable[[User], Sequence[Any]]]:
    if state.sort == "email":
        return (User.email, User.id), lambda user: (user.email, user.id)
    return (User.last_name, User.first_name, User.id), lambda user: (user.last_name, user.first_name, user.id)


def find(user: User, state: TableState) -> Page[User]:
    """A page of the people whom the user may see, by `name` or `email`."""
    query = select(User).where(sees_user(user))
    if text := state["find"]:
        columns = (User.first_name, User.last_name, User.email, User.employee_number, User.customer_number)
        query = query.where(or_(*(column.icontains(text, autoescape=True) for column in columns)))
    if state["role"] in ROLES:
        query = query.where(User.role == state["role"])
    key, values = _order(state)
    return page(query, key, state, values)


def tag_counts(user: User, people: list[User]) -> dict[int | None, int]:
    """How many tags each of these people has, as far as the user may see them."""
    owner = AuthorizationTag.user_id
    query = select(owner, func.count()).where(owner.in_([person.id for person in people]), sees_tag(user))
    return {row[0]: row[1] for row in db.session.execute(query.group_by(owner))}


def tags(user: User, person: User) -> list[AuthorizationTag]:
    """A person's tags."""
    query = select(AuthorizationTag).where(AuthorizationTag.user_id == person.id, sees_tag(user))
    return list(db.session.scalars(query.order_by(AuthorizationTag.alias, AuthorizationTag.folded)))


def groups(user: User) -> list[Group]:
    """The groups of the own organization that the user may put a new person into."""
    query = select(Group).where(manages_group(user), Group.organization_id == user.organization_id)
    return list(db.session.scalars(query.order_by(Group.folded)))


def groups_of(user: User, person: User) -> list[Group]:
    """The groups that a person is in, as far as the user sees them."""
    query = select(Group).join(GroupUser, GroupUser.group_id == Group.id).where(GroupUser.user_id == person.id, sees_group(user))
    return list(db.session.scalars(query.order_by(Group.folded)))


def chosen(user: User, user_ids: list[int]) -> list[User]:
    """The people whom somebody ticked, each of whom the user may delete. Raises NotFound or NotAllowed."""
    return [person_for(user, user_id) for user_id in dict.fromkeys(user_ids)]
