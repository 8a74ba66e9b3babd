"""The meter, the car, the status table, the profiles, the clock: without any wire."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulator.car import Car
from simulator.charging_profile import ChargingProfiles
from simulator.clock import Clock, parse, text
from simulator.clock_aligned import boundary
from simulator.configuration import Configuration, UnknownKey
from simulator.connector import LEGAL, STATUSES, Connector, IllegalTransition
from simulator.error_table import ERRORS, find
from simulator.faults import FaultError, Reply
from simulator.firmware import next_version
from simulator.meter import Meter
from simulator.settings import SettingError, Settings

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def new_meter() -> Meter:
    """A meter with a fixed seed."""
    return Meter(4_854_797, random.Random(1))


def test_the_register_never_falls_and_is_the_integral_of_the_power() -> None:
    meter, car = new_meter(), Car(wanted_wh=4_000)
    readings, integral_wh = [meter.reading_wh], 0.0
    for _ in range(2_400):
        meter.flow(car, 32.0, 1.0)
        integral_wh += meter.power_w / 3600
        readings.append(meter.reading_wh)
    assert readings == sorted(readings)
    assert car.full
    assert readings[-1] - readings[0] == pytest.approx(integral_wh, abs=2)
    assert readings[-1] - readings[0] == pytest.approx(4_000, abs=10)


def test_the_plateau_is_about_eleven_and_a_half_kilowatt_at_three_times_sixteen_ampere() -> None:
    meter, car = new_meter(), Car()
    meter.flow(car, 32.0, 120)
    assert 10_700 <= meter.power_w <= 11_600
    assert all(15.7 <= current <= 16.0 for current in meter.currents_a)


def test_a_big_car_at_a_32_ampere_station_takes_twenty_two_kilowatt() -> None:
    meter, car = new_meter(), Car(max_current_a=32)
    meter.flow(car, 32.0, 120)
    assert 21_400 <= meter.power_w <= 23_200


def test_the_power_ramps_up_and_tapers_off_before_the_car_is_full() -> None:
    car = Car(wanted_wh=5_000, ramp_s=20, taper_wh=1_500)
    assert car.current_a(16) == 6.0
    car.drawing_s = 10
    assert car.current_a(16) == 8.0
    car.drawing_s = 60
    assert car.current_a(16) == 16.0
    car.taken_wh = 4_250
    assert car.current_a(16) == 8.0
    car.taken_wh = 5_000
    assert car.current_a(16) == 0.0


def test_below_six_ampere_a_car_takes_nothing() -> None:
    assert Car(drawing_s=60).current_a(5.9) == 0.0
    assert Car(drawing_s=60).current_a(6.0) == 6.0


def test_the_voltage_stays_in_its_band_and_a_single_phase_car_leaves_two_phases_without_current() -> None:
    meter, car = new_meter(), Car(phases=1)
    for _ in range(500):
        meter.flow(car, 16.0, 10)
        assert all(228 <= voltage <= 241 for voltage in meter.voltages_v)
    assert meter.currents_a[0] > 0
    assert meter.currents_a[1:] == (0.0, 0.0)


def test_a_sample_has_text_values_units_and_phases() -> None:
    meter = new_meter()
    meter.flow(Car(), 16.0, 60)
    names = ["Energy.Active.Import.Register", "Power.Active.Import.L2", "Current.Import", "Current.Offered"]
    values = meter.sample(names, "Trigger", 16.0)
    assert [(v["measurand"], v.get("phase"), v["unit"]) for v in values] == [
        ("Energy.Active.Import.Register", None, "Wh"),
        ("Power.Active.Import", "L2", "W"),
        ("Current.Import", "L1", "A"),
        ("Current.Import", "L2", "A"),
        ("Current.Import", "L3", "A"),
        ("Current.Offered", None, "A"),
    ]
    assert values[0]["value"] == str(meter.reading_wh)
    assert values[-1]["value"] == "16.0"
    assert Meter(0, random.Random(1), "-N").sample(["Voltage.L1"], "Trigger", 0)[0]["phase"] == "L1-N"


def test_the_status_machine_allows_exactly_the_transitions_of_the_specification() -> None:
    table = [
        ".xxxx.xxx",
        "x.xxxx..x",
        "x..xxx.xx",
        "x.x.xx.xx",
        "x.xx.x.xx",
        "xx.....xx",
        "xx.....xx",
        "xxxxx...x",
        "xxxxxxxx.",
    ]
    allowed = {
        (before, after)
        for before, row in zip(STATUSES, table, strict=True)
        for after, mark in zip(STATUSES, row, strict=True)
        if mark == "x"
    }
    for before in STATUSES:
        for after in STATUSES:
            connector = Connector(1, new_meter())
            connector.status = before
            if before == after or (before, after) in allowed:
                connector.move(after)
                assert connector.status == after
            else:
                with pytest.raises(IllegalTransition):
                    connector.move(after)
    assert set(LEGAL) == set(STATUSES)


def test_the_error_table_has_seventeen_rows_with_short_texts() -> None:
    assert len(ERRORS) == 17
    assert all(len(error.info) <= 50 for error in ERRORS)
    assert find("PB29").error_code == "HighTemperature"
    assert find(16).vendor_error_code == "PB62"
    with pytest.raises(KeyError):
        find("PB99")


def a_profile(number: int, purpose: str, limit: float, **more: Any) -> dict[str, Any]:
    """A profile as the ocpp package hands it to a handler."""
    schedule = {
        "charging_rate_unit": more.pop("unit", "A"),
        "charging_schedule_period": more.pop("periods", [{"start_period": 0, "limit": limit}]),
        **more.pop("schedule", {}),
    }
    return {
        "charging_profile_id": number,
        "stack_level": more.pop("level", 0),
        "charging_profile_purpose": purpose,
        "charging_profile_kind": more.pop("kind", "Absolute"),
        "charging_schedule": schedule,
        **more,
    }


def test_the_transaction_profile_beats_the_default_and_the_station_maximum_caps_both() -> None:
    profiles = ChargingProfiles()
    profiles.install(0, a_profile(1, "TxDefaultProfile", 10), NOON)
    assert profiles.limit_a(1, NOON, NOON) == 10
    profiles.install(1, a_profile(2, "TxProfile", 20), NOON)
    assert profiles.limit_a(1, NOON, NOON) == 20
    profiles.install(0, a_profile(3, "ChargePointMaxProfile", 16), NOON)
    assert profiles.limit_a(1, NOON, NOON) == 16
    profiles.end_transaction(1)
    assert profiles.limit_a(1, NOON, NOON) == 10
    assert profiles.clear(None, 0, "ChargePointMaxProfile", 0)
    assert not profiles.clear(3, None, None, None)


def test_the_higher_stack_level_wins_while_it_is_valid() -> None:
    profiles = ChargingProfiles()
    profiles.install(1, a_profile(1, "TxDefaultProfile", 8, level=0), NOON)
    until = text(NOON + timedelta(hours=1))
    profiles.install(1, a_profile(2, "TxDefaultProfile", 12, level=5, valid_to=until), NOON)
    assert profiles.limit_a(1, NOON, None) == 12
    assert profiles.limit_a(1, NOON + timedelta(hours=1), None) == 8


def test_a_profile_in_watts_is_divided_over_its_phases() -> None:
    profiles = ChargingProfiles()
    profiles.install(1, a_profile(1, "TxDefaultProfile", 6900, unit="W"), NOON)
    assert profiles.limit_a(1, NOON, None) == 10


def test_relative_and_daily_schedules_start_where_they_should() -> None:
    profiles = ChargingProfiles()
    steps = [{"start_period": 0, "limit": 16}, {"start_period": 600, "limit": 8}]
    profiles.install(1, a_profile(1, "TxProfile", 0, kind="Relative", periods=steps), NOON)
    assert profiles.limit_a(1, NOON + timedelta(minutes=9), NOON) == 16
    assert profiles.limit_a(1, NOON + timedelta(minutes=10), NOON) == 8
    assert profiles.composite(1, NOON, 1200, NOON, 32.0) == [
        {"start_period": 0, "limit": 16},
        {"start_period": 600, "limit": 8},
    ]
    profiles = ChargingProfiles()
    daily = {"start_schedule": text(NOON - timedelta(days=9)), "duration": 3600}
    recurring = a_profile(1, "TxDefaultProfile", 7, kind="Recurring", recurrency_kind="Daily", schedule=daily)
    profiles.install(1, recurring, NOON)
    assert profiles.limit_a(1, NOON + timedelta(minutes=59), None) == 7
    assert profiles.limit_a(1, NOON + timedelta(minutes=61), None) is None


def test_clock_aligned_borders_count_from_midnight() -> None:
    assert boundary(NOON, 900) == NOON + timedelta(minutes=15)
    assert boundary(NOON + timedelta(seconds=1), 7) == NOON + timedelta(seconds=4)  # 43204 = 7 x 6172
    assert boundary(NOON, 100_000) == NOON + timedelta(hours=12)


def test_timestamps_have_milliseconds_and_are_utc() -> None:
    assert text(parse("2026-03-01T13:00:00+01:00")) == "2026-03-01T12:00:00.000Z"
    assert text(parse("2026-03-01T12:00:00")) == "2026-03-01T12:00:00.000Z"
    late = Clock(offset_s=-86_400 * 365).now()
    assert (datetime.now(UTC) - late).days in (364, 365)
    with pytest.raises(ValueError):
        Clock(speed=0)


def test_unknown_settings_and_wrong_types_are_named() -> None:
    for wrong in (
        {"colour": "red"},
        {"connectors": "1"},
        {"connectors": True},
        {"connectors": 0},
        {"rating": "64A"},
        {"subprotocols": "ocpp1.6"},
        {"pause_s": [9, 1]},
        {"end_sample": "never"},
        {"feature_profiles": ["Cooking"]},
        {"tick_s": 0},
        {"reboot_s": -1.0},
        {"tls_version": "1.0"},
    ):
        with pytest.raises(SettingError, match=next(iter(wrong)).split("_")[0]):
            Settings.from_dict(wrong)
    assert Settings.from_dict({"contactor_delay_s": 3, "firmware_next": None}).contactor_delay_s == 3


def test_configuration_knows_read_only_and_unknown_keys() -> None:
    configuration = Configuration(Settings(fixed_cable=False))
    assert configuration.change("UnlockConnectorOnEVSideDisconnect", "true") == "Accepted"
    assert Configuration(Settings()).change("UnlockConnectorOnEVSideDisconnect", "true") == "Rejected"
    assert configuration.change("SecurityProfile", "1") == "Accepted"
    assert configuration.change("SecurityProfile", "0") == "Rejected"
    assert configuration.change("OperatorCurrentLimit", "5") == "Rejected"
    with pytest.raises(UnknownKey):
        configuration.set("Nonsense", "1")
    with pytest.raises(ValueError):
        configuration.set("HeartbeatInterval", "often")


def test_scripted_replies_have_a_short_form() -> None:
    assert Reply.parse("Rejected") == Reply(payload={"status": "Rejected"})
    assert Reply.parse("CALLERROR") == Reply(error_code="InternalError")
    assert Reply.parse("silent") == Reply(silent=True)
    assert Reply.parse("late:2.5") == Reply(delay_s=2.5)
    for wrong in ("", "rejected", "late:soon", "late:-1", "CALLERROR:Nope", "silent:1", "Rejected:1"):
        with pytest.raises(FaultError):
            Reply.parse(wrong)


def test_the_next_firmware_version_counts_the_last_part_up() -> None:
    assert next_version("3.1.16") == "3.1.17"
    assert next_version("2.1.6.1") == "2.1.6.2"
    assert next_version("beta") == "beta.1"
