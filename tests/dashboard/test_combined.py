"""Combined charging power: honest sums, gaps as gaps, days of 23 and 25 hours."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from tests.dashboard.conftest import ClientFor, Stage
from wcc.clock import to_ms
from wcc.dashboard.combined import QUARTER_MS, Quarter, Run, combine, combined_power
from wcc.dashboard.days import day_ms, equal_runs
from wcc.dashboard.plots import combined_chart
from wcc.db import db
from wcc.models import User

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
HOUR = 4 * QUARTER_MS
DAY = 24 * HOUR
LATER = 10 * DAY


def powers(quarters: list[Quarter], number: int = 8) -> list[float | None]:
    return [None if quarter.power_w is None else round(quarter.power_w, 3) for quarter in quarters[:number]]


def test_two_sessions_add_up_and_no_session_is_zero() -> None:
    runs = [Run(1, 0, 2 * QUARTER_MS), Run(2, QUARTER_MS, 3 * QUARTER_MS)]
    means = {(1, 0): 1000.0, (1, 1): 2000.0, (2, 1): 500.0, (2, 2): 700.0}
    assert powers(combine(runs, means, 0, DAY, LATER), 4) == [1000, 2500, 700, 0]


def test_a_session_counts_for_the_part_of_a_quarter_in_which_it_ran() -> None:
    run = Run(1, QUARTER_MS // 3, 2 * QUARTER_MS)
    assert powers(combine([run], {(1, 0): 9000.0, (1, 1): 9000.0}, 0, DAY, LATER), 2) == [6000, 9000]


def test_silence_of_all_running_sessions_is_a_gap_and_not_zero() -> None:
    quarters = combine([Run(1, 0, 8 * QUARTER_MS)], {(1, 0): 1000.0, (1, 1): 1000.0, (1, 7): 1000.0}, 0, DAY, LATER)
    assert powers(quarters) == [1000, 1000, None, None, None, None, None, 1000]
    assert [quarter.gap for quarter in quarters[:9]] == [False, False, True, True, True, True, True, False, False]


def test_a_hole_of_one_quarter_between_two_readings_is_bridged() -> None:
    quarters = combine([Run(1, 0, 3 * QUARTER_MS)], {(1, 0): 1000.0, (1, 2): 3000.0}, 0, DAY, LATER)
    assert powers(quarters, 3) == [1000, 2000, 3000]


def test_a_sum_without_a_silent_session_is_marked_incomplete() -> None:
    runs = [Run(number, 0, 4 * QUARTER_MS) for number in (1, 2, 3)]
    quarters = combine(runs, {(number, place): 1000.0 for number in (1, 2) for place in range(4)}, 0, DAY, LATER)
    assert powers(quarters, 4) == [2000] * 4
    assert all(quarter.incomplete for quarter in quarters[:4]) and not quarters[4].incomplete


def test_a_sum_without_half_of_the_sessions_is_no_sum() -> None:
    runs = [Run(number, 0, 4 * QUARTER_MS) for number in (1, 2)]
    quarters = combine(runs, {(1, place): 1000.0 for place in range(4)}, 0, DAY, LATER)
    assert all(quarter.gap for quarter in quarters[:4])


def test_a_session_too_short_for_a_reading_counts_by_its_meter() -> None:
    quarters = combine([Run(1, 0, 48_000, energy_wh=100)], {}, 0, DAY, LATER)
    assert quarters[0].power_w == pytest.approx(100 * 4)  # 100 Wh within a quarter of an hour


def test_the_rest_of_today_is_neither_zero_nor_a_gap() -> None:
    quarters = combine([], {}, 0, DAY, 2 * QUARTER_MS)
    assert powers(quarters, 3) == [0, 0, None]
    assert not quarters[2].gap and quarters[2].future


def test_the_running_quarter_is_averaged_over_the_time_that_has_passed() -> None:
    now = QUARTER_MS // 2
    assert combine([Run(1, 0, now)], {(1, 0): 4000.0}, 0, DAY, now)[0].power_w == 4000


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
def test_a_day_has_as_many_hours_as_the_clock_makes_it(app: Flask, stage: Stage, day: date, hours: int) -> None:
    alice = db.session.get(User, stage.world.users["alice"])
    assert alice
    quarters = combined_power(alice, day, AMSTERDAM)
    assert len(quarters) == 4 * hours
    with app.test_request_context():
        chart = combined_chart(day, quarters, AMSTERDAM)
    at_six = next(label for label in chart.line.labels if label.text == "06:00")
    assert at_six.x == pytest.approx(100 * (hours - 18) / hours, abs=0.01)


def test_days_of_one_length_are_read_at_once_and_the_clock_change_alone() -> None:
    days = [date(2026, 10, 20) + timedelta(days=place) for place in range(10)]
    runs = list(equal_runs(days, AMSTERDAM))
    assert [(length // HOUR, number) for _, length, number in runs] == [(24, 5), (25, 1), (24, 4)]
    assert runs[0][0] == day_ms(days[0], AMSTERDAM)[0]


def test_power_comes_from_the_samples_of_sessions_that_overlap_the_day(app: Flask, stage: Stage, both_databases: str) -> None:
    midnight = datetime(2026, 6, 1, 22, tzinfo=UTC)  # in Amsterdam
    session = stage.session("ALICE-1", midnight - timedelta(hours=1), midnight + timedelta(minutes=30))
    stage.samples(session, "ALICE-1", 8000, *(midnight + timedelta(minutes=minutes) for minutes in (-20, -5, 5, 10, 20, 25)))
    other = stage.session("CHARLIE-1", midnight, midnight + timedelta(minutes=30))
    stage.samples(other, "CHARLIE-1", 5000, midnight + timedelta(minutes=5), midnight + timedelta(minutes=20))
    alice = db.session.get(User, stage.world.users["alice"])
    assert alice
    quarters = combined_power(alice, date(2026, 6, 2), AMSTERDAM)
    assert quarters[0].begin_ms == to_ms(midnight)
    assert powers(quarters, 3) == [8000, 8000, 0]
    assert powers(combined_power(alice, date(2026, 6, 1), AMSTERDAM)[-4:], 4)[-1] == 8000


def test_a_session_whose_stop_never_came_ends_with_its_last_value(app: Flask, stage: Stage) -> None:
    noon = datetime(2026, 6, 1, 10, tzinfo=UTC)
    session = stage.session("ALICE-1", noon, values_at=noon + timedelta(minutes=15), stop_missing=True)
    stage.samples(session, "ALICE-1", 8000, noon + timedelta(minutes=10))
    alice = db.session.get(User, stage.world.users["alice"])
    assert alice
    quarters = combined_power(alice, date(2026, 6, 1), AMSTERDAM)
    assert powers(quarters[48:], 2) == [8000, 0]
    assert not any(quarter.gap for quarter in quarters)


def test_the_page_names_the_gap_in_words(client_for: ClientFor, stage: Stage) -> None:
    noon = datetime(2026, 6, 1, 10, tzinfo=UTC)
    session = stage.session("ALICE-1", noon, noon + timedelta(hours=2))
    stage.samples(session, "ALICE-1", 8000, noon + timedelta(minutes=5), noon + timedelta(minutes=110))
    page = client_for("alice").get("/dashboard/combined?day=2026-06-01", headers={"HX-Request": "true"}).text
    assert "no data 12:15–13:45" in page
    assert 'class="wcc-gap"' in page
