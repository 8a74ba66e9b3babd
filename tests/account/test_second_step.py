"""The second step of a sign-in by an authenticator app and recovery codes: when it is asked, what it takes, what goes round it."""

import re
import sys
from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select

from tests.people import PASSWORD, World
from wcc import bus
from wcc.account import authenticator, halfway, passing, resets
from wcc.clock import now_ms
from wcc.config import Settings, cipher
from wcc.models import AuditEntry, Authenticator, Passkey, RecoveryCode, SignIn, User

ClientFor = Callable[[str], FlaskClient]
Work = Callable[..., int]
STEP_S = 30


@pytest.fixture(autouse=True)
def clock_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of a step: else one could end between the showing of a code and its use."""
    step_ms = STEP_S * 1000
    moment = now_ms() // step_ms * step_ms + step_ms // 2
    for module in (authenticator, sys.modules[__name__]):
        monkeypatch.setattr(module, "now_ms", lambda: moment)


class Phone:
    """An authenticator app: the secret that the page showed, and the codes it shows; `ahead` in steps of half a minute."""

    def __init__(self, secret: str) -> None:
        self.app = pyotp.TOTP(secret)

    def code(self, ahead: int = 0) -> str:
        return self.app.at(now_ms() // 1000 + ahead * STEP_S)


def unlock(client: FlaskClient) -> None:
    assert client.post("/account/second-step/unlock", data={"current": PASSWORD}).status_code == 303


def begin(client: FlaskClient) -> Phone:
    """The page of the set-up, read by a phone."""
    shown = re.search(r'id="app-secret" value="([A-Z2-7]{32})"', client.get("/account/second-step/app").text)
    assert shown
    return Phone(shown[1])


def set_up(client: FlaskClient) -> tuple[Phone, list[str]]:
    """An app as second step, and the recovery codes that were shown. The code of the step before is used up."""
    unlock(client)
    phone = begin(client)
    page = client.post("/account/second-step/app", data={"code": phone.code(-1)})
    assert page.status_code == 200
    return phone, re.findall(r"<li>((?:\w{4}-?){3})</li>", page.text)


def password(app: Flask, email: str = "bob@example.org", **more: str) -> FlaskClient:
    """A browser that was sent on to the second step."""
    client = app.test_client()
    answer = client.post("/sign-in", data={"email": email, "password": PASSWORD, **more})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in/second")
    return client


def prove(client: FlaskClient, code: str, use: str = "app") -> int:
    return client.post("/sign-in/second", data={"use": use, "code": code}).status_code


def rows(engine: Engine, model: Any, user_id: int) -> list[Any]:
    with engine.connect() as conn:
        return list(conn.execute(select(model.__table__).where(model.user_id == user_id)).all())


def actions(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as conn:
        return [tuple(row) for row in conn.execute(select(AuditEntry.action, AuditEntry.detail).order_by(AuditEntry.id))]


def test_with_an_app_the_password_alone_opens_nothing_and_the_code_leads_where_one_was_going(app: Flask, client_for: ClientFor) -> None:
    phone, codes = set_up(client_for("bob"))
    assert len(codes) == len(set(codes)) == 10
    client = password(app, next="/sessions/?cp=BOBS-1")
    for path in ("/", "/account", "/account/second-step", "/users/"):
        assert client.get(path).headers["Location"].startswith("/sign-in?next="), path
    assert client.get("/changes").status_code == 401
    answer = client.post("/sign-in/second", data={"use": "app", "code": phone.code()})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sessions/?cp=BOBS-1")
    assert client.get("/account").status_code == 200


def test_nobody_is_sent_to_another_host_after_the_second_step(app: Flask, client_for: ClientFor) -> None:
    phone, _ = set_up(client_for("bob"))
    client = password(app, next="//evil.example")
    assert client.post("/sign-in/second", data={"use": "app", "code": phone.code()}).headers["Location"] == "/"


def test_the_language_chosen_before_is_carried_through_both_steps(app: Flask, client_for: ClientFor) -> None:
    phone, _ = set_up(client_for("bob"))
    client = app.test_client()
    client.post("/language", data={"language": "nl"})
    client.post("/sign-in", data={"email": "bob@example.org", "password": PASSWORD})
    assert '<html lang="nl"' in client.get("/sign-in/second").text
    client.post("/language", data={"language": "de", "next": "/sign-in/second"})
    assert '<html lang="de"' in client.get("/sign-in/second").text
    assert prove(client, phone.code()) == 302
    assert '<html lang="de"' in client.get("/account").text


def test_a_code_works_once(app: Flask, client_for: ClientFor) -> None:
    phone, _ = set_up(client_for("bob"))
    code = phone.code()
    assert prove(password(app), code) == 302
    assert prove(password(app), code) == 422
    assert prove(password(app), phone.code(+1)) == 302  # the next one does
    assert prove(password(app), phone.code()) == 422  # and then none from before it


def test_the_code_that_confirmed_the_app_signs_nobody_in(app: Flask, client_for: ClientFor) -> None:
    phone, _ = set_up(client_for("bob"))
    assert prove(password(app), phone.code(-1)) == 422


@pytest.mark.parametrize(("ahead", "status"), [(-2, 422), (0, 302), (1, 302), (2, 422), (200, 422)])
def test_a_phones_clock_may_be_off_by_one_step(app: Flask, client_for: ClientFor, ahead: int, status: int) -> None:
    phone, _ = set_up(client_for("bob"))
    assert prove(password(app), phone.code(ahead)) == status


def test_a_clock_that_is_behind_by_one_step_is_taken_when_that_step_was_not_used(
    app: Flask, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, _ = set_up(client_for("bob"))
    later = now_ms() + 10 * STEP_S * 1000
    monkeypatch.setattr(authenticator, "now_ms", lambda: later)
    assert prove(password(app), phone.app.at(later // 1000 - STEP_S)) == 302


@pytest.mark.parametrize(
    "rubbish", ["", "12345", "1234567", "abcdef", "\u0661\u0662\u0663\u0664\u0665\u0666", "\0", "' OR 1=1", "9" * 100_000]
)
@pytest.mark.parametrize("use", ["app", "recovery", "passkey", "x", ""])
def test_rubbish_is_a_wrong_code_and_nothing_worse(app: Flask, client_for: ClientFor, rubbish: str, use: str) -> None:
    set_up(client_for("bob"))
    client = password(app)
    answer = client.post("/sign-in/second", data={"use": use, "code": rubbish, "credential": rubbish})
    assert answer.status_code == 422
    assert "That is not right, or was used before." in answer.text


def test_a_code_may_be_typed_with_spaces(app: Flask, client_for: ClientFor) -> None:
    phone, _ = set_up(client_for("bob"))
    code = phone.code()
    assert prove(password(app), f" {code[:3]} {code[3:]} ") == 302


def test_an_app_that_was_begun_and_not_confirmed_counts_nothing(app: Flask, client_for: ClientFor, engine: Engine, world: World) -> None:
    bob = client_for("bob")
    unlock(bob)
    phone = begin(bob)
    assert bob.post("/account/second-step/app", data={"code": phone.code(5)}).status_code == 422
    assert begin(bob).app.secret == phone.app.secret  # the same picture after a mistyped code
    assert rows(engine, Authenticator, world.users["bob"]) == []
    answer = app.test_client().post("/sign-in", data={"email": "bob@example.org", "password": PASSWORD})
    assert answer.headers["Location"] == "/"


def test_an_app_begun_in_one_browser_is_not_confirmed_in_another(client_for: ClientFor) -> None:
    here, there = client_for("bob"), client_for("bob")
    unlock(here)
    unlock(there)
    phone = begin(here)
    assert there.post("/account/second-step/app", data={"code": phone.code()}).status_code == 422


def test_a_recovery_code_works_once_instead_of_the_app_in_whatever_writing(app: Flask, client_for: ClientFor) -> None:
    _, codes = set_up(client_for("bob"))
    assert prove(password(app), codes[0].upper().replace("-", " "), "recovery") == 302
    assert prove(password(app), codes[0], "recovery") == 422
    client = password(app)
    assert prove(client, codes[1], "recovery") == 302
    assert "8 recovery codes are left." in client.get("/account").text


def test_a_recovery_code_of_somebody_else_is_worth_nothing(app: Flask, client_for: ClientFor) -> None:
    set_up(client_for("bob"))
    _, of_alice = set_up(client_for("alice"))
    assert prove(password(app), of_alice[0], "recovery") == 422


def test_new_recovery_codes_take_the_place_of_the_old(app: Flask, client_for: ClientFor, engine: Engine, world: World) -> None:
    bob = client_for("bob")
    _, old = set_up(bob)
    fresh = re.findall(r"<li>((?:\w{4}-?){3})</li>", bob.post("/account/second-step/codes").text)
    assert len(fresh) == 10 and not set(fresh) & set(old)
    assert fresh[0] not in bob.get("/account/second-step").text  # shown once
    assert [prove(password(app), code, "recovery") for code in (old[0], fresh[0])] == [422, 302]


def test_neither_secret_nor_codes_stand_readable_in_the_database(
    client_for: ClientFor, engine: Engine, world: World, settings: Settings
) -> None:
    phone, codes = set_up(client_for("bob"))
    (kept,) = rows(engine, Authenticator, world.users["bob"])
    assert phone.app.secret.encode() not in bytes(kept.secret)
    assert cipher(settings.instance).decrypt(bytes(kept.secret)).decode() == phone.app.secret
    stored = " ".join(row.hash for row in rows(engine, RecoveryCode, world.users["bob"]))
    assert not [code for code in codes if code in stored or code.replace("-", "") in stored]


def place_of(client: FlaskClient) -> str:
    """Where Redis keeps this browser's half sign-in."""
    with client.session_transaction() as session:
        return passing.place(halfway.KIND, session["second"]["key"])


