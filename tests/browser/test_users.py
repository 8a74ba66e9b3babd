"""Settings → Users, as an administrator in front of a real browser uses it, in both languages (R1.4, R1.5, R3.7)."""

import re
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.people import World

AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@dataclass(frozen=True)
class Words:
    """What the pages say in one language."""

    settings: str
    users: str
    add_user: str
    add: str
    email: str
    first: str
    last: str
    mobile: str
    save: str
    bad_mobile: str
    saved: str
    add_tag: str
    alias: str
    delete: str
    yes: str
    deleted: str
    link: str


WORDS = {
    "en": Words(
        "Settings", "Users", "Add user", "Add", "E-mail", "First name", "Last name", "Mobile number", "Save", "Enter a telephone number",
        "Saved.", "Add additional RFID Tag", "RFID Tag alias", "Delete", "Yes", "1 user is deleted.", "Link",
    ),
    "nl": Words(
        "Instellingen", "Gebruikers", "Gebruiker toevoegen", "Toevoegen", "E-mail", "Voornaam", "Achternaam", "Mobiel nr.", "Opslaan",
        "Voer een telefoonnummer in", "Opgeslagen.", "Voeg een extra RFID-tag toe", "Alias van RFID-tag", "Verwijderen", "Ja",
        "1 gebruiker is verwijderd.", "Link",
    ),
}  # fmt: skip


def speak(page: Page, language: str) -> None:
    """Switch the language as a person does."""
    page.goto("/")
    tools = page.locator("header")
    tools.get_by_role("button", name=re.compile("Language")).click()
    tools.locator(f'button[name="language"][value="{language}"]').click()
    expect(page.locator("html")).to_have_attribute("lang", language)


def axe(page: Page) -> None:
    found = Axe().run(page, options=AXE)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("language", WORDS)
def test_a_user_is_added_edited_and_deleted(page_of: NewPage, language: str) -> None:
    page, words = page_of("alice"), WORDS[language]
    speak(page, language)
    page.get_by_role("button", name=words.settings).click()
    page.get_by_role("link", name=words.users, exact=True).click()
    axe(page)
    page.get_by_role("link", name=words.add_user).click()
    page.get_by_label(words.email).fill("dora@example.org")
    page.get_by_label(words.first).fill("Dora")
    page.get_by_role("button", name=words.add, exact=True).click()
    expect(page.get_by_label(words.link, exact=True)).to_have_value(re.compile(r"/welcome/\S+$"))  # no mail is set up here
    axe(page)
    page.get_by_role("main").get_by_role("link", name=words.users).last.click()
    page.get_by_role("link", name="Dora", exact=True).click()
    page.get_by_label(words.last).fill("Jansen")
    page.get_by_label(words.mobile).fill("call me")
    page.get_by_role("button", name=words.save).click()
    expect(page.get_by_text(words.bad_mobile)).to_be_visible()
    expect(page.get_by_label(words.last)).to_have_value("Jansen")
    axe(page)
    page.get_by_label(words.mobile).fill("+31 6 12345678")
    page.get_by_role("button", name=words.save).click()
    expect(page.get_by_text(words.saved)).to_be_visible()
    page.get_by_role("link", name=words.add_tag).click()
    page.get_by_role("dialog").get_by_label(words.alias).fill("Lease car")
    axe(page)
    page.get_by_role("dialog").get_by_role("button", name=words.save).click()
    expect(page.get_by_text("Lease car")).to_be_visible()
    page.goto("/users/?find=dora")
    row = page.get_by_role("row", name=re.compile("Dora Jansen"))
    expect(row).to_contain_text("+31 6 12345678")
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name=words.delete, exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("dora@example.org")
    axe(page)
    dialog.get_by_role("button", name=words.yes, exact=True).click()
    expect(page.get_by_text(words.deleted)).to_be_visible()
    expect(page.get_by_text("dora@example.org")).to_have_count(0)


def test_tags_and_the_log_on_a_phone(page_of: NewPage, world: World) -> None:
    page = page_of("alice", viewport={"width": 360, "height": 740})
    page.goto("/tags/add")
    page.get_by_label("RFID tag ID").fill("04A1B2C3")
    page.get_by_label("User").fill("bob@example.org")
    axe(page)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("link", name="04A1B2C3", exact=True)).to_be_visible()
    for path in ("/tags/", "/users/", "/audit-log/", f"/users/{world.users['bob']}"):
        page.goto(path)
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
    page.goto("/audit-log/?find=04A1B2C3")
    expect(page.locator("#audit-table")).to_contain_text("Added a tag")
