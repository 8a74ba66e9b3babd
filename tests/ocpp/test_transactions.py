"""Starts and stops by the rules of ocpp16-rules §4, on both databases."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.ocpp.desk import Desk, minutes
from tests.people import add
from wcc.clock import from_ms, now_ms
from wcc.models import User
from wcc.ocpp import frames


@pytest.fixture
def desk(both_databases: str, engine: Engine) -> Desk:
    return Desk(engine)


def test_a_start_gets_a_positive_id_and_its_session_is_in_the_database(desk: Desk) -> None:
    begun = minutes(5)
    id = desk.start(begun, meter=4_854_797)
    session = desk.session(id)
    assert 0 < id < 2**31
    assert (session["started_at"], session["meter_start_wh"], session["id_tag"]) == (begun, 4_854_797, "#freecharging")
    assert desk.rows("SELECT session_id FROM connector WHERE number = 1")[0]["session_id"] == id
    assert (desk.organization, "session", id) in desk.changed


def test_tc_010_a_repeated_start_gets_the_same_id_and_makes_no_second_session(desk: Desk) -> None:
    begun = minutes(5)
    first = desk.start(begun, tag="Abc")
    assert desk.start(begun, tag="ABC") == first
    desk.stop(first, minutes(1))
    assert desk.start(begun, tag="abc") == first
    assert len(desk.rows("SELECT id FROM charging_session")) == 1
    assert desk.session(first)["stopped_at"] is not None


def test_the_same_start_from_another_charger_is_another_session(desk: Desk) -> None:
    begun = minutes(5)
    assert desk.start(begun) != desk.start(begun, charger=desk.station("CP-2"))


@pytest.mark.parametrize(
    ("tag", "columns", "status"),
    [
        ("UNKNOWN", None, "Invalid"),
        ("04AB", {}, "Accepted"),
        ("04ab", {"blocked": True}, "Blocked"),
        ("04AB", {"expires": -1}, "Expired"),
        ("#FreeCharging", None, "Accepted"),
    ],
)
def test_tc_023_a_tag_is_judged_the_same_in_authorize_and_start(desk: Desk, tag: str, columns: Any, status: str) -> None:
    if columns is not None:
        if "expires" in columns:
            columns = {"expires_at": from_ms(minutes(60))}
        desk.tag("04AB", **columns)
    assert desk.say("Authorize", {"idTag": tag})["idTagInfo"]["status"] == status
    answer = desk.say("StartTransaction", {"connectorId": 1, "idTag": tag, "meterStart": 0, "timestamp": "2026-11-01T10:00:00Z"})
    # The start lies before the expiry: what counts is the time at which the car began to charge.
    assert answer["idTagInfo"]["status"] == ("Accepted" if status == "Expired" else status)
    assert answer["transactionId"] > 0
    assert "expiryDate" not in answer["idTagInfo"]


def test_tc_037_3_an_offline_start_of_an_unknown_tag_is_recorded_with_an_id_and_invalid(desk: Desk) -> None:
    answer = desk.say("StartTransaction", {"connectorId": 1, "idTag": "WHO", "meterStart": 5, "timestamp": "2026-11-01T10:00:00Z"})
    assert answer["idTagInfo"] == {"status": "Invalid"}
    assert desk.session(answer["transactionId"])["authorization"] == "Invalid"


def test_a_tag_of_another_organization_is_unknown_here(desk: Desk, engine: Engine) -> None:
    Desk(engine, identity="THEIRS").tag("0404")
    assert desk.say("Authorize", {"idTag": "0404"})["idTagInfo"]["status"] == "Invalid"


def test_free_charging_may_be_refused_per_station_and_counts_for_the_assigned_user(both_databases: str, engine: Engine) -> None:
    desk = Desk(engine, free_charging=False)
    assert desk.say("Authorize", {"idTag": "#FREECHARGING"})["idTagInfo"]["status"] == "Invalid"
    user = add(
        engine, User, organization_id=desk.organization, email="driver@example.org", password_hash="x", role="user", first_name="Dora"
    )
    own = desk.station("CP-OWN", user_id=user)
    session = desk.session(desk.start(minutes(3), charger=own))
    assert (session["user_id"], session["first_name"], session["tag_id"]) == (user, "Dora", None)


def test_the_free_charging_alias_of_a_station_counts_in_any_case_and_no_other(both_databases: str, engine: Engine) -> None:
    desk = Desk(engine, free_charging_tag="GuestCharge")
    assert desk.say("Authorize", {"idTag": "guestCHARGE"})["idTagInfo"]["status"] == "Accepted"
    assert desk.say("Authorize", {"idTag": "#freecharging"})["idTagInfo"]["status"] == "Invalid"


def test_a_deactivated_station_records_what_happens_and_answers_blocked(both_databases: str, engine: Engine) -> None:
    desk = Desk(engine, active=False)
    desk.tag("04AB")
    assert desk.say("Authorize", {"idTag": "04AB"})["idTagInfo"]["status"] == "Blocked"
    assert desk.session(desk.start(minutes(1), tag="04AB"))["authorization"] == "Blocked"


def test_a_session_keeps_who_where_and_at_what_price_it_began(both_databases: str, engine: Engine) -> None:
    desk = Desk(engine, site="Depot Utrecht", city="Utrecht", description="Bay 12")
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        conn.exec_driver_sql("UPDATE organization SET price_per_kwh = 3000")
    anna = add(engine, User, organization_id=desk.organization, email="anna@example.org", password_hash="x", role="user", first_name="Anna")
    tag = desk.tag("VIRTUAL", user_id=anna, alias="Golf", type="Business")
    id = desk.start(minutes(3), tag="virtual")
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        conn.exec_driver_sql("UPDATE organization SET price_per_kwh = 9900")
        conn.exec_driver_sql("UPDATE charge_point SET site = 'Elsewhere'")
    session = desk.session(id)
    assert (session["tag_id"], session["user_id"], session["first_name"], session["tag_alias"]) == (tag, anna, "Anna", "Golf")
    assert (session["site"], session["currency"], Decimal(session["price_per_kwh"]) / 10_000) == ("Depot Utrecht", "EUR", Decimal("0.30"))


def test_a_start_on_a_busy_connector_flags_the_old_session_and_closes_nothing(desk: Desk) -> None:
    old = desk.start(minutes(90))
    new = desk.start(minutes(10))
    assert desk.session(old)["stop_missing"]
    assert desk.session(old)["stopped_at"] is None
    assert desk.rows("SELECT session_id FROM connector WHERE number = 1")[0]["session_id"] == new
    desk.stop(old, minutes(30), meter=1500)
    assert (desk.session(old)["energy_wh"], desk.session(old)["stop_missing"] in (False, 0)) == (500, True)
    assert desk.rows("SELECT session_id FROM connector WHERE number = 1")[0]["session_id"] == new


def test_a_stop_ends_its_session_and_only_the_first_one_counts(desk: Desk) -> None:
    id = desk.start(minutes(60))
    ended = minutes(5)
    assert desk.stop(id, ended, meter=36_130) == {}
    assert desk.stop(id, minutes(1), meter=99_999, reason="PowerLoss") == {}
    session = desk.session(id)
    assert (session["stopped_at"], session["meter_stop_wh"], session["energy_wh"]) == (ended, 36_130, 35_130)
    assert session["stop_reason"] == "Local"
    assert desk.rows("SELECT session_id FROM connector WHERE number = 1")[0]["session_id"] is None
    assert desk.rows("SELECT id FROM orphan_stop") == []


@pytest.mark.parametrize("transaction", [999_999, 2**63 - 1, 10**30, "12x", None, [], 1.5e300])
def test_a_stop_of_no_known_transaction_is_kept_as_an_orphan_and_ends_nothing(desk: Desk, transaction: Any) -> None:
    running = desk.start(minutes(60))
    ended = minutes(1)
    assert desk.stop(transaction, ended) == desk.stop(transaction, ended) == {}
    assert desk.session(running)["stopped_at"] is None
    assert len(desk.rows("SELECT id FROM orphan_stop")) == 1


def test_a_stop_naming_another_chargers_transaction_ends_nothing(desk: Desk) -> None:
    other = desk.station("CP-2")
    theirs = desk.start(minutes(60), charger=other)
    desk.stop(theirs, minutes(1))
    assert desk.session(theirs)["stopped_at"] is None
    assert len(desk.rows("SELECT id FROM orphan_stop")) == 1


@pytest.mark.parametrize("transaction", [-1, 0, -77])
def test_a_stop_without_a_usable_id_ends_the_latest_open_session_and_says_that_it_was_guessed(desk: Desk, transaction: int) -> None:
    old, new = desk.start(minutes(90)), desk.start(minutes(60))
    ended = minutes(5)
    desk.stop(transaction, ended, meter=3000)
    desk.stop(transaction, ended, meter=3000)
    assert desk.session(new)["stop_guessed"]
    assert desk.session(new)["energy_wh"] == 2000
    assert desk.session(old)["stopped_at"] is None


def test_a_stop_that_came_before_its_start_is_joined_to_it_later(desk: Desk) -> None:
    begun, ended = minutes(60), minutes(5)
    desk.stop(-1, ended, meter=3000)
    id = desk.start(begun, meter=1000)
    session = desk.session(id)
    assert (session["stopped_at"], session["energy_wh"]) == (ended, 2000)
    assert session["stop_guessed"]
    assert desk.rows("SELECT session_id FROM orphan_stop")[0]["session_id"] == id


def test_a_stop_answers_for_its_tag_only_when_one_came(desk: Desk) -> None:
    id = desk.start(minutes(60))
    assert desk.stop(id, minutes(1), idTag="WHO") == {"idTagInfo": {"status": "Invalid"}}
    assert desk.session(id)["stop_id_tag"] == "WHO"


def test_quirk_19_a_tag_with_stray_bytes_at_its_end_never_fails_a_stop(desk: Desk) -> None:
    id = desk.start(minutes(60))
    desk.stop(id, minutes(1), idTag="12345678901234567890\x01\x02", reason="Other")
    assert desk.session(id)["stop_id_tag"] == "12345678901234567890"


def test_quirk_21_empty_tag_and_reservation_zero_count_as_absent(desk: Desk) -> None:
    id = desk.start(minutes(60), tag="", reservationId=0)
    assert (desk.session(id)["reservation_id"], desk.session(id)["id_tag"]) == (None, "")
    assert desk.stop(id, minutes(1), idTag="") == {}


def test_a_meter_that_ran_backwards_gives_no_negative_energy_and_keeps_both_readings(desk: Desk) -> None:
    id = desk.start(minutes(60), meter=5000)
    desk.stop(id, minutes(1), meter=10)
    session = desk.session(id)
    assert (session["energy_wh"], session["meter_start_wh"], session["meter_stop_wh"]) == (None, 5000, 10)


def test_absurd_clocks_are_recorded_with_arrival_time_and_flagged(desk: Desk) -> None:
    before = now_ms()
    for stamp in ("1970-01-01T00:00:12Z", "2099-01-01T00:00:00Z", "yesterday", "", None, 12):
        payload = {"connectorId": 1, "idTag": "#freecharging", "meterStart": len(str(stamp)), "timestamp": stamp}
        session = desk.session(desk.say("StartTransaction", payload)["transactionId"])
        assert session["started_late"]
        assert before <= session["started_at"] <= now_ms()


def test_quirk_45_a_time_without_offset_is_utc_and_fractions_and_offsets_are_read(desk: Desk) -> None:
    for stamp in ("2026-11-01T10:00:00", "2026-11-01T10:00:00.0000Z", "2026-11-01T11:00:00+01:00", "2026-11-01 10:00:00Z"):
        payload = {"connectorId": 1, "idTag": "#freecharging", "meterStart": 1, "timestamp": stamp}
        assert desk.session(desk.say("StartTransaction", payload)["transactionId"])["started_at"] == 1_793_527_200_000


def test_tc_039_a_whole_day_told_after_the_fact_is_recorded_in_its_own_time(desk: Desk) -> None:
    day = minutes(26 * 60)
    ids = []
    for hour in range(24):
        begun = day + hour * 3_600_000
        id = desk.start(begun, meter=hour * 1000)
        desk.meter(begun + 600_000, {"value": str(hour * 1000 + 400)}, transaction=id)
        desk.stop(id, begun + 1_200_000, meter=hour * 1000 + 900)
        ids.append(id)
    sessions = desk.rows("SELECT * FROM charging_session ORDER BY started_at")
    assert [session["id"] for session in sessions] == ids
    assert {session["energy_wh"] for session in sessions} == {900}
    assert {session["stop_missing"] in (False, 0) for session in sessions} == {True}


def test_nul_bytes_and_lone_surrogates_are_taken_out_and_the_rest_is_stored(desk: Desk) -> None:
    text = '[2,"1","StartTransaction",{"connectorId":1,"idTag":"A\\u0000B\\ud800","meterStart":1,"timestamp":"2026-11-01T10:00:00Z"}]'
    frame = frames.parse(text)
    assert frame is not None
    id = desk.say("StartTransaction", frame.body[1])["transactionId"]
    assert desk.session(id)["id_tag"] == "AB"