def test_the_second_step_must_come_within_five_minutes(app: Flask, client_for: ClientFor) -> None:
    phone, _ = set_up(client_for("bob"))
    client = password(app, next="/statuses")
    redis = bus.shared()
    assert 295 <= redis.ttl(place_of(client)) <= 300
    redis.pexpire(place_of(client), 0)
    answer = client.post("/sign-in/second", data={"use": "app", "code": phone.code()})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in?next=/statuses")
    assert "took too long" in client.get("/sign-in").text
    assert client.get("/").status_code == 302


def test_the_time_for_the_second_step_is_a_setting(portal: Callable[..., Flask], client_for: ClientFor) -> None:
    set_up(client_for("bob"))
    assert 55 <= bus.shared().ttl(place_of(password(portal(second_step_s=60)))) <= 60


def test_half_a_sign_in_belongs_to_its_browser_and_is_over_once_it_is_whole(app: Flask, client_for: ClientFor) -> None:
    phone, codes = set_up(client_for("bob"))
    assert prove(app.test_client(), phone.code()) == 302  # a browser that gave no password: back to the sign-in
    client, thief = password(app), app.test_client()
    before = client.get_cookie("wcc")
    assert before
    thief.set_cookie("wcc", before.value)
    assert prove(client, phone.code()) == 302
    after = client.get_cookie("wcc")
    assert after and after.value != before.value
    with client.session_transaction() as session:
        assert "second" not in session
    assert prove(thief, codes[0], "recovery") == 302  # to the sign-in: the copied cookie opens nothing any more
    assert thief.get("/").status_code == 302


