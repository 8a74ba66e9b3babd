"""The main job, from an empty folder: `wcc up --demo`, and a browser in front of it."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import xlrd
from playwright.sync_api import Locator, Page, expect
from redis import Redis

from tests.browser.conftest import Person, Windows
from tests.browser.demo import Demo
from tests.browser.steps import CAR_MS
from tests.stream import changes
from wcc import bus, valkey

pytestmark = pytest.mark.timeout(400)

STATION = "NEXT-WS104601"  # its simulated charger waits for a remote start
# Keeps what a place on the page said, one entry for each change. It lives in the page: a reload would forget it.
RECORD = """selector => {
  window.said = [];
  const note = () => {
    const text = document.querySelector(selector)?.textContent.trim();
    if (text && text !== window.said.at(-1)) window.said.push(text);
  };
  new MutationObserver(note).observe(document.body, {subtree: true, childList: true, characterData: true});
  note();
}"""


def recorded(page: Page) -> list[str]:
    """What the place said since `RECORD`."""
    found: list[str] = page.evaluate("window.said")
    return found


def kw(text: str) -> float:
    """`11.49 kW · 4 s` → 11.49."""
    found = re.search(r"([\d.]+) kW", text)
    assert found, text
    return float(found[1])


def powers(cell: Locator) -> Iterator[float]:
    """The power (kW) that a cell shows, again with each new value of the charger."""
    age = cell.locator("[data-at]")
    while True:
        at = age.get_attribute("data-at", timeout=CAR_MS) or ""
        yield kw(cell.inner_text())
        expect(age).not_to_have_attribute("data-at", at, timeout=CAR_MS)


@dataclass(frozen=True)
class Shown:
    """A session as the table shows it, or as a file holds it: kWh in two digits."""

    id: int
    charge_point: str
    energy_kwh: str
    energy_wh: int


def test_the_main_job_is_done_without_a_reload_and_seen_by_nobody_else(
    demo: Demo, anna: Person, willem: Person, windows: Windows, tmp_path: Path
) -> None:
    stranger = willem.window(windows)
    cookie = next(cookie["value"] for cookie in stranger.context.cookies() if cookie["name"] == "wcc")
    with changes(demo.port, cookie) as heard:
        dashboard = windows.browser(demo.web).new_page()
        dashboard.goto("/")
        expect(dashboard).to_have_url(re.compile("/sign-in"))
        anna.sign_in(dashboard)
        sees_eight_stations_live(dashboard)
        row = dashboard.locator("#dashboard-connectors tbody tr").filter(has_text=STATION)
        dashboard.evaluate(RECORD, f"#{row.get_attribute('id')} .wcc-c-status")

        page = dashboard.context.new_page()
        start_from_the_dashboard(page)
        toast = page.locator("#toasts .wcc-toast")
        expect(toast).to_contain_text("The charger answered: Accepted", timeout=CAR_MS)
        expect(row).to_contain_text("Charging", timeout=CAR_MS)
        rises(row.locator("td").nth(3))
        expect(toast.locator("li")).to_contain_text(["Sent to the charger", "The charger answered: Accepted", "Charging with"])
        statuses = recorded(dashboard)
        assert statuses[0] == "Available" and statuses[-2:] == ["Preparing", "Charging"], statuses
        session_id, energy = stop_from_the_pop_up(page)
        ends = "Finishing", "Available"
        expect(row.locator(".wcc-c-status")).to_have_text(re.compile("|".join(ends)), timeout=CAR_MS)
        assert recorded(dashboard)[: len(statuses)] == statuses  # the page it was is the page it is

        rows = sessions_of_the_station(page)
        assert rows[0].id == session_id
        assert f"{rows[0].energy_kwh} kWh" == energy
        assert rows[0].energy_wh > 0
        assert exported(page, "Export XLS", tmp_path)[: len(rows)] == rows
        assert exported(page, "Export CSV", tmp_path)[: len(rows)] == rows

        operation = toast_link(page, dashboard)
        sees_nothing(stranger, session_id, operation)
        hears_nothing(demo, willem, heard)


def sees_eight_stations_live(page: Page) -> None:
    expect(page.get_by_role("img", name="8 charge points: 8 online, 0 offline, 0 unknown")).to_be_visible(timeout=CAR_MS)
    expect(page.locator("#dashboard-connectors tbody tr")).to_have_count(8)
    expect(page.locator("[data-live-on]")).to_be_visible()


def start_from_the_dashboard(page: Page) -> None:
    page.goto("/")
    page.locator("#dashboard-connectors").get_by_role("link", name=STATION).click()
    page.get_by_role("main").get_by_role("button", name="Operations").click()
    page.get_by_role("link", name="Remote start charging").click()
    page.get_by_role("button", name="Execute").wait_for()
    page.evaluate(RECORD, "#toasts .wcc-toast-head b")
    page.get_by_role("button", name="Execute").click()


def rises(cell: Locator) -> None:
    """The power rises twice within the first values: a car takes its time."""
    seen: list[float] = []
    for power in powers(cell):
        seen.append(power)
        if sum(later > earlier for earlier, later in pairwise(seen)) >= 2:
            return
        assert len(seen) < 10, f"no rise: {seen}"


def stop_from_the_pop_up(page: Page) -> tuple[int, str]:
    """Id of the session, and its energy as the pop-up tells it in the end."""
    toast = page.locator("#toasts .wcc-toast")
    link = toast.get_by_role("link", name=re.compile(r"Open session \d+"))
    session_id = int(link.inner_text().rpartition(" ")[2])
    headlines = recorded(page)
    assert any(text.startswith("Charging") for text in headlines) and len(headlines) >= 2, headlines
    toast.get_by_role("button", name="Stop charging").click()
    expect(toast).to_contain_text("The charger answered: Accepted", timeout=CAR_MS)
    expect(toast).to_contain_text("The session ended at", timeout=CAR_MS)
    assert recorded(page)[: len(headlines)] == headlines
    energy = re.search(r"[\d.]+ kWh", toast.inner_text())
    assert energy
    return session_id, energy[0]


def sessions_of_the_station(page: Page) -> list[Shown]:
    page.get_by_role("link", name="Charging Session").click()
    page.get_by_label("Charge Point ID").fill(STATION)
    page.get_by_role("button", name="Find").click()
    page.wait_for_url("**/sessions/?cp=*")
    rows = page.locator("#sessions-table tbody tr")
    expect(rows.filter(has_not_text=STATION)).to_have_count(0)
    return [_shown(row) for row in rows.all()]


def _shown(row: Locator) -> Shown:
    cells = row.locator("td")
    energy = row.locator("b[title]")
    exact = re.sub(r"\D", "", energy.get_attribute("title") or "")
    kwh = energy.inner_text().removesuffix(" kWh").replace(",", "").strip()
    return Shown(int(cells.nth(0).inner_text()), cells.nth(1).inner_text(), kwh, int(exact))


def exported(page: Page, button: str, folder: Path) -> list[Shown]:
    """The sessions of an export, read by another program's eyes."""
    with page.expect_download() as download:
        page.get_by_role("link", name=button).click()
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    header, *rows = read_xls(file) if file.suffix == ".xls" else read_csv(file)
    found = [dict(zip(header, row, strict=True)) for row in rows]
    return [
        Shown(int(row["ID"]), row["CP ID"], f"{float(row['Charged Energy (kWh)']):.2f}", int(row["Charged Energy (Wh)"])) for row in found
    ]


