"""Lists of the API: a page of rows and the cursor of the next."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Select

from wcc.api.problems import Problem
from wcc.api.shapes import Paging
from wcc.errors import Invalid
from wcc.tables import Key, after


def rows(
    statement: Select[Any], key: Key, asked: Paging, values: Callable[[Any], Sequence[Any]], descending: bool = False
) -> tuple[list[Any], str | None]:
    """The rows that were asked for, and `next`. Raises Problem 422 for a cursor of something else."""
    try:
        found: tuple[list[Any], str | None] = after(statement, key, descending, asked.cursor, asked.limit, values)
    except Invalid as error:
        raise Problem(422, errors=list(error.fields.items())) from None
    return found