def test_a_cookie_planted_before_the_password_is_not_carried_along(app: Flask, client_for: ClientFor) -> None:
    phone, _ = set_up(client_for("bob"))
    client = app.test_client()
    with client.session_transaction() as session:
        session["planted"] = "x"
    client.post("/sign-in", data={"email": "bob@example.org", "password": PASSWORD})
    with client.session_transaction() as session:
        assert "planted" not in session
        session["planted"] = "y"
    assert prove(client, phone.code()) == 302
    with client.session_transaction() as session:
        assert "planted" not in session


def test_a_password_changed_meanwhile_has_to_be_typed_again(app: Flask, client_for: ClientFor) -> None:
    bob = client_for("bob")
    phone, _ = set_up(bob)
    client = password(app)
    fresh = "seven quiet lighthouses"
    assert bob.post("/account/password", data={"current": PASSWORD, "password": fresh, "again": fresh}).status_code == 303
    assert client.post("/sign-in/second", data={"use": "app", "code": phone.code()}).headers["Location"].startswith("/sign-in")
    assert client.get("/").status_code == 302


def test_a_password_reset_by_mail_does_not_go_round_the_second_step(
    app: Flask, client_for: ClientFor, settings: Settings, world: World
) -> None:
    from wcc.db import db

    phone, _ = set_up(client_for("bob"))
    user = db.session.get(User, world.users["bob"])
    assert user
    word, fresh, client = resets.token(settings.instance, user), "seven quiet lighthouses", app.test_client()
    assert client.post(f"/forgot-password/{word}", data={"password": fresh, "again": fresh}).headers["Location"] == "/sign-in"
    assert client.get("/").status_code == 302
    answer = client.post("/sign-in", data={"email": "bob@example.org", "password": fresh})
    assert answer.headers["Location"] == "/sign-in/second"
    assert client.get("/").status_code == 302
    assert prove(client, phone.code()) == 302
    assert client.get("/").status_code == 200


