"""The second step in front of a real browser, which has a virtual authenticator: set up, sign in by each way, read by everybody."""

import re
from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.conftest import Windows
from tests.people import PASSWORD, World
from tests.serving import Server
from wcc.clock import now_ms

STEP_S = 30
WORDS = {
    "en": {
        "email": "E-mail",
        "password": "Password",
        "current": "Current password",
        "in": "Sign in",
        "go on": "Continue",
        "set up": "Set up second step",
        "app": "Set up the app",
        "code": "Code from your authenticator app",
        "confirm": "Confirm",
        "kept": "I have kept them",
        "on": "The second step is switched on",
        "add": "Add passkey",
        "make": "Make passkey",
        "added": "The passkey is added.",
        "passkey instead": "Use a passkey instead",
        "use": "Use passkey",
        "recovery instead": "Use a recovery code instead",
        "recovery": "Recovery code",
        "left": "9 of 10 left",
        "off": "Switch the second step off",
        "is off": "The second step is switched off",
    },
    "nl": {
        "email": "E-mail",
        "password": "Wachtwoord",
        "current": "Huidig wachtwoord",
        "in": "Aanmelden",
        "go on": "Doorgaan",
        "set up": "Tweede stap instellen",
        "app": "App instellen",
        "code": "Code uit uw authenticator-app",
        "confirm": "Bevestigen",
        "kept": "Ik heb ze bewaard",
        "on": "De tweede stap is ingeschakeld",
        "add": "Passkey toevoegen",
        "make": "Passkey maken",
        "added": "De passkey is toegevoegd.",
        "passkey instead": "In plaats daarvan een passkey gebruiken",
        "use": "Passkey gebruiken",
        "recovery instead": "In plaats daarvan een herstelcode gebruiken",
        "recovery": "Herstelcode",
        "left": "9 van 10 over",
        "off": "Tweede stap uitschakelen",
        "is off": "De tweede stap is uitgeschakeld",
    },
}


@pytest.fixture
def named(own_server: Callable[..., Server], world: World) -> str:
    """Address of a portal under a host name, as passkeys need it."""
    return f"http://localhost:{own_server().port}"


