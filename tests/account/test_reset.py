"""A forgotten password: the mail that a real SMTP server gets, and how long its link is worth something."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests.people import PASSWORD
from wcc.clock import now_ms
from wcc.users import sealed

FRESH = "seven quiet lighthouses"
ClientFor = Callable[[str], FlaskClient]
Work = Callable[..., int]


def ask(client: FlaskClient, email: str = "alice@example.org") -> Any:
    return client.post("/forgot-password", data={"email": email})


def part(mail: Any, kind: str) -> str:
    return next(each.get_payload(decode=True).decode() for each in mail.walk() if each.get_content_type() == kind)


@pytest.fixture
def link(app: Flask, smtp: Any, work: Work) -> str:
    """The path in the mail that alice got."""
    inbox, address = smtp
    ask(app.test_client())
    assert work(WCC_SMTP_URL=address) == 1
    found = re.search(r"http://localhost(/forgot-password/\S+)", part(inbox.mails[0], "text/plain"))
    assert found
    return found[1]


def test_the_mail_is_received_says_what_it_must_and_its_link_sets_a_password(app: Flask, smtp: Any, link: str) -> None:
    mail = smtp[0].mails[0]
    assert (mail["To"], mail["Subject"]) == ("alice@example.org", "Reset your password")
    for kind in ("text/plain", "text/html"):
        body = part(mail, kind)
        assert link in body
        assert "expires after 24 hours" in body and "do not reply" in body and "answers are not read" in body
    client = app.test_client()
    assert "alice@example.org" in client.get(link).text
    answer = client.post(link, data={"password": FRESH, "again": FRESH})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    assert client.post("/sign-in", data={"email": "alice@example.org", "password": PASSWORD}).status_code == 422
    assert client.post("/sign-in", data={"email": "alice@example.org", "password": FRESH}).status_code == 302


def test_the_mail_is_in_the_users_language(app: Flask, client_for: ClientFor, smtp: Any, work: Work) -> None:
    client_for("bob").post("/language", data={"language": "nl"})
    ask(app.test_client(), "bob@example.org")
    work(WCC_SMTP_URL=smtp[1])
    (mail,) = smtp[0].mails
    assert "verloopt na 24 uur" in part(mail, "text/plain") and "antwoorden worden niet gelezen" in part(mail, "text/html")


def test_the_answer_does_not_tell_whether_there_is_an_account(app: Flask, smtp: Any, work: Work) -> None:
    known, unknown = (ask(app.test_client(), email) for email in ("alice@example.org", "nobody@example.org"))
    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])
    assert "If there is an account" in app.test_client().get(known.headers["Location"]).text
    assert work(WCC_SMTP_URL=smtp[1]) == 2  # both go the same way
    assert [mail["To"] for mail in smtp[0].mails] == ["alice@example.org"]


def test_a_link_works_once(app: Flask, link: str) -> None:
    client = app.test_client()
    assert client.post(link, data={"password": FRESH, "again": FRESH}).status_code == 303
    assert client.get(link).status_code == 410
    assert client.post(link, data={"password": "another long one 7", "again": "another long one 7"}).status_code == 410
    assert client.post("/sign-in", data={"email": "alice@example.org", "password": FRESH}).status_code == 302


def test_a_link_dies_after_a_day(app: Flask, link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client, start = app.test_client(), now_ms()
    for after, status in ((timedelta(hours=23, minutes=59), 200), (timedelta(hours=24, minutes=1), 410)):
        monkeypatch.setattr(sealed, "now_ms", lambda after=after: start + int(after.total_seconds() * 1000))
        assert client.get(link).status_code == status


def test_a_link_dies_when_the_password_is_changed_otherwise(app: Flask, client_for: ClientFor, link: str) -> None:
    data = {"current": PASSWORD, "password": FRESH, "again": FRESH}
    assert client_for("alice").post("/account/password", data=data).status_code == 303
    assert app.test_client().get(link).status_code == 410


def test_a_link_that_was_tampered_with_is_none(app: Flask, link: str) -> None:
    for forged in (link[:-3] + "AAA", link[:60] + "AAAA" + link[64:], "/forgot-password/x", "/forgot-password/\u00e9"):
        assert app.test_client().get(forged).status_code == 410


def test_a_new_password_ends_all_sign_ins(app: Flask, client_for: ClientFor, link: str) -> None:
    thief = client_for("alice")
    app.test_client().post(link, data={"password": FRESH, "again": FRESH})
    assert thief.get("/").status_code == 302


@pytest.mark.parametrize(
    ("password", "again", "words"),
    [
        ("short", "short", "Use 12 to 200 characters."),
        ("P@ssword2024!", "P@ssword2024!", "tried first"),
        (FRESH, FRESH + "x", "The two are not the same."),
        ("tab\tinside a long one", "tab\tinside a long one", "can be seen"),
    ],
)
def test_a_bad_password_is_told_and_the_link_stays_good(app: Flask, link: str, password: str, again: str, words: str) -> None:
    client = app.test_client()
    answer = client.post(link, data={"password": password, "again": again})
    assert answer.status_code == 422 and words in answer.text
    assert client.post(link, data={"password": FRESH, "again": FRESH}).status_code == 303


def test_a_request_cannot_choose_where_the_link_leads(app: Flask, work: Work, smtp: Any) -> None:
    evil = {"base_url": "http://evil.example"}
    assert app.test_client().post("/forgot-password", data={"email": "alice@example.org"}, **evil).status_code == 503
    assert "WCC_PUBLIC_URL" in app.test_client().get("/forgot-password", **evil).text
    assert work(WCC_SMTP_URL=smtp[1]) == 0


def test_mails_to_one_account_are_limited(portal: Callable[..., Flask], work: Work) -> None:
    client = portal(reset_mails="2 per hour").test_client()
    answers = [client.post("/forgot-password", data={"email": "Limit@example.org"}).status_code for _ in range(3)]
    assert answers == [303, 303, 429]


def test_without_a_mail_server_the_outbox_shows_it_to_those_who_may_do_more_than_its_reader(
    app: Flask, client_for: ClientFor, work: Work, engine: Engine
) -> None:
    for name in ("alice", "bob", "charlie", "olga"):
        ask(app.test_client(), f"{name}@example.org")
    work()
    sees = {"alice": {"alice", "bob"}, "charlie": {"charlie"}, "olga": {"alice", "bob", "charlie", "olga"}}
    for reader, readable in sees.items():
        page = client_for(reader).get("/outbox").text
        assert {name for name in ("alice", "bob", "charlie", "olga") if f"To {name}@example.org" in page} == readable, reader
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        conn.execute(text("DELETE FROM sign_in"))


def test_the_outbox_is_closed_where_mail_is_sent_and_where_it_is_not_wanted(
    portal: Callable[..., Flask], app: Flask, engine: Engine, world: Any
) -> None:
    from tests.people import sign_in_cookie

    for changed in ({"outbox": False}, {"smtp_url": "smtp://mail.example"}):
        made = portal(**changed)
        client = made.test_client()
        sign_in_cookie(made, client, engine, world.users["olga"])
        assert client.get("/outbox").status_code == 404
        assert 'href="/outbox"' not in client.get("/account").text
