"""Meter values by ocpp16-rules §4 and quirks 22-29, on both databases."""

import json
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.ocpp.desk import Desk, minutes
from wcc.clock import now_ms
from wcc.ocpp.readings import samples

REGISTER = "Energy.Active.Import.Register"
POWER = "Power.Active.Import"


@pytest.fixture
def desk(both_databases: str, engine: Engine) -> Desk:
    return Desk(engine)


def value(number: Any, measurand: str = REGISTER, unit: str | None = "Wh", **more: Any) -> dict[str, Any]:
    """A sampledValue."""
    return {"value": number, "measurand": measurand, **({"unit": unit} if unit else {}), **more}


def test_a_sample_of_a_webasto_next_is_stored_in_one_row(desk: Desk) -> None:
    at = minutes(5)
    id = desk.start(at - 300_000, meter=4_854_797)
    sampled = [value("4855797"), value("11490", POWER, "W"), value("16.0", "Current.Offered", "A")]
    sampled += [value(f"{number}", "Current.Import", "A", phase=f"L{number - 15}") for number in (16, 17, 18)]
    sampled += [value(f"{number}", "Voltage", "V", phase=f"L{number - 229}") for number in (230, 231, 232)]
    desk.meter(at, *sampled, transaction=id)
    (row,) = desk.rows("SELECT * FROM meter_sample WHERE session_id = :id", id=id)
    assert (row["at"], row["energy_wh"], row["power_w"], row["offered_a"]) == (at, 4_855_797, 11490, 16)
    assert [row[f"current_l{phase}_a"] for phase in (1, 2, 3)] == [16, 17, 18]
    assert [row[f"voltage_l{phase}_v"] for phase in (1, 2, 3)] == [230, 231, 232]
    assert row["extra"] is None
    session = desk.session(id)
    assert (session["energy_wh"], session["power_w"], session["max_power_w"], session["charging_ms"]) == (1000, 11490, 11490, 300_000)
    (connector,) = desk.rows("SELECT * FROM connector WHERE number = 1")
    assert (connector["power_w"], connector["values_at"], connector["current_l3_a"]) == (11490, at, 18)


def test_kilo_units_are_normalised_and_text_and_commas_are_read(desk: Desk) -> None:
    id = desk.start(minutes(10), meter=0)
    desk.meter(minutes(5), value("1,25", unit="kWh"), value(7.4, POWER, " kW"), transaction=id)
    (row,) = desk.rows("SELECT * FROM meter_sample")
    assert (row["energy_wh"], row["power_w"]) == (1250, 7400)


def test_the_same_instant_told_twice_is_one_row_holding_both(desk: Desk) -> None:
    id, at = desk.start(minutes(10)), minutes(5)
    desk.meter(at, value("1500"), transaction=id)
    desk.meter(at, value("3000", POWER, "W"), transaction=id)
    desk.meter(at, value("1500"), transaction=id)
    (row,) = desk.rows("SELECT * FROM meter_sample")
    assert (row["energy_wh"], row["power_w"]) == (1500, 3000)


def test_time_with_energy_flowing_is_charging_time_and_a_pause_is_not(desk: Desk) -> None:
    begun = minutes(60)
    id = desk.start(begun, meter=0)
    for minute, energy, power in ((10, 1000, 6000), (20, 2000, 6000), (30, 2000, 0), (40, 2000, 0), (50, 3000, 6000)):
        desk.meter(begun + minute * 60_000, value(str(energy)), value(str(power), POWER, "W"), transaction=id)
    desk.stop(id, begun + 55 * 60_000, meter=3500)
    session = desk.session(id)
    assert session["charging_ms"] == (10 + 10 + 10 + 5) * 60_000
    assert (session["energy_wh"], session["max_power_w"]) == (3500, 6000)


def test_late_and_repeated_samples_change_nothing_but_their_own_row(desk: Desk) -> None:
    begun = minutes(60)
    id = desk.start(begun, meter=0)
    late = begun + 5 * 60_000
    for at, energy in ((begun + 20 * 60_000, 2000), (late, 500), (late, 500), (begun + 20 * 60_000, 2000)):
        desk.meter(at, value(str(energy)), value("6000", POWER, "W"), transaction=id)
    assert desk.session(id)["energy_wh"] == 2000
    assert desk.session(id)["charging_ms"] == 20 * 60_000
    assert len(desk.rows("SELECT at FROM meter_sample")) == 2


def test_quirk_22_a_register_that_restarts_at_zero_counts_from_there(desk: Desk) -> None:
    id = desk.start(minutes(10), meter=900_000)
    desk.meter(minutes(5), value("700"), transaction=id)
    assert desk.session(id)["energy_wh"] == 700
    desk.stop(id, minutes(1), meter=901_000)
    assert desk.session(id)["energy_wh"] == 1000