def read_xls(file: Path) -> list[list[Any]]:
    sheet = xlrd.open_workbook(file).sheet_by_index(0)
    return [sheet.row_values(number) for number in range(sheet.nrows)]


def read_csv(file: Path) -> list[list[str]]:
    with file.open(newline="", encoding="utf-8-sig") as text:
        return list(csv.reader(text))


def toast_link(page: Page, dashboard: Page) -> str:
    """Path of the operation that stopped it."""
    dashboard.goto("/operations/recent")
    path = dashboard.locator("#operations-recent a").first.get_attribute("href")
    assert path
    return path


def sees_nothing(stranger: Page, session_id: int, operation: str) -> None:
    """Neither pages nor fragments nor files, by whatever address."""
    things = [f"/charge-points/{STATION}", f"/charge-points/{STATION}/connectors/1", f"/sessions/{session_id}", operation]
    things += [f"/sessions/{session_id}/meter-values.csv", f"{operation}/toast", f"/operations/remote-stop?cp={STATION}"]
    lists = ["/", "/dashboard/connectors", "/dashboard/status", "/charge-points/", f"/sessions/?cp={STATION}", "/operations/recent"]
    lists += ["/operations/choose", "/sessions/export?format=csv", "/sessions/export?format=xls", "/charge-points/export"]
    for headers in ({}, {"HX-Request": "true"}):
        assert [stranger.request.get(path, headers=headers).status for path in things] == [404] * len(things)
        for path in lists:
            answer = stranger.request.get(path, headers=headers)
            assert answer.status == 200
            body = answer.body().replace(f'value="{STATION}"'.encode(), b"").replace(f"cp={STATION}".encode(), b"")  # what was asked for
            assert STATION[:6].encode() not in body, path
    stranger.goto("/")
    expect(stranger.locator("#dashboard-connectors")).to_contain_text("No connectors yet")


def hears_nothing(demo: Demo, willem: Person, heard: Iterator[bus.Changes]) -> None:
    """The first thing that the stream tells is what is published for the stranger's own organization now."""
    redis: Redis = bus.connect(valkey.address(demo.instance / "valkey"))
    bus.publish(redis, organization_of(demo, willem), {"session": [-1]})
    redis.close()
    assert next(heard) == {"session": [-1]}


def organization_of(demo: Demo, person: Person) -> int:
    """Id of a person's organization."""
    from wcc.db import plain_engine

    engine = plain_engine(f"sqlite:///{demo.instance / 'wcc.sqlite'}")
    with engine.connect() as conn:
        found = conn.exec_driver_sql('SELECT organization_id FROM "user" WHERE email = ?', (person.email,)).scalar_one()
    engine.dispose()
    return int(found)
