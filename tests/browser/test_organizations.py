"""Settings → Organizations as the platform operator uses it, in English and Dutch; in German nothing is too wide for a phone."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NewPage
from tests.browser.test_account import violations
from tests.browser.test_users import speak
from tests.people import World

WORDS = {
    "en": ("Settings", "Organizations", "Add organization", "Name", "Time zone", "Currency", "Add", "Elsewhere is deleted.", "Yes"),
    "nl": ("Instellingen", "Organisaties", "Organisatie toevoegen", "Naam", "Tijdzone", "Valuta", "Toevoegen",
           "Elsewhere is verwijderd.", "Ja"),
}  # fmt: skip


@pytest.mark.parametrize("language", WORDS)
def test_an_organization_is_added_gets_a_user_and_is_deleted_only_when_it_is_empty(page_of: NewPage, world: World, language: str) -> None:
    settings, organizations, add, name, zone, currency, save, deleted, yes = WORDS[language]
    page = page_of("olga", reduced_motion="reduce")
    speak(page, language)
    page.get_by_role("button", name=settings).click()
    page.get_by_role("link", name=organizations, exact=True).click()
    assert violations(page) == []
    page.get_by_role("link", name=add).click()
    page.get_by_label(name, exact=True).fill("Elsewhere")
    page.get_by_label(zone).fill("Mars/Olympus")
    page.get_by_label(currency).fill("USD")
    page.get_by_role("button", name=save, exact=True).click()
    expect(page.locator("#time_zone-note")).to_contain_text("Europe/Amsterdam")
    expect(page.get_by_label(name, exact=True)).to_have_value("Elsewhere")
    assert violations(page) == []
    page.get_by_label(zone).fill("America/New_York")
    page.get_by_role("button", name=save, exact=True).click()
    row = page.get_by_role("row", name="Elsewhere")
    expect(row).to_contain_text("America/New_York")
    page.goto("/users/add")
    page.locator("#organization").select_option(label="Elsewhere")
    page.get_by_label("E-mail").fill("dora@example.org")
    assert violations(page) == []
    page.get_by_role("button", name=save, exact=True).click()
    page.locator("#invitation-link").wait_for()
    dialog = open_delete(page)
    expect(dialog.get_by_role("listitem")).to_have_count(1)
    expect(dialog.get_by_role("button", name=yes, exact=True)).to_have_count(0)
    assert violations(page) == []
    page.goto("/users/?find=dora")
    page.locator("#users-table tbody").get_by_role("checkbox").check()
    page.locator("#ticked button").click()
    dialog.get_by_role("button", name=yes, exact=True).click()
    page.get_by_role("alert").wait_for()
    open_delete(page).get_by_role("button", name=yes, exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text(deleted)


def open_delete(page: Page) -> Locator:
    page.goto("/organizations/?find=Elsewhere")
    page.locator("#organizations-table tbody .wcc-menu a").last.click()
    page.locator("#dialog[open]").wait_for()
    return page.get_by_role("dialog")


def test_in_german_nothing_is_too_wide_for_a_phone(page_of: NewPage, world: World) -> None:
    page = page_of("olga", viewport={"width": 1400, "height": 800})
    speak(page, "de")
    page.set_viewport_size({"width": 360, "height": 780})
    own = world.organizations["B"]
    paths = ["/organizations/", "/organizations/add", f"/organizations/{own}", f"/organizations/{own}/delete", "/users/add", "/users/"]
    wide = {}
    for path in [*paths, "/charge-points/add", "/charge-points/BOBS-1", "/charge-points/BOBS-1/new-password", "/welcome/x"]:
        page.goto(path)
        if beyond := page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"):
            wide[path] = beyond
    assert wide == {}
