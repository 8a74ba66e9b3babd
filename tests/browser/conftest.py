"""A real browser on the real processes; a page fails its test when anything goes wrong in its console."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Playwright
from sqlalchemy import Engine

from tests.browser.demo import Demo
from tests.people import World, sign_in_cookie
from tests.serving import Server

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE_MS = 15_000
# What a server refuses, or cannot answer when it is gone, shows in the console too; tests look at that by themselves.
REFUSALS = ("Failed to load resource", "Failed to fetch", "EventSource's response has a MIME type")
NewPage = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The machine's browser. Without one the test is skipped; with WCC_REQUIRE_BROWSER it fails."""
    if CHROMIUM is None:
        missing = "no Chromium on this machine: browser tests need one (Debian: apt-get install chromium)"
        if os.environ.get("WCC_REQUIRE_BROWSER"):
            pytest.fail(missing)
        pytest.skip(missing)
    made = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    yield made
    made.close()


class Windows:
    """Browsers, each with cookies of its own. `errors` are what their consoles said."""

    def __init__(self, chromium: Browser) -> None:
        self.chromium = chromium
        self.contexts: list[BrowserContext] = []
        self.errors: list[str] = []

    def browser(self, base_url: str, **options: Any) -> BrowserContext:
        """A fresh browser; options are those of Playwright for a new context."""
        context = self.chromium.new_context(base_url=base_url, **options)
        context.set_default_timeout(PATIENCE_MS)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("console", lambda message: self._note(message.type, message.text))
        self.contexts.append(context)
        return context

    def _note(self, kind: str, text: str) -> None:
        if kind == "error" and not any(words in text for words in REFUSALS):
            self.errors.append(text)

    def close(self) -> None:
        """Close them all."""
        for context in self.contexts:
            context.close()


@pytest.fixture
def windows(chromium: Browser) -> Iterator[Windows]:
    """Opens browsers; fails the test on any error in a console, a breach of the content security policy among them."""
    made = Windows(chromium)
    yield made
    made.close()
    assert made.errors == []


@pytest.fixture
def portal(own_server: Callable[..., Server], world: World) -> Server:
    """The real web process with the world in its database."""
    return own_server()


@pytest.fixture
def page_of(portal: Server, app: Flask, engine: Engine, world: World, windows: Windows) -> NewPage:
    """Opens a window in which somebody is signed in; further arguments are Playwright's for a new context."""

    def new(name: str, **options: object) -> Page:
        client = app.test_client()
        sign_in_cookie(app, client, engine, world.users[name])
        cookie = client.get_cookie("wcc")
        assert cookie
        context = windows.browser(portal.web, **options)
        context.add_cookies([{"name": "wcc", "value": cookie.value, "url": portal.web}])
        return context.new_page()

    return new


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """`wcc up --demo`, started once for all tests that use it (tests/scheduling.py); it must leave nothing but its own folder."""
    with Demo.started() as made:
        yield made
        assert made.process.poll() is None, f"it ended by itself:\n{made.said}"
        left = list(made.home.rglob("*"))
    assert left == []
    assert "Traceback" not in made.said, made.said


class Person:
    """Somebody who can sign in to the demo."""

    def __init__(self, demo: Demo, email: str, password: str) -> None:
        self.demo, self.email, self.password = demo, email, password
        self.state: Any = None  # cookies of a sign-in that is kept, since only ten a minute are let in

    def sign_in(self, page: Page) -> None:
        """Type it into the form, wherever that stands."""
        page.get_by_label("E-mail").fill(self.email)
        page.get_by_label("Password", exact=True).fill(self.password)
        page.get_by_role("button", name="Sign in").click()
        page.locator(".wcc-side").wait_for()

    def window(self, windows: Windows, **options: Any) -> Page:
        """A window in which this person is signed in."""
        context = windows.browser(self.demo.web, storage_state=self.state, **options)
        page = context.new_page()
        if self.state is None:
            page.goto("/sign-in")
            self.sign_in(page)
            self.state = context.storage_state()
        return page


@pytest.fixture(scope="session")
def anna(demo: Demo) -> Person:
    """The demo's administrator, as the banner tells her."""
    return Person(demo, demo.login["email"], demo.login["password"])


def create(demo: Demo, email: str, organization: str) -> Person:
    """An administrator, made on the server."""
    said = demo.wcc("user", "create", email, "--admin", "--organization", organization)
    password = re.search(r"^Password: (\S+)$", said, re.MULTILINE)
    assert password, said
    return Person(demo, email, password[1])


@pytest.fixture(scope="session")
def willem(demo: Demo) -> Person:
    """Administrator of another organization, who must see nothing of the demo's."""
    return create(demo, "willem@example.org", "Elsewhere")
