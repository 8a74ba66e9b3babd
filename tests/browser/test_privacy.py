"""The switches of the privacy settings, pressed in a real browser: what they start works, and stops at once (R1.6a)."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request, expect
from sqlalchemy import Engine, select

from tests.browser.conftest import NewPage, Windows
from tests.people import add
from tests.serving import Server
from wcc.clock import utcnow
from wcc.models import BrowserError, PageView

FAIL = "() => { setTimeout(() => { throw new Error('something broke'); }); }"


def rows(engine: Engine, model: Any) -> list[Any]:
    with engine.connect() as conn:
        return list(conn.execute(select(model.__table__)))


def press(page: Page, name: str, on: bool) -> None:
    """Press a switch and see that it has moved."""
    switch = page.get_by_role("switch", name=name)
    expect(switch).to_have_attribute("aria-checked", str(not on).lower())
    switch.click()
    expect(switch).to_have_attribute("aria-checked", str(on).lower())


def fail(page: Page, windows: Windows) -> None:
    """An error in a script of the page; returns when the browser has told it everywhere."""
    with page.expect_event("pageerror"):
        page.evaluate(FAIL)
    page.evaluate("() => new Promise(done => setTimeout(done))")  # whoever listens has heard it
    windows.errors[:] = [error for error in windows.errors if "something broke" not in error]


@pytest.mark.parametrize(
    ("language", "settings", "statistics", "imprint"),
    [("en", "Privacy settings", "Usage statistics", "Imprint"), ("nl", "Privacy-instellingen", "Gebruiksstatistieken", "Impressum")],
)
def test_a_visitor_switches_usage_statistics_on_and_off(
    windows: Windows, portal: Server, engine: Engine, language: str, settings: str, statistics: str, imprint: str
) -> None:
    page = windows.browser(portal.web, locale=language).new_page()
    called: list[str] = []
    page.context.on("request", lambda request: called.append(urlsplit(request.url).netloc))
    page.goto("/sign-in")
    page.get_by_role("link", name=settings).click()
    assert rows(engine, PageView) == []
    press(page, statistics, on=True)
    page.get_by_role("link", name=imprint).click()
    expect(page.get_by_role("heading", name=imprint, level=1)).to_be_visible()
    before = {(row.endpoint, row.count) for row in rows(engine, PageView)}
    assert before == {("privacy.index", 1), ("imprint.index", 1)}
    page.locator(".wcc-side").get_by_role("link", name=settings).click()
    press(page, statistics, on=False)
    page.reload()
    assert {row.endpoint: row.count for row in rows(engine, PageView)} == {"privacy.index": 2, "imprint.index": 1}
    listed = page.locator("#h-necessary").locator("xpath=ancestor::section").locator("tbody strong").all_inner_texts()
    assert {cookie["name"] for cookie in page.context.cookies()} <= set(listed)
    assert set(page.evaluate("Object.keys(localStorage)")) <= set(listed)
    assert set(called) == {urlsplit(portal.web).netloc}


def test_error_reports_are_sent_while_switched_on_and_no_longer(page_of: NewPage, windows: Windows, portal: Server, engine: Engine) -> None:
    page = page_of("alice")
    sent: list[Request] = []
    page.context.on("request", lambda request: sent.append(request) if request.url.endswith("/error-report") else None)
    page.goto("/privacy/")
    fail(page, windows)
    assert sent == []
    press(page, "Error reports", on=True)
    other = page.context.new_page()
    other.goto("/statuses")
    with other.expect_response("**/privacy/error-report") as told:
        fail(other, windows)
    assert told.value.status == 204
    (kept,) = rows(engine, BrowserError)
    assert "something broke" in kept.message and kept.page == "dashboard.status_list"
    press(page, "Error reports", on=False)
    fail(page, windows)
    assert len(sent) == 1
    other.evaluate("() => { setTimeout(() => { throw new Error('something broke again'); }); }")  # a page from before
    with other.expect_response("**/privacy/error-report") as refused:
        fail(other, windows)
    assert refused.value.status == 403
    assert len(rows(engine, BrowserError)) == 1


def test_axe_finds_nothing_on_these_pages(page_of: NewPage, engine: Engine) -> None:
    add(engine, PageView, day=utcnow().date(), endpoint="sessions.index", count=3)
    add(engine, BrowserError, message="ReferenceError: x is not defined", source="/static/app.js:12", browser="A browser")
    found = {}
    for scheme in ("light", "dark"):
        page = page_of("olga", color_scheme=scheme, reduced_motion="reduce")
        for path in ("/privacy/", "/privacy/gathered", "/imprint"):
            page.goto(path)
            found[scheme, path] = [violation["id"] for violation in Axe().run(page).response["violations"]]
            page.set_viewport_size({"width": 360, "height": 780})
            found[scheme, path] += [violation["id"] for violation in Axe().run(page).response["violations"]]
        page.goto("/privacy/")
        press(page, "Error reports", on=scheme == "light")
        found[scheme, "switched"] = [violation["id"] for violation in Axe().run(page).response["violations"]]
    assert found == {key: [] for key in found}
