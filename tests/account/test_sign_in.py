"""Signing in and out, language, and what a person who is not signed in gets."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests.people import PASSWORD
from wcc import ui
from wcc.app import create_app
from wcc.config import Settings, load
from wcc.ui import LANGUAGES

ClientFor = Callable[[str], FlaskClient]


def sign_in(client: FlaskClient, email: str = "alice@example.org", password: str = PASSWORD, **more: str) -> object:
    return client.post("/sign-in", data={"email": email, "password": password, **more})


def test_alice_signs_in_and_lands_on_the_dashboard(app: Flask) -> None:
    client = app.test_client()
    answer = client.post("/sign-in", data={"email": "Alice@Example.org ", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert "Alice Test" in client.get("/").text


@pytest.mark.parametrize(("email", "password"), [("alice@example.org", "wrong"), ("nobody@example.org", PASSWORD), ("", "")])
def test_wrong_password_and_unknown_e_mail_give_the_same_answer(app: Flask, email: str, password: str) -> None:
    answer = app.test_client().post("/sign-in", data={"email": email, "password": password})
    assert answer.status_code == 422
    assert "E-mail or password is wrong." in answer.text


def test_a_failed_sign_in_keeps_the_e_mail_that_was_typed_and_never_the_password(app: Flask) -> None:
    answer = app.test_client().post("/sign-in", data={"email": "alice@example.org", "password": "not-the-right-one"})
    assert 'value="alice@example.org"' in answer.text
    assert "not-the-right-one" not in answer.text


@pytest.mark.parametrize("rubbish", ["\0", "\ud800".encode("utf-8", "surrogatepass"), "'\"><script>alert(1)</script>", "a" * 100_000])
def test_rubbish_in_the_form_is_a_wrong_password_and_nothing_worse(app: Flask, rubbish: str | bytes) -> None:
    answer = app.test_client().post("/sign-in", data={"email": rubbish, "password": rubbish, "next": rubbish})
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text


def test_after_sign_in_one_lands_where_one_was_going(app: Flask) -> None:
    client = app.test_client()
    turned_away = client.get("/statuses?x=1")
    assert turned_away.headers["Location"] == "/sign-in?next=/statuses?x%3D1"
    form = client.get(turned_away.headers["Location"]).text
    target = re.search(r'name="next" value="([^"]*)"', form.split('action="/sign-in"')[1])
    assert target
    answer = client.post("/sign-in", data={"email": "alice@example.org", "password": PASSWORD, "next": target[1]})
    assert answer.headers["Location"] == "/statuses?x=1"


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "evil", "\0"])
def test_nobody_is_sent_to_another_host_after_sign_in(app: Flask, target: str) -> None:
    answer = app.test_client().post("/sign-in", data={"email": "alice@example.org", "password": PASSWORD, "next": target})
    assert answer.headers["Location"] == "/"


def test_a_copied_cookie_is_worth_nothing_after_sign_out(app: Flask, client_for: ClientFor) -> None:
    alice, thief = client_for("alice"), app.test_client()
    cookie = alice.get_cookie("wcc")
    assert cookie
    thief.set_cookie("wcc", cookie.value)
    assert thief.get("/").status_code == 200
    alice.post("/sign-out")
    assert thief.get("/").status_code == 302


def test_a_sign_in_that_was_long_unused_is_over(app: Flask, client_for: ClientFor, engine: Engine) -> None:
    alice = client_for("alice")
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        conn.execute(text("UPDATE sign_in SET seen_at = seen_at - 15 * 86400000"))
    assert alice.get("/").status_code == 302


def test_htmx_of_a_signed_out_person_is_told_to_sign_in_and_come_back(app: Flask) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/?days=30"}
    answer = app.test_client().get("/dashboard/power", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/?days%3D30"


def test_the_stream_of_changes_is_closed_to_strangers(app: Flask) -> None:
    assert app.test_client().get("/changes").status_code == 401


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_is_kept_on_the_user(client_for: ClientFor, language: str) -> None:
    alice = client_for("alice")
    assert alice.post("/language", data={"language": language, "next": "/statuses"}).headers["Location"] == "/statuses"
    assert f'<html lang="{language}"' in alice.get("/").text
    assert f'<html lang="{language}"' in client_for("alice").get("/").text


@pytest.mark.parametrize(
    ("language", "day", "energy", "price"),
    [
        ("en", "2 Mar 2026, 14:05:09", "1,234.50 kWh", "€0.30"),
        ("nl", "2 mrt 2026, 14:05:09", "1.234,50 kWh", "€ 0,30"),
        ("de", "2. März 2026, 14:05:09", "1.234,50 kWh", "0,30 €"),
        ("fr", "2 mars 2026, 14:05:09", "1 234,50 kWh", "0,30 €"),
    ],
)
def test_dates_numbers_and_money_follow_the_language(app: Flask, language: str, day: str, energy: str, price: str) -> None:
    with app.test_request_context(headers={"Accept-Language": language}):
        told = (ui.when(datetime(2026, 3, 2, 14, 5, 9, tzinfo=UTC)), ui.kwh(1_234_500), ui.money(Decimal("0.30"), "EUR"))
    assert tuple(re.sub(r"\s", " ", text) for text in told) == (day, energy, price)


def test_the_language_can_be_chosen_before_signing_in_and_is_carried_along(app: Flask) -> None:
    client = app.test_client()
    client.post("/language", data={"language": "nl", "next": "/sign-in"})
    assert '<html lang="nl"' in client.get("/sign-in").text
    sign_in(client)
    assert '<html lang="nl"' in client.get("/").text


@pytest.mark.parametrize("language", ["xx", "", "../../etc", "\0"])
def test_an_unknown_language_changes_nothing(client_for: ClientFor, language: str) -> None:
    alice = client_for("alice")
    alice.post("/language", data={"language": language})
    assert '<html lang="en"' in alice.get("/").text


def test_the_browsers_language_is_taken_where_none_was_chosen(app: Flask) -> None:
    page = app.test_client().get("/sign-in", headers={"Accept-Language": "nl-BE,nl;q=0.9,en;q=0.5"})
    assert '<html lang="nl"' in page.text


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/language"])
def test_forms_of_other_sites_are_refused(settings: Settings, world: object, path: str) -> None:
    app = create_app(settings)
    app.config.update(TESTING=True)
    assert app.test_client().post(path, data={"email": "alice@example.org", "password": PASSWORD}).status_code == 400


def test_guessing_passwords_is_slowed_down(tmp_path: Path, database_url: str, valkey: str, world: object) -> None:
    settings = load(
        {"WCC_INSTANCE": str(tmp_path), "DATABASE_URL": database_url, "REDIS_URL": valkey, "WCC_LOGIN_ATTEMPTS": "3 per minute"}
    )
    app = create_app(settings)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    client = app.test_client()
    own_address = {"REMOTE_ADDR": "192.0.2.77"}  # the limit is kept in a valkey that other tests share
    wrong = {"email": "alice@example.org", "password": "guess"}
    answers = [client.post("/sign-in", data=wrong, environ_base=own_address).status_code for _ in range(4)]
    assert answers == [422, 422, 422, 429]


def test_an_unknown_address_says_so_without_the_menu_to_strangers_and_with_it_to_alice(app: Flask, client_for: ClientFor) -> None:
    for client, menu in ((app.test_client(), False), (client_for("alice"), True)):
        answer = client.get("/no-such-page")
        assert answer.status_code == 404
        assert "it does not exist, or you may not see it" in answer.text
        assert ("Charging Session" in answer.text) is menu
