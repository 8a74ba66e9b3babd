"""Passkeys as second step: what is taken, what is not, and where they are good. The browser's part is in tests/browser."""

import html
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests.account.softkey import SoftKey
from tests.account.test_second_step import actions, clock_stands_still, password, rows, set_up, unlock
from tests.people import PASSWORD, World
from wcc.account.passkeys import Site
from wcc.models import Passkey, RecoveryCode

__all__ = ["clock_stands_still"]

ClientFor = Callable[[str], FlaskClient]
Work = Callable[..., int]
ADD = "/account/second-step/passkeys/add"


def options(page: str) -> dict[str, Any]:
    """What the page hands to the browser."""
    found = re.search(r'data-options="([^"]+)"', page)
    assert found
    given: dict[str, Any] = json.loads(html.unescape(found[1]))
    return given


def add(client: FlaskClient, key: SoftKey, name: str = "my phone") -> Any:
    """Add a passkey as its browser does; the password was typed."""
    return client.post(ADD, data={"name": name, "credential": key.create(options(client.get(ADD).text))})


def added(client: FlaskClient) -> SoftKey:
    unlock(client)
    key = SoftKey()
    assert add(client, key).status_code == 200
    return key


def prove(client: FlaskClient, key: SoftKey) -> Any:
    return client.post("/sign-in/second", data={"use": "passkey", "credential": key.get(options(client.get("/sign-in/second").text))})


def test_a_passkey_signs_in_and_what_it_counted_is_kept(
    both_databases: str, app: Flask, client_for: ClientFor, engine: Engine, world: World
) -> None:
    key = added(client_for("bob"))
    client = password(app, next="/statuses")
    assert prove(client, key).headers["Location"] == "/statuses"
    assert client.get("/account").status_code == 200
    (kept,) = rows(engine, Passkey, world.users["bob"])
    assert (kept.name, kept.rp_id, kept.sign_count, kept.last_used_at is not None) == ("my phone", "localhost", 1, True)
    assert len(rows(engine, RecoveryCode, world.users["bob"])) == 10
    assert actions(engine) == [("second_step.passkey_added", ""), ("account.signed_in", "passkey")]


def test_an_answer_is_good_for_its_own_challenge_once(app: Flask, client_for: ClientFor) -> None:
    key = added(client_for("bob"))
    client, other = password(app), password(app)
    answer = key.get(options(client.get("/sign-in/second").text))
    other.get("/sign-in/second")
    assert other.post("/sign-in/second", data={"use": "passkey", "credential": answer}).status_code == 422
    assert client.post("/sign-in/second", data={"use": "passkey", "credential": answer}).status_code == 302
    again = password(app)
    again.get("/sign-in/second")
    assert again.post("/sign-in/second", data={"use": "passkey", "credential": answer}).status_code == 422


def test_a_challenge_to_make_a_passkey_is_answered_once(client_for: ClientFor, engine: Engine, world: World) -> None:
    bob, key = client_for("bob"), SoftKey()
    unlock(bob)
    answer = key.create(options(bob.get(ADD).text))
    statuses = [bob.post(ADD, data={"name": name, "credential": answer}).status_code for name in ("one", "two")]
    assert statuses == [200, 422]
    assert len(rows(engine, Passkey, world.users["bob"])) == 1


def test_an_answer_given_to_another_site_is_refused(app: Flask, client_for: ClientFor, engine: Engine, world: World) -> None:
    bob = client_for("bob")
    key = added(bob)
    key.origin = "https://evil.example"
    assert prove(password(app), key).status_code == 422
    assert add(bob, SoftKey("https://evil.example")).status_code == 422
    key.origin = "http://localhost"
    assert prove(password(app), key).status_code == 302


def test_a_key_of_somebody_else_opens_nothing(app: Flask, client_for: ClientFor) -> None:
    added(client_for("bob"))
    of_alice = added(client_for("alice"))
    assert prove(password(app), of_alice).status_code == 422


def test_a_key_with_the_right_name_and_the_wrong_signature_opens_nothing(app: Flask, client_for: ClientFor) -> None:
    key = added(client_for("bob"))
    forged = SoftKey()
    forged.id = key.id
    assert prove(password(app), forged).status_code == 422


def test_a_copied_key_whose_counter_goes_back_is_refused(app: Flask, client_for: ClientFor) -> None:
    key = added(client_for("bob"))
    key.count = 6
    assert prove(password(app), key).status_code == 302
    key.count = 3
    assert prove(password(app), key).status_code == 422


def test_one_passkey_is_not_of_two_accounts(client_for: ClientFor, engine: Engine, world: World) -> None:
    key = added(client_for("bob"))
    alice = client_for("alice")
    unlock(alice)
    assert add(alice, key).status_code == 422
    assert rows(engine, Passkey, world.users["alice"]) == []


