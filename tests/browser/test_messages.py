"""The message log and the connection doctor in a real browser, followed live while a real charger talks."""

import json

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from tests.browser.conftest import PATIENCE_MS, NewPage
from tests.browser.test_accessible import overflow, violations
from tests.browser.test_charge_points import call, charger
from tests.ocpp.rawsocket import basic, knock, upgrade_headers
from tests.people import World, put
from tests.serving import Server
from wcc.models import User

WORDS = {
    "en": ("From the charger", "Wrong password"),
    "nl": ("Van het laadstation", "Verkeerd wachtwoord"),
    "de": ("Von der Ladestation", "Falsches Passwort"),
}


@pytest.mark.parametrize("language", WORDS)
def test_messages_and_attempts_appear_by_themselves(page_of: NewPage, portal: Server, world: World, language: str) -> None:
    put(portal.engine, update(User).where(User.id == world.users["alice"]).values(language=language))
    incoming, wrong = WORDS[language]
    portal.add_charge_point("NEXT-LOG", password="a password", organization_id=world.organizations["A"])
    page = page_of("alice")
    page.set_viewport_size({"width": 360, "height": 780})
    page.goto("/charge-points/NEXT-LOG")
    steps = page.locator("#first-connection")
    assert knock(portal.port, "/ocpp/NEXT-LOG", upgrade_headers(basic("NEXT-LOG", "something else"))).status == 401
    expect(steps).to_contain_text(wrong, timeout=PATIENCE_MS)
    assert (violations(page, {}), overflow(page)) == ([], 0)
    with charger(portal.url, "NEXT-LOG", "a password") as socket:
        page.goto("/charge-points/NEXT-LOG/messages/")
        call(socket, "StatusNotification", connectorId=1, status="Available", errorCode="NoError", info="first words")
        table = page.locator("#messages-table")
        expect(table).to_contain_text("first words", timeout=PATIENCE_MS)
        call(socket, "DataTransfer", vendorId="com.example", data="second words")
        expect(table).to_contain_text("second words", timeout=PATIENCE_MS)
        expect(table).to_contain_text(incoming)
        assert (violations(page, {}), overflow(page)) == ([], 0)
        page.get_by_role("row").filter(has_text="second words").get_by_role("link").click()
        expect(page.locator("pre").first).to_contain_text("com.example")
        expect(page.locator("pre")).to_have_count(2)
        assert json.loads(page.locator("pre").last.inner_text())[0] == 3
        assert (violations(page, {}), overflow(page)) == ([], 0)
        page.goto("/charge-points/NEXT-LOG")
        expect(page.locator("#connection-card")).to_contain_text(wrong, timeout=PATIENCE_MS)
    page.goto("/connection-doctor/")
    expect(page.locator("#doctor-table")).to_contain_text(wrong)
    assert (violations(page, {}), overflow(page)) == ([], 0)
