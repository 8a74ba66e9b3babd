"""The blueprint of the API: who asks, what a request brings, and how an answer is written."""

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

import orjson
from flask import Blueprint, Response, current_app, request
from flask_babel import force_locale
from flask_limiter.util import get_remote_address
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm.attributes import set_committed_value

from wcc.api.describe import ENDPOINTS, Endpoint
from wcc.api.problems import HANDLERS, PREFIX, Problem
from wcc.config import Settings
from wcc.db import db
from wcc.limits import limiter
from wcc.models import ApiToken, User
from wcc.users import tokens

api = Blueprint("api", __name__, url_prefix=PREFIX)
for kind, handler in HANDLERS.items():
    api.register_error_handler(kind, handler)

LARGEST_BODY = 256 * 1024
MOST_FAULTS = 50
View = TypeVar("View", bound=Callable[..., Any])


def settings() -> Settings:
    """Of this installation."""
    found: Settings = current_app.config["SETTINGS"]
    return found


def _word() -> str:
    scheme, _blank, word = request.headers.get("Authorization", "").partition(" ")
    return word.strip() if scheme.casefold() == "bearer" else ""


def _token_key() -> str:
    """What requests are counted by: the token, good or not; else the address."""
    word = _word()
    return f"token-{hashlib.sha256(word.encode()).hexdigest()}" if word else get_remote_address()


per_token = limiter.shared_limit(lambda: settings().api_requests, scope="api", key_func=_token_key)
per_refusal = limiter.shared_limit(
    lambda: settings().api_refusals, scope="api-refusals", deduct_when=lambda answer: bool(answer.status_code == 401)
)


def _who(scope: str) -> User:
    """The person whom the token of this request stands for. Raises Problem 401, or 403 without the scope."""
    word = _word()
    found: ApiToken | None = tokens.recognize(word) if word else None
    if found is None:
        more = ', error="invalid_token"' if word else ""
        raise Problem(401, headers={"WWW-Authenticate": f'Bearer realm="wcc"{more}'})
    if scope not in found.scopes.split():
        challenge = f'Bearer realm="wcc", error="insufficient_scope", scope="{scope}"'
        raise Problem(403, f"This token does not have the scope {scope}.", headers={"WWW-Authenticate": challenge})
    user = found.user
    for each in (found, user):  # never to be read anew
        db.session.expunge(each)
    # What a person looks at in the browser just now must not change what their programs get.
    set_committed_value(user, "group_id", None)
    return user


def _checked(model: type[BaseModel], given: Any) -> BaseModel:
    """What was given, as the model says. Raises Problem 400 with the fields at fault."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        named = [(".".join(map(str, fault["loc"])), fault["msg"].removeprefix("Value error, ")) for fault in faults[:MOST_FAULTS]]
        raise Problem(400, errors=named) from None


def _query(model: type[BaseModel]) -> BaseModel:
    if twice := [name for name, values in request.args.lists() if len(values) > 1]:
        raise Problem(400, errors=[(name, "stands there more than once") for name in twice[:MOST_FAULTS]])
    return _checked(model, request.args.to_dict())


def _body(model: type[BaseModel]) -> BaseModel:
    if request.mimetype != "application/json":
        raise Problem(415)
    request.max_content_length = LARGEST_BODY
    data = request.get_data(cache=False)
    try:
        given = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Problem(400, f"The body is no JSON: {error}") from None
    if not isinstance(given, dict):
        raise Problem(400, "The body must be a JSON object.")
    return _checked(model, given)


def _written(result: Any, endpoint: Endpoint) -> Response:
    """The response for what a view gave: a model, (model, status, headers), or nothing."""
    model, status, headers = result if isinstance(result, tuple) else (result, next(iter(endpoint.answers)), {})
    if model is None:
        return Response(status=status, headers=headers)
    return Response(model.model_dump_json(by_alias=True), status, headers, mimetype="application/json")


def route(endpoint: Endpoint) -> Callable[[View], View]:
    """Put a view at an address, and into the description. It is called with the user, the parts of the address, and what the
    endpoint says it takes: `query` and `body`."""

    def put(view: View) -> View:
        def serve(**parts: Any) -> Response:
            user = _who(endpoint.scope)
            if any("\0" in str(part) for part in parts.values()):
                raise Problem(404)
            given: dict[str, Any] = {"query": _query(endpoint.query)}
            if endpoint.body:
                given["body"] = _body(endpoint.body)
            with force_locale("en"):
                return _written(view(user, **parts, **given), endpoint)

        serve.__name__ = serve.__qualname__ = endpoint.name  # the limiter knows views by it
        limited = per_token(per_refusal(serve))
        api.add_url_rule(endpoint.rule, endpoint.name, limited, methods=[endpoint.method], provide_automatic_options=False)
        ENDPOINTS.append(endpoint)
        return view

    return put
