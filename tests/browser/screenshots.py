"""`make screenshots`: pictures of every page of a running demo (`make run`), light, dark and on a phone, into a folder.

Pages are found in the menu; from the lists of charge points and sessions the first one is opened too.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Error, Page, sync_playwright

from wcc.config import load

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
TALLEST = 6000  # pixels of a picture


@dataclass(frozen=True)
class Look:
    """One way to look at a page."""

    name: str
    width: int
    height: int
    colors: Literal["light", "dark"]


LOOKS = (Look("light", 1400, 900, "light"), Look("dark", 1400, 900, "dark"), Look("phone", 400, 860, "light"))
# From a list, the first link that leads to one of its things.
FIRST_OF = {"/charge-points/": "#main td a.wcc-id", "/sessions/": "#main td a.wcc-id"}


def main() -> int:
    """Take the pictures; returns the exit code."""
    arguments = _arguments()
    account = json.loads(arguments.login.read_text())
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            for look in LOOKS:
                take(browser, look, arguments.url, account, arguments.folder)
        except Error as error:
            print(f"{arguments.url}: {error.message}\nIs the demo running (make run)?", file=sys.stderr)
            return 1
    return 0


def _arguments() -> argparse.Namespace:
    settings = load()
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshots", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="where the pictures go")
    parser.add_argument("--out", type=Path, default=Path("docs/screenshots"), help="the same, by name")
    parser.add_argument("--url", default=f"http://127.0.0.1:{settings.port}", help="address of the demo")
    parser.add_argument("--login", type=Path, default=settings.instance / "demo.json", help="file with e-mail and password")
    arguments = parser.parse_args()
    arguments.folder = arguments.folder or arguments.out
    if not arguments.login.exists():
        parser.error(f"{arguments.login} is missing: start the demo first (make run)")
    return arguments


def take(browser: Browser, look: Look, url: str, account: dict[str, str], folder: Path) -> None:
    """All pages in one look."""
    context = browser.new_context(
        viewport={"width": look.width, "height": look.height}, color_scheme=look.colors, reduced_motion="reduce", locale="en-GB"
    )
    page = context.new_page()
    page.goto(f"{url}/sign-in")
    _shoot(page, look, folder / f"sign-in-{look.name}.png")
    page.fill("#email", account["email"])
    page.fill("#password", account["password"])
    page.press("#password", "Enter")
    page.wait_for_selector(".wcc-side")
    for name, path in list(pages(page, url)):
        page.goto(url + path)
        _shoot(page, look, folder / f"{name}-{look.name}.png")
    context.close()


def pages(page: Page, url: str) -> Iterator[tuple[str, str]]:
    """Name and path of every page: those of the menu, and the first thing of each list."""
    links = page.eval_on_selector_all(".wcc-side .navbar-nav a[href]", "links => links.map(link => link.getAttribute('href'))")
    for path in dict.fromkeys([*links, "/statuses", "/charge-points/add"]):
        yield urlsplit(path).path.strip("/").replace("/", "-") or "dashboard", path
    for path, selector in FIRST_OF.items():
        page.goto(url + path)
        first = page.locator(selector)
        if first.count():
            yield path.strip("/") + "-detail", first.first.get_attribute("href") or path


def _shoot(page: Page, look: Look, file: Path) -> None:
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": look.width, "height": min(max(look.height, height), TALLEST)})
    page.screenshot(path=file, animations="disabled")
    page.set_viewport_size({"width": look.width, "height": look.height})
    print(file)


if __name__ == "__main__":
    sys.exit(main())
