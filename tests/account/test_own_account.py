"""The own account: where one is signed in, signing out everywhere, the own password."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.people import PASSWORD
from wcc.account import browsers
from wcc.users.passwords import fault

FRESH = "seven quiet lighthouses"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ClientFor = Callable[[str], FlaskClient]


def test_own_sign_ins_are_listed_with_address_and_browser_and_nobody_elses(app: Flask, client_for: ClientFor) -> None:
    client = app.test_client()
    client.post(
        "/sign-in",
        data={"email": "bob@example.org", "password": PASSWORD},
        headers={"User-Agent": FIREFOX},
        environ_base={"REMOTE_ADDR": "192.0.2.9"},
    )
    page = client_for("bob").get("/account").text
    assert "192.0.2.9" in page and "Firefox · Linux" in page
    assert page.count("This browser") == 1
    assert "192.0.2.9" not in client_for("alice").get("/account").text


def test_the_page_does_not_tell_the_secrets_of_other_sign_ins(client_for: ClientFor) -> None:
    other = client_for("bob")
    with other.session_transaction() as session:
        secret = session["_user_id"]
    assert secret not in client_for("bob").get("/account").text


def test_sign_out_everywhere_ends_all_ones_sign_ins_and_nobody_elses(client_for: ClientFor) -> None:
    here, there, alice = client_for("bob"), client_for("bob"), client_for("alice")
    assert here.post("/account/sign-out-everywhere").headers["Location"] == "/sign-in"
    assert [client.get("/").status_code for client in (here, there, alice)] == [302, 302, 200]


def test_a_changed_password_is_the_one_that_counts_and_signs_out_the_others(app: Flask, client_for: ClientFor) -> None:
    here, there = client_for("bob"), client_for("bob")
    assert here.post("/account/password", data={"current": PASSWORD, "password": FRESH, "again": FRESH}).status_code == 303
    assert [here.get("/").status_code, there.get("/").status_code] == [200, 302]
    for password, status in ((PASSWORD, 422), (FRESH, 302)):
        assert app.test_client().post("/sign-in", data={"email": "bob@example.org", "password": password}).status_code == status


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"current": "wrong"}, "This is not your password."),
        ({"again": "other"}, "The two are not the same."),
        ({"password": "laadpaal2026!", "again": "laadpaal2026!"}, "tried first"),
        ({"password": "short", "again": "short"}, "Use 12 to 200 characters."),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(app: Flask, client_for: ClientFor, changed: dict[str, str], words: str) -> None:
    data = {"current": PASSWORD, "password": FRESH, "again": FRESH} | changed
    answer = client_for("bob").post("/account/password", data=data)
    assert answer.status_code == 422 and words in answer.text
    assert app.test_client().post("/sign-in", data={"email": "bob@example.org", "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize(
    "password",
    ["password1234", "P@ssw0rd2024!", "passwordpassword", "123456789012", "qwertyuiop12", "Welkom2024!!!", "abcabcabcabc", "1q2w3e4r5t6y"],
)
def test_common_passwords_are_known_in_disguise_too(password: str) -> None:
    assert fault(password) == "common"


@pytest.mark.parametrize("password", ["correct horse", "a long enough password", "Xk3v9Qm2Lr8Z", "zeven stille vuurtorens"])
def test_good_passwords_are_taken(password: str) -> None:
    assert fault(password) == ""


@pytest.mark.parametrize(("agent", "words"), [(FIREFOX, "Firefox · Linux"), ("", "–"), ("Charger tool/1", "Charger tool/1")])
def test_a_browser_is_named_in_two_words(agent: str, words: str) -> None:
    assert browsers.short(agent) == words
