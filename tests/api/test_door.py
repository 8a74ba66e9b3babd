"""Who comes in by a token, what it narrows, and what the API says of requests that it does not take."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import OperationalError

from tests.api.conftest import ALL, PREFIX, Program, ProgramOf, fields, problem, token_for
from tests.people import World, put
from wcc.clock import utcnow
from wcc.db import db
from wcc.models import ApiToken
from wcc.users import tokens

WRITES = (("POST", "/tags", {"tag": "X"}), ("PATCH", "/charge-points/ALICE-1", {}), ("DELETE", "/charge-points/ALICE-1", None))


def of(engine: Engine, word: str, **columns: object) -> None:
    """Change the row of a token."""
    put(engine, update(ApiToken).where(ApiToken.hint == word[:9]).values(**columns))


def test_no_token_is_a_401_that_says_how(program_of: ProgramOf) -> None:
    answer = program_of("").get("/tags")
    problem(answer, 401)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="wcc"'


@pytest.mark.parametrize("word", ["wcc_no", "x", "wcc_" + "a" * 64, "wcc_" + "a" * 500, "wcc_\u00e9"])
def test_a_word_that_is_no_token_is_a_401(app: Flask, word: str) -> None:
    answer = Program(app, word).get("/tags")
    problem(answer, 401)
    assert "invalid_token" in answer.headers["WWW-Authenticate"]


def test_another_scheme_than_bearer_is_a_401(program_of: ProgramOf) -> None:
    alice = program_of("alice")
    problem(Program(alice.app, "").get("/tags", headers={"Authorization": f"Basic {alice.word}"}), 401)
    assert Program(alice.app, "").get("/tags", headers={"Authorization": f"bearer {alice.word}"}).status_code == 200


def test_a_signed_in_browser_is_nobody_here(client_for: Callable[[str], FlaskClient]) -> None:
    answer = client_for("alice").get(f"{PREFIX}/tags")
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers


def test_a_token_in_the_address_is_nobody_here(program_of: ProgramOf) -> None:
    problem(program_of("").get(f"/tags?access_token={program_of('alice').word}"), 401)


def test_an_expired_token_is_over(program_of: ProgramOf, engine: Engine) -> None:
    alice = program_of("alice")
    of(engine, alice.word, expires_at=utcnow() - timedelta(seconds=1))
    problem(alice.get("/tags"), 401)


def test_a_revoked_token_is_over_at_once(program_of: ProgramOf) -> None:
    alice = program_of("alice")
    assert alice.get("/tags").status_code == 200
    tokens.revoke(None, db.session.scalars(select(ApiToken)).one())
    problem(alice.get("/tags"), 401)


def test_only_the_hash_of_a_token_is_kept(program_of: ProgramOf, engine: Engine) -> None:
    word = program_of("alice").word
    with engine.connect() as conn:
        row = conn.execute(select(ApiToken.__table__)).one()
    assert word not in str(row) and word[9:] not in str(row)


def test_that_a_token_is_used_is_noted_once_a_minute(program_of: ProgramOf, engine: Engine) -> None:
    alice = program_of("alice")

    def used() -> object:
        with engine.connect() as conn:
            return conn.scalar(select(ApiToken.last_used_at))

    assert used() is None
    alice.get("/tags")
    first = used()
    assert first is not None
    alice.get("/tags")
    assert used() == first
    of(engine, alice.word, last_used_at=utcnow() - timedelta(minutes=2))
    alice.get("/tags")
    assert used() >= first  # type: ignore[operator]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_who_may_only_read_changes_nothing(program_of: ProgramOf, method: str, path: str, body: object) -> None:
    for scopes in (("read",), ("operate",), ("read", "operate")):
        answer = program_of("alice", scopes).call(method, path, body)
        problem(answer, 403)
        assert 'error="insufficient_scope", scope="write"' in answer.headers["WWW-Authenticate"]


def test_reading_and_operating_have_scopes_of_their_own(program_of: ProgramOf) -> None:
    problem(program_of("alice", ("write",)).get("/tags"), 403)
    body = {"kind": "Reset", "payload": {"type": "Soft"}}
    problem(program_of("alice", ("read", "write")).post("/charge-points/ALICE-1/operations", body), 403)
    assert program_of("alice", ("operate",)).post("/charge-points/ALICE-1/operations", body).status_code == 202


def test_a_scope_gives_nothing_that_its_user_may_not(program_of: ProgramOf) -> None:
    problem(program_of("rita").post("/tags", {"tag": "X"}), 403)
    problem(program_of("rita").post("/charge-points/ALICE-1/operations", {"kind": "Reset", "payload": {"type": "Soft"}}), 403)


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"tag"}),
        ({"tag": 5}, {"tag"}),
        ({"tag": "X", "blocked": "yes"}, {"blocked"}),
        ({"tag": "X", "blocked": 1, "type": "Gold", "colour": "red"}, {"blocked", "type", "colour"}),
        ({"tag": "X", "expires_at": "tomorrow"}, {"expires_at"}),
        ({"tag": "X", "expires_at": "2030-01-01T00:00:00"}, {"expires_at"}),
        ({"tag": "X", "expires_at": "0001-01-01T00:00:00+10:00"}, {"expires_at"}),
        ({"tag": "X", "expires_at": 1893456000}, {"expires_at"}),
        ({"tag": "X", "user": "a\0b"}, {"user"}),
        ({"tag": "X" * 21}, {"tag"}),
        ({"tag": None}, {"tag"}),
    ],
)
def test_a_body_that_does_not_fit_names_all_fields_at_fault(program_of: ProgramOf, body: object, wrong: set[str]) -> None:
    assert fields(problem(program_of("alice").post("/tags", body), 400)) == wrong


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'"x"', b'{"tag": NaN}', b"\xff", b'{"tag": "\\ud800"}', b"[" * 100_000, b"null"])
def test_a_body_that_is_no_json_object_is_a_400(program_of: ProgramOf, data: bytes) -> None:
    problem(program_of("alice").call("POST", "/tags", data=data, content_type="application/json"), 400)


def test_a_body_that_is_not_called_json_is_a_415(program_of: ProgramOf) -> None:
    problem(program_of("alice").call("POST", "/tags", data=b'{"tag": "X"}', content_type="text/plain"), 415)
    problem(program_of("alice").call("POST", "/tags", data={"tag": "X"}), 415)


def test_a_huge_body_is_a_413(program_of: ProgramOf) -> None:
    body = b'{"tag": "' + b"x" * 300_000 + b'"}'
    problem(program_of("alice").call("POST", "/tags", data=body, content_type="application/json"), 413)


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("limit=0", {"limit"}),
        ("limit=101", {"limit"}),
        ("limit=x", {"limit"}),
        ("limit=1_0", {"limit"}),
        ("limit=", {"limit"}),
        ("limit=1&limit=2", {"limit"}),
        ("colour=red", {"colour"}),
        ("from=yesterday&status=gone", {"from", "status"}),
        ("charge_point=%00", {"charge_point"}),
    ],
)
def test_arguments_that_do_not_fit_are_named(program_of: ProgramOf, query: str, wrong: set[str]) -> None:
    assert fields(problem(program_of("alice").get(f"/sessions?{query}"), 400)) == wrong


def test_a_cursor_of_another_list_is_refused(program_of: ProgramOf) -> None:
    other = program_of("alice").get("/charge-points?limit=1").json["next"]  # type: ignore[index]
    for cursor in (other, "rubbish", "W10"):
        assert fields(problem(program_of("alice").get(f"/sessions?cursor={cursor}"), 422)) == {"cursor"}


@pytest.mark.parametrize(
    "path", ["/nothing", "/tags/", "/charge-points/%00", "/sessions/x", "/sessions/99999999999999999999", "/sessions/0"]
)
def test_an_address_that_leads_nowhere_is_a_404(program_of: ProgramOf, path: str) -> None:
    problem(program_of("alice").get(path), 404)


def test_a_method_that_an_address_does_not_know_is_a_405(program_of: ProgramOf) -> None:
    answer = program_of("alice").call("PUT", "/tags")
    problem(answer, 405)
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST"}
    problem(program_of("").call("OPTIONS", "/tags"), 405)


def test_portal_pages_keep_their_own_errors(client_for: Callable[[str], FlaskClient]) -> None:
    assert client_for("alice").get("/nothing").content_type.startswith("text/html")


def test_each_token_has_its_own_measure(app: Flask, world: World) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], api_requests="3 per minute")
    first, second = (Program(app, token_for(app, world, "alice", ALL)) for _ in range(2))
    assert [first.get("/tags").status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = first.get("/charge-points")
    problem(answer, 429)
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    assert second.get("/tags").status_code == 200


def test_guesses_are_measured_by_address(app: Flask) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], api_refusals="3 per minute")
    origin = {"environ_overrides": {"REMOTE_ADDR": "192.0.2.77"}}
    answers = [Program(app, f"wcc_{number}").get("/tags", **origin).status_code for number in range(5)]
    assert answers == [401, 401, 401, 429, 429]


def test_what_breaks_here_is_told_as_a_problem(app: Flask, program_of: ProgramOf, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = program_of("alice")
    app.config.update(PROPAGATE_EXCEPTIONS=False)
    monkeypatch.setattr("wcc.api.tags.rooms.state_of", lambda tag: 1 / 0)
    assert "division" not in problem(alice.post("/tags", {"tag": "X"}), 500)["detail"]


def test_a_database_that_is_away_is_a_503(program_of: ProgramOf, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(word: str) -> None:
        raise OperationalError("SELECT", {}, Exception("server closed the connection"))

    alice = program_of("alice")
    monkeypatch.setattr("wcc.api.door.tokens.recognize", gone)
    problem(alice.get("/tags"), 503)
