"""The power curve (R4.2d)."""

from datetime import timedelta

from tests.sessions.conftest import START
from wcc.clock import to_ms
from wcc.sessions.curve import MAX_POINTS, Point, draw, silences, thinned, time_labels


def drawn(samples, end_minute=60):
    end = START + timedelta(minutes=end_minute)
    return draw(samples, 1000, START, end, "Europe/Amsterdam", str, lambda moment: f"{moment:%H:%M}", "no data")


def at(minute):
    return START + timedelta(minutes=minute)


def test_thousands_of_points_become_at_most_six_hundred_and_keep_the_peaks():
    points = [Point(to_ms(START) + i * 10_000, 7000.0 + i % 7, i) for i in range(8640)]
    points[4321] = Point(points[4321].ms, 22_000.0, 4321)
    points[1234] = Point(points[1234].ms, 0.0, 1234)
    kept = thinned(points)
    assert 300 < len(kept) <= MAX_POINTS
    assert points[4321] in kept and points[1234] in kept and kept[0] is points[0] and kept[-1] is points[-1]
    assert [point.ms for point in kept] == sorted({point.ms for point in kept})


def test_a_silence_is_a_gap_and_the_line_is_cut_there():
    samples = [(at(m), 11_000.0, 1000 + m * 180, None) for m in (*range(20), *range(60, 80))]
    found = drawn(samples, 80)
    assert len(found.line.gaps) == 1 and len(found.line.solid) == 2
    assert round(found.line.gaps[0].x) == 24 and round(found.line.gaps[0].width) == 51


def test_usual_intervals_are_no_gaps():
    assert silences([Point(to_ms(at(m)), 1.0, None) for m in range(0, 300, 15)]) == []


def test_power_is_reckoned_from_the_register_where_the_charger_sends_none():
    found = drawn([(at(0), None, 1000, None), (at(30), None, 6500, None), (at(60), None, 12_000, None)])
    assert found.derived and found.peak_w == 11_000.0 and found.energy_wh == 11_000


def test_nothing_is_drawn_of_nothing():
    assert drawn([]) is None
    assert drawn([(at(0), 11_000.0, None, None)]) is None
    assert drawn([(at(0), None, None, 50.0), (at(1), None, None, 51.0)]) is None


def test_labels_stand_at_whole_local_times():
    labels = time_labels(to_ms(at(1)), to_ms(at(219)), "Asia/Kolkata", lambda moment: f"{moment:%H:%M}")
    assert [label.text for label in labels] == ["09:30", "10:00", "10:30", "11:00", "11:30", "12:00", "12:30"]
