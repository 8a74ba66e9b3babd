"""Statuses, boots and events by ocpp16-rules §4, on both databases."""

import pytest
from sqlalchemy import Engine

from tests.ocpp.desk import Desk, minutes
from wcc.ocpp.lenient import Missing, Unusable


@pytest.fixture
def desk(both_databases: str, engine: Engine) -> Desk:
    return Desk(engine)


def test_the_nine_statuses_make_a_history_and_the_last_received_is_the_present_one(desk: Desk) -> None:
    words = ["Available", "Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing", "Reserved", "Unavailable", "Faulted"]
    for number, word in enumerate(words):
        desk.status(word, minutes(60 - number))
    desk.status("Available", minutes(600))  # a clock that is not set makes a newer report look older
    history = desk.rows("SELECT status FROM status_change ORDER BY id")
    assert [row["status"] for row in history] == [*words, "Available"]
    assert desk.rows("SELECT status FROM connector WHERE number = 1")[0]["status"] == "Available"


def test_a_repeated_status_is_no_change_and_keeps_the_time_of_the_last_one(desk: Desk) -> None:
    first = minutes(30)
    desk.status("Available", first)
    desk.status("Available", minutes(10))
    assert len(desk.rows("SELECT id FROM status_change")) == 1
    assert desk.rows("SELECT changed_at FROM connector WHERE number = 1")[0]["changed_at"] == first


def test_a_new_error_at_the_same_status_is_history_but_not_a_change_of_status(desk: Desk) -> None:
    first = minutes(30)
    desk.status("Faulted", first, errorCode="GroundFailure", vendorErrorCode="PB27", info="missing ground/resistance too high")
    desk.status("Faulted", minutes(5), errorCode="HighTemperature", vendorErrorCode="PB29")
    assert [row["vendor_error_code"] for row in desk.rows("SELECT * FROM status_change ORDER BY id")] == ["PB27", "PB29"]
    (connector,) = desk.rows("SELECT * FROM connector WHERE number = 1")
    assert (connector["changed_at"], connector["error_code"]) == (first, "HighTemperature")


def test_connector_zero_is_the_station_and_says_nothing_about_its_connectors(desk: Desk) -> None:
    desk.status("Charging", connector=1)
    desk.status("Unavailable", connector=0)
    rows = desk.rows("SELECT number, status FROM connector ORDER BY number")
    assert [(row["number"], row["status"]) for row in rows] == [(0, "Unavailable"), (1, "Charging")]


def test_quirks_43_and_44_unknown_words_are_kept_and_the_text_null_is_nothing(desk: Desk) -> None:
    desk.status("charging", errorCode="Error", info="null", surprise=1)
    (connector,) = desk.rows("SELECT * FROM connector WHERE number = 1")
    assert (connector["status"], connector["error_code"], connector["vendor_error_code"]) == ("Charging", "OtherError", "Error")
    assert connector["info"] is None
    desk.status("Occupied")
    assert desk.rows("SELECT status FROM connector WHERE number = 1")[0]["status"] == "Occupied"


def test_the_car_that_stops_drawing_has_reached_its_goal_unless_it_draws_again(desk: Desk) -> None:
    id = desk.start(minutes(60))
    desk.status("Charging", minutes(59))
    desk.status("SuspendedEV", minutes(40))
    assert desk.session(id)["goal_reached_at"] is not None
    desk.status("Charging", minutes(30))
    assert desk.session(id)["goal_reached_at"] is None
    full = minutes(10)
    desk.status("SuspendedEV", full)
    desk.status("SuspendedEVSE", minutes(9))
    desk.status("SuspendedEV", minutes(8))
    assert desk.session(id)["goal_reached_at"] == full


def test_plugged_in_is_the_preparing_before_and_plugged_out_the_available_after(desk: Desk) -> None:
    plugged, free = minutes(61), minutes(2)
    desk.status("Preparing", plugged)
    id = desk.start(minutes(60))
    desk.stop(id, minutes(5))
    desk.status("Finishing", minutes(5))
    assert desk.session(id)["plugged_out_at"] is None
    desk.status("Available", free)
    assert (desk.session(id)["plugged_in_at"], desk.session(id)["plugged_out_at"]) == (plugged, free)
    desk.status("Preparing", minutes(1))
    desk.status("Available", minutes(0.5))
    assert desk.session(id)["plugged_out_at"] == free


