"""Signing in with the captcha and getting a new password by e-mail, in English and Dutch, in front of a real browser."""

import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from redis import Redis

from tests.browser.conftest import Windows
from tests.people import PASSWORD, World
from tests.serving import Server
from wcc import bus
from wcc.lifeline import tied

FRESH = "seven quiet lighthouses"
WORDS = {
    "en": {
        "email": "E-mail",
        "password": "Password",
        "characters": "Characters in the picture",
        "new": "New picture",
        "hear": "Hear",
        "in": "Sign in",
        "wrong": "E-mail, password or characters are wrong.",
        "forgot": "Forgot password",
        "send": "Send",
        "sent": "If there is an account with this address",
        "subject": "Reset your password",
        "fresh": "New password",
        "again": "New password once more",
        "set": "Your password is set.",
    },
    "nl": {
        "email": "E-mail",
        "password": "Wachtwoord",
        "characters": "Tekens in de afbeelding",
        "new": "Nieuwe afbeelding",
        "hear": "Luisteren",
        "in": "Aanmelden",
        "wrong": "E-mailadres, wachtwoord of tekens zijn onjuist.",
        "forgot": "Wachtwoord vergeten",
        "send": "Verzenden",
        "sent": "Als er een account met dit adres is",
        "subject": "Stel uw wachtwoord opnieuw in",
        "fresh": "Nieuw wachtwoord",
        "again": "Nieuw wachtwoord nogmaals",
        "set": "Uw wachtwoord is ingesteld.",
    },
}


class Inbox(Message):
    """Keeps what arrives."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Any] = []

    def handle_message(self, message: Any) -> None:
        self.mails.append(message)


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, str]]:
    """What a real SMTP server took, and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made = Inbox()
    controller = Controller(made, hostname="127.0.0.1", port=port)
    controller.start()
    yield made, f"smtp://127.0.0.1:{port}"
    controller.stop()


@pytest.fixture
def redis(valkey: str) -> Iterator["Redis"]:
    made = bus.connect(valkey)
    yield made
    made.close()


@pytest.fixture
def asking(own_server: Callable[..., Server], world: World, inbox: tuple[Inbox, str]) -> Server:
    """A portal that asks for the captcha."""
    return own_server(WCC_CAPTCHA="1", WCC_SMTP_URL=inbox[1])


def code(page: Page, redis: "Redis") -> str:
    """What the picture shows, from where the server keeps it."""
    key = page.locator("[name=captcha_key]").input_value()
    (place,) = redis.keys(f"captcha:*:{key}")
    return redis.get(place).decode()


def violations(page: Page) -> list[str]:
    return [f"{each['id']}: {each['nodes'][0]['html'][:150]}" for each in Axe().run(page).response["violations"]]


@pytest.mark.parametrize("language", ["en", "nl"])
def test_who_forgot_the_password_gets_a_new_one_by_mail_and_signs_in_with_it(
    asking: Server, windows: Windows, redis: "Redis", inbox: tuple[Inbox, str], engine: Any, world: World, language: str
) -> None:
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        conn.exec_driver_sql(f"UPDATE \"user\" SET language = '{language}'")
    words = WORDS[language]
    page = windows.browser(asking.web, locale=language, reduced_motion="reduce").new_page()
    page.goto("/sign-in?next=/statuses")
    page.get_by_role("link", name=words["forgot"]).click()
    page.get_by_label(words["email"]).fill("alice@example.org")
    assert violations(page) == []
    page.get_by_role("button", name=words["send"]).click()
    expect(page.get_by_role("status")).to_contain_text(words["sent"])
    worker = [sys.executable, "-m", "wcc.cli", "worker", "default"]
    with subprocess.Popen(worker, env=asking.environment, preexec_fn=tied()) as running:
        try:
            mail = arrived(inbox[0], page)
        finally:
            running.terminate()
    assert mail["Subject"] == words["subject"]
    link = re.search(r"http\S+/forgot-password/\S+", mail.get_payload(0).get_payload(decode=True).decode())
    assert link
    page.goto(link[0])
    page.get_by_label(words["fresh"], exact=True).fill(FRESH)
    page.get_by_label(words["again"]).fill(FRESH)
    assert violations(page) == []
    page.get_by_role("button", name=words["send"]).click()
    expect(page.get_by_role("alert")).to_contain_text(words["set"])
    page.get_by_label(words["email"]).fill("alice@example.org")
    page.get_by_label(words["password"], exact=True).fill(FRESH)
    page.get_by_role("textbox", name=words["characters"]).fill(code(page, redis).lower())
    page.keyboard.press("Enter")
    page.locator(".wcc-side").wait_for()