def test_quirk_24_the_begin_value_repeated_in_every_message_is_never_the_latest(desk: Desk) -> None:
    id = desk.start(minutes(10), meter=1000)
    at = minutes(5)
    begin = value("1000", context="Transaction.Begin")
    desk.meter(at, value("1500", context="Sample.Periodic"), begin, transaction=id)
    desk.meter(minutes(4), begin, transaction=id)
    assert desk.session(id)["energy_wh"] == 500
    assert desk.rows("SELECT energy_wh FROM connector WHERE number = 1")[0]["energy_wh"] == 1500


def test_values_without_a_transaction_belong_to_the_one_running_then_or_to_the_connector(desk: Desk) -> None:
    before, inside = minutes(20), minutes(5)
    id = desk.start(minutes(10), meter=0)
    desk.meter(before, value("900"))
    desk.meter(inside, value("950"))
    desk.meter(inside, value("12"), connector=0)
    assert [row["at"] for row in desk.rows("SELECT at FROM meter_sample WHERE session_id = :id", id=id)] == [inside]
    loose = desk.rows("SELECT connector, at FROM connector_sample ORDER BY connector")
    assert [(row["connector"], row["at"]) for row in loose] == [(0, inside), (1, before)]


@pytest.mark.parametrize("transaction", [77_777, 2**63 - 1, 10**25, "x"])
def test_quirk_8_values_of_an_unknown_transaction_are_kept_with_the_connector(desk: Desk, transaction: Any) -> None:
    desk.meter(minutes(5), value("900"), transaction=transaction)
    assert len(desk.rows("SELECT at FROM connector_sample")) == 1
    assert desk.rows("SELECT session_id FROM meter_sample") == []


def test_values_naming_another_chargers_transaction_do_not_touch_it(desk: Desk) -> None:
    theirs = desk.start(minutes(10), meter=0, charger=desk.station("CP-2"))
    desk.meter(minutes(5), value("900"), transaction=theirs)
    assert desk.session(theirs)["energy_wh"] is None
    assert desk.rows("SELECT session_id FROM meter_sample") == []


def test_the_data_in_a_stop_is_kept_and_bad_samples_never_fail_it(desk: Desk) -> None:
    id = desk.start(minutes(10), meter=0)
    data = [
        {"timestamp": "rubbish", "sampledValue": [value("1", unit="parsec"), value("NaN"), "text", None]},
        {"sampledValue": {"value": 500}},
        7,
    ]
    assert desk.stop(id, minutes(1), meter=800, transactionData=data) == {}
    assert desk.session(id)["energy_wh"] == 800
    assert desk.rows("SELECT energy_wh FROM meter_sample WHERE energy_wh IS NOT NULL")


@pytest.mark.parametrize(
    "payload", [{}, {"meterValue": None}, {"meterValue": {}}, {"meterValue": [None]}, {"connectorId": "x"}, {"connectorId": -5}]
)
def test_meter_values_without_anything_usable_are_answered_all_the_same(desk: Desk, payload: dict[str, Any]) -> None:
    assert desk.say("MeterValues", payload) == {}


def test_what_has_no_column_is_kept_raw() -> None:
    sampled = [
        value("12", "RPM", None),
        value("ab12", "Energy.Active.Import.Register", None, format="SignedData"),
        value("400", "Voltage", "V", phase="L1-L2"),
        value("7", "Energy.Active.Import.Interval"),
    ]
    (sample,) = samples([{"timestamp": "2026-11-01T10:00:00Z", "sampledValue": sampled}], now_ms())
    assert set(sample[1:-2]) == {None}
    assert [entry["value"] for entry in json.loads(sample[-2]).values()] == ["12", "ab12", "400", "7"]


def test_phases_add_up_only_where_no_total_came() -> None:
    phases = [value("1000", POWER, "W", phase=phase) for phase in ("L1", "L2", "L3")]
    (summed,) = samples([{"sampledValue": phases}], now_ms())
    (total,) = samples([{"sampledValue": [*phases, value("2900", POWER, "W")]}], now_ms())
    assert (summed[2], total[2]) == (3000, 2900)


@pytest.mark.parametrize(
    ("unit", "number", "expected"),
    [("Celsius", "20", 20), ("Celcius", "20", 20), ("C", "20", 20), ("Fahrenheit", "68", 20), ("K", "293.15", 20)],
)
def test_quirk_26_temperatures_come_in_many_spellings(unit: str, number: str, expected: float) -> None:
    (sample,) = samples([{"sampledValue": [value(number, "Temperature\n", unit, location="Body")]}], now_ms())
    assert sample[12] == pytest.approx(expected)


def test_quirk_29_values_on_n_alone_or_l1_n_are_the_first_phase() -> None:
    (lone,) = samples([{"sampledValue": [value("9", "Current.Import", "A", phase="N")]}], now_ms())
    (neutral,) = samples(
        [{"sampledValue": [value("9", "Current.Import", "A", phase="L1-N"), value("2", POWER, "kW", phase="L1-N")]}], now_ms()
    )
    assert lone[5] == neutral[5] == 9
    assert neutral[2] == 2000
