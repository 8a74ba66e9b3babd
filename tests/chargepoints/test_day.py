"""One local day as a band: its length, its hours, its stretches."""

from datetime import UTC, date, datetime, timedelta

from wcc.chargepoints.day import Span, day_of, today, totals

ZONE = "Europe/Amsterdam"
LATER = datetime(2027, 1, 1, tzinfo=UTC)


def test_a_day_with_a_clock_change_has_23_or_25_hours() -> None:
    spring, autumn = day_of(date(2026, 3, 29), ZONE, LATER), day_of(date(2026, 10, 25), ZONE, LATER)
    assert spring.end - spring.start == timedelta(hours=23) and autumn.end - autumn.start == timedelta(hours=25)
    assert [text for _, text, _ in spring.ticks()] == [
        "00:00",
        "03:00",
        *(f"{h:02d}:00" for h in range(6, 24, 3)),
        "24:00",
    ]
    assert spring.ticks()[1][0] == round(2 / 23 * 100, 3)  # 03:00 comes two hours after midnight
    assert autumn.ticks()[1][0] == 16.0  # four of 25 hours: 02:00 came twice


def test_a_band_begins_at_midnight_and_ends_now() -> None:
    day = today(ZONE, datetime(2026, 11, 24, 11, tzinfo=UTC))  # noon in Amsterdam
    yesterday, nine = day.start - timedelta(hours=5), day.start + timedelta(hours=9)
    spans = day.spans([(yesterday, "Available"), (nine, "Charging")])
    assert spans == [
        Span("Available", day.start, nine, 0.0, 37.5),
        Span("Charging", nine, day.until, 37.5, 12.5),
    ]
    assert totals(spans) == {"Available": timedelta(hours=9), "Charging": timedelta(hours=3)}
    assert day.is_today and not day_of(day.before, ZONE, day.until).is_today


def test_before_the_first_word_nothing_is_known() -> None:
    day = day_of(date(2026, 11, 24), ZONE, LATER)
    noon = day.start + timedelta(hours=12)
    assert [span.x for span in day.spans([(noon, "Available")])] == [50.0]
    assert day.spans([]) == []


def test_the_same_status_said_twice_is_one_stretch() -> None:
    day = day_of(date(2026, 11, 24), ZONE, LATER)
    marks = [(day.start + timedelta(hours=hour), "Faulted") for hour in (6, 7, 8)]
    assert [(span.x, span.width) for span in day.spans(marks)] == [(25.0, 75.0)]


def test_a_future_word_does_not_colour_the_rest_of_today() -> None:
    day = today(ZONE, datetime(2026, 11, 24, 11, tzinfo=UTC))
    assert day.spans([(day.until + timedelta(hours=1), "Charging")]) == []