def arrived(inbox: Inbox, page: Page) -> Any:
    """The mail, once it is there."""
    for _ in range(300):
        if inbox.mails:
            return inbox.mails[0]
        page.wait_for_timeout(100)
    raise AssertionError("no mail came in half a minute")


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_captcha_can_be_renewed_and_heard_and_a_wrong_one_says_no_more_than_a_wrong_password(
    asking: Server, windows: Windows, redis: "Redis", language: str
) -> None:
    words = WORDS[language]
    page = windows.browser(asking.web, locale=language, reduced_motion="reduce", viewport={"width": 360, "height": 780}).new_page()
    page.goto("/sign-in?next=/statuses")
    expect(page.locator(".wcc-captcha-picture")).to_have_js_property("complete", True)
    assert page.locator(".wcc-captcha-picture").evaluate("picture => picture.naturalWidth") == 260
    page.get_by_label(words["email"]).fill("alice@example.org")
    page.get_by_label(words["password"], exact=True).fill(PASSWORD)
    before = page.locator("[name=captcha_key]").input_value()
    page.get_by_role("button", name=words["new"]).click()
    expect(page.locator("[name=captcha_key]")).not_to_have_value(before)
    expect(page.get_by_label(words["password"], exact=True)).to_have_value(PASSWORD)  # only the picture is new
    expect(page.locator("#captcha")).to_be_focused()
    with page.expect_response(re.compile(r"/captcha/.*\.wav")) as heard:
        page.get_by_role("link", name=words["hear"]).click()
    assert heard.value.ok
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator("#captcha").fill("WRONG1")
    page.get_by_role("button", name=words["in"], exact=True).click()
    expect(page.get_by_role("alert")).to_have_text(words["wrong"])
    expect(page.get_by_label(words["email"])).to_have_value("alice@example.org")
    assert violations(page) == []
    page.get_by_label(words["password"], exact=True).fill(PASSWORD)
    page.locator("#captcha").fill(code(page, redis))
    page.keyboard.press("Enter")
    page.wait_for_url(f"{asking.web}/statuses")


def test_without_javascript_the_form_works_too(asking: Server, windows: Windows, redis: "Redis") -> None:
    page = windows.browser(asking.web, java_script_enabled=False).new_page()
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill("alice@example.org")
    page.get_by_role("button", name="New picture").click()
    expect(page.get_by_label("E-mail")).to_have_value("alice@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("#captcha").fill(code(page, redis))
    page.keyboard.press("Enter")
    page.locator(".wcc-side").wait_for()


def test_the_own_account_and_the_outbox_are_under_the_name(own_server: Callable[..., Server], world: World, windows: Windows) -> None:
    server = own_server(WCC_OUTBOX="1")
    page = windows.browser(server.web, reduced_motion="reduce").new_page()
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill("alice@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    for entry, heading in (("Outbox", "Outbox"), ("Your account", "Your account")):
        page.locator("header").get_by_role("button", name="Alice Test").click()
        page.locator("header").get_by_role("link", name=entry).click()
        expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
        assert violations(page) == []
    expect(page.locator("tbody tr")).to_contain_text("This browser")
    page.get_by_role("button", name="Sign out everywhere").click()
    page.wait_for_url("**/sign-in")