def test_an_available_that_overtakes_the_stop_is_still_the_plugging_out(desk: Desk) -> None:
    id = desk.start(minutes(60))
    free = minutes(2)
    desk.status("Available", free)
    assert desk.session(id)["stopped_at"] is None
    desk.stop(id, minutes(5))
    assert desk.session(id)["plugged_out_at"] == free


def test_a_status_never_starts_or_ends_a_session(desk: Desk) -> None:
    desk.status("Charging")
    assert desk.rows("SELECT id FROM charging_session") == []
    id = desk.start(minutes(5))
    desk.status("Available")
    assert desk.session(id)["stopped_at"] is None


@pytest.mark.parametrize("payload", [{"status": "Available"}, {"connectorId": 1}, {}])
def test_a_status_without_connector_or_status_is_an_error_of_the_rules(desk: Desk, payload: dict[str, object]) -> None:
    with pytest.raises(Missing):
        desk.say("StatusNotification", payload)


@pytest.mark.parametrize("connector", ["x", [], -1, 2**31, True])
def test_a_status_of_no_connector_that_can_exist_is_refused(desk: Desk, connector: object) -> None:
    with pytest.raises(Unusable):
        desk.say("StatusNotification", {"connectorId": connector, "status": "Available", "errorCode": "NoError"})


def test_boot_data_are_kept_whole_and_absent_ones_are_blank(desk: Desk) -> None:
    serial = "S" * 33  # quirk 42
    boot = {
        "chargePointVendor": "Webasto",
        "chargePointModel": "WB_NEXT_EVSE_EU_32A",
        "firmwareVersion": "3.1.16",
        "chargePointSerialNumber": serial,
    }
    answer = desk.say("BootNotification", boot)
    assert (answer["status"], answer["interval"] > 0) == ("Accepted", True)
    assert answer["currentTime"][-5] == "." and answer["currentTime"].endswith("Z")
    (row,) = desk.rows("SELECT * FROM charge_point")
    assert (row["vendor"], row["firmware_version"], row["charge_point_serial"]) == ("Webasto", "3.1.16", serial)
    assert (row["meter_serial"], row["iccid"]) == (None, None)


def test_a_boot_closes_no_session_because_its_stop_may_still_be_queued(desk: Desk) -> None:
    id = desk.start(minutes(60))
    desk.say("BootNotification", {"chargePointVendor": "Webasto", "chargePointModel": "NEXT"})
    assert desk.session(id)["stopped_at"] is None
    desk.stop(id, minutes(30), reason="PowerLoss")
    assert desk.session(id)["stop_reason"] == "PowerLoss"


def test_events_are_stored_and_answered_and_a_repeated_progress_notice_is_stored_once(desk: Desk) -> None:
    for _ in range(3):
        assert desk.say("DiagnosticsStatusNotification", {"status": "Uploading"}) == {}
    assert desk.say("FirmwareStatusNotification", {"status": "Downloading"}) == {}
    assert desk.say("SecurityEventNotification", {"type": "TamperDetectionActivated", "timestamp": "2026-11-01T10:00:00Z"}) == {}
    assert desk.say("SecurityEventNotification", {"type": "VendorThing" * 30, "timestamp": 5, "techInfo": {"a": 1}}) == {}
    assert desk.say("DataTransfer", {"vendorId": "x", "data": {"nested": [1]}}) == {"status": "UnknownVendorId"}
    kinds = [row["kind"] for row in desk.rows("SELECT kind FROM charger_event ORDER BY id")]
    assert kinds == [
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "SecurityEventNotification",
        "SecurityEventNotification",
        "DataTransfer",
    ]


def test_a_heartbeat_tells_the_time_with_its_fraction(desk: Desk) -> None:
    from wcc.ocpp.messages import heartbeat

    assert heartbeat.answer(None)["currentTime"][-5] == "."
