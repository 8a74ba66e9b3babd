"""The list of charge points and the list of connectors: who sees what, filters, pages, export (R3.1, R3.2)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import xlrd
from flask.testing import FlaskClient

from wcc.clock import utcnow

Browser = Callable[[str], FlaskClient]
HTMX = {"HX-Request": "true"}
RUBBISH = [
    "'",
    '"><script>',
    "%",
    "_",
    "\\",
    "\0",
    "💥" * 300,
    "-1",
    "0",
    "99999999999999999999",
    "2026-02-30",
    "../..",
    "{{7*7}}",
]


def ids(page: str) -> list[str]:
    """Charge point IDs of a list, in order."""
    return re.findall(r'class="wcc-id" href="/charge-points/([^"/]+)"', page)


def listed(client: FlaskClient, query: str = "") -> list[str]:
    answer = client.get(f"/charge-points/{query}", headers=HTMX)
    assert answer.status_code == 200
    return ids(answer.text)


def exported(client: FlaskClient, query: str = "") -> list[list[object]]:
    """Rows of the exported sheet, header first."""
    answer = client.get(f"/charge-points/export{query}")
    assert answer.status_code == 200 and answer.mimetype == "application/vnd.ms-excel"
    sheet = xlrd.open_workbook(file_contents=answer.data).sheet_by_index(0)
    return [sheet.row_values(row) for row in range(sheet.nrows)]


def test_an_administrator_sees_the_stations_of_the_organization_and_no_other(client_for: Browser) -> None:
    assert listed(client_for("alice")) == ["ALICE-1", "BOBS-1"]
    assert listed(client_for("charlie")) == ["CHARLIE-1"]


def test_a_user_sees_only_the_own_station(client_for: Browser) -> None:
    assert listed(client_for("bob")) == ["BOBS-1"]
    assert [row[0] for row in exported(client_for("bob"))[1:]] == ["BOBS-1"]


def test_the_platform_operator_sees_every_organization(client_for: Browser) -> None:
    assert listed(client_for("olga")) == ["ALICE-1", "BOBS-1", "CHARLIE-1"]


def test_the_page_holds_the_same_rows_as_its_fragment(client_for: Browser) -> None:
    page = client_for("alice").get("/charge-points/").text
    assert ids(page) == ["ALICE-1", "BOBS-1"] and "<html" in page
    assert "<html" not in client_for("alice").get("/charge-points/", headers=HTMX).text


def test_who_is_not_signed_in_is_sent_to_sign_in(app, world) -> None:
    answer = app.test_client().get("/charge-points/")
    assert answer.status_code == 302 and "/sign-in" in answer.headers["Location"]


def test_filters_combine_and_charlie_finds_nothing_by_them(client_for: Browser, station, both_databases: str) -> None:
    day = datetime(2024, 5, 1, 12, tzinfo=UTC)
    station("NEXT-1", model="32A", firmware_version="3.1.4", onboarded_at=day, online=True, connected_at=day)
    station("NEXT-2", model="32A", firmware_version="3.1.4", onboarded_at=day, connected_at=day)
    station("NEXT-3", model="16A", firmware_version="3.1.4", onboarded_at=day, online=True, connected_at=day)
    station("NEXT-4", model="32A", firmware_version="3.1.16", onboarded_at=day, online=True, connected_at=day)
    station("OTHER-5", model="32A", firmware_version="3.1.4", onboarded_at=day, online=True, connected_at=day)
    station("NEXT-6", model="32A", firmware_version="3.1.4", online=True, connected_at=day)
    query = "?cp=next-&model=32A&firmware=3.1.4&from=2024-05-01&to=2024-05-01&online=online"
    assert listed(client_for("alice"), query) == ["NEXT-1"]
    assert listed(client_for("charlie"), query) == []
    assert listed(client_for("alice"), "?model=32A&online=offline") == ["NEXT-2"]
    assert listed(client_for("alice"), "?online=unknown") == ["ALICE-1", "BOBS-1"]


def test_onboard_days_are_days_of_the_organization_and_not_of_utc(client_for: Browser, station) -> None:
    station("LATE", onboarded_at=datetime(2024, 5, 1, 22, 30, tzinfo=UTC))  # 2 May, 00:30 in Amsterdam
    assert listed(client_for("alice"), "?from=2024-05-02&to=2024-05-02") == ["LATE"]
    assert listed(client_for("alice"), "?to=2024-05-01") == []


def test_each_filter_has_a_chip_that_takes_only_it_away(client_for: Browser, station) -> None:
    page = client_for("alice").get("/charge-points/?cp=ALICE&from=2020-01-01&online=unknown").text
    chips = re.findall(r'class="wcc-chip" href="([^"]+)"', page)
    assert [chip.replace("&amp;", "&") for chip in chips] == [
        "/charge-points/?from=2020-01-01&online=unknown",
        "/charge-points/?cp=ALICE&online=unknown",
    ]


def test_the_counts_are_under_the_other_filters(client_for: Browser, station) -> None:
    station("NEXT-1", online=True, connected_at=utcnow())
    page = client_for("alice").get("/charge-points/?cp=NEXT&online=offline", headers=HTMX).text
    assert re.findall(r"(All|Online|Offline|Unknown) <b>(\d+)</b>", page) == [
        ("All", "1"),
        ("Online", "1"),
        ("Offline", "0"),
        ("Unknown", "0"),
    ]


def test_pages_hold_every_station_once_in_either_order(client_for: Browser, station) -> None:
    for number in range(23):
        station(f"P-{number:02d}", onboarded_at=datetime(2024, 1, 1 + number, tzinfo=UTC))
    client, seen, url = client_for("alice"), [], "/charge-points/?cp=P-&sort=-onboarded"
    while url:
        page = client.get(url, headers=HTMX).text
        seen += ids(page)
        onward = re.search(r'rel="next" href="([^"]+)"', page)
        url = onward[1].replace("&amp;", "&") if onward else ""
    assert seen == [f"P-{number:02d}" for number in reversed(range(23))]
    assert len(listed(client, "?cp=P-&size=20")) == 20


def test_the_export_is_the_filtered_list_over_all_pages(client_for: Browser, station, connector) -> None:
    for number in range(23):
        connector(station(f"P-{number:02d}", description="=1+1", onboarded_at=datetime(2024, 1, 2, tzinfo=UTC)))
    rows = exported(client_for("alice"), "?cp=P-&sort=-identity")
    assert rows[0][:2] == ["Charge Point ID", "Description"]
    assert [row[0] for row in rows[1:]] == [f"P-{number:02d}" for number in reversed(range(23))]
    assert rows[1][1] == "'=1+1" and rows[1][8] == "1: Available"
    assert exported(client_for("charlie"), "?cp=P-") == [rows[0]]


@pytest.mark.parametrize("path", ["/charge-points/", "/charge-points/connectors", "/charge-points/export"])
def test_rubbish_in_a_parameter_is_no_error(client_for: Browser, both_databases: str, path: str) -> None:
    names = ("cp", "model", "firmware", "from", "to", "online", "sort", "size", "after", "before", "status")
    client = client_for("alice")
    for text in RUBBISH:
        for query in (dict.fromkeys(names, text), *({name: text} for name in names)):
            answer = client.get(path, query_string=query, headers=HTMX)
            assert answer.status_code == 200, query
            assert b"<script>" not in answer.data


def test_a_percent_sign_is_no_wildcard(client_for: Browser) -> None:
    assert listed(client_for("alice"), "?cp=%25") == []


def test_the_list_shows_what_each_connector_last_said(client_for: Browser, station, connector) -> None:
    there = station("NEXT-1", online=True, connected_at=utcnow())
    connector(there, 1, status="Charging")
    connector(there, 0, status="Available")
    connector(station("NEXT-2", connected_at=utcnow()), 1, status="SuspendedEV")
    row_1, row_2 = client_for("alice").get("/charge-points/?cp=NEXT", headers=HTMX).text.split("<tr id=")[1:]
    assert "Charging" in row_1 and "Available" not in row_1
    assert "Offline · was SuspendedEV" in row_2


def test_a_row_offers_the_operations_that_fit_its_state(client_for: Browser, station, connector, running) -> None:
    busy = station("BUSY", online=True, connected_at=utcnow())
    session_id = running(busy, connector(busy, 1, status="Charging"))
    idle = station("IDLE", online=True, connected_at=utcnow())
    connector(idle, 2)
    connector(station("GONE", connected_at=utcnow()), 1)

    def row(identity: str) -> str:
        return client_for("alice").get(f"/charge-points/?cp={identity}", headers=HTMX).text.replace("&amp;", "&")

    assert f"/operations/remote-stop?cp=BUSY&session={session_id}" in row("BUSY") and "remote-start" not in row("BUSY")
    assert "/operations/remote-start?cp=IDLE&connector=2" in row("IDLE") and "remote-stop" not in row("IDLE")
    assert "/operations/" not in row("GONE")


def test_connectors_are_listed_with_status_and_last_change(client_for: Browser, station, connector) -> None:
    moment = datetime(2026, 3, 1, 9, 30, 5, tzinfo=UTC)
    there = station("NEXT-1", online=True, connected_at=moment)
    connector(there, 1, status="Faulted", error_code="GroundFailure", info="no earth", changed_at=moment)
    connector(there, 2, changed_at=moment)
    page = client_for("alice").get("/charge-points/connectors?cp=NEXT", headers=HTMX).text
    assert page.count("<tr id=") == 2
    assert "1 Mar 2026, 10:30:05" in page and "2026-03-01 09:30:05 UTC" in page  # told in Amsterdam's time
    assert "GroundFailure" in page and "no earth" in page


def test_connectors_are_filtered_by_status_and_offline_overrides_it(client_for: Browser, station, connector) -> None:
    connector(station("HERE", online=True, connected_at=utcnow()), 1, status="Charging")
    connector(station("GONE", connected_at=utcnow()), 1, status="Charging")
    client = client_for("alice")
    assert ids(client.get("/charge-points/connectors?status=Charging", headers=HTMX).text) == ["HERE"]
    assert ids(client.get("/charge-points/connectors?status=Offline", headers=HTMX).text) == ["GONE"]
    assert ids(client.get("/charge-points/connectors?status=Offline&cp=here", headers=HTMX).text) == []


def test_charlie_and_bob_see_none_of_alices_connectors(client_for: Browser, station, connector) -> None:
    connector(station("NEXT-1"), 1)
    assert ids(client_for("charlie").get("/charge-points/connectors").text) == []
    assert ids(client_for("bob").get("/charge-points/connectors").text) == []
    assert ids(client_for("alice").get("/charge-points/connectors").text) == ["NEXT-1"]
