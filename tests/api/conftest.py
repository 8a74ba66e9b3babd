"""What the tests of the API need: programs of the world's people, each with a token."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.people import World
from wcc.db import db
from wcc.models import User
from wcc.users import tokens

ALL = ("read", "write", "operate")
PREFIX = "/api/v1"


def token_for(app: Flask, world: World, name: str, scopes: Sequence[str] = ALL) -> str:
    """The word of a new token of one of the world's people."""
    word = tokens.create(None, db.session.get_one(User, world.users[name]), "test", scopes, 30)[1]
    db.session.rollback()
    return word


@dataclass
class Program:
    """A client of the API; `word` is its token, empty for none."""

    app: Flask
    word: str

    def call(self, method: str, path: str, json: Any = None, **options: Any) -> TestResponse:
        """Send a request; the path is below /api/v1."""
        headers = {"Authorization": f"Bearer {self.word}"} if self.word else {}
        return self.app.test_client().open(PREFIX + path, method=method, json=json, headers=headers | options.pop("headers", {}), **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.call("GET", path, **options)

    def post(self, path: str, json: Any) -> TestResponse:
        return self.call("POST", path, json)

    def patch(self, path: str, json: Any) -> TestResponse:
        return self.call("PATCH", path, json)

    def delete(self, path: str) -> TestResponse:
        return self.call("DELETE", path)

    def all(self, path: str, limit: int) -> list[dict[str, Any]]:
        """All entries of a list, page by page."""
        found: list[dict[str, Any]] = []
        mark = "&" if "?" in path else "?"
        cursor: str | None = ""
        while cursor is not None:
            page = self.get(f"{path}{mark}limit={limit}" + (f"&cursor={cursor}" if cursor else "")).json
            assert page and len(page["items"]) <= limit
            found += page["items"]
            cursor = page["next"]
        return found


ProgramOf = Callable[..., Program]


@pytest.fixture
def program_of(app: Flask, world: World) -> ProgramOf:
    """A program of `alice`, `bob`, …; of nobody for "". Second argument: the scopes of its token."""
    made: dict[tuple[str, Sequence[str]], Program] = {}

    def program(name: str, scopes: Sequence[str] = ALL) -> Program:
        if (name, scopes) not in made:
            made[name, scopes] = Program(app, token_for(app, world, name, scopes) if name else "")
        return made[name, scopes]

    return program


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """The problem that an answer tells of, after a look at its form."""
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    told: dict[str, Any] = answer.json or {}
    assert told["status"] == status and told["title"] and told["detail"] and told["type"].startswith("/api/v1/docs#problem-")
    return told


def fields(told: dict[str, Any]) -> set[str]:
    """Names of the fields at fault."""
    return {each["field"] for each in told["errors"]}
