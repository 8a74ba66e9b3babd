"""The routes of the API as they were declared, and their description as OpenAPI 3.1: one source for both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from wcc.api.problems import KINDS, MIMETYPE, PREFIX, ProblemDetails
from wcc.api.shapes import NO_NUL, NoQuery, Paging

GROUPS = {
    "charge-points": "Charging stations that the token's user sees.",
    "tags": "Authorization tags: RFID cards and virtual tags (OCPP idTag).",
    "sessions": "Charging sessions (OCPP transactions) and their meter values.",
    "operations": "What chargers are asked to do, and what they answer.",
}
SCOPE_TEXTS = {
    "read": "see what the user sees",
    "write": "change what the user may change",
    "operate": "send operations to the chargers that the user may operate",
}
# Parts of addresses: Flask's converter, JSON schema, what it is.
PARTS: dict[str, tuple[str, dict[str, Any], str]] = {
    "identity": (
        "identity",
        {"type": "string", "minLength": 1, "maxLength": 255, "pattern": NO_NUL, "examples": ["NEXT-WS104645"]},
        "Charge point ID (OCPP identity).",
    ),
    "tag": (
        "path:tag",
        {"type": "string", "minLength": 1, "maxLength": 20, "pattern": NO_NUL, "examples": ["04A2B3C4D5E680"]},
        "The tag; upper and lower case are the same.",
    ),
    "session_id": (
        "int:session_id",
        {"type": "integer", "minimum": 1, "maximum": 2147483647, "examples": [1]},
        "Number of the session (OCPP transactionId).",
    ),
    "operation_id": (
        "int:operation_id",
        {"type": "integer", "minimum": 1, "maximum": 2147483647, "examples": [1]},
        "Number of the operation.",
    ),
}
ALWAYS = (400, 401, 403, 429, 500, 503)
ABOUT = """What the portal does, for programs. Every request brings a token: `Authorization: Bearer wcc_…`. Tokens are made in the portal
under "Your account" → "API tokens", or by `wcc token create`. A token acts as its user and may never more; its scopes only narrow that:
{scopes}.

Times are RFC 3339; ours are UTC. Energy is in Wh, power in W. Lists are given page by page: send `next` of one page as `cursor` of the
next, until it is null. Errors are `application/problem+json` (RFC 9457). Unknown fields and arguments are refused with 400."""


@dataclass(frozen=True)
class Answer:
    """A good answer: its body and what it means; `headers` name → meaning."""

    model: type[BaseModel] | None
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Endpoint:
    """A route. `path` is written as in OpenAPI; `problems` are those beside ALWAYS."""

    method: str
    path: str
    name: str
    summary: str
    scope: str
    answers: Mapping[int, Answer]
    text: str = ""
    problems: tuple[int, ...] = ()
    query: type[BaseModel] = NoQuery
    body: type[BaseModel] | None = None

    @property
    def group(self) -> str:
        """The resource that it is listed under."""
        return "operations" if "operations" in self.path else self.path.split("/")[1]

    @property
    def parts(self) -> list[str]:
        """Names of the variable parts of its address."""
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]

    @property
    def rule(self) -> str:
        """Its address as Flask writes it."""
        return "/".join(f"<{PARTS[part[1:-1]][0]}>" if part.startswith("{") else part for part in self.path.split("/"))

    @property
    def faults(self) -> list[int]:
        """Statuses of the problems that it may answer with."""
        own = {*ALWAYS, *self.problems, *((413, 415, 422) if self.body else ()), *((404,) if self.parts else ())}
        own |= {422} if issubclass(self.query, Paging) else set()  # a cursor of another list
        return sorted(own)


ENDPOINTS: list[Endpoint] = []


def _models() -> dict[str, type[BaseModel]]:
    found: dict[str, type[BaseModel]] = {"ProblemDetails": ProblemDetails}
    for each in ENDPOINTS:
        for model in (each.body, *(answer.model for answer in each.answers.values())):
            if model:
                found[model.__name__] = model
    return found


def _schemas() -> dict[str, Any]:
    inputs = {each.body for each in ENDPOINTS if each.body}
    modes = [(model, "validation" if model in inputs else "serialization") for model in _models().values()]
    _references, schema = models_json_schema(modes, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    found: dict[str, Any] = schema["$defs"]
    return found


def _parameters(each: Endpoint) -> list[dict[str, Any]]:
    found = [{"name": part, "in": "path", "required": True, "schema": PARTS[part][1], "description": PARTS[part][2]} for part in each.parts]
    for name, schema in each.query.model_json_schema().get("properties", {}).items():
        told = {key: value for key, value in schema.items() if key not in ("title", "description")}
        found.append({"name": name, "in": "query", "required": False, "schema": told, "description": schema.get("description", "")})
    return found


def _content(model: type[BaseModel], mimetype: str = "application/json") -> dict[str, Any]:
    return {mimetype: {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}


def _response(answer: Answer) -> dict[str, Any]:
    told: dict[str, Any] = {"description": answer.text}
    if answer.model:
        told["content"] = _content(answer.model)
    if answer.headers:
        told["headers"] = {name: {"description": text, "schema": {"type": "string"}} for name, text in answer.headers.items()}
    return told


def _operation(each: Endpoint) -> dict[str, Any]:
    responses = {str(status): _response(answer) for status, answer in each.answers.items()}
    responses |= {str(status): {"$ref": f"#/components/responses/{KINDS[status][0]}"} for status in each.faults}
    told: dict[str, Any] = {
        "operationId": each.name,
        "tags": [each.group],
        "summary": each.summary,
        "description": f"{each.text}\n\nScope: `{each.scope}`.".strip(),
        "parameters": _parameters(each),
        "security": [{"token": [each.scope]}],
        "responses": responses,
    }
    if each.body:
        told["requestBody"] = {"required": True, "content": _content(each.body)}
    return told


def _problem(status: int) -> dict[str, Any]:
    told: dict[str, Any] = {"description": f"{KINDS[status][1]}. {KINDS[status][2]}", "content": _content(ProblemDetails, MIMETYPE)}
    headers = {401: "WWW-Authenticate", 429: "Retry-After", 405: "Allow"}
    if name := headers.get(status):
        told["headers"] = {name: {"schema": {"type": "string"}}}
    return told


@cache
def description() -> dict[str, Any]:
    """The whole API as an OpenAPI 3.1 document."""
    paths: dict[str, Any] = {}
    for each in ENDPOINTS:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    scopes = "; ".join(f"`{scope}`: {text}" for scope, text in SCOPE_TEXTS.items())
    return {
        "openapi": "3.1.0",
        "info": {"title": "WCC API", "version": "1", "description": ABOUT.format(scopes=scopes)},
        "servers": [{"url": PREFIX}],
        "tags": [{"name": name, "description": text} for name, text in GROUPS.items()],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "A token of your account: `wcc_…`."}},
            "responses": {KINDS[status][0]: _problem(status) for status in KINDS},
            "schemas": _schemas(),
        },
    }