def authenticator(page: Page) -> CDPSession:
    """Give the browser an authenticator that always says yes."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
    made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options | {"automaticPresenceSimulation": True}})
    cdp.authenticator_id = made["authenticatorId"]  # type: ignore[attr-defined]
    return cdp


def fits(page: Page) -> None:
    """Nothing is held against the page by axe, and it is not wider than a phone, light and dark."""
    before = page.viewport_size
    for width in (1400, 360):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{page.url} at {width}"
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            expect(page.locator("html")).to_have_attribute("data-bs-theme", scheme)
            found = Axe().run(page).response["violations"]
            assert [(each["id"], each["nodes"][0]["html"][:150]) for each in found] == [], f"{page.url} at {width}, {scheme}"
    if before:
        page.set_viewport_size(before)


def password(page: Page, words: dict[str, str], path: str = "/sign-in") -> None:
    page.goto(path)
    page.get_by_label(words["email"]).fill("alice@example.org")
    page.get_by_label(words["password"], exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")


def sign_out(page: Page) -> None:
    page.context.clear_cookies(name="wcc")


def unlock(page: Page, words: dict[str, str]) -> None:
    page.get_by_label(words["current"]).fill(PASSWORD)
    page.get_by_role("button", name=words["go on"]).click()
    expect(page.get_by_label(words["current"])).to_have_count(0)


def secret(page: Page) -> pyotp.TOTP:
    """The app that scans the picture; the link beside it must say the same as the text."""
    shown = page.locator("#app-secret").input_value()
    link = page.locator("a[href^='otpauth:']").get_attribute("href") or ""
    assert pyotp.parse_uri(link).secret == shown
    expect(page.locator(".wcc-qr svg path")).to_have_count(2)
    return pyotp.TOTP(shown)


@pytest.mark.parametrize("language", ["en", "nl"])
def test_app_passkey_and_recovery_code_each_sign_in_after_the_password(named: str, windows: Windows, engine: Any, language: str) -> None:
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        conn.exec_driver_sql(f"UPDATE \"user\" SET language = '{language}'")
    words = WORDS[language]
    page = windows.browser(named, locale=language, reduced_motion="reduce").new_page()
    authenticator(page)
    password(page, words, "/sign-in?next=/account")
    page.get_by_role("link", name=words["set up"]).click()
    unlock(page, words)

    page.get_by_role("link", name=words["app"]).click()
    phone = secret(page)
    page.get_by_label(words["code"]).fill(phone.at(now_ms() // 1000))
    page.get_by_role("button", name=words["confirm"]).click()
    expect(page.locator(".wcc-codes li")).to_have_count(10)
    codes = page.locator(".wcc-codes li").all_inner_texts()
    page.get_by_role("link", name=words["kept"]).click()
    expect(page.get_by_role("heading", name=words["on"])).to_be_visible()

    sign_out(page)
    password(page, words, "/sign-in?next=/statuses")
    page.get_by_label(words["code"]).fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label(words["code"]).fill(phone.at(now_ms() // 1000 + STEP_S))
    page.keyboard.press("Enter")
    page.wait_for_url("**/statuses")

    page.goto("/account/second-step")
    unlock(page, words)
    page.get_by_role("link", name=words["add"]).click()
    page.locator("[name=name]").fill("Laptop")
    page.get_by_role("button", name=words["make"]).click()
    expect(page.get_by_text(words["added"])).to_be_visible()
    expect(page.locator(".wcc-list").nth(1)).to_contain_text("Laptop")

    sign_out(page)
    password(page, words, "/sign-in?next=/statuses")
    page.get_by_role("link", name=words["passkey instead"]).click()
    page.get_by_role("button", name=words["use"]).click()
    page.wait_for_url("**/statuses")

    sign_out(page)
    password(page, words, "/sign-in?next=/account/second-step")
    page.get_by_role("link", name=words["recovery instead"]).click()
    page.get_by_label(words["recovery"], exact=True).fill(codes[0])
    page.get_by_role("button", name=words["in"], exact=True).click()
    expect(page.get_by_text(words["left"])).to_be_visible()
    unlock(page, words)
    page.get_by_role("button", name=words["off"]).click()
    expect(page.get_by_role("heading", name=words["is off"])).to_be_visible()
    sign_out(page)
    password(page, words)
    page.locator(".wcc-side").wait_for()


@pytest.fixture
def with_passkey(named: str, windows: Windows) -> Page:
    """A page of alice's, whose only second step is a passkey; she has seen her recovery codes."""
    page = windows.browser(named, reduced_motion="reduce").new_page()
    page.cdp = authenticator(page)  # type: ignore[attr-defined]
    password(page, WORDS["en"], "/sign-in?next=/account/second-step")
    unlock(page, WORDS["en"])
    page.get_by_role("link", name="Add passkey").click()
    page.get_by_role("button", name="Make passkey").click()
    expect(page.locator(".wcc-codes li")).to_have_count(10)
    return page


def test_a_passkey_alone_is_asked_for_at_once_and_the_same_device_is_not_added_twice(with_passkey: Page) -> None:
    page = with_passkey
    page.goto("/account/second-step/passkeys/add")
    page.get_by_role("button", name="Make passkey").click()
    expect(page.get_by_text("This device has a passkey for this account already.")).to_be_visible()
    sign_out(page)
    password(page, WORDS["en"], "/sign-in?next=/statuses")
    page.get_by_role("button", name="Use passkey").click()
    page.wait_for_url("**/statuses")
    page.goto("/account/second-step")
    expect(page.locator(".wcc-list")).to_contain_text(re.compile(r"last used\s+\d\d:\d\d"))
    unlock(page, WORDS["en"])
    page.get_by_role("button", name=re.compile("^Remove passkey")).click()
    expect(page.get_by_role("heading", name="The second step is switched off")).to_be_visible()


def test_without_the_passkey_the_browser_says_so_and_one_may_try_again(with_passkey: Page) -> None:
    page = with_passkey
    cdp = page.cdp  # type: ignore[attr-defined]
    credentials = cdp.send("WebAuthn.getCredentials", {"authenticatorId": cdp.authenticator_id})["credentials"]
    cdp.send("WebAuthn.clearCredentials", {"authenticatorId": cdp.authenticator_id})
    sign_out(page)
    password(page, WORDS["en"], "/sign-in?next=/statuses")
    page.get_by_role("button", name="Use passkey").click()
    expect(page.get_by_text("The browser was stopped, or took too long.")).to_be_visible()
    cdp.send("WebAuthn.addCredential", {"authenticatorId": cdp.authenticator_id, "credential": credentials[0]})
    page.get_by_role("button", name="Use passkey").click()
    page.wait_for_url("**/statuses")


