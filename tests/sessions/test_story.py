"""What happened, in plain words (R4.2a)."""

from datetime import timedelta

from tests.sessions.conftest import START
from wcc.models import ChargePoint, ChargingSession, StatusChange
from wcc.sessions.story import tell


def at(minute):
    return START + timedelta(minutes=minute)


def told(app, changes=(), **columns):
    values = {"authorization": "Accepted", "id_tag": "04A1", "connector": 1, "started_at": START, "stop_missing": False}
    station = ChargePoint(free_charging_tag="#freecharging")
    session = ChargingSession(charge_point=station, stop_guessed=False, **{**values, **columns})
    rows = [
        StatusChange(changed_at=at(minute), status=status, error_code=code, info=info, connector=1)
        for minute, status, code, info in changes
    ]
    with app.test_request_context():
        return [event.text for event in tell(session, rows, "35.13 kWh", "Meter at 4,854,797 Wh")]


def test_a_whole_session_is_told_in_order(app):
    changes = [
        (-2, "Preparing", "NoError", None),
        (1, "Charging", "NoError", None),
        (20, "Charging", "HighTemperature", "78 °C"),
        (30, "Charging", "NoError", None),
        (40, "SuspendedEV", "NoError", None),
        (50, "Finishing", "NoError", None),
        (52, "Available", "NoError", None),
    ]
    times = {"plugged_in_at": at(-2), "goal_reached_at": at(40), "stopped_at": at(50), "plugged_out_at": at(52)}
    assert told(app, changes, **times) == [
        "The cable was plugged in.",
        "Allowed with tag 04A1.",
        "The session began.",
        "Energy began to flow.",
        "The station reported a problem.",
        "The problem was over.",
        "The car was full, or what it was set to was reached.",
        "Stopped at the station.",
        "Unplugged, the connector was free again.",
    ]


def test_charging_that_goes_on_after_a_pause_is_told_as_such(app):
    changes = [(m, s, "NoError", None) for m, s in ((1, "Charging"), (5, "SuspendedEV"), (9, "Charging"))]
    assert told(app, changes)[2:] == [
        "Energy began to flow.",
        "The car paused and took no energy.",
        "Charging went on.",
    ]


def test_free_charging_is_told_as_allowed_without_a_card(app):
    assert "Allowed without a card." in told(app, id_tag="#FreeCharging")


def test_a_tag_that_was_not_allowed_is_told(app):
    assert "The tag 04A1 was not allowed to charge." in told(app, authorization="Blocked")


def test_a_stop_that_never_came_is_told_last(app):
    assert told(app, stop_missing=True)[-1].startswith("No stop ever came")


def test_a_reason_that_ocpp_does_not_know_is_told_as_another_reason(app):
    assert told(app, stopped_at=at(9), stop_reason="Aliens")[-1] == "Stopped by the station for another reason."
