"""The seeded history is one that chargers could have reported."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from sqlalchemy import text

from tests.demo.conftest import DAYS, NOW, Demo, seeded
from wcc.clock import to_ms
from wcc.config import Settings
from wcc.demo.fleet import PEOPLE, STATIONS

# What may follow a status, for the stations and cars of the demo.
FOLLOWS = {
    "Available": {"Preparing", "Available"},
    "Preparing": {"Charging", "SuspendedEV", "Finishing", "Available", "Preparing", "Faulted"},
    "Charging": {"SuspendedEV", "SuspendedEVSE", "Finishing", "Faulted", "Preparing"},
    "SuspendedEVSE": {"Charging", "SuspendedEV"},
    "SuspendedEV": {"Finishing", "Faulted", "Preparing"},
    "Finishing": {"Available"},
    "Faulted": {"Available"},
}


def by(rows: Iterable[Any], key: str) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, key)].append(row)
    return found


def sessions(demo: Demo) -> list[Any]:
    return demo.rows("SELECT * FROM charging_session ORDER BY id")


def test_every_station_is_used_on_most_working_days(demo: Demo) -> None:
    counts = {station: len(rows) for station, rows in by(sessions(demo), "charge_point_id").items()}
    assert len(counts) == len(STATIONS) == 8
    assert all(DAYS * 0.5 < count < DAYS * 3 for count in counts.values()), counts
    weekend = [row for row in sessions(demo) if (row.started_at // 86_400_000 + 3) % 7 >= 5]
    assert 0 < len(weekend) < len(sessions(demo)) * 0.2


def test_all_sessions_ended_and_all_cars_left_before_now(demo: Demo) -> None:
    found = sessions(demo)
    assert all(row.plugged_in_at <= row.started_at < row.stopped_at <= row.plugged_out_at for row in found)
    assert to_ms(NOW) - 2 * 86_400_000 < max(row.stopped_at for row in found) < to_ms(NOW)
    assert demo.rows("SELECT * FROM connector WHERE session_id IS NOT NULL OR (number = 1 AND status <> 'Available')") == []
    assert demo.rows("SELECT * FROM charge_point WHERE online OR connected_at IS NULL") == []


def test_ids_follow_the_order_of_the_starts(demo: Demo) -> None:
    starts = [row.started_at for row in sessions(demo)]
    assert starts == sorted(starts)


def test_a_station_serves_one_car_at_a_time_and_a_card_is_in_one_place(demo: Demo) -> None:
    for key in ("charge_point_id", "id_tag"):
        for tag, rows in by(sessions(demo), key).items():
            if tag != "#freecharging":
                assert all(before.plugged_out_at < after.plugged_in_at for before, after in pairwise(rows)), tag


def test_the_register_of_a_station_never_falls_over_all_its_sessions(demo: Demo) -> None:
    for rows in by(sessions(demo), "charge_point_id").values():
        readings = [reading for row in rows for reading in (row.meter_start_wh, row.meter_stop_wh)]
        assert readings == sorted(readings)
    samples = by(demo.rows("SELECT session_id, at, energy_wh FROM meter_sample ORDER BY session_id, at"), "session_id")
    for rows in samples.values():
        assert all(before.energy_wh <= after.energy_wh for before, after in pairwise(rows))


def test_the_energy_of_a_session_is_the_integral_of_its_power(demo: Demo) -> None:
    samples = by(demo.rows("SELECT * FROM meter_sample WHERE power_w IS NOT NULL ORDER BY session_id, at"), "session_id")
    checked = 0
    for row in sessions(demo):
        assert row.energy_wh == row.meter_stop_wh - row.meter_start_wh
        seen = samples.get(row.id, [])
        if row.energy_wh < 3000 or not seen:
            continue
        # Power is known every five minutes: the first stretch is ramp, in the last one the car may have become full.
        hours = [(after.at - before.at) / 3_600_000 for before, after in pairwise(seen)]
        between = sum((before.power_w + after.power_w) / 2 * hour for (before, after), hour in zip(pairwise(seen), hours, strict=True))
        unknown = row.max_power_w * (seen[0].at - row.started_at + row.stopped_at - seen[-1].at + 300_000) / 3_600_000
        assert between * 0.97 - row.max_power_w / 12 <= row.energy_wh <= between * 1.03 + unknown
        checked += 1
    assert checked > DAYS * 4


def test_power_is_what_station_and_car_can_give(demo: Demo) -> None:
    limits = {station.identity: station.limit_a for station in STATIONS}
    rows = demo.rows(
        "SELECT c.identity, m.* FROM meter_sample m JOIN charging_session s ON s.id = m.session_id"
        " JOIN charge_point c ON c.id = s.charge_point_id WHERE m.power_w IS NOT NULL"
    )
    for row in rows:
        currents = (row.current_l1_a, row.current_l2_a, row.current_l3_a)
        voltages = (row.voltage_l1_v, row.voltage_l2_v, row.voltage_l3_v)
        assert max(currents) <= limits[row.identity] == row.offered_a
        assert all(223 < voltage < 243 for voltage in voltages)
        apparent = sum(volts * amps for volts, amps in zip(voltages, currents, strict=True))
        assert abs(row.power_w - apparent) < 45  # currents are told in tenths
    powers = {round(row.power_w, -3) for row in rows}
    assert {0, 4000, 7000, 11000, 22000} <= powers


def test_a_full_car_stays_plugged_and_draws_nothing(demo: Demo) -> None:
    full = [row for row in sessions(demo) if row.goal_reached_at]
    assert len(full) > len(sessions(demo)) * 0.3
    for row in full:
        assert row.started_at < row.goal_reached_at < row.stopped_at
        assert 0 < row.charging_ms <= row.goal_reached_at - row.started_at + 300_000
        after = f"SELECT max(power_w) FROM meter_sample WHERE session_id = {row.id} AND at > {row.goal_reached_at}"
        assert not demo.rows(after)[0][0]


def test_sessions_end_in_several_ways_and_refused_cards_get_no_energy(demo: Demo) -> None:
    reasons = {row.stop_reason for row in sessions(demo)}
    assert {"Local", "Remote", "DeAuthorized"} <= reasons
    for row in sessions(demo):
        assert (row.authorization == "Accepted") == (row.stop_reason != "DeAuthorized")
        if row.authorization != "Accepted":
            assert row.energy_wh == 0


def test_sessions_know_whom_they_are_billed_to(demo: Demo) -> None:
    cards = {person.card: person for person in PEOPLE}
    for row in sessions(demo):
        assert (row.currency, row.price_per_kwh) == ("EUR", 3000)
        if row.id_tag in cards:
            assert (row.first_name, row.employee_number) == (
                cards[row.id_tag].first_name,
                cards[row.id_tag].employee_number,
            )
    free = [row for row in sessions(demo) if row.id_tag == "#freecharging"]
    assert {row.last_name for row in free} == {None, "Mulder"}  # the station at home is hers, the visitors' is nobody's


def test_statuses_tell_the_same_story_as_the_sessions(demo: Demo) -> None:
    changes = demo.rows("SELECT * FROM status_change WHERE connector = 1 ORDER BY charge_point_id, changed_at, id")
    for rows in by(changes, "charge_point_id").values():
        for before, after in pairwise(rows):
            assert after.status in FOLLOWS[before.status], (before, after)
    told = {(row.charge_point_id, row.status, row.changed_at) for row in changes}
    for row in sessions(demo):
        assert (row.charge_point_id, "Preparing", row.plugged_in_at) in told
        assert (row.charge_point_id, "Available", row.plugged_out_at) in told
        if row.goal_reached_at:
            assert (row.charge_point_id, "SuspendedEV", row.goal_reached_at) in told


def test_the_history_is_the_same_every_time(demo: Demo, settings: Settings) -> None:
    query = "SELECT reference, start_key, energy_wh, charging_ms, stopped_at FROM charging_session ORDER BY id"
    again = seeded(settings)
    assert again.rows(query) == demo.rows(query)
    passwords = 'SELECT password FROM charge_point UNION SELECT password_hash FROM "user"'
    assert not set(again.rows(passwords)) & set(demo.rows(passwords))
    again.engine.dispose()


def test_a_demo_can_be_seeded_on_either_database(both_databases: str, settings: Settings) -> None:
    made = seeded(settings, days=3)
    assert len(made.rows("SELECT 1 FROM charging_session")) > 8
    with made.engine.connect() as connection:
        broken = "SELECT count(*) FROM charging_session WHERE energy_wh <> meter_stop_wh - meter_start_wh"
        assert connection.scalar(text(broken)) == 0
    made.engine.dispose()