def test_under_a_number_for_an_address_the_page_says_why_there_are_no_passkeys(
    own_server: Callable[..., Server], world: World, windows: Windows
) -> None:
    page = windows.browser(own_server().web).new_page()
    password(page, WORDS["en"], "/sign-in?next=/account/second-step")
    unlock(page, WORDS["en"])
    expect(page.get_by_text("Passkeys need an address with a name and https")).to_be_visible()
    expect(page.get_by_role("link", name="Add passkey")).to_have_count(0)
    page.goto("/account/second-step/passkeys/add")
    expect(page.get_by_text("Passkeys need an address with a name and https")).to_be_visible()


def test_away_from_the_public_address_the_page_says_where_passkeys_work(
    own_server: Callable[..., Server], world: World, windows: Windows
) -> None:
    server = own_server(WCC_PUBLIC_URL="https://charging.example.org")
    page = windows.browser(f"http://localhost:{server.port}").new_page()
    password(page, WORDS["en"], "/sign-in?next=/account/second-step")
    unlock(page, WORDS["en"])
    page.get_by_role("link", name="Add passkey").click()
    expect(page.get_by_text("Passkeys work only at charging.example.org.")).to_be_visible()
    expect(page.get_by_role("button", name="Make passkey")).to_be_disabled()


def test_every_page_of_the_second_step_is_accessible_and_fits_on_a_phone_in_german(named: str, windows: Windows, engine: Any) -> None:
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        conn.exec_driver_sql("UPDATE \"user\" SET language = 'de'")
    page = windows.browser(named, locale="de", reduced_motion="reduce").new_page()
    authenticator(page)
    page.goto("/sign-in?next=/account")
    page.locator("[name=email]").fill("alice@example.org")
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("#second-step").wait_for()
    fits(page)
    page.goto("/account/second-step")
    fits(page)
    page.locator("[name=current]").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.locator("[aria-invalid]")).to_be_visible()
    fits(page)
    page.locator("[name=current]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("[name=current]").wait_for(state="detached")
    fits(page)
    page.goto("/account/second-step/app")
    phone = secret(page)
    fits(page)
    page.locator("[name=code]").fill(phone.at(now_ms() // 1000))
    page.keyboard.press("Enter")
    expect(page.locator(".wcc-codes li")).to_have_count(10)
    fits(page)
    page.goto("/account/second-step/passkeys/add")
    fits(page)
    page.locator("[name=name]").fill("Mobiltelefon der Ladestationsverwaltung mit langem Namen")
    page.locator("[data-passkey] button").click()
    page.locator(".wcc-list").nth(1).wait_for()
    fits(page)

    sign_out(page)
    page.goto("/sign-in")
    page.locator("[name=email]").fill("alice@example.org")
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/second")
    for use in ("app", "passkey", "recovery"):
        page.goto(f"/sign-in/second?use={use}")
        fits(page)


def test_an_administrator_switches_a_lost_second_step_off(with_passkey: Page, windows: Windows, named: str, world: World) -> None:
    page = windows.browser(named, locale="en", reduced_motion="reduce").new_page()
    page.goto(f"/sign-in?next=/users/{world.users['alice']}")
    page.get_by_label("E-mail").fill("olga@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    fits(page)
    page.wait_for_load_state()  # before its scripts have run the link leads to a page, not to a dialog
    page.get_by_role("link", name="Switch off").click()
    expect(page.get_by_role("dialog")).to_contain_text("Alice Test")
    fits(page)
    page.get_by_role("dialog").get_by_role("button", name="Yes").click()
    expect(page.get_by_text("Alice Test is told by e-mail.")).to_be_visible()
    with_passkey.goto("/sign-in")  # she is signed out everywhere, and her page may have noticed by itself
    password(with_passkey, WORDS["en"])
    with_passkey.locator(".wcc-side").wait_for()
