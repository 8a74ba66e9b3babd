"""The pages of one station: who may open them, what they tell, and editing (R3.2d, R3.3)."""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from wcc.clock import utcnow
from wcc.models import ChargePoint

Browser = Callable[[str], FlaskClient]
HTMX = {"HX-Request": "true"}
PAGES = ("", "/connectors", "/connectors/1", "/operations", "/edit", "/first-connection")


@pytest.mark.parametrize("part", PAGES)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_charlie_and_bob_learn_nothing_of_alices_station(client_for: Browser, world, connector, part: str, headers: dict[str, str]) -> None:
    connector(world.charge_points["ALICE-1"])
    url = f"/charge-points/ALICE-1{part}"
    assert client_for("alice").get(url, headers=headers).status_code == 200
    for stranger in ("charlie", "bob"):
        answer = client_for(stranger).get(url, headers=headers)
        assert answer.status_code == 404
        nothing = client_for(stranger).get(f"/charge-points/NO-SUCH-1{part}", headers=headers)
        assert answer.text.partition("<main")[2] == nothing.text.partition("<main")[2]


def test_bob_opens_his_own_station(client_for: Browser, world, connector) -> None:
    connector(world.charge_points["BOBS-1"])
    for part in PAGES:
        assert client_for("bob").get(f"/charge-points/BOBS-1{part}").status_code == 200


def test_the_overview_tells_what_the_charger_said(client_for: Browser, station, connector, running) -> None:
    there = station(
        "NEXT-1",
        online=True,
        connected_at=utcnow(),
        booted_at=utcnow(),
        model="WB_NEXT_EVSE_EU_32A",
        charge_point_serial="NEXT-WS104645",
        firmware_version="3.1.16",
        description="Bay 12",
        city="Utrecht",
    )
    values = {"power_w": 11490.0, "current_l1_a": 16.6, "voltage_l1_v": 231.0, "offered_a": 32.0, "values_at": utcnow()}
    session_id = running(there, connector(there, 1, status="Charging", **values), first_name="Anna", last_name="de Vries")
    page = client_for("alice").get("/charge-points/NEXT-1").text
    for text in ("11.49 <small>kW", "2.74 kWh", "16.6 A", "231 V", "Anna de Vries", "04A1B2C3", "Bay 12", "Utrecht"):
        assert text in page, text
    assert f'href="/sessions/{session_id}"' in page
    assert re.search(r"<dt>MES serial number</dt><dd>NEXT-WS104645</dd>", page)
    assert re.search(r"<dt>Meter serial number</dt><dd>–</dd>", page)  # never sent: blank, not invented


def test_values_without_a_running_session_are_not_shown_as_live(client_for: Browser, station, connector) -> None:
    connector(station("NEXT-1", online=True, connected_at=utcnow()), 1, power_w=11490.0, values_at=utcnow())
    page = client_for("alice").get("/charge-points/NEXT-1").text
    assert "11.49" not in page and "remote-start?cp=NEXT-1&amp;connector=1" in page


def test_an_offline_station_shows_its_last_word_as_such(client_for: Browser, station, connector) -> None:
    gone = utcnow() - timedelta(minutes=50)
    connector(station("NEXT-1", connected_at=gone, disconnected_at=gone), 1, status="Charging")
    page = client_for("alice").get("/charge-points/NEXT-1", headers=HTMX).text
    assert "Offline · was Charging" in page and "wcc-plug-ring" not in page and "/operations/remote" not in page


def test_the_day_of_an_offline_station_ends_when_it_went(client_for: Browser, station, connector, said) -> None:
    now = utcnow()
    there = station("NEXT-1", connected_at=now, disconnected_at=now - timedelta(days=2))
    connector(there, 1, status="Charging")
    said(there, "Charging", now - timedelta(days=3))
    page = client_for("alice").get("/charge-points/NEXT-1/connectors", headers=HTMX).text
    assert re.findall(r'<rect class="([^"]+)" x="([\d.]+)%"', page) == [("wcc-offline", "0.0")]


