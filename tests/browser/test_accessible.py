"""Every page of the portal: readable by everybody (axe), light and dark, on a desk and on a phone, in English and Dutch.

The pages come from the app's own routes, so a new page is looked at without being listed; what is no page of its own
(a part of one, a file, the stream) is named here.
"""

import re
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.conftest import Person, Windows, create
from tests.browser.demo import Demo
from tests.browser.steps import CAR_MS, start_remotely, stop_remotely
from wcc.app import create_app
from wcc.config import load

pytestmark = pytest.mark.timeout(400)

AXE = Axe().axe_script
DESK, PHONE = ViewportSize(width=1400, height=900), ViewportSize(width=360, height=780)
ALL: dict[str, Any] = {}
COLOURS = {"runOnly": ["color-contrast"]}
ALL_BUT_COLOURS = {"rules": {"color-contrast": {"enabled": False}}}
# Dark differs from light in its colours only, and colours, the slowest to look at, differ from desk to phone hardly at all.
LOOKS: tuple[tuple[ViewportSize, Literal["light", "dark"], dict[str, Any]], ...] = (
    (DESK, "light", ALL),
    (DESK, "dark", COLOURS),
    (PHONE, "dark", COLOURS),
    (PHONE, "light", ALL_BUT_COLOURS),
)
# Routes that are no page: parts of pages, files, the stream.
NO_PAGES = {
    "static", "account.changes", "dashboard.status_help", "dashboard.status", "dashboard.power", "dashboard.attention",
    "dashboard.sessions", "dashboard.combined", "dashboard.connectors", "chargepoints.export", "connection.first",
    "connection.card", "messagelog.export",
    "chargepoints.connector_card", "sessions.export", "sessions.meter_values_csv", "operations.chosen", "operations.toast",
    "apidocs.openapi", "account.captcha_picture", "account.captcha_recording", "groups.charge_points", "groups.people",
}  # fmt: skip
SIGNED_OUT = ("/sign-in", "/forgot-password")  # pages that send away who is signed in
STATION = "NEXT-WS104604"


@pytest.fixture(scope="module")
def things(demo: Demo, anna: Person, chromium: Browser) -> Iterator[dict[str, Any]]:
    """Values for the addresses: a station that charges, its running session, the operation that started it, a driver with a tag."""
    windows = Windows(chromium)
    page = anna.window(windows)
    start_remotely(page, STATION)
    with closing(sqlite3.connect(demo.instance / "wcc.sqlite")) as rows:
        operation, session = rows.execute("SELECT id, session_id FROM operation ORDER BY id DESC LIMIT 1").fetchone()
        ended = rows.execute("SELECT max(id) FROM charging_session WHERE stopped_at IS NOT NULL").fetchone()[0]
        message = rows.execute(
            "SELECT max(message_log.id) FROM message_log JOIN charge_point c ON c.id = charge_point_id WHERE identity = ?", (STATION,)
        )
        message = message.fetchone()[0]
        organization = rows.execute("SELECT organization_id FROM charging_session WHERE id = ?", (session,)).fetchone()[0]
        tag, user = rows.execute("SELECT id, user_id FROM authorization_tag WHERE user_id IS NOT NULL LIMIT 1").fetchone()
    yield {
        "identity": STATION,
        "operation_id": operation,
        "message_id": message,
        "session_id": session,
        "ended": ended,
        "tag_id": tag,
        "user_id": user,
        "group_id": 1,
        "organization_id": organization,
        "word": "not-a-word-that-was-mailed",
    }
    stop_remotely(page)
    windows.close()