def test_after_five_wrong_codes_the_password_is_asked_again_and_the_person_is_told(
    app: Flask, client_for: ClientFor, smtp: Any, work: Work
) -> None:
    phone, _ = set_up(client_for("bob"))
    work(WCC_SMTP_URL=smtp[1])
    client = password(app)
    assert [prove(client, "000000" if phone.code() != "000000" else "000001") for _ in range(5)] == [422, 422, 422, 422, 302]
    assert prove(client, phone.code()) == 302
    assert client.get("/").status_code == 302  # that was a redirect to the sign-in
    assert work(WCC_SMTP_URL=smtp[1]) == 1
    assert "failed at the second step" in smtp[0].mails[-1].get_payload(0).get_payload(decode=True).decode()


def test_guessing_codes_is_slowed_down_per_account_whatever_the_browser_and_the_address(
    portal: Callable[..., Flask], client_for: ClientFor, engine: Engine
) -> None:
    from tests.people import add

    with engine.connect() as conn:
        organization = conn.scalar(select(User.organization_id).where(User.email == "bob@example.org"))
        hashed = conn.scalar(select(User.password_hash).where(User.email == "bob@example.org"))
    # Counts are kept in a valkey that other tests share: an account of this test's own.
    email = f"guessed-{now_ms()}@example.org"
    user_id = add(engine, User, organization_id=organization, email=email, password_hash=hashed, role="user")
    slow = portal(second_step_attempts="3 per minute")
    owner = slow.test_client()
    assert owner.post("/sign-in", data={"email": email, "password": PASSWORD}).headers["Location"] == "/"
    phone, _ = set_up(owner)
    assert rows(engine, Authenticator, user_id)
    wrong = "000000" if phone.code() != "000000" else "000001"
    clients = [password(slow, email) for _ in range(4)]
    tried = [
        client.post("/sign-in/second", data={"use": "app", "code": wrong}, environ_base={"REMOTE_ADDR": f"192.0.2.{number}"}).status_code
        for number, client in enumerate(clients)
    ]
    assert tried == [422, 422, 422, 429]
    assert prove(clients[3], phone.code()) == 429  # also with the right one
    assert slow.test_client().post("/sign-in", data={"email": "alice@example.org", "password": PASSWORD}).headers["Location"] == "/"


