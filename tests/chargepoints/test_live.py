"""Seen in a real browser, against the real server and a real websocket: pages that change by themselves."""

import json
import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Playwright, expect
from sqlalchemy import Engine
from websockets.sync.client import ClientConnection, connect

from tests.ocpp.rawsocket import basic
from tests.people import World, sign_in_cookie
from tests.serving import Server

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None and not os.environ.get("CI"), reason="no Chromium on this machine: browser tests need one")


@pytest.fixture
def portal(own_server: Callable[..., Server], world: World) -> Server:
    """The real web process with the world in its database."""
    return own_server()


@pytest.fixture
def browser_of_alice(portal: Server, app: Flask, engine: Engine, world: World, playwright: Playwright) -> Iterator[Page]:
    """A browser window in which alice is signed in; fails on any error in its console."""
    client = app.test_client()
    sign_in_cookie(app, client, engine, world.users["alice"])
    cookie = client.get_cookie("wcc")
    assert cookie
    browser: Browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    context = browser.new_context(base_url=portal.web)
    context.add_cookies([{"name": "wcc", "value": cookie.value, "url": portal.web}])
    page, errors = context.new_page(), []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield page
    browser.close()
    assert errors == []


def charger(server: str, identity: str, password: str) -> ClientConnection:
    """A charger that was told what the page says."""
    headers = {"Authorization": basic(identity, password)}
    return connect(f"{server}/{identity}", subprotocols=["ocpp1.6"], additional_headers=headers)  # type: ignore[list-item]


def call(socket: ClientConnection, action: str, **payload: object) -> None:
    """Send a CALL and wait for its answer."""
    socket.send(json.dumps([2, "1", action, payload]))
    assert json.loads(socket.recv(10))[0] == 3


def test_a_station_is_added_connects_and_is_seen_live(browser_of_alice: Page) -> None:
    page = browser_of_alice
    page.goto("/charge-points/")
    page.get_by_role("link", name="Add charge point").click()
    page.get_by_label("Charge Point ID").fill("NEXT-WS1")
    page.get_by_role("button", name="Add", exact=True).click()
    waiting = page.locator("#first-connection")
    expect(waiting).to_contain_text("Waiting for the first connection")
    server, password = (page.get_by_label(label, exact=True).input_value() for label in ("Server address", "Password"))

    with charger(server, "NEXT-WS1", password) as socket:
        expect(waiting).to_contain_text("The charger has found us", timeout=15_000)
        call(socket, "BootNotification", chargePointVendor="Webasto", chargePointModel="WB_NEXT_EVSE_EU_32A")
        waiting.get_by_role("link", name="Open NEXT-WS1").click()
        expect(page.locator("#charge-point-badges")).to_contain_text("Online")
        expect(page.locator("#charge-point-overview")).to_contain_text("WB_NEXT_EVSE_EU_32A")
        call(socket, "StatusNotification", connectorId=1, status="Preparing", errorCode="NoError")
        expect(page.locator("#connector-1")).to_contain_text("Preparing", timeout=10_000)
    expect(page.locator("#charge-point-badges")).to_contain_text("Offline", timeout=10_000)
    expect(page.locator("#connector-1")).to_contain_text("Offline · was Preparing")


def test_the_list_changes_by_itself_and_keeps_an_open_menu(browser_of_alice: Page, portal: Server) -> None:
    portal.add_charge_point("NEXT-WS2", password="a password")
    page = browser_of_alice
    page.goto("/charge-points/?cp=NEXT")
    row = page.locator("#charge-points-table tbody tr")
    expect(row).to_contain_text("Unknown")
    page.get_by_role("button", name="Operations for NEXT-WS2").click()
    with charger(portal.url, "NEXT-WS2", "a password") as socket:
        call(socket, "StatusNotification", connectorId=1, status="Faulted", errorCode="GroundFailure")
        expect(row).to_contain_text("Faulted", timeout=10_000)
        expect(row.locator(".wcc-c-status")).to_contain_text("Online")
        expect(page.get_by_role("link", name="Edit")).to_be_visible()


def test_the_copy_button_says_that_it_copied(browser_of_alice: Page, world: World) -> None:
    page = browser_of_alice
    page.goto("/charge-points/ALICE-1")
    button = page.get_by_role("button", name="Copy charge point ID")
    button.click()
    expect(button.locator("[data-copied]")).to_have_text("Copied")
