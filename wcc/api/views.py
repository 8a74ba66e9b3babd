"""The description of the API: as JSON for programs, as a page for people. Both are for everybody: they tell nothing of anybody."""

from typing import Any

import orjson
from flask import Blueprint, Response, render_template, request

from wcc.api.describe import ENDPOINTS, GROUPS, SCOPE_TEXTS, description
from wcc.api.problems import KINDS, PREFIX

pages = Blueprint("apidocs", __name__, url_prefix=PREFIX)


@pages.get("/openapi.json")
def openapi() -> Response:
    return Response(orjson.dumps(description()), mimetype="application/json")


@pages.get("/docs")
def docs() -> str:
    told = description()
    groups = [(name, text, [each for each in ENDPOINTS if each.group == name]) for name, text in GROUPS.items()]
    return render_template(
        "api/docs.html",
        told=told,
        groups=groups,
        scopes=SCOPE_TEXTS,
        problems=KINDS,
        prefix=PREFIX,
        root=request.host_url.rstrip("/"),
        kind=kind,
        inputs={each.body.__name__ for each in ENDPOINTS if each.body},
    )


def kind(schema: dict[str, Any]) -> str:
    """A JSON schema in few words: `text, at most 20 characters`."""
    if reference := schema.get("$ref"):
        return str(reference.rpartition("/")[2])
    if some := schema.get("anyOf"):
        return " or ".join(kind(each) for each in some)
    if options := schema.get("enum"):
        return " · ".join(map(str, options))
    if schema.get("type") == "array":
        return f"list of {kind(schema['items'])}"
    words = {
        "string": "text",
        "integer": "whole number",
        "boolean": "true or false",
        "object": "object",
        "null": "null",
        "number": "number",
    }
    found = "time" if schema.get("format") == "date-time" else words.get(str(schema.get("type")), "anything")
    limits = [("minimum", "from {}"), ("maximum", "to {}"), ("maxLength", "at most {} characters")]
    return ", ".join([found, *(text.format(schema[name]) for name, text in limits if name in schema)])
