"""What a person does in front of the demo, more than once."""

from playwright.sync_api import Page, expect

CAR_MS = 60_000  # a car is plugged in, the contactor closes, the first values come


def start_remotely(page: Page, identity: str) -> None:
    """Start a charger remotely and wait until its car charges."""
    page.goto(f"/operations/remote-start?cp={identity}")
    page.get_by_role("button", name="Execute").click()
    expect(page.locator("#toasts .wcc-toast")).to_contain_text("Charging with", timeout=CAR_MS)


def stop_remotely(page: Page) -> None:
    """Stop it again from the same pop-up, and wait until the car has left."""
    page.locator("#toasts").get_by_role("button", name="Stop charging").click()
    expect(page.locator("#toasts .wcc-toast")).to_contain_text("The session ended at", timeout=CAR_MS)
    expect(page.locator("#operation-station")).to_contain_text("Available", timeout=CAR_MS)
