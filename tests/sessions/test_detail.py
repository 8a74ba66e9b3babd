"""The page of one session (R4.2)."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.sessions.conftest import START

FRAGMENT = {"HX-Request": "true"}
EXAMPLE = {
    "meter_start_wh": 4_854_797,
    "meter_stop_wh": 4_889_931,
    "energy_wh": 35_134,
    "currency": "EUR",
    "price_per_kwh": Decimal("0.30"),
    "charging_ms": 12_429_000,
    "max_power_w": 11_570,
    "stopped_at": START + timedelta(minutes=218, seconds=38),
    "id_tag": "#freecharging",
}


def page(client, session, path=""):
    answer = client.get(f"/sessions/{session}{path}")
    assert answer.status_code == 200
    return answer.text


def test_the_detail_says_every_fact_and_writes_the_sum_out(client_for, make, both_databases):
    text = page(client_for("alice"), make(**EXAMPLE, reservation_id=77, soc_percent=80, note="Guest"))
    for fact in (
        "#freecharging",
        "4,854,797 Wh",
        "4,889,931 Wh",
        "35.13 kWh × €0.30",
        "€10.54",
        "207 min 9 s",
        "218 min 38 s",
        "11.57 kW",
        "80%",
        "2 Mar 2026, 10:00:00",
        "Local",
        ">77<",
        'value="Guest"',
        "Allowed without a card.",
    ):
        assert fact in text, fact


def test_the_sum_is_written_in_dutch_for_who_reads_dutch(client_for, make):
    client = client_for("alice")
    client.post("/language", data={"language": "nl"})
    assert re.search(r"35,13 kWh × €\s0,30", page(client, make(**EXAMPLE)))


def test_a_session_without_price_says_so(client_for, make):
    assert "No price was set" in page(client_for("alice"), make())


@pytest.mark.parametrize("path", ["", "/meter-values", "/meter-values.csv", "/errors"])
def test_charlie_is_told_that_alices_session_does_not_exist(client_for, make, path):
    session = make()
    client = client_for("charlie")
    assert client.get(f"/sessions/{session}{path}").status_code == 404
    assert client.get(f"/sessions/{2**31}{path}").status_code == 404
    assert client.get(f"/sessions/{10**30}{path}").status_code == 404


def test_bob_opens_only_what_is_his(client_for, make, world):
    client = client_for("bob")
    assert client.get(f"/sessions/{make()}").status_code == 404
    assert client.get(f"/sessions/{make(cp='BOBS-1')}").status_code == 200
    assert client.get(f"/sessions/{make(user_id=world.users['bob'])}").status_code == 200


def test_a_running_session_refreshes_itself_only_when_there_is_news(client_for, make_running, sample, engine):
    session = make_running(power_w=11_490, values_at=START)
    client = client_for("alice")
    address = re.search(r'hx-get="(/sessions/\d+\?seen=[^"]+)"', page(client, session))[1]
    assert client.get(address, headers=FRAGMENT).status_code == 204
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        conn.exec_driver_sql(f"UPDATE charging_session SET power_w = 7000, values_at = values_at + 1000 WHERE id = {session}")
    news = client.get(address, headers=FRAGMENT)
    assert news.status_code == 200 and "7.00 kW" in news.text and news.text.lstrip().startswith('<div id="session-detail"')


def test_a_status_change_during_the_session_is_news_too(client_for, make_running, change):
    session = make_running()
    client = client_for("alice")
    address = re.search(r'hx-get="(/sessions/\d+\?seen=[^"]+)"', page(client, session))[1]
    change(5, "Charging")
    assert "Energy began to flow." in client.get(address, headers=FRAGMENT).text


def test_a_finished_session_does_not_refresh_itself(client_for, make):
    assert "seen=" not in page(client_for("alice"), make())


def test_the_curve_is_drawn_and_its_table_says_the_same_numbers(client_for, make, sample):
    session = make()
    for minute, power in enumerate((0, 11_490, 11_570, 3000)):
        sample(session, minute * 5, power_w=power, energy_wh=1000 + minute * 900)
    text = page(client_for("alice"), session)
    assert 'aria-label="Charging power from 10:00 to 11:00, at most 11.57 kW"' in text
    assert "11.49 kW · 0.90 kWh" in text and "wcc-line-2 wcc-finish" in text


def test_meter_values_show_only_the_columns_that_came_and_page_by_time(client_for, make, sample, both_databases):
    session = make()
    for minute in range(12):
        sample(
            session,
            minute,
            energy_wh=1000 + minute,
            power_w=11_490,
            voltage_l1_v=231,
            extra='{"Frequency||Outlet|Sample.Periodic":{"value":"50","unit":"Hz"}}',
        )
    client = client_for("alice")
    text = page(client, session, "/meter-values")
    assert "Register Wh" in text and "L1 V" in text and "L2 V" not in text and "Frequency 50 Hz" in text
    assert "10:00:00" in text and "10:10:00" not in text and "1–10 of 12" in text
    rest = client.get(re.search(r'rel="next" href="([^"]+)"', text)[1]).text
    assert "10:10:00" in rest and "10:11:00" in rest and "10:09:00" not in rest


def test_meter_values_are_exported_whole_in_base_units(client_for, make, sample):
    session = make()
    for minute in range(12):
        sample(session, minute, energy_wh=1000 + minute, power_w=11_490.5)
    answer = client_for("alice").get(f"/sessions/{session}/meter-values.csv", buffered=True)
    lines = answer.text.lstrip("\ufeff").splitlines()
    assert lines[0] == "Time,Register Wh,Power W" and len(lines) == 13
    assert lines[12] == "2026-03-02 10:11:00,1011,11490.5"


def test_error_codes_of_the_session_are_found_by_code_and_day(client_for, make, change, both_databases):
    session = make()
    change(-120, "Faulted", "GroundFailure")
    change(10, "Charging", "HighTemperature", vendor_error_code="E-217", info="Inside at 78 °C")
    change(20, "Charging")
    change(30, "Faulted", "PowerMeterFailure", connector=0)
    change(40, "Faulted", "ReaderFailure", connector=2)
    client = client_for("alice")
    text = page(client, session, "/errors")
    assert "E-217" in text and "Inside at 78 °C" in text and "PowerMeterFailure" in text
    assert "GroundFailure" not in text and "ReaderFailure" not in text
    assert "PowerMeterFailure" not in page(client, session, "/errors?find=e-2")
    assert "No error code fits" in page(client, session, "/errors?date=2026-03-03")
    assert "E-217" in page(client, session, "/errors?date=2026-03-02")
    assert "is not a date" in page(client, session, "/errors?date=yesterday&size=x&after=%00&sort=-nothing")


def test_alice_writes_a_note(client_for, make, both_databases):
    session = make()
    client = client_for("alice")
    answer = client.post(f"/sessions/{session}/note", data={"note": " Paid by <b>\x00cost centre\n4410 "})
    assert answer.status_code == 303
    assert 'value="Paid by &lt;b&gt; cost centre 4410"' in page(client, session)


def test_a_note_that_is_too_long_is_refused_and_kept_in_the_field(client_for, make):
    session = make(note="before")
    client = client_for("alice")
    answer = client.post(f"/sessions/{session}/note", data={"note": "x" * 501})
    assert answer.status_code == 422 and "x" * 501 in answer.text and "at most 500 characters" in answer.text
    assert 'value="before"' in page(client, session)


def test_charlie_cannot_write_into_alices_note(client_for, make):
    session = make(note="before")
    assert client_for("charlie").post(f"/sessions/{session}/note", data={"note": "hi"}).status_code == 404
    assert client_for("charlie").post(f"/sessions/{10**30}/note", data={"note": "hi"}).status_code == 404
    assert 'value="before"' in page(client_for("alice"), session)