@pytest.mark.parametrize("rubbish", ["", "x", "[]", "null", '{"id":1}', "\0", "[" * 5000])
def test_rubbish_is_no_passkey(client_for: ClientFor, engine: Engine, world: World, rubbish: str) -> None:
    bob = client_for("bob")
    unlock(bob)
    bob.get(ADD)
    answer = bob.post(ADD, data={"name": "my phone", "credential": rubbish})
    assert answer.status_code == 422 and "could not be added" in answer.text and 'value="my phone"' in answer.text
    assert rows(engine, Passkey, world.users["bob"]) == []


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\0b"])
def test_a_name_that_cannot_be_is_told_beside_its_field(client_for: ClientFor, name: str) -> None:
    bob = client_for("bob")
    unlock(bob)
    answer = add(bob, SoftKey(), name)
    assert answer.status_code == 422 and "Use 1 to 60 characters." in answer.text


def test_the_first_passkey_ends_other_sign_ins_and_a_further_one_does_not(client_for: ClientFor) -> None:
    there, here = client_for("bob"), client_for("bob")
    added(here)
    assert there.get("/").status_code == 302
    there = client_for("bob")
    assert add(here, SoftKey(), "another").status_code == 303  # no new recovery codes
    assert there.get("/").status_code == 200


def test_removing_the_last_one_switches_the_second_step_off(app: Flask, client_for: ClientFor, engine: Engine, world: World) -> None:
    bob = client_for("bob")
    added(bob)
    add(bob, SoftKey(), "another")
    first, second = (row.id for row in rows(engine, Passkey, world.users["bob"]))
    for gone, codes in ((first, 10), (second, 0)):
        assert bob.post(f"/account/second-step/passkeys/{gone}/remove").status_code == 303
        assert len(rows(engine, RecoveryCode, world.users["bob"])) == codes
    answer = app.test_client().post("/sign-in", data={"email": "bob@example.org", "password": PASSWORD})
    assert answer.headers["Location"] == "/"


def test_nobody_removes_a_passkey_of_somebody_else(client_for: ClientFor, engine: Engine, world: World) -> None:
    added(client_for("bob"))
    (of_bob,) = rows(engine, Passkey, world.users["bob"])
    alice = client_for("alice")
    unlock(alice)
    for id in (of_bob.id, 2**70):
        assert alice.post(f"/account/second-step/passkeys/{id}/remove").status_code == 404
    assert rows(engine, Passkey, world.users["bob"])


def test_a_new_passkey_is_told_by_mail(client_for: ClientFor, smtp: Any, work: Work) -> None:
    added(client_for("bob"))
    assert work(WCC_SMTP_URL=smtp[1]) == 1
    (mail,) = smtp[0].mails
    assert mail["To"] == "bob@example.org"
    assert "A passkey was added" in mail.get_payload(0).get_payload(decode=True).decode()


def test_under_another_name_of_the_portal_the_passkey_is_not_asked_for(
    portal: Callable[..., Flask], client_for: ClientFor, engine: Engine, world: World
) -> None:
    bob = client_for("bob")
    key = added(bob)
    moved = portal(public_url="https://charging.example.org")
    client = password(moved)
    page = client.get("/sign-in/second?use=passkey").text
    assert 'name="use" value="recovery"' in page and "data-options" not in page
    stolen = key.get({"challenge": "AAAA", "rpId": "localhost"})
    assert client.post("/sign-in/second", data={"use": "passkey", "credential": stolen}).status_code == 422
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        conn.exec_driver_sql("DELETE FROM recovery_code")
    assert "Ask an administrator to switch your second step off." in password(moved).get("/sign-in/second").text


def test_with_an_app_the_app_is_asked_for_and_the_passkey_offered(app: Flask, client_for: ClientFor) -> None:
    bob = client_for("bob")
    set_up(bob)
    add(bob, SoftKey())
    page = password(app).get("/sign-in/second").text
    assert 'name="use" value="app"' in page
    assert 'href="/sign-in/second?use=passkey"' in page and 'href="/sign-in/second?use=recovery"' in page


@pytest.mark.parametrize(
    ("public_url", "asked", "host", "origin"),
    [
        ("", "localhost:5000", "localhost", "http://localhost:5000"),
        ("", "Charging.Example.org", "charging.example.org", "https://charging.example.org"),
        ("https://charging.example.org", "10.0.0.7:5000", "charging.example.org", "https://charging.example.org"),
        ("https://charging.example.org:8443/", "localhost", "charging.example.org", "https://charging.example.org:8443"),
        ("", "192.0.2.7:5000", "", None),
        ("", "[2001:db8::7]:5000", "", None),
        ("http://192.0.2.7", "localhost", "", None),
    ],
)
def test_passkeys_are_good_at_the_public_address_or_where_one_asked_and_never_at_a_number(
    public_url: str, asked: str, host: str, origin: str | None
) -> None:
    site = Site.of(public_url, asked)
    assert site.rp_id == host
    assert origin is None or origin in site.origins
