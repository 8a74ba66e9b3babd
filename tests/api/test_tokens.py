"""Making, listing and revoking tokens: in the portal and at the command line."""

import html
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select

from tests.api.conftest import Program, ProgramOf
from tests.cli.conftest import Wcc
from tests.cli.conftest import wcc as wcc
from tests.people import PASSWORD, World
from wcc.models import ApiToken, AuditEntry, User
from wcc.users import people

ClientFor = Callable[[str], FlaskClient]
FORM = {"name": "Home <b>", "scope": ["read", "write"], "days": "30", "current": PASSWORD}


def test_a_token_is_made_shown_once_used_and_revoked(client_for: ClientFor, app: Flask, engine: Engine) -> None:
    alice = client_for("alice")
    made = alice.post("/account/api-tokens", data=FORM)
    words = set(re.findall(r"wcc_[\w-]{64}", html.unescape(made.text)))
    assert made.status_code == 200 and len(words) == 1
    word = words.pop()
    program = Program(app, word)
    assert program.post("/tags", {"tag": "X"}).status_code == 201
    listed = alice.get("/account/api-tokens").text
    assert word not in listed and word[:9] in listed and "Home &lt;b&gt;" in listed
    assert "You have 1 token." in alice.get("/account").text
    with engine.connect() as conn:
        number = conn.scalar(select(ApiToken.id))
        log = list(conn.execute(select(AuditEntry.action, AuditEntry.subject, AuditEntry.detail).order_by(AuditEntry.id)))
    assert log[0] == ("token.created", "Home <b>", "read, write") and word not in str(log)
    assert client_for("olga").post(f"/account/api-tokens/{number}/revoke").status_code == 404
    assert alice.post(f"/account/api-tokens/{number}/revoke").status_code == 303
    assert program.get("/tags").status_code == 401
    assert "Revoked an API token" in alice.get("/audit-log/").text


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"current": "wrong"}, "This is not your password."),
        ({"name": " "}, "Please fill this in."),
        ({"name": "x" * 61}, "This is too long."),
        ({"name": "a\0b"}, "cannot be used"),
        ({"scope": []}, "Choose at least one."),
        ({"scope": ["everything"]}, "Choose at least one."),
        ({"days": "3650"}, "Choose one of these."),
        ({"days": "-1"}, "Choose one of these."),
    ],
)
def test_a_form_that_cannot_be_taken_makes_none(client_for: ClientFor, engine: Engine, change: dict[str, object], word: str) -> None:
    answer = client_for("alice").post("/account/api-tokens", data={**FORM, **change})
    assert (answer.status_code, word in answer.text) == (422, True)
    with engine.connect() as conn:
        assert conn.scalar(select(func.count()).select_from(ApiToken)) == 0


def test_nobody_has_more_than_fifty(client_for: ClientFor, program_of: ProgramOf, world: World) -> None:
    from wcc.db import db
    from wcc.users import tokens

    alice = db.session.get_one(User, world.users["alice"])
    for number in range(tokens.MOST):
        tokens.create(None, alice, f"token {number}", ["read"], 30)
    db.session.rollback()
    assert "revoke one first" in client_for("alice").post("/account/api-tokens", data=FORM).text


def test_a_deleted_persons_tokens_are_gone(program_of: ProgramOf, world: World) -> None:
    from wcc.db import db

    bob = program_of("bob")
    assert bob.get("/tags").status_code == 200
    people.delete(db.session.get_one(User, world.users["olga"]), [world.users["bob"]])
    assert bob.get("/tags").status_code == 401


def test_the_command_line_makes_lists_and_revokes(wcc: Wcc, app: Flask) -> None:
    made = wcc("token", "create", "alice@example.org", "--name", "Backup", "--scope", "read", "--scope", "operate", "--days", "5")
    assert made.exit_code == 0, made.output
    word = next(line for line in made.output.splitlines() if line.startswith("wcc_"))
    assert Program(app, word).get("/tags").status_code == 200
    assert Program(app, word).post("/tags", {"tag": "X"}).status_code == 403
    listed = wcc("token", "list", "alice@example.org").output
    assert "Backup" in listed and "(read operate)" in listed and word not in listed
    number = listed.split()[0]
    assert wcc("token", "revoke", number).exit_code == 0
    assert Program(app, word).get("/tags").status_code == 401
    for words in (("token", "revoke", number), ("token", "create", "nobody@example.org", "--name", "x"), ("token", "list", "nobody@x.org")):
        told = wcc(*words)
        assert (told.exit_code, told.output.count("\n")) == (2, 1), told.output
    assert wcc("token", "create", "alice@example.org", "--name", "x", "--days", "1000").exit_code == 2
