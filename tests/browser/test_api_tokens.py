"""Making a token in the portal, using it, revoking it; and the page that describes the API; in front of a real browser."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, update

from tests.browser.conftest import NewPage
from tests.browser.test_accessible import in_all_looks
from tests.people import PASSWORD, World, put
from tests.serving import Server
from wcc.models import User


def shoot(page: Page, name: str) -> None:
    """A picture for who asks for one."""
    if folder := os.environ.get("WCC_PICTURES"):
        for width, scheme in ((1400, "light"), (1400, "dark"), (400, "light")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png", full_page=True)


def test_a_token_is_made_copied_used_and_revoked(page_of: NewPage, portal: Server) -> None:
    page = page_of("alice", reduced_motion="reduce")
    page.goto("/account")
    page.get_by_role("link", name="API tokens").click()
    expect(page.get_by_text("No tokens yet")).to_be_visible()
    wrong = in_all_looks(page, "none")
    page.get_by_label("Name", exact=True).fill("Home automation")
    page.get_by_label("Change").check()
    page.get_by_label("Current password").fill("not my password")
    page.get_by_role("button", name="Make token").click()
    expect(page.get_by_text("This is not your password.")).to_be_visible()
    expect(page.get_by_label("Change")).to_be_checked()
    wrong |= in_all_looks(page, "fault")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Make token").click()
    expect(page.get_by_text("Copy it now: it is shown only this once")).to_be_visible()
    wrong |= in_all_looks(page, "made")
    shoot(page, "made")
    word = page.locator("main .wcc-mono").inner_text()
    headers = {"Authorization": f"Bearer {word}"}
    answer = page.request.get("/api/v1/charge-points", headers=headers)
    assert [each["identity"] for each in answer.json()["items"]] == ["ALICE-1", "BOBS-1"]
    page.get_by_role("link", name="I have copied it").click()
    expect(page.get_by_text("Read, Change")).to_be_visible()
    assert word not in page.content()
    wrong |= in_all_looks(page, "list")
    shoot(page, "list")
    page.get_by_role("button", name="Revoke the token Home automation").click()
    expect(page.get_by_text("The token Home automation is revoked.")).to_be_visible()
    assert page.request.get("/api/v1/charge-points", headers=headers).status == 401
    assert wrong == {}


@pytest.mark.parametrize(("language", "word"), [("nl", "Intrekken"), ("de", "Widerrufen"), ("fr", "Révoquer")])
def test_the_page_of_tokens_speaks_the_users_language(page_of: NewPage, engine: Engine, world: World, language: str, word: str) -> None:
    put(engine, update(User).values(language=language))
    page = page_of("alice")
    page.goto("/account/api-tokens")
    page.locator("#name").fill("x")
    page.locator("#current").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    page.locator("main .card-footer a").click()
    expect(page.get_by_text(word, exact=True)).to_be_visible()


def test_the_page_about_the_api_is_for_everybody_and_leads_to_every_part(page_of: NewPage) -> None:
    page = page_of("bob", reduced_motion="reduce")
    page.goto("/account/api-tokens")
    page.get_by_role("link", name="About the API").click()
    expect(page.get_by_role("heading", name="Ask a charger to do something")).to_be_visible()
    assert in_all_looks(page, "docs") == {}
    broken = page.evaluate(
        "[...document.querySelectorAll('main a[href^=\"#\"]')].filter(a => !document.getElementById(a.hash.slice(1))).map(a => a.hash)"
    )
    assert broken == []
    shoot(page, "docs")
