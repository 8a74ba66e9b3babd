"""Words, numbers and times as the API takes and gives them: the one source of checking and of description."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from wcc.models.api_token import SCOPES

Scope = Literal["read", "write", "operate"]
assert get_args(Scope) == SCOPES

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_WHOLE = re.compile(r"-?[0-9]{1,10}")
NO_NUL = r"^[^\x00]*$"


def _moment(value: Any) -> datetime:
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("is no time with an offset (RFC 3339), such as 2027-01-31T18:00:00Z")
    try:
        return datetime.fromisoformat(value.upper().replace(" ", "T")).astimezone(UTC)
    except OverflowError:
        raise ValueError("lies outside the calendar") from None


def _whole(value: Any) -> int:
    if not isinstance(value, str) or not _WHOLE.fullmatch(value):
        raise ValueError("is no whole number")
    return int(value)


def _integral(value: Any) -> Any:
    """1.0 is a whole number too (JSON Schema)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Moment = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
Text = Annotated[str, StringConstraints(pattern=NO_NUL)]
Number = Annotated[
    int, BeforeValidator(_integral), Field(ge=1, le=2147483647), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 2147483647})
]
# A number in the query of an address: there everything is text.
Limit = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=100), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 100})]


class Input(BaseModel):
    """What a request brings. Unknown names are faults: a misspelt one must not be silently without effect."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Output(BaseModel):
    """What an answer brings; everything in it is always there, empty or null where it is not known or not shown to this user."""

    model_config = ConfigDict(extra="forbid")


class NoQuery(Input):
    """No arguments."""


class Paging(Input):
    """How much of a list, and from where."""

    limit: Limit = Field(default=20, description="Most entries of this page.")
    cursor: Text = Field(default="", max_length=500, description="`next` of the page before; nothing for the first page.")
