"""The state of a table as its URL tells it (entries per page, sort, filters, place), and pages of rows by keyset.

A page costs the same wherever it lies: it begins after (or before) a row, never at a number of rows from the start.
Rubbish in the URL is never an error: it is read as the default.
"""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar
from urllib.parse import urlencode

import orjson
from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    func,
    select,
    tuple_,
)
from sqlalchemy.orm import InstrumentedAttribute

from wcc.clock import from_ms, to_ms
from wcc.db import UtcMs, db
from wcc.errors import Invalid

SIZES = (10, 20, 30, 40, 50)
COUNT_CAP = 10_000  # more rows are said as "10 000+": counting millions would cost more than the page
MAX_TEXT = 200
_MAX_INT = 2**63

Row = TypeVar("Row")


def clean(text: str) -> str:
    """What a person typed, fit for any query: no control characters or lone surrogates, at most 200 characters."""
    printable = "".join(letter for letter in text if letter.isprintable())
    return printable.encode("utf-8", "ignore").decode()[:MAX_TEXT].strip()


@dataclass(frozen=True)
class TableState:
    """What one view of a table shows. `after`/`before` name the row at the edge of the page that we came from."""

    path: str
    size: int = SIZES[0]
    sort: str = "id"
    descending: bool = False
    after: str = ""
    before: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    default: str = "id"  # sort of a URL that names none; "-" first: descending

    sizes: ClassVar[tuple[int, ...]] = SIZES

    @classmethod
    def read(
        cls,
        arguments: Mapping[str, str],
        path: str,
        sorts: Sequence[str],
        default: str,
        filters: Sequence[str] = (),
    ) -> "TableState":
        """State from a request's arguments. `sorts`: keys one may sort by; `filters`: names of arguments that filter."""
        size = arguments.get("size", "")
        sort = arguments.get("sort", "")
        sort = sort if sort.removeprefix("-") in sorts else default
        return cls(
            path=path,
            size=next((each for each in SIZES if str(each) == size), SIZES[0]),
            sort=sort.removeprefix("-"),
            descending=sort.startswith("-"),
            after=arguments.get("after", "")[:500],
            before=arguments.get("before", "")[:500],
            filters={name: clean(arguments.get(name, "")) for name in filters},
            default=default,
        )

    def __getitem__(self, name: str) -> str:
        """A filter's value; empty where it does not filter."""
        return self.filters.get(name, "")

    @property
    def filtered(self) -> bool:
        """Whether any filter is set."""
        return any(self.filters.values())

    @property
    def order(self) -> str:
        """Sort as the URL says it: `started` or `-started`."""
        return f"-{self.sort}" if self.descending else self.sort

    def url(self, **changes: Any) -> str:
        """URL of the table with changes: `size`, `sort`, `after`, `before` or a filter.

        Without changes it is this very page; all changes but those of the place begin at the first page.
        """
        return self.url_of(self.path, **changes)

    def url_of(self, path: str, **changes: Any) -> str:
        """As `url`, under another path: an export of the same set, for instance."""
        places = {name: changes.pop(name) for name in ("after", "before") if name in changes}
        if not places and not changes:
            places = {"after": self.after, "before": self.before}
        size = changes.pop("size", self.size)
        sort = changes.pop("sort", self.order)
        query = {name: value for name, value in {**self.filters, **changes}.items() if value}
        query |= {"size": str(size)} if size != SIZES[0] else {}
        query |= {"sort": sort} if sort != self.default else {}
        query |= {name: value for name, value in places.items() if value}
        return f"{path}?{urlencode(query)}" if query else path

    def sort_url(self, key: str) -> str:
        """URL that sorts by a key; by the present one: the other way round."""
        return self.url(sort=f"-{key}" if self.order == key else key)

    def aria_sort(self, key: str) -> str:
        """Value of `aria-sort` for a column's header; empty where it is not the one sorted by."""
        return "" if key != self.sort else "descending" if self.descending else "ascending"


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows of one page. `first` is the number of the first one; `total` is capped: see `total_text`."""

    rows: list[Row]
    state: TableState
    first: int
    total: int
    next: str | None  # URLs; None at either end
    previous: str | None

    @property
    def last(self) -> int:
        """Number of the last row of this page."""
        return self.first + len(self.rows) - 1

    @property
    def more_than_total(self) -> bool:
        """Whether there are more rows than were counted."""
        return self.total > COUNT_CAP


def counted(statement: Select[Any]) -> int:
    """Number of rows of a statement, counted up to one more than COUNT_CAP."""
    # A column of its own, not a constant: for who may see everything no condition names the table.
    some = statement.order_by(None).with_only_columns(next(iter(statement.selected_columns))).limit(COUNT_CAP + 1).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


def count_text(total: int, number: Callable[[int], str] = str) -> str:
    """A count as it is shown: `812`, or `10000+` where counting ended. `number` writes it in the user's language."""
    return f"{number(COUNT_CAP)}+" if total > COUNT_CAP else number(total)