def test_the_history_of_a_day_holds_its_changes_and_no_others(client_for: Browser, station, connector, said) -> None:
    now = utcnow()
    there = station("NEXT-1", online=True, connected_at=now)
    connector(there, 1)
    said(there, "Faulted", now - timedelta(days=3), error_code="GroundFailure", vendor_error_code="PB27", info="no earth")
    said(there, "Available", now - timedelta(days=1))
    day = f"{now - timedelta(days=3):%Y-%m-%d}"
    page = client_for("alice").get(f"/charge-points/NEXT-1/connectors?day={day}", headers=HTMX).text
    table = page.partition("<tbody>")[2].partition("</tbody>")[0]
    assert table.count("<tr>") == 1 and "GroundFailure" in table and "PB27" in table and "no earth" in table
    assert "hx-trigger" not in page.partition(">")[0]  # a past day does not change any more


@pytest.mark.parametrize("day", ["", "0001-01-01", "9999-12-31", "yesterday", "2026-13-01", "\0", "2026-11-24T00:00"])
def test_rubbish_for_a_day_is_today(client_for: Browser, day: str) -> None:
    answer = client_for("alice").get("/charge-points/ALICE-1/connectors", query_string={"day": day}, headers=HTMX)
    assert answer.status_code == 200 and 'hx-trigger="wcc:charge-point' in answer.text.partition(">")[0]


def test_an_unknown_connector_is_not_found(client_for: Browser, world, connector) -> None:
    connector(world.charge_points["ALICE-1"])
    for number in ("2", "0", "99999999999999999999", "x"):
        assert client_for("alice").get(f"/charge-points/ALICE-1/connectors/{number}").status_code == 404


def test_a_refreshed_tab_brings_what_stands_above_it(client_for: Browser) -> None:
    page = client_for("alice").get("/charge-points/ALICE-1", headers=HTMX).text
    assert page.count("<hx-partial") == 2 and 'hx-target="#charge-point-badges"' in page


@pytest.mark.parametrize("identity", ["a b", "50%", "q?x=1", "a#b", "é", "a&b", '"<b>', "a+b", "..x", "CP;1"])
def test_an_odd_identity_has_working_pages(client_for: Browser, station, identity: str) -> None:
    station(identity)
    client = client_for("alice")
    listed = client.get("/charge-points/").text
    links = re.findall(r'class="wcc-id" href="(/charge-points/[^"]+)"', listed)
    found = [client.get(link.replace("&amp;", "&")) for link in links]
    assert len(found) == 3 and all(answer.status_code == 200 for answer in found)
    assert client.get(f"/charge-points/{quote(identity, safe='')}/edit").status_code == 200


def test_editing_keeps_what_was_typed_and_shows_it(client_for: Browser) -> None:
    client = client_for("alice")
    form = {"description": " Entrance, bay 12 ", "street": "Europalaan", "house_number": "400", "city": "Utrecht"}
    answer = client.post("/charge-points/ALICE-1/edit", data=form, follow_redirects=True)
    assert answer.status_code == 200
    for text in ("<dd>Entrance, bay 12</dd>", "<dd>Europalaan</dd>", "<dd>400</dd>", "<dd>Utrecht</dd>"):
        assert text in answer.text


def test_a_fault_stands_beside_its_field_and_nothing_typed_is_lost(client_for: Browser, engine: Engine) -> None:
    form = {"description": "x" * 201, "house_number": "12", "city": "Utr\0echt"}
    answer = client_for("alice").post("/charge-points/ALICE-1/edit", data=form)
    assert answer.status_code == 422
    assert answer.text.count('class="invalid-feedback"') == 2 and 'value="12"' in answer.text and "x" * 201 in answer.text
    with engine.connect() as conn:
        assert conn.scalar(select(ChargePoint.house_number).where(ChargePoint.identity == "ALICE-1")) == ""


def test_charlie_and_bob_cannot_edit_alices_station(client_for: Browser, engine: Engine) -> None:
    for stranger in ("charlie", "bob"):
        answer = client_for(stranger).post("/charge-points/ALICE-1/edit", data={"description": "mine"})
        assert answer.status_code == 404
    with engine.connect() as conn:
        assert conn.scalar(select(ChargePoint.description).where(ChargePoint.identity == "ALICE-1")) == ""


def test_only_what_people_may_say_is_edited(client_for: Browser, engine: Engine) -> None:
    form = {"city": "Ede", "identity": "STOLEN", "organization_id": "2", "active": "", "password": "12345678"}
    assert client_for("bob").post("/charge-points/BOBS-1/edit", data=form).status_code == 302
    with engine.connect() as conn:
        row = conn.execute(select(ChargePoint.__table__).where(ChargePoint.identity == "BOBS-1")).mappings().one()
    assert row["city"] == "Ede" and row["active"] and row["password"] is None
