"""A declared operation's form as a person uses it: found in the list of all, mended where it says so, executed; in English and Dutch."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import Engine, update

from tests.browser.conftest import NewPage
from tests.browser.test_accessible import ALL, overflow, violations
from tests.people import World, put
from wcc.models import User

WORDS = {
    "en": {
        "more": "More operations",
        "set": "Set a charging profile",
        "schedule": "Schedule",
        "first": "The first period begins at 0 seconds.",
        "execute": "Execute",
        "waiting": "Waiting to be sent",
        "whole": "The whole station",
        "zero": "For the whole station the connector is 0.",
    },
    "nl": {
        "more": "Meer bewerkingen",
        "set": "Laadprofiel instellen",
        "schedule": "Schema",
        "first": "De eerste periode begint bij 0 seconden.",
        "execute": "Uitvoeren",
        "waiting": "Wacht op verzending",
        "whole": "Het hele laadstation",
        "zero": "Voor het hele laadstation is de connector 0.",
    },
}


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("width", [1400, 400])
def test_a_charging_profile_is_mended_and_sent(page_of: NewPage, engine: Engine, world: World, language: str, width: int) -> None:
    words = WORDS[language]
    put(engine, update(User).values(language=language))
    page = page_of("alice", viewport={"width": width, "height": 900}, color_scheme="dark" if width == 400 else "light")
    page.goto("/operations/more?cp=ALICE-1")
    assert (violations(page, ALL), overflow(page)) == ([], 0)
    page.locator("main").get_by_role("link", name=words["set"], exact=True).click()
    page.wait_for_url(re.compile("/operations/set-charging-profile"))
    page.wait_for_load_state()
    schedule = page.get_by_label(words["schedule"], exact=True)
    schedule.fill("60 10.5")
    page.get_by_role("button", name=words["execute"]).click()
    expect(page.locator("#periods-note")).to_have_text(words["first"])
    expect(schedule).to_have_value("60 10.5")
    assert (violations(page, ALL), overflow(page)) == ([], 0)
    schedule.fill("0 10.5")
    page.get_by_role("radio", name=words["whole"]).check()
    page.get_by_role("button", name=words["execute"]).click()
    expect(page.locator("#connector-note")).to_have_text(words["zero"])
    page.locator("#connector").fill("0")
    page.get_by_role("button", name=words["execute"]).click()
    expect(page.locator("#toasts .wcc-toast")).to_contain_text(words["waiting"])