CHANGES = [
    ("GET", "/account/second-step/app"),
    ("POST", "/account/second-step/app"),
    ("POST", "/account/second-step/app/remove"),
    ("GET", "/account/second-step/passkeys/add"),
    ("POST", "/account/second-step/passkeys/add"),
    ("POST", "/account/second-step/passkeys/1/remove"),
    ("POST", "/account/second-step/codes"),
    ("POST", "/account/second-step/off"),
]


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_nothing_is_changed_without_the_password_and_only_where_it_was_typed(
    client_for: ClientFor, engine: Engine, world: World, method: str, path: str
) -> None:
    here, there = client_for("bob"), client_for("bob")
    set_up(here)
    there = client_for("bob")
    before = [rows(engine, model, world.users["bob"]) for model in (Authenticator, Passkey, RecoveryCode)]
    answer = there.open(path, method=method, data={"code": "123456"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/second-step")
    assert [rows(engine, model, world.users["bob"]) for model in (Authenticator, Passkey, RecoveryCode)] == before
    assert there.post("/account/second-step/unlock", data={"current": "wrong"}).status_code == 422
    assert there.open(path, method=method).headers["Location"] == "/account/second-step"


def test_switching_off_takes_all_away_ends_other_sign_ins_and_lets_the_password_in(
    app: Flask, client_for: ClientFor, engine: Engine, world: World
) -> None:
    here = client_for("bob")
    set_up(here)
    there = client_for("bob")
    assert here.post("/account/second-step/off").status_code == 303
    assert [rows(engine, model, world.users["bob"]) for model in (Authenticator, Passkey, RecoveryCode)] == [[], [], []]
    assert [here.get("/").status_code, there.get("/").status_code] == [200, 302]
    answer = app.test_client().post("/sign-in", data={"email": "bob@example.org", "password": PASSWORD})
    assert answer.headers["Location"] == "/"
    assert [action for action, _ in actions(engine)] == ["second_step.app_set_up", "second_step.off", "account.signed_in"]


def test_setting_up_ends_the_sign_ins_of_other_browsers(client_for: ClientFor) -> None:
    there, here, alice = client_for("bob"), client_for("bob"), client_for("alice")
    set_up(here)
    assert [client.get("/").status_code for client in (here, there, alice)] == [200, 302, 200]


def test_another_phone_takes_the_place_of_the_old_one_and_the_recovery_codes_stay(app: Flask, client_for: ClientFor) -> None:
    bob = client_for("bob")
    old, codes = set_up(bob)
    fresh = begin(bob)
    assert fresh.app.secret != old.app.secret
    assert prove(password(app), old.code()) == 302  # until the new one is confirmed
    assert bob.post("/account/second-step/app", data={"code": fresh.code(-1)}).status_code == 303
    assert [prove(password(app), old.code(1)), prove(password(app), fresh.code())] == [422, 302]
    assert prove(password(app), codes[0], "recovery") == 302


def test_removing_the_only_app_is_switching_off(app: Flask, client_for: ClientFor, engine: Engine, world: World) -> None:
    bob = client_for("bob")
    set_up(bob)
    assert bob.post("/account/second-step/app/remove").status_code == 303
    assert rows(engine, RecoveryCode, world.users["bob"]) == []
    assert app.test_client().post("/sign-in", data={"email": "bob@example.org", "password": PASSWORD}).headers["Location"] == "/"


def test_every_change_is_told_by_mail_in_the_persons_language(client_for: ClientFor, smtp: Any, work: Work) -> None:
    bob = client_for("bob")
    bob.post("/language", data={"language": "nl"})
    set_up(bob)
    bob.post("/account/second-step/codes")
    bob.post("/account/second-step/off")
    assert work(WCC_SMTP_URL=smtp[1]) == 3
    mails = smtp[0].mails
    assert {(mail["To"], mail["Subject"]) for mail in mails} == {("bob@example.org", "De tweede stap van uw aanmelding")}
    texts = [mail.get_payload(0).get_payload(decode=True).decode() for mail in mails]
    for text, word in zip(texts, ("authenticator-app", "herstelcodes", "uitgeschakeld"), strict=True):
        assert word in text and "Als u het niet was" in text and "antwoorden worden niet gelezen" in text


def test_how_somebody_signed_in_stands_in_the_audit_log(app: Flask, client_for: ClientFor, engine: Engine) -> None:
    phone, codes = set_up(client_for("bob"))
    prove(password(app), phone.code())
    prove(password(app), codes[0], "recovery")
    assert actions(engine)[-2:] == [("account.signed_in", "app"), ("account.signed_in", "recovery")]
    log = client_for("alice").get("/audit-log/").text
    assert "Set up an authenticator app" in log and "Recovery code" in log


def test_of_a_deleted_person_no_second_step_is_left(both_databases: str, client_for: ClientFor, engine: Engine, world: World) -> None:
    set_up(client_for("bob"))
    assert client_for("alice").post("/users/delete", data={"id": world.users["bob"]}).status_code == 303
    with engine.connect() as conn:
        assert [conn.scalar(select(func.count()).select_from(model)) for model in (Authenticator, RecoveryCode)] == [0, 0]


def test_an_administrator_takes_a_lost_second_step_off(
    app: Flask, client_for: ClientFor, engine: Engine, world: World, smtp: Any, work: Work
) -> None:
    bob, client = world.users["bob"], client_for("bob")
    set_up(client)
    work(WCC_SMTP_URL=smtp[1])
    alice = client_for("alice")
    assert "Switch off" in alice.get(f"/users/{bob}").text
    assert "Bob Test" in alice.get(f"/users/{bob}/second-step/off", headers={"HX-Request": "true"}).text
    assert alice.post(f"/users/{bob}/second-step/off").status_code == 303
    assert client.get("/").status_code == 302  # signed out
    answer = app.test_client().post("/sign-in", data={"email": "bob@example.org", "password": PASSWORD})
    assert answer.headers["Location"] == "/"
    assert work(WCC_SMTP_URL=smtp[1]) == 1
    assert "An administrator switched off" in smtp[0].mails[-1].get_payload(0).get_payload(decode=True).decode()
    with engine.connect() as conn:
        entry = conn.execute(select(AuditEntry.__table__).where(AuditEntry.action == "second_step.taken_off")).one()
    assert (entry.user_id, entry.subject_user_id) == (world.users["alice"], bob)
    assert alice.post(f"/users/{bob}/second-step/off").status_code == 303  # twice does no harm
    assert work(WCC_SMTP_URL=smtp[1]) == 0


@pytest.mark.parametrize(
    ("who", "whose", "status"),
    [
        ("bob", "bob", 403),
        ("alice", "alice", 403),
        ("alice", "olga", 403),
        ("rita", "bob", 403),
        ("charlie", "bob", 404),
        ("bob", "alice", 404),
    ],
)
def test_who_may_not_manage_a_person_takes_no_second_step_off_and_nobody_ones_own_there(
    client_for: ClientFor, engine: Engine, world: World, who: str, whose: str, status: int
) -> None:
    set_up(client_for(whose))
    client = client_for(who)
    for method in ("GET", "POST"):
        assert client.open(f"/users/{world.users[whose]}/second-step/off", method=method).status_code == status
    assert rows(engine, Authenticator, world.users[whose])
    assert rows(engine, SignIn, world.users[whose])


def test_without_redis_nobody_goes_round_the_second_step(portal: Callable[..., Flask], client_for: ClientFor, settings: Settings) -> None:
    phone, _ = set_up(client_for("bob"))
    waiting = password(portal())
    cut_off = portal(redis_url="unix:///nowhere/valkey.sock")
    try:
        client = cut_off.test_client()
        assert client.post("/sign-in", data={"email": "bob@example.org", "password": PASSWORD}).status_code == 503
        assert client.get("/").status_code == 302
        cookie = waiting.get_cookie("wcc")
        assert cookie
        client.set_cookie("wcc", cookie.value)
        answer = client.post("/sign-in/second", data={"use": "app", "code": phone.code()})
        assert (answer.status_code, "does not answer" in answer.text) == (503, True)
        assert client.get("/").status_code == 302
    finally:
        bus.configure(settings.redis)
    assert prove(waiting, phone.code()) == 302
    assert waiting.get("/").status_code == 200
