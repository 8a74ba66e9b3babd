"""An administrator invites somebody, who gets a real e-mail, chooses a password and signs in; in English and Dutch."""

import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from tests.browser.conftest import Windows
from tests.browser.test_account import FRESH, Inbox, arrived, inbox, violations  # noqa: F401 (a fixture)
from tests.people import World, sign_in_cookie
from tests.serving import Server
from wcc.lifeline import tied

WORDS = {
    "en": {
        "add": "Add user", "save": "Add", "told": "The person gets an e-mail", "on its way": "An invitation is on its way to",
        "until": "Invited, until", "again": "Send again", "expired": "Invitation expired", "subject": "You are invited to WCC",
        "welcome": "Welcome, choose your password", "fresh": "New password", "twice": "New password once more", "send": "Save",
        "set": "Your password is set.", "email": "E-mail", "password": "Password", "in": "Sign in",
    },
    "nl": {
        "add": "Gebruiker toevoegen", "save": "Toevoegen", "told": "De persoon krijgt een e-mail",
        "on its way": "Er is een uitnodiging onderweg naar", "until": "Uitgenodigd, tot", "again": "Opnieuw verzenden",
        "expired": "Uitnodiging verlopen", "subject": "U bent uitgenodigd voor WCC", "welcome": "Welkom, kies uw wachtwoord",
        "fresh": "Nieuw wachtwoord", "twice": "Nieuw wachtwoord nogmaals", "send": "Opslaan", "set": "Uw wachtwoord is ingesteld.",
        "email": "E-mail", "password": "Wachtwoord", "in": "Aanmelden",
    },
}  # fmt: skip


def window_of_alice(server: Server, app: Flask, engine: Engine, world: World, windows: Windows) -> Page:
    client = app.test_client()
    sign_in_cookie(app, client, engine, world.users["alice"])
    cookie = client.get_cookie("wcc")
    assert cookie
    context = windows.browser(server.web, reduced_motion="reduce")
    context.add_cookies([{"name": "wcc", "value": cookie.value, "url": server.web}])
    return context.new_page()


@pytest.mark.parametrize("language", WORDS)
def test_a_new_user_is_invited_by_mail_chooses_a_password_and_signs_in(
    own_server: Callable[..., Server],
    app: Flask,
    engine: Engine,
    world: World,
    windows: Windows,
    inbox: tuple[Inbox, str],  # noqa: F811
    language: str,
) -> None:
    server, words = own_server(WCC_SMTP_URL=inbox[1]), WORDS[language]
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        conn.execute(text('UPDATE "user" SET language = :language'), {"language": language})
    page = window_of_alice(server, app, engine, world, windows)
    page.goto("/users/")
    page.get_by_role("link", name=words["add"]).click()
    expect(page.get_by_text(words["told"])).to_be_visible()
    page.get_by_label(words["email"]).fill("dora@example.org")
    page.get_by_role("button", name=words["save"], exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text(words["on its way"])
    row = page.get_by_role("row", name=re.compile("dora@example.org"))
    expect(row).to_contain_text(words["until"])
    expect(row.get_by_role("button")).to_have_text(words["again"])
    assert violations(page) == []
    worker = [sys.executable, "-m", "wcc.cli", "worker", "default"]
    with subprocess.Popen(worker, env=server.environment, preexec_fn=tied()) as running:
        try:
            mail = arrived(inbox[0], page)
        finally:
            running.terminate()
    assert (mail["To"], mail["Subject"]) == ("dora@example.org", words["subject"])
    link = re.search(r"http\S+/welcome/\S+", mail.get_payload(0).get_payload(decode=True).decode())
    assert link
    phone = windows.browser(server.web, locale=language, reduced_motion="reduce", viewport={"width": 360, "height": 780}).new_page()
    phone.goto(link[0])
    expect(phone.get_by_role("heading", level=1)).to_have_text(words["welcome"])
    assert violations(phone) == []
    phone.get_by_label(words["fresh"], exact=True).fill(FRESH)
    phone.get_by_label(words["twice"]).fill(FRESH)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    phone.get_by_role("button", name=words["send"]).click()
    expect(phone.get_by_role("alert")).to_contain_text(words["set"])
    expect(phone.get_by_label(words["email"])).to_have_value("dora@example.org")
    phone.get_by_label(words["password"], exact=True).fill(FRESH)
    phone.get_by_role("button", name=words["in"], exact=True).click()
    phone.locator(".wcc-side").wait_for()
    page.reload()
    expect(row).not_to_contain_text(words["until"])
    phone.goto(link[0])
    assert violations(phone) == []  # the page that says that the invitation is over
