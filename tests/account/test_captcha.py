"""The captcha at sign-in: single use, bound to the browser, seen and heard, and silent about what was wrong."""

import io
import re
import wave
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from tests.people import PASSWORD
from wcc import bus
from wcc.account import captcha

ALICE = {"email": "alice@example.org", "password": PASSWORD}


def key_of(page: str) -> str:
    found = re.search(r'name="captcha_key" value="([^"]+)"', page)
    assert found, page
    return found[1]


def code_of(key: str) -> str:
    """What Redis keeps for a challenge."""
    (place,) = bus.shared().keys(f"captcha:*:{key}")
    return bus.shared().get(place).decode()


def challenge(client: FlaskClient) -> dict[str, str]:
    """A fresh challenge and its right answer, as the form sends it."""
    key = key_of(client.get("/sign-in").text)
    return {"captcha_key": key, "captcha": code_of(key)}


@pytest.mark.parametrize("typed", [str, str.lower, lambda code: f" {code[:3]} {code[3:]} "])
def test_the_right_characters_let_alice_in_capital_or_small_with_spaces_or_without(
    asking: FlaskClient, typed: Callable[[str], str]
) -> None:
    right = challenge(asking)
    answer = asking.post("/sign-in", data=ALICE | right | {"captcha": typed(right["captcha"])})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


@pytest.mark.parametrize(
    "wrong",
    [{"captcha": "WRONG1"}, {"captcha": ""}, {"captcha_key": "none"}, {"password": "wrong"}, {"email": "nobody@example.org"}],
    ids=["characters", "no characters", "no challenge", "password", "e-mail"],
)
def test_whatever_is_wrong_gets_the_same_words_and_keeps_the_e_mail(asking: FlaskClient, wrong: dict[str, str]) -> None:
    sent = ALICE | challenge(asking) | wrong
    answer = asking.post("/sign-in", data=sent)
    assert answer.status_code == 422
    assert answer.text.count('role="alert"') == 1
    assert "E-mail, password or characters are wrong." in answer.text
    assert f'value="{sent["email"]}"' in answer.text
    assert PASSWORD not in answer.text
    assert key_of(answer.text) != sent["captcha_key"]


def test_a_challenge_is_good_for_one_answer_right_or_wrong(asking: FlaskClient, portal: Callable[..., Flask]) -> None:
    right = challenge(asking)
    assert asking.post("/sign-in", data=ALICE | right | {"captcha": "WRONG1"}).status_code == 422
    assert asking.post("/sign-in", data=ALICE | right).status_code == 422
    again = challenge(asking)
    assert asking.post("/sign-in", data=ALICE | again | {"password": "wrong"}).status_code == 422
    assert asking.post("/sign-in", data=ALICE | again).status_code == 422


def test_a_challenge_of_another_browser_can_be_neither_seen_nor_heard_nor_answered(asking: FlaskClient) -> None:
    right = challenge(asking)
    thief = asking.application.test_client()
    thief.get("/sign-in")
    for kind in ("png", "wav"):
        assert asking.get(f"/captcha/{right['captcha_key']}.{kind}").status_code == 200
        assert thief.get(f"/captcha/{right['captcha_key']}.{kind}").status_code == 404
    assert thief.post("/sign-in", data=ALICE | right).status_code == 422


def test_two_tabs_have_challenges_of_their_own(asking: FlaskClient) -> None:
    first, _second = challenge(asking), challenge(asking)
    assert asking.post("/sign-in", data=ALICE | first).status_code == 302


def test_a_new_picture_keeps_the_e_mail_and_is_only_a_part_for_htmx(asking: FlaskClient) -> None:
    old = challenge(asking)["captcha_key"]
    page = asking.post("/captcha", data={"email": "alice@example.org", "next": "/statuses"})
    assert page.status_code == 200
    assert 'value="alice@example.org"' in page.text and 'value="/statuses"' in page.text and 'role="alert"' not in page.text
    part = asking.post("/captcha", headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith("<fieldset")
    assert len({old, key_of(page.text), key_of(part)}) == 3


def test_a_challenge_lives_ten_minutes(asking: FlaskClient) -> None:
    (place,) = bus.shared().keys(f"captcha:*:{challenge(asking)['captcha_key']}")
    assert 590 < bus.shared().ttl(place) <= 600


def test_the_cookie_does_not_tell_the_code(asking: FlaskClient) -> None:
    code = challenge(asking)["captcha"]
    with asking.session_transaction() as session:
        assert code not in str(dict(session))


def test_picture_and_recording_are_what_they_say_and_never_twice_the_same(asking: FlaskClient) -> None:
    key = challenge(asking)["captcha_key"]
    pictures = [asking.get(f"/captcha/{key}.png") for _ in range(2)]
    assert pictures[0].mimetype == "image/png"
    assert Image.open(io.BytesIO(pictures[0].data)).size == (captcha.WIDTH, captcha.HEIGHT)
    assert pictures[0].data != pictures[1].data
    heard = [asking.get(f"/captcha/{key}.wav") for _ in range(2)]
    with wave.open(io.BytesIO(heard[0].data)) as file:
        assert file.getframerate() == 8000
        assert 4 < file.getnframes() / 8000 < 20
    assert heard[0].data != heard[1].data


def test_what_is_spoken_is_the_code_of_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    before = captcha._said

    def listen(letter: str, speed: float, loudness: float, backwards: bool = False) -> Image.Image:
        said.extend([] if backwards else [letter])
        return before(letter, speed, loudness, backwards)

    monkeypatch.setattr(captcha, "_said", listen)
    captcha.speak("CF34RX")
    assert "".join(said) == "CF34RX"


def test_no_character_looks_like_another() -> None:
    for alike in ("0OQD", "1IL7", "2Z", "5S", "8B", "6G", "UV", "MN"):
        assert len(set(alike) & set(captcha.LETTERS)) <= 1, alike


def test_without_redis_the_sign_in_page_says_so(portal: Callable[..., Flask], settings: object) -> None:
    client = portal(captcha=True, redis_url="unix:///nowhere/valkey.sock").test_client()
    try:
        for answer in (client.get("/sign-in?next=/statuses"), client.post("/sign-in", data=ALICE)):
            assert answer.status_code == 503
            assert "Nobody can sign in right now" in answer.text
            assert 'name="password"' not in answer.text
    finally:
        bus.configure(settings.redis)  # type: ignore[attr-defined]


def test_wrong_passwords_of_one_account_are_counted_over_all_addresses(portal: Callable[..., Flask]) -> None:
    client = portal(account_attempts="2 per minute").test_client()
    wrong = {"email": "charlie@example.org", "password": "guess"}
    answers = [client.post("/sign-in", data=wrong, environ_base={"REMOTE_ADDR": f"192.0.2.{n}"}) for n in (1, 2, 3)]
    assert [answer.status_code for answer in answers] == [422, 422, 429]
    assert "Too many attempts" in answers[2].text
    assert client.post("/sign-in", data=ALICE).status_code == 302  # others are not held up


def test_wrong_captchas_lock_nobody_out(portal: Callable[..., Flask]) -> None:
    client = portal(captcha=True, account_attempts="2 per minute").test_client()
    bob = {"email": "bob@example.org", "password": PASSWORD}
    for _ in range(4):
        assert client.post("/sign-in", data=bob | {"captcha": "WRONG1"}).status_code == 422
    assert client.post("/sign-in", data=bob | challenge(client)).status_code == 302
