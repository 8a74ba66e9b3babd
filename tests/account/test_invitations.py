"""Invitations: the mail that a real SMTP server gets, the page that its link opens, and how long it is worth something."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, text

from tests.account.test_reset import FRESH, ask, part
from tests.people import World, sign_in_cookie
from wcc import bus
from wcc.clock import now_ms
from wcc.config import Settings
from wcc.models import AuditEntry, User
from wcc.users import sealed

ClientFor = Callable[[str], FlaskClient]
Work = Callable[..., int]
DORA = {"email": "Dora@Example.org", "first_name": "Dora", "role": "user", "language": "en"}
BOTH = {"password": FRESH, "again": FRESH}


def dora(engine: Engine) -> Any:
    with engine.connect() as conn:
        return conn.execute(select(User.__table__).where(User.email == "dora@example.org")).one_or_none()


def actions(engine: Engine) -> list[str]:
    with engine.connect() as conn:
        return list(conn.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def age(engine: Engine, days: float) -> None:
    """Let the invitation be so many days older."""
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        conn.execute(text(f'UPDATE "user" SET invited_at = invited_at - {int(days * 86_400_000)}'))


def link_in(mail: Any, room: str = "welcome") -> str:
    found = re.search(rf"http://localhost(/{room}/\S+)", part(mail, "text/plain"))
    assert found
    return found[1]


@pytest.fixture
def link(client_for: ClientFor, smtp: Any, work: Work) -> str:
    """The path in the mail that dora got from alice."""
    assert client_for("alice").post("/users/add", data=DORA).headers["Location"] == "/users/"
    assert work(WCC_SMTP_URL=smtp[1]) == 1
    return link_in(smtp[0].mails[0])


def test_the_mail_says_who_invites_to_what_and_its_link_leads_to_a_password(app: Flask, smtp: Any, link: str, engine: Engine) -> None:
    (mail,) = smtp[0].mails
    assert (mail["To"], mail["Subject"]) == ("dora@example.org", "You are invited to WCC")
    for kind in ("text/plain", "text/html"):
        body = part(mail, kind)
        assert link in body and "Hello Dora," in body and "Alice Test of Organization A invites you to WCC." in body
        assert "portal for charging stations" in body and "expires after 7 days" in body and "do not reply" in body
    client = app.test_client()
    page = client.get(link).text
    assert "Welcome, choose your password" in page and "dora@example.org" in page and "Organization A" in page
    answer = client.post(link, data=BOTH)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    assert 'value="dora@example.org"' in client.get("/sign-in").text
    assert client.post("/sign-in", data={"email": "dora@example.org", "password": FRESH}).status_code == 302
    assert "Dora" in client.get("/").text
    assert actions(engine) == ["user.added", "account.invitation_accepted", "account.signed_in"]


def test_the_mail_is_in_the_new_persons_language(client_for: ClientFor, smtp: Any, work: Work) -> None:
    client_for("alice").post("/users/add", data=DORA | {"language": "nl"})
    work(WCC_SMTP_URL=smtp[1])
    (mail,) = smtp[0].mails
    for kind in ("text/plain", "text/html"):
        assert "Alice Test van Organization A nodigt u uit voor WCC." in part(mail, kind)
        assert "verloopt na 7 dagen" in part(mail, kind)


@pytest.mark.parametrize("password", ["", "!", "nobody has this password", FRESH])
def test_until_then_no_password_lets_anybody_in(app: Flask, link: str, engine: Engine, password: str) -> None:
    for tried in (password, dora(engine).password_hash):
        answer = app.test_client().post("/sign-in", data={"email": "dora@example.org", "password": tried})
        assert answer.status_code == 422 and "E-mail or password is wrong." in answer.text


def test_a_link_works_once(app: Flask, link: str) -> None:
    client = app.test_client()
    assert client.post(link, data=BOTH).status_code == 303
    assert client.get(link).status_code == 410
    answer = client.post(link, data={"password": "another long one 7", "again": "another long one 7"})
    assert answer.status_code == 410 and "This invitation is over" in answer.text
    assert client.post("/sign-in", data={"email": "dora@example.org", "password": FRESH}).status_code == 302


def test_a_link_lives_seven_days_from_the_invitation_on(app: Flask, link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client, start = app.test_client(), now_ms()
    for after, status in ((timedelta(days=6, hours=23), 200), (timedelta(days=7, minutes=1), 410)):
        monkeypatch.setattr(sealed, "now_ms", lambda after=after: start + int(after.total_seconds() * 1000))
        assert client.get(link).status_code == status
        assert client.post(link, data={"password": "short", "again": ""}).status_code == (422 if status == 200 else 410)


@pytest.mark.parametrize("changed", [{"password": "short", "again": "short"}, {"again": "other"}, {"password": "P@ssword2024!"}])
def test_a_bad_password_is_told_and_the_link_stays_good(app: Flask, link: str, changed: dict[str, str]) -> None:
    client = app.test_client()
    answer = client.post(link, data=BOTH | changed)
    assert answer.status_code == 422 and 'class="invalid-feedback"' in answer.text
    assert client.post(link, data=BOTH).status_code == 303


def test_an_invitation_is_no_reset_and_a_reset_is_no_invitation(app: Flask, link: str, smtp: Any, work: Work) -> None:
    client = app.test_client()
    ask(client, "dora@example.org")
    work(WCC_SMTP_URL=smtp[1])
    reset = link_in(smtp[0].mails[1], "forgot-password")
    word, other = link.rpartition("/")[2], reset.rpartition("/")[2]
    for path in (f"/forgot-password/{word}", f"/welcome/{other}"):
        assert client.get(path).status_code == 410
        assert client.post(path, data=BOTH).status_code == 410
    assert [client.get(path).status_code for path in (link, reset)] == [200, 200]


def test_who_is_invited_and_asks_for_a_new_password_gets_one_and_the_invitation_is_over(
    app: Flask, client_for: ClientFor, link: str, smtp: Any, work: Work
) -> None:
    client = app.test_client()
    ask(client, "dora@example.org")
    work(WCC_SMTP_URL=smtp[1])
    assert client.post(link_in(smtp[0].mails[1], "forgot-password"), data=BOTH).status_code == 303
    assert client.get(link).status_code == 410
    assert client.post("/sign-in", data={"email": "dora@example.org", "password": FRESH}).status_code == 302
    assert "Invited" not in client_for("alice").get("/users/?find=dora").text


def test_the_list_tells_who_has_not_accepted_and_the_invitation_is_sent_again(
    app: Flask, client_for: ClientFor, link: str, smtp: Any, work: Work, engine: Engine
) -> None:
    alice, id = client_for("alice"), dora(engine).id
    for path in ("/users/?find=dora", f"/users/{id}"):
        page = alice.get(path).text
        assert "Invited, until" in page and "Send again" in page
    assert "Invited" not in alice.get("/users/?find=bob").text
    age(engine, 7.01)
    assert "Invitation expired" in alice.get("/users/?find=dora").text
    assert "Send again" not in client_for("rita").get("/users/?find=dora").text
    assert alice.post(f"/users/{id}/invitation").headers["Location"] == "/users/"
    assert "Invited, until" in alice.get("/users/?find=dora").text
    work(WCC_SMTP_URL=smtp[1])
    assert app.test_client().post(link_in(smtp[0].mails[1]), data=BOTH).status_code == 303
    assert actions(engine) == ["user.added", "user.invited", "account.invitation_accepted"]


def test_who_has_accepted_is_not_invited_again(app: Flask, client_for: ClientFor, link: str, work: Work, engine: Engine) -> None:
    client_for("alice").post(f"/users/{dora(engine).id}/invitation")
    app.test_client().post(link, data=BOTH)
    alice = client_for("alice")
    assert alice.post(f"/users/{dora(engine).id}/invitation").status_code == 303
    assert "has chosen a password already" in alice.get("/users/").text
    assert work() == 1  # that of before; the job itself sees that there is nothing to send
    assert not list((app.config["SETTINGS"].instance / "outbox").glob("*.eml"))


@pytest.mark.parametrize(("who", "status"), [("bob", 404), ("rita", 404), ("mona", 404), ("charlie", 404)])
def test_others_send_no_invitation_and_use_up_none(client_for: ClientFor, link: str, engine: Engine, who: str, status: int) -> None:
    path = f"/users/{dora(engine).id}/invitation"
    assert {client_for(who).post(path).status_code for _ in range(6)} == {status}
    assert client_for("alice").post(path).status_code == 303


def test_invitations_of_one_person_are_limited(portal: Callable[..., Flask], link: str, engine: Engine, world: World) -> None:
    made = portal(invitation_mails="2 per hour")
    alice = made.test_client()
    sign_in_cookie(made, alice, engine, world.users["alice"])
    answers = [alice.post(f"/users/{dora(engine).id}/invitation").status_code for _ in range(3)]
    assert answers == [303, 303, 429]


@pytest.mark.parametrize("changed", [{"outbox": False}, {"outbox": True}])
def test_where_no_mail_can_be_sent_the_page_says_so_and_shows_the_link_once(
    portal: Callable[..., Flask], engine: Engine, world: World, work: Work, changed: dict[str, Any]
) -> None:
    made = portal(**changed)
    alice = made.test_client()
    sign_in_cookie(made, alice, engine, world.users["alice"])
    here = {} if not changed["outbox"] else {"base_url": "http://portal.example"}  # whose address nobody has set
    cookie = alice.get_cookie("wcc")
    assert cookie
    alice.set_cookie("wcc", cookie.value, domain="portal.example")
    told = alice.get("/users/add", **here).text
    assert ("WCC_SMTP_URL" if not changed["outbox"] else "WCC_PUBLIC_URL") in told and "a link to hand to the person" in told
    shown = alice.post("/users/add", data=DORA, **here)
    found = re.search(r'id="invitation-link" value="http://[^/]+(/welcome/[^"]+)"', shown.text)
    assert found
    assert shown.headers["Cache-Control"] == "no-store"
    assert actions(engine) == ["user.added", "user.invitation_shown"]
    assert work() == 0
    listed = alice.get("/users/", **here).text + alice.get(f"/users/{dora(engine).id}", **here).text
    assert found[1] not in listed and "Show link" in listed
    again = alice.post(f"/users/{dora(engine).id}/invitation", **here)
    assert 'id="invitation-link"' in again.text
    assert actions(engine)[2:] == ["user.invited", "user.invitation_shown"]
    assert made.test_client().post(found[1], data=BOTH).status_code == 303


def test_without_redis_the_person_is_added_and_it_is_said_that_no_mail_went(
    portal: Callable[..., Flask], settings: Settings, engine: Engine, world: World
) -> None:
    made = portal(redis_url="unix:///nowhere/valkey.sock")
    alice = made.test_client()
    sign_in_cookie(made, alice, engine, world.users["alice"])
    try:
        assert alice.post("/users/add", data=DORA).status_code == 303
        assert "could not be sent" in alice.get("/users/").text
        assert dora(engine)
    finally:
        bus.configure(settings.redis)


def test_a_link_that_was_tampered_with_is_none(app: Flask, link: str) -> None:
    for forged in (link[:-3] + "AAA", link[:40] + "AAAA" + link[44:], "/welcome/x", "/welcome/é"):
        assert app.test_client().get(forged).status_code == 410


def test_a_new_password_by_invitation_signs_out_whoever_used_the_browser(app: Flask, client_for: ClientFor, link: str) -> None:
    browser = client_for("bob")
    assert browser.post(link, data=BOTH).status_code == 303
    assert browser.get("/").status_code == 302
