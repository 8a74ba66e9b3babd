"""Charge points in a real browser, against a real websocket: pages that change by themselves."""

import json

from playwright.sync_api import expect
from websockets.sync.client import ClientConnection, connect

from tests.browser.conftest import PATIENCE_MS, NewPage
from tests.ocpp.rawsocket import basic
from tests.people import World
from tests.serving import Server


def charger(server: str, identity: str, password: str) -> ClientConnection:
    """A charger's websocket."""
    headers = {"Authorization": basic(identity, password)}
    return connect(f"{server}/{identity}", subprotocols=["ocpp1.6"], additional_headers=headers)  # type: ignore[list-item]


def call(socket: ClientConnection, action: str, **payload: object) -> None:
    """Send a CALL and wait for its answer."""
    socket.send(json.dumps([2, "1", action, payload]))
    assert json.loads(socket.recv(10))[0] == 3


def test_the_list_changes_by_itself_and_keeps_an_open_menu(page_of: NewPage, portal: Server) -> None:
    portal.add_charge_point("NEXT-WS2", password="a password")
    page = page_of("alice")
    page.goto("/charge-points/?cp=NEXT")
    row = page.locator("#charge-points-table tbody tr")
    expect(row).to_contain_text("Unknown")
    page.get_by_role("button", name="Operations for NEXT-WS2").click()
    with charger(portal.url, "NEXT-WS2", "a password") as socket:
        call(socket, "StatusNotification", connectorId=1, status="Faulted", errorCode="GroundFailure")
        expect(row).to_contain_text("Faulted", timeout=PATIENCE_MS)
        expect(row.locator(".wcc-c-status")).to_contain_text("Online")
        expect(page.get_by_role("link", name="Edit")).to_be_visible()


def test_a_charger_that_is_gone_is_shown_as_offline_with_what_it_said_last(page_of: NewPage, portal: Server) -> None:
    portal.add_charge_point("NEXT-WS1", password="a password")
    page = page_of("alice")
    page.goto("/charge-points/NEXT-WS1")
    with charger(portal.url, "NEXT-WS1", "a password") as socket:
        expect(page.locator("#charge-point-badges")).to_contain_text("Online", timeout=PATIENCE_MS)
        call(socket, "StatusNotification", connectorId=1, status="Preparing", errorCode="NoError")
        expect(page.locator("#connector-1")).to_contain_text("Preparing", timeout=PATIENCE_MS)
    expect(page.locator("#charge-point-badges")).to_contain_text("Offline", timeout=PATIENCE_MS)
    expect(page.locator("#connector-1")).to_contain_text("Offline · was Preparing")


def test_the_copy_button_says_that_it_copied(page_of: NewPage, world: World) -> None:
    page = page_of("alice")
    page.goto("/charge-points/ALICE-1")
    button = page.get_by_role("button", name="Copy charge point ID")
    button.click()
    expect(button.locator("[data-copied]")).to_have_text("Copied")
