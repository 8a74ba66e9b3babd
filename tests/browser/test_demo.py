"""What a person meets in the running demo beside the main job: live tables, Dutch, leaving, a charger of one's own."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Person, Windows, create
from tests.browser.demo import Demo
from tests.browser.steps import CAR_MS, start_remotely, stop_remotely
from wcc.lifeline import tied

pytestmark = pytest.mark.timeout(300)

WAITING = "NEXT-WS104604"  # its simulated charger waits for a remote start


def renewed(row: Locator, times: int = 1) -> None:
    """Wait until new values of the charger have come into a row."""
    age = row.locator("[data-at]")
    for _ in range(times):
        at = age.get_attribute("data-at", timeout=CAR_MS) or ""
        expect(age).not_to_have_attribute("data-at", at, timeout=CAR_MS)


def test_a_table_that_changes_by_itself_keeps_focus_and_what_is_being_typed(anna: Person, windows: Windows) -> None:
    starter = anna.window(windows)
    start_remotely(starter, WAITING)
    page = starter.context.new_page()
    page.goto(f"/sessions/?by=status&value=running&cp={WAITING}")
    row = page.locator("#sessions-table tbody tr")
    expect(row).to_have_count(1)
    page.get_by_label("Charge Point ID").fill("half a wo")
    renewed(row)
    expect(page.get_by_label("Charge Point ID")).to_be_focused()
    expect(page.get_by_label("Charge Point ID")).to_have_value("half a wo")
    link = row.locator("a.wcc-id")
    link.focus()
    renewed(row)
    expect(link).to_be_focused()
    stop_remotely(starter)
    expect(page.locator("#sessions-table")).to_contain_text("No charging session fits these filters", timeout=CAR_MS)


def test_dutch_reaches_pages_and_files(demo: Demo, windows: Windows) -> None:
    # A person of their own: the language is kept on the user.
    page = create(demo, "sanne@example.org", "Van Dijk Fleet").window(windows, locale="en-GB")
    page.goto("/sessions/")
    page.locator("header").get_by_role("button", name="Language").click()
    page.locator("header").get_by_role("button", name="Nederlands").click()
    expect(page.locator("html")).to_have_attribute("lang", "nl")
    expect(page).to_have_url(re.compile("/sessions/$"))
    expect(page.get_by_role("columnheader", name="Starttijd")).to_be_visible()
    expect(page.locator("#sessions-table tbody tr").first).to_contain_text(re.compile(r"\d,\d\d kWh"))
    file = page.request.get("/sessions/export?format=csv").text()
    assert file.splitlines()[0].startswith("\ufeffID;")
    assert re.search(r";\d+,\d+;\d+;", file.splitlines()[1])


def test_after_signing_out_an_old_cookie_opens_nothing(demo: Demo, willem: Person, windows: Windows) -> None:
    browser = windows.browser(demo.web)
    page = browser.new_page()
    page.goto("/sign-in")
    willem.sign_in(page)
    kept = browser.storage_state()
    other = windows.browser(demo.web, storage_state=kept).new_page()
    other.goto("/")
    expect(other.locator("[data-live-on]")).to_be_visible()
    page.locator("header").get_by_role("button", name=willem.email).click()
    page.locator("header").get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile(r"/sign-in(\?|$)"))  # with `next` where a refresh learns first that nobody is signed in
    page.go_back()
    expect(page).to_have_url(re.compile("/sign-in"))  # no page is kept to go back to
    thief = windows.browser(demo.web, storage_state=kept).new_page()
    for path in ("/", "/sessions/", "/charge-points/add"):
        thief.goto(path)
        expect(thief).to_have_url(re.compile(r"/sign-in\?next="))
    assert thief.request.get("/changes").status == 401
    other.get_by_role("link", name="30 days").click()
    expect(other).to_have_url(re.compile("/sign-in"))


@contextmanager
def charger(server: str, identity: str, password: str, subprotocol: str) -> Iterator[None]:
    """A simulated charger into which somebody typed what the page shows."""
    typed = ["--url", server, "--identity", identity, "--password", password, "--subprotocol", subprotocol, "--scenario", "idle"]
    with subprocess.Popen(
        [sys.executable, "-m", "simulator", *typed], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=tied()
    ) as process:
        try:
            yield
        finally:
            process.terminate()


def test_a_charger_connects_with_exactly_what_the_page_shows(demo: Demo, windows: Windows) -> None:
    page = create(demo, "noor@example.org", "With a station").window(windows)
    page.goto("/charge-points/")
    page.get_by_role("link", name="Add charge point").first.click()
    page.get_by_label("Charge Point ID").fill("EIGEN 7%é")
    page.get_by_role("button", name="Add", exact=True).click()
    labels = ("Server address", "Charge Point ID", "Password", "Subprotocol")
    shown = [page.get_by_label(label, exact=True).input_value() for label in labels]
    waiting = page.locator("#first-connection")
    expect(waiting).to_contain_text("Waiting for the first connection")
    with charger(*shown):
        expect(waiting).to_contain_text("The charger has found us", timeout=CAR_MS)
        waiting.get_by_role("link").click()
        expect(page.locator("#charge-point-badges")).to_contain_text("Online", timeout=CAR_MS)
        expect(page.locator("#charge-point-overview")).to_contain_text("WB_NEXT_EVSE_EU_32A", timeout=CAR_MS)
        expect(page.locator("#connector-1")).to_contain_text("Available", timeout=CAR_MS)
    expect(page.locator("#charge-point-badges")).to_contain_text("Offline", timeout=CAR_MS)
    expect(page.locator("#connector-1")).to_contain_text("Offline · was Available")
