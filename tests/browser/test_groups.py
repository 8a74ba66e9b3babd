"""Groups, the group that is looked at, and sharing, as a manager of stations does it (R1.6d, R7.3), in English and Dutch."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, update

from tests.browser.conftest import NewPage
from tests.people import World, add, put
from wcc.models import ChargePoint, User

WORDS = {
    "en": {
        "management": "Group Management",
        "add_group": "Add group",
        "name": "Name",
        "add": "Add",
        "add_stations": "Add charge points",
        "add_people": "Add people",
        "search": "Search",
        "look": "Look at this group only",
        "all": "Group: all",
        "here": "Group: Depot",
        "choose": "Choose a group",
        "every": "All groups",
        "off": "Log Off Group",
        "sharing": "Sharing",
        "email": "E-mail",
        "administer": "Administer",
        "share": "Share",
        "may": "may administer",
        "shared": "Shared",
        "stop": "Stop sharing",
        "not_shared": "Not shared",
        "overview": "Overview",
        "stations": "ChargePoints",
    },
    "nl": {
        "management": "Groepsbeheer",
        "add_group": "Groep toevoegen",
        "name": "Naam",
        "add": "Toevoegen",
        "add_stations": "Laadpunten toevoegen",
        "add_people": "Mensen toevoegen",
        "search": "Zoeken",
        "look": "Alleen deze groep bekijken",
        "all": "Groep: alle",
        "here": "Groep: Depot",
        "choose": "Groep kiezen",
        "every": "Alle groepen",
        "off": "Groep afmelden",
        "sharing": "Delen",
        "email": "E-mail",
        "administer": "Beheren",
        "share": "Delen",
        "may": "mag beheren",
        "shared": "Gedeeld",
        "stop": "Niet meer delen",
        "not_shared": "Niet gedeeld",
        "overview": "Overzicht",
        "stations": "Laadpunten",
    },
}


@pytest.fixture(params=WORDS)
def words(request: pytest.FixtureRequest, engine: Engine, world: World) -> dict[str, str]:
    """Everybody speaks this language."""
    put(engine, update(User).values(language=request.param))
    return WORDS[request.param]


def tick(page: Page, name: str, button: str) -> None:
    """Search for it in the dialog, tick it and confirm."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("searchbox").fill(name)
    expect(dialog.get_by_role("checkbox")).to_have_count(1)
    dialog.get_by_role("checkbox").check()
    dialog.get_by_role("button", name=button, exact=True).click()


def test_a_group_is_made_filled_and_looked_at(page_of: NewPage, world: World, words: dict[str, str]) -> None:
    page = page_of("alice")
    page.goto("/")
    page.locator(".wcc-side").get_by_role("link", name=words["management"]).click()
    page.get_by_role("link", name=words["add_group"]).click()
    page.get_by_label(words["name"]).fill("Depot")
    page.get_by_role("button", name=words["add"], exact=True).click()
    page.wait_for_url(re.compile(r"/groups/\d+$"))
    page.get_by_role("link", name=words["add_stations"]).click()
    tick(page, "BOBS", words["add"])
    expect(page.locator("#group-charge-points")).to_contain_text("BOBS-1")
    page.wait_for_load_state()  # before its scripts have run a link leads to a page, not to a dialog
    page.get_by_role("link", name=words["add_people"]).click()
    tick(page, "vic@", words["add"])
    expect(page.locator("#group-people")).to_contain_text("vic@example.org")
    page.get_by_role("button", name=words["look"]).click()
    expect(page.locator("header")).to_contain_text(words["here"])
    page.goto("/charge-points/?size=20")
    expect(page.locator("#charge-points-table tbody tr")).to_have_count(1)
    expect(page.locator("#charge-points-table")).to_contain_text("BOBS-1")
    page.locator("header").get_by_role("link", name=words["here"]).click()
    page.get_by_role("dialog").get_by_role("button", name="North").click()
    page.wait_for_url(re.compile(r"/charge-points/$"))  # the room where one was
    expect(page.locator("#charge-points-table tbody tr")).to_have_count(2)
    page.locator("header").get_by_role("button", name="Alice Test").click()
    page.get_by_role("button", name=words["off"]).click()
    expect(page.locator("header")).to_contain_text(words["all"])
    expect(page.locator("#charge-points-table tbody tr")).to_have_count(2)


def test_a_user_shares_the_own_station_and_takes_it_back(page_of: NewPage, words: dict[str, str]) -> None:
    bob, vic = page_of("bob"), page_of("vic")
    bob.goto("/charge-points/BOBS-1")
    bob.locator(".wcc-tabs").get_by_role("link", name=words["sharing"]).click()
    expect(bob.get_by_text(words["not_shared"], exact=True)).to_be_visible()
    form = bob.locator("section", has=bob.locator("#h-person"))
    form.get_by_label(words["email"]).fill("vic@example.org")
    form.get_by_label(words["administer"]).check()
    form.get_by_role("button", name=words["share"]).click()
    expect(bob.locator("section", has=bob.locator("#h-shared"))).to_contain_text(words["may"])
    vic.goto("/charge-points/")
    row = vic.locator("tr", has_text="BOBS-1")
    expect(row).to_contain_text(words["shared"])
    row.get_by_role("link", name="BOBS-1").click()
    expect(vic.locator(".wcc-tabs")).not_to_contain_text(words["sharing"])
    bob.get_by_role("button", name=words["stop"]).click()
    expect(bob.get_by_text(words["not_shared"], exact=True)).to_be_visible()
    vic.reload()
    expect(vic.get_by_role("heading", level=1)).not_to_contain_text("BOBS-1")


def test_a_phone_says_which_group_is_looked_at(page_of: NewPage, engine: Engine, world: World) -> None:
    add(engine, ChargePoint, organization_id=world.organizations["A"], identity="LONE-1")
    put(engine, update(User).where(User.id == world.users["alice"]).values(group_id=world.groups["North"]))
    page = page_of("alice", viewport={"width": 360, "height": 780})
    page.goto("/charge-points/LONE-1")
    expect(page.locator("main")).to_contain_text("it is not in the group North")
    page.locator("main").get_by_role("link", name="Group: North").click()
    page.get_by_role("dialog").get_by_role("button", name="All groups").click()
    page.goto("/charge-points/LONE-1")
    expect(page.get_by_role("heading", level=1)).to_contain_text("LONE-1")
