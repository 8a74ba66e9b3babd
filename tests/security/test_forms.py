"""What comes from another site, or stays from before: forged forms, redirects to elsewhere, a cookie set by somebody else."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from tests.people import PASSWORD
from tests.security.conftest import ClientFor, Things
from wcc.models import AuthorizationTag, ChargePoint, ChargingSession, Operation, User

ALICE = {"email": "alice@example.org", "password": PASSWORD}


@pytest.fixture
def guarded(app: Flask) -> Flask:
    """The app as it runs: forms need their token."""
    app.config["WTF_CSRF_ENABLED"] = True
    return app


def forms(app: Flask, things: Things) -> list[str]:
    """Paths of all routes that take a POST, with things of alice's in them; the API takes no cookie (tests/api/test_door.py)."""
    with app.test_request_context():
        rules = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ()) and not rule.endpoint.startswith("api.")]
        values = things.url_values("alice")
        return [app.url_for(rule.endpoint, **{name: values[name] for name in rule.arguments}) for rule in rules]


def rows(engine: Engine) -> list[object]:
    """All that the forms could change."""
    with engine.connect() as conn:
        return [conn.execute(select(model.__table__)).all() for model in (AuthorizationTag, ChargePoint, ChargingSession, Operation, User)]


def token(client: FlaskClient) -> str:
    """The token that a page gave this browser."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/statuses", follow_redirects=True).text)
    assert found
    return found[1]


def test_every_form_without_its_token_is_refused_and_changes_nothing(
    guarded: Flask, client_for: ClientFor, engine: Engine, things: Things
) -> None:
    ids = [things.user_id["bob"], things.tag_id["bob"]]
    data = {"email": "forged@example.org", "tag": "FORGED", "first_name": "forged", "id": ids, "role": "user"}
    data |= {"identity": "FORGED", "description": "forged", "note": "forged", "cp": "ALICE-1", "type": "Soft", "confirm": "yes"}
    before = rows(engine)
    alice = client_for("alice")
    for path in forms(guarded, things):
        for forged in (data, data | {"csrf_token": "x"}, data | {"csrf_token": token(client_for("charlie"))}):
            for headers in ({}, {"HX-Request": "true"}, {"X-CSRFToken": "x"}):
                assert alice.post(path, data=forged, headers=headers).status_code == 400, (path, forged, headers)
    assert rows(engine) == before
    assert alice.get("/").status_code == 200  # not signed out


def test_a_form_with_its_token_is_taken_from_field_and_header(guarded: Flask, client_for: ClientFor) -> None:
    alice = client_for("alice")
    known = token(alice)
    assert alice.post("/language", data={"language": "en", "csrf_token": known}).status_code == 302
    assert alice.post("/language", data={"language": "en"}, headers={"X-CSRFToken": known}).status_code == 302


ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "https://evil.example/",
    "https:evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/\r\n/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "http://localhost@evil.example/",
]


@pytest.mark.parametrize("path", ["/sign-in", "/language"])
def test_next_never_leads_elsewhere(app: Flask, path: str) -> None:
    answers = {target: app.test_client().post(path, data={**ALICE, "language": "en", "next": target}) for target in ELSEWHERE}
    led = {target: (answer.status_code, answer.headers["Location"]) for target, answer in answers.items()}
    assert led == dict.fromkeys(ELSEWHERE, (302, "/"))


@pytest.mark.parametrize("path", ["/sign-in", "/language"])
def test_next_leads_to_a_page_of_ours(app: Flask, path: str) -> None:
    answer = app.test_client().post(path, data={**ALICE, "language": "en", "next": "/sessions/?cp=a%2Fb&by=tag"})
    assert answer.headers["Location"] == "/sessions/?cp=a%2Fb&by=tag"


def test_a_cookie_from_before_is_worth_nothing_after_the_sign_in(app: Flask) -> None:
    victim, thief = app.test_client(), app.test_client()
    victim.get("/sign-in")
    victim.post("/language", data={"language": "nl"})  # so that there is a cookie that a thief may have planted
    planted = victim.get_cookie("wcc")
    assert planted
    thief.set_cookie("wcc", planted.value)
    assert victim.post("/sign-in", data=ALICE).status_code == 302
    fresh = victim.get_cookie("wcc")
    assert fresh
    assert fresh.value != planted.value
    assert victim.get("/").status_code == 200
    assert thief.get("/").status_code == 302


def test_a_second_sign_in_opens_a_door_of_its_own(app: Flask) -> None:
    first, second = app.test_client(), app.test_client()
    cookies = []
    for browser in (first, second):
        browser.post("/sign-in", data=ALICE)
        cookies.append(browser.get_cookie("wcc"))
    assert cookies[0] and cookies[1] and cookies[0].value != cookies[1].value
    first.post("/sign-out")
    assert (first.get("/").status_code, second.get("/").status_code) == (302, 200)


def test_no_page_may_be_kept_framed_or_sniffed(app: Flask, client_for: ClientFor, things: Things) -> None:
    for client, path in ((app.test_client(), "/sign-in"), (client_for("alice"), "/"), (client_for("alice"), "/charge-points/ALICE-1")):
        headers = client.get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == policy["form-action"] == "'self'"
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"


def test_the_cookie_is_kept_from_scripts_and_other_sites(app: Flask) -> None:
    answer = app.test_client().post("/sign-in", data=ALICE)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_wrong_password_is_no_fault_of_ours(app: Flask, capfd: pytest.CaptureFixture[str]) -> None:
    assert app.test_client().post("/sign-in", data=ALICE | {"password": "wrong"}).status_code == 422
    assert "Traceback" not in capfd.readouterr().err
