"""The password of a charger in front of a real browser: behind "Show", kept over a live refresh, and made anew."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.test_account import violations
from tests.people import World
from tests.serving import Server
from wcc import bus


def refresh(portal: Server, world: World, identity: str) -> None:
    """Tell browsers that the station changed, as its charger's messages do."""
    redis = bus.connect(portal.environment["REDIS_URL"])
    bus.publish(redis, world.organizations["A"], {"charge_point": [world.charge_points[identity]]})
    redis.close()


def fits(page: Page) -> None:
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_the_password_is_shown_survives_a_refresh_and_is_made_anew(portal: Server, page_of: NewPage, world: World) -> None:
    page = page_of("bob", viewport={"width": 360, "height": 780}, reduced_motion="reduce")
    page.goto("/charge-points/BOBS-1")
    card = page.get_by_role("region", name="How the charger connects")
    expect(card.get_by_role("textbox", name="Server address")).to_have_value(f"ws://127.0.0.1:{portal.port}/ocpp")
    expect(card).to_contain_text("No password is set")
    fits(page)
    card.get_by_role("link", name="New password").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("has to be typed into the charger")
    fits(page)
    dialog.get_by_role("button", name="Yes").click()
    fresh = page.get_by_label("Password", exact=True)
    expect(fresh).to_have_value(re.compile(r"^\w{20}$"))
    password = fresh.input_value()
    fits(page)
    page.get_by_role("link", name="Open BOBS-1").click()
    expect(card.get_by_role("button", name="Show password")).to_be_visible()
    assert password not in page.content()
    page.locator("[data-live-on]").wait_for()
    card.get_by_role("button", name="Show password").click()
    expect(card.get_by_label("Password", exact=True)).to_have_value(password)
    with page.expect_response(lambda answer: answer.url.endswith("/charge-points/BOBS-1")):
        refresh(portal, world, "BOBS-1")
    expect(card.get_by_label("Password", exact=True)).to_have_value(password)
    fits(page)