Key = Sequence[InstrumentedAttribute[Any] | ColumnElement[Any]]


def _encode(values: Sequence[Any], first: int) -> str:
    plain = [to_ms(value) if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(orjson.dumps([*plain, first])).rstrip(b"=").decode()


def _fits(value: Any, column: InstrumentedAttribute[Any] | ColumnElement[Any]) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _MAX_INT:
        raise ValueError(value)
    if isinstance(column.type, UtcMs):
        if type(value) is not int:
            raise ValueError(value)
        return from_ms(value)
    kind = column.type.python_type
    if type(value) is not kind and not (kind is float and type(value) is int):
        raise ValueError(value)
    if isinstance(value, str) and "\0" in value:
        raise ValueError(value)
    return value


def _decode(cursor: str, key: Key) -> tuple[list[Any], int] | None:
    """Values of the edge row and its number; None for no cursor, or one that we did not make."""
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        *values, first = parts
        if len(values) != len(key) or type(first) is not int or abs(first) >= _MAX_INT:
            return None
        return [_fits(value, column) for value, column in zip(values, key, strict=True)], first
    except (ValueError, TypeError, OverflowError, OSError, binascii.Error):
        return None


def beyond(key: Key, values: Sequence[Any], descending: bool) -> ColumnElement[bool]:
    """Condition: rows that come after the given one in this order."""
    bound = [bindparam(None, value, column.type) for value, column in zip(values, key, strict=True)]
    left, right = tuple_(*key), tuple_(*bound)
    return left < right if descending else left > right


def page(
    statement: Select[Any],
    key: Key,
    state: TableState,
    values: Callable[[Any], Sequence[Any]],
) -> Page[Any]:
    """One page of a statement without order. `key`: columns of the order, the last one unique, none of them NULL.

    `values(row)` gives the key's values of a row. Rows are entities (or single columns) of the statement.
    """
    back = _decode(state.before, key)
    place = back or _decode(state.after, key)
    descending = state.descending != bool(back)  # towards the start we read the other way round
    wanted = statement if place is None else statement.where(beyond(key, place[0], descending))
    ordered = wanted.order_by(*(column.desc() if descending else column.asc() for column in key)).limit(state.size + 1)
    rows = list(db.session.scalars(ordered).unique())
    more, rows = len(rows) > state.size, rows[: state.size]
    if (back and not more) or (place and not rows):  # the start was reached, or all is gone: the first page, full
        return page(statement, key, replace(state, before="", after=""), values)
    if back:
        rows.reverse()
    first = 1 if place is None else max(place[1] - len(rows) if back else place[1] + 1, 1)
    has_next, has_previous = more if not back else True, place is not None
    return Page(
        rows=rows,
        state=state,
        first=first if rows else 0,
        total=counted(statement),
        next=state.url(after=_encode(values(rows[-1]), first + len(rows) - 1)) if rows and has_next else None,
        previous=state.url(before=_encode(values(rows[0]), first)) if rows and has_previous else None,
    )


def batches(
    statement: Select[Any],
    key: Key,
    descending: bool,
    values: Callable[[Any], Sequence[Any]],
    size: int = 500,
) -> Any:
    """All rows of a statement in constant memory: fetched a batch at a time, nothing is held open in between."""
    ordered = statement.order_by(*(column.desc() if descending else column.asc() for column in key)).limit(size)
    edge: Sequence[Any] | None = None
    while True:
        rows = db.session.scalars(ordered if edge is None else ordered.where(beyond(key, edge, descending))).unique().all()
        edge = values(rows[-1]) if rows else None
        db.session.close()  # the connection goes back to the pool while the reader is slow; the rows stay as they are
        yield from rows
        if len(rows) < size:
            return


def after(statement: Select[Any], key: Key, descending: bool, cursor: str, size: int, values: Callable[[Any], Sequence[Any]]) -> Any:
    """At most `size` rows after a cursor ("": from the start), and the cursor of the next ones, or None; nothing is counted.

    `key` and `values` as for `page`. Raises Invalid for a cursor that we did not make.
    """
    place = _decode(cursor, key)
    if cursor and place is None:
        raise Invalid(cursor="is none of this list")
    wanted = statement if place is None else statement.where(beyond(key, place[0], descending))
    ordered = wanted.order_by(*(column.desc() if descending else column.asc() for column in key)).limit(size + 1)
    rows = list(db.session.scalars(ordered).unique())
    return rows[:size], _encode(values(rows[size - 1]), 0) if len(rows) > size else None
