"""What went wrong, as RFC 9457 says it: application/problem+json, with the fields at fault where there are any."""

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from flask import Flask, Response, request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from wcc import ui
from wcc.clock import now_ms
from wcc.errors import Conflict, Invalid, NotAllowed, NotFound, Unavailable
from wcc.limits import limiter

log = structlog.get_logger()

PREFIX = "/api/v1"
MIMETYPE = "application/problem+json"

# status → (anchor on the readable page, title, when it is answered)
KINDS: dict[int, tuple[str, str, str]] = {
    400: ("malformed", "Bad request", "The request does not fit the description; `errors` names each field at fault."),
    401: ("unauthorized", "No good token", "No token, an unknown or revoked one, or one that has expired."),
    403: ("forbidden", "Not allowed", "The token's scopes, or the rights of its user, do not reach so far."),
    404: ("not-found", "Not found", "There is no such thing, or the token's user may not know that there is."),
    405: ("method", "Method not allowed", "This address knows other methods; `Allow` names them."),
    409: ("conflict", "Conflict", "Something that is there stands in the way."),
    413: ("too-large", "Too large", "The body has more than 256 KiB."),
    415: ("media-type", "Not JSON", "A body must be `application/json`."),
    422: (
        "refused",
        "Refused by a rule",
        "The request is well formed, but a rule forbids what it says; `errors` names the fields at fault.",
    ),
    429: ("too-many", "Too many requests", "Wait as many seconds as `Retry-After` says."),
    500: ("broken", "Something broke here", "An error of ours. It is in the log of the web process."),
    503: ("unavailable", "Not available now", "The database or Redis does not answer. Try again in a minute."),
}
TAKEN = ("is already in use", "exists already")  # the rooms' words for a name that somebody else has


class FieldError(BaseModel):
    """A field at fault. A dot leads into an object: `payload.connectorId`."""

    model_config = ConfigDict(extra="forbid")
    field: str
    message: str


class ProblemDetails(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "type": "/api/v1/docs#problem-not-found",
                    "title": "Not found",
                    "status": 404,
                    "detail": "There is no such thing, or the token's user may not know that there is.",
                }
            ]
        },
    )
    type: str = Field(description="Address of the explanation of this kind of problem.")
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = Field(default=None, description="The fields at fault; only where fields are at fault.")


class Problem(Exception):
    """Ends a request with a problem. `errors`: field → what is wrong with it."""

    def __init__(
        self, status: int, detail: str = "", errors: list[tuple[str, str]] | None = None, headers: Mapping[str, str] | None = None
    ):
        super().__init__(detail)
        self.status, self.detail, self.errors, self.headers = status, detail, errors or [], headers or {}


def answer(problem: Problem) -> Response:
    """The response that tells of it."""
    anchor, title, text = KINDS.get(problem.status, ("other", "Error", "See the status."))
    told = ProblemDetails(
        type=f"{PREFIX}/docs#problem-{anchor}",
        title=title,
        status=problem.status,
        detail=problem.detail or text,
        errors=[FieldError(field=field, message=message) for field, message in problem.errors] or None,
    )
    body = told.model_dump_json(exclude_none=True)
    return Response(body, problem.status, {**problem.headers, "Content-Type": MIMETYPE})


def _invalid(error: Invalid) -> Response:
    taken = any(text in TAKEN for text in error.fields.values())
    return answer(Problem(409 if taken else 422, str(error), list(error.fields.items())))


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    headers = {name: value for name, value in error.get_headers() if name not in ("Content-Type", "Content-Length")}
    if status == 429 and (limit := limiter.current_limit):
        headers["Retry-After"] = str(max(int(limit.reset_at) - now_ms() // 1000, 1))
    if status not in KINDS:  # what Werkzeug says of a request that it cannot read
        status = 400 if status < 500 else 500
    return answer(Problem(status, headers=headers))


def _database(error: Exception) -> Response:
    log.error("the database does not answer", error=str(error)[:200])
    return answer(Problem(503))


HANDLERS: dict[type[Exception], Callable[[Any], Response]] = {
    Problem: answer,
    NotFound: lambda error: answer(Problem(404)),
    NotAllowed: lambda error: answer(Problem(403)),
    Conflict: lambda error: answer(Problem(409, str(error))),
    Invalid: _invalid,
    Unavailable: lambda error: answer(Problem(503)),
    OperationalError: _database,
    PoolTimeout: _database,
    HTTPException: _http,
}


def init_app(app: Flask) -> None:
    """Addresses and methods that no route knows belong to no blueprint: below /api/ they are problems too."""

    def unrouted(error: HTTPException) -> Any:
        return _http(error) if request.path.startswith("/api/") else ui.http_error(error)

    for status in (404, 405):
        app.register_error_handler(status, unrouted)
