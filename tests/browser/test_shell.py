"""The frame of all pages and the dashboard, as a person in front of a real browser meets them."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from redis import Redis
from sqlalchemy import Engine, delete, update

from tests.browser.conftest import NewPage
from tests.people import World, add, put
from tests.serving import Server
from wcc import bus
from wcc.clock import utcnow
from wcc.models import ChargePoint, Connector, SignIn, User

WAIT = 15_000


@pytest.fixture
def station(engine: Engine, world: World) -> int:
    """ALICE-1 is online, with an Available connector."""
    id = world.charge_points["ALICE-1"]
    add(
        engine,
        Connector,
        organization_id=world.organizations["A"],
        charge_point_id=id,
        number=1,
        status="Available",
        changed_at=utcnow() - timedelta(minutes=5),
    )
    change(engine, ChargePoint, id, online=True, connected_at=utcnow())
    return id


def change(engine: Engine, model: type, id: int, **columns: object) -> None:
    key = model.charge_point_id if model is Connector else model.id  # type: ignore[attr-defined]
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        conn.execute(update(model).where(key == id).values(**columns))


def publish(portal: Server, world: World, station: int) -> None:
    """What the ledger does after it has committed a report."""
    redis: Redis = bus.connect(portal.environment["REDIS_URL"])
    bus.publish(redis, world.organizations["A"], {"charge_point": [station]})
    redis.close()


def live(page: Page) -> None:
    expect(page.locator("[data-live-on]")).to_be_visible(timeout=WAIT)


def test_the_dashboard_follows_the_chargers_and_keeps_what_a_person_did(
    page_of: NewPage, portal: Server, engine: Engine, world: World, station: int
) -> None:
    page = page_of("alice")
    page.goto("/")
    live(page)
    page.get_by_text("Show as table").first.click()
    page.fill("#connectors-cp", "ALICE")
    row = page.locator("#dashboard-connectors tbody tr")
    expect(row).to_have_count(1, timeout=WAIT)
    page.focus("#connectors-cp")
    change(engine, Connector, station, status="Faulted", error_code="GroundFailure")
    publish(portal, world, station)
    expect(row).to_contain_text("Faulted", timeout=WAIT)
    expect(page.locator("#dashboard-attention")).to_contain_text("ALICE-1 is faulted", timeout=WAIT)
    expect(page.locator("#sessions-numbers")).to_have_attribute("open", "")
    expect(page.locator("#connectors-cp")).to_have_value("ALICE")
    expect(page.locator("#connectors-cp")).to_be_focused()


def test_a_lost_stream_is_said_and_mends_itself(page_of: NewPage, portal: Server, engine: Engine, world: World, station: int) -> None:
    page = page_of("alice")
    page.goto("/")
    live(page)
    portal.kill()
    expect(page.get_by_text("Live updates paused")).to_be_visible(timeout=WAIT)
    change(engine, Connector, station, status="Unavailable")
    portal.start()
    live(page)
    expect(page.locator("#dashboard-connectors tbody")).to_contain_text("Unavailable", timeout=WAIT)  # nobody published it


def test_who_is_signed_out_elsewhere_is_led_to_the_sign_in_page_and_back(
    page_of: NewPage, portal: Server, engine: Engine, world: World, station: int
) -> None:
    page = page_of("alice")
    page.goto("/?day=2026-01-02")
    live(page)  # else it is the refused stream that leads there
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        conn.execute(delete(SignIn))
    publish(portal, world, station)  # whatever the page asks for next, its answer leads there
    page.wait_for_url(re.compile("/sign-in.next="))
    page.fill("#email", "alice@example.org")
    page.fill("#password", "a long enough password")
    page.press("#password", "Enter")
    page.wait_for_url(f"{portal.web}/?day=2026-01-02")


def test_choices_stand_in_the_address_and_back_undoes_them(page_of: NewPage, station: int) -> None:
    page = page_of("alice")
    page.goto("/?day=2026-01-02")
    page.get_by_role("link", name="30 days").click()
    expect(page.get_by_role("link", name="30 days")).to_have_attribute("aria-current", "true")
    assert urlsplit(page.url).query == "day=2026-01-02&days=30"
    page.go_back()
    expect(page.get_by_role("link", name="7 days")).to_have_attribute("aria-current", "true")
    assert urlsplit(page.url).query == "day=2026-01-02"
    expect(page.locator("#combined-day")).to_have_value("2026-01-02")


def test_a_status_explains_itself_by_keyboard(page_of: NewPage, station: int) -> None:
    page = page_of("alice")
    page.goto("/")
    page.locator("#dashboard-connectors td .wcc-status").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Available")
    expect(dialog).to_contain_text("What can I do?")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("#dashboard-connectors td .wcc-status")).to_be_focused()


def test_dark_is_kept_and_the_system_is_followed_until_one_is_chosen(page_of: NewPage) -> None:
    page = page_of("alice", color_scheme="dark")
    page.goto("/")
    root = page.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.locator("header").get_by_role("button", name="Light or dark").click()
    page.locator("header").get_by_role("button", name="Light", exact=True).click()
    expect(root).to_have_attribute("data-bs-theme", "light")
    page.reload()
    expect(root).to_have_attribute("data-bs-theme", "light")


def test_dutch_is_one_click_away(page_of: NewPage, station: int) -> None:
    page = page_of("alice")
    page.goto("/?days=30")
    page.locator("header").get_by_role("button", name="Language").click()
    page.locator("header").get_by_role("button", name="Nederlands").click()
    expect(page.get_by_role("heading", name="Gecombineerd laadvermogen")).to_be_visible()
    expect(page.locator("#dashboard-connectors td .wcc-status")).to_contain_text("Beschikbaar")
    assert urlsplit(page.url).query == "days=30"


@pytest.mark.parametrize(("language", "words"), [("en", "Sign out"), ("nl", "Afmelden")])
def test_signing_out_stands_under_the_name_and_kills_the_cookie(
    page_of: NewPage, engine: Engine, world: World, language: str, words: str
) -> None:
    put(engine, update(User).where(User.id == world.users["alice"]).values(language=language))
    page = page_of("alice")
    page.goto("/")
    cookies = page.context.cookies()
    page.locator("header").get_by_role("button", name="Alice Test").click()
    page.locator("header").get_by_role("button", name=words).click()
    page.wait_for_url(re.compile(r"/sign-in(\?|$)"))  # with `next` where a refresh learns first that nobody is signed in
    page.context.clear_cookies()
    page.context.add_cookies(cookies)  # type: ignore[arg-type]  # somebody kept the old one
    page.goto("/account")
    page.wait_for_url(re.compile(r"/sign-in\?next="))


def test_on_a_phone_the_menu_is_folded_and_nothing_runs_off_the_side(page_of: NewPage, station: int) -> None:
    page = page_of("alice", viewport={"width": 360, "height": 780})
    page.goto("/")
    entry = page.locator("#menu").get_by_role("link", name="Charging Session")
    expect(entry).to_be_hidden()
    page.get_by_role("button", name="Menu", exact=True).click()
    expect(entry).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page_of: NewPage, scheme: str, station: int) -> None:
    page = page_of("alice", color_scheme=scheme, reduced_motion="reduce")
    found = {}
    for path in ("/", "/?from=2026-01-01&to=2026-02-01&day=2026-01-02&status=Available", "/statuses", "/no-such-page"):
        page.goto(path)
        found[path] = [violation["id"] for violation in Axe().run(page).response["violations"]]
    page.context.clear_cookies()
    page.goto("/sign-in")
    found["/sign-in"] = [violation["id"] for violation in Axe().run(page).response["violations"]]
    assert found == {path: [] for path in found}