def pages(things: dict[str, Any]) -> list[str]:
    """Paths of all pages, those of the sign-in among them, and some states of them that look different."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(load({"WCC_INSTANCE": folder, "REDIS_URL": "redis://127.0.0.1:1"}))
        with app.test_request_context():
            rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and rule.endpoint not in NO_PAGES]
            rules = [rule for rule in rules if not rule.endpoint.startswith("api.")]
            found = [app.url_for(rule.endpoint, **{name: things[name] for name in rule.arguments}) for rule in rules]
    assert len(found) >= 20
    found += [f"/operations/{kind}?cp={STATION}" for kind in ("remote-start", "remote-stop", "reset", "change-availability")]
    found += [f"/users/delete?id={things['user_id']}", f"/tags/delete?id={things['tag_id']}"]
    found += [f"/sessions/{things['ended']}", "/sessions/?cp=nobody", "/sessions/?from=rubbish", "/no-such-page", "/?status=Charging"]
    return found


def violations(page: Page, rules: Mapping[str, Any]) -> list[str]:
    """What axe holds against the page as it stands, by all rules or by some: the rule and the elements."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE)
    options = {"resultTypes": ["violations"], **rules}
    found = page.evaluate("options => axe.run(options).then(results => results.violations)", options)
    return [f"{violation['id']}: {[node['html'][:120] for node in violation['nodes'][:3]]}" for violation in found]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def in_all_looks(page: Page, name: str) -> dict[str, object]:
    """What is wrong with the page that is open, by look. The forms of operations are made of the same few fields: one look each."""
    found: dict[str, object] = {}
    for size, scheme, rules in LOOKS[:1] if name.startswith("/operations/") and "?" not in name else LOOKS:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        expect(page.locator("html")).to_have_attribute("data-bs-theme", scheme)
        look = f"{name} {scheme} {size['width']}"
        if wrong := violations(page, rules):
            found[look] = wrong
        if beyond := overflow(page):
            found[f"{look}: too wide by"] = beyond
    return found


def test_every_page_is_accessible_in_every_look(things: dict[str, Any], demo: Demo, anna: Person, windows: Windows) -> None:
    page = anna.window(windows)
    stranger = windows.browser(demo.web).new_page()
    wrong: dict[str, object] = {}
    for path in pages(things):
        where = stranger if path.startswith(SIGNED_OUT) else page
        where.goto(path)
        expect(where.locator("main h1")).to_be_visible()
        wrong |= in_all_looks(where, path)
    assert wrong == {}


def test_dialogs_pop_ups_menus_and_answers_of_forms_are_accessible(things: dict[str, Any], anna: Person, windows: Windows) -> None:
    page = anna.window(windows)
    wrong: dict[str, object] = {}

    page.goto("/operations/remote-start")
    page.get_by_role("link", name="Select charge point").click()
    expect(page.get_by_role("dialog")).to_contain_text("NEXT-WS104601")
    wrong |= in_all_looks(page, "choose a station")

    page.goto("/")
    page.locator("#dashboard-connectors td .wcc-status").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("What can I do?")
    wrong |= in_all_looks(page, "help on a status")

    page.goto(f"/operations/reset?cp={STATION}")
    page.get_by_role("button", name="Execute").click()
    expect(page.locator("#operation-form [aria-invalid]").first).to_be_visible()
    wrong |= in_all_looks(page, "a form with a fault")

    page.goto(f"/operations/change-availability?cp={STATION}")
    page.get_by_text("Operative", exact=True).first.click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator("#toasts .wcc-toast")).to_contain_text("The charger answered", timeout=CAR_MS)
    wrong |= in_all_looks(page, "a pop-up")

    page.goto("/charge-points/add")
    page.get_by_label("Charge Point ID").fill("a/b")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text(re.compile("no / and no :"))).to_be_visible()
    wrong |= in_all_looks(page, "a station that cannot be added")
    assert wrong == {}


def test_dutch_fits_on_a_phone(things: dict[str, Any], demo: Demo, windows: Windows) -> None:
    page = create(demo, "joost@example.org", "Van Dijk Fleet").window(windows, viewport=PHONE)
    page.request.post("/language", form={"language": "nl", "csrf_token": token(page)})
    wide = {}
    for path in pages(things):
        page.goto(path)
        if not path.startswith(SIGNED_OUT):
            expect(page.locator("html")).to_have_attribute("lang", "nl")
        if beyond := overflow(page):
            wide[path] = beyond
    assert wide == {}


def token(page: Page) -> str:
    """The page's token for forms."""
    return page.locator("[name=csrf_token]").first.get_attribute("value") or ""


def test_axe_finds_what_is_wrong_and_a_wide_page_is_seen(windows: Windows, demo: Demo) -> None:
    page = windows.browser(demo.web, viewport=PHONE).new_page()
    page.goto("/sign-in")
    assert (violations(page, ALL), overflow(page)) == ([], 0)
    page.evaluate("""() => {
        const pale = document.createElement('p');
        pale.textContent = 'hardly to be read';
        Object.assign(pale.style, {color: '#eee', background: '#fff', width: '900px'});
        document.querySelector('main').append(pale);
    }""")
    assert violations(page, COLOURS)[0].startswith("color-contrast")
    assert overflow(page) > 0
