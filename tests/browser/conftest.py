"""A real browser on the real web process; a page fails its test when anything goes wrong in its console."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Playwright
from sqlalchemy import Engine

from tests.people import World, sign_in_cookie
from tests.serving import Server

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NewPage = Callable[..., Page]


@pytest.fixture
def portal(own_server: Callable[..., Server], world: World) -> Server:
    """The real web process with the world in its database."""
    return own_server()


@pytest.fixture
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The machine's browser. Without one the test is skipped, in CI it fails."""
    if CHROMIUM is None and not os.environ.get("CI"):
        pytest.skip("no Chromium on this machine: browser tests need one")
    made = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    yield made
    made.close()


@pytest.fixture
def page_of(portal: Server, app: Flask, engine: Engine, world: World, chromium: Browser) -> Iterator[NewPage]:
    """Opens a window in which somebody is signed in; further arguments are Playwright's for a new context."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def new(name: str, **options: object) -> Page:
        client = app.test_client()
        sign_in_cookie(app, client, engine, world.users[name])
        cookie = client.get_cookie("wcc")
        assert cookie
        context = chromium.new_context(base_url=portal.web, **options)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        context.add_cookies([{"name": "wcc", "value": cookie.value, "url": portal.web}])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if "Content Security Policy" in message.text else None)
        return page

    yield new
    for context in contexts:
        context.close()
    assert errors == []
