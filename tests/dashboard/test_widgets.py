"""The dashboard's widgets: what they count, whom they show it to, and what rubbish in their addresses does."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from tests.dashboard.conftest import ClientFor, Stage
from wcc.clock import utcnow
from wcc.models import ChargePoint

HTMX = {"HX-Request": "true"}
WIDGETS = ("status", "power", "attention", "sessions", "combined", "connectors")


def words(html: str) -> str:
    """What a person reads: text without tags, in one line."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def widget(client_for: ClientFor, name: str, who: str = "alice", query: str = "") -> str:
    answer = client_for(who).get(f"/dashboard/{name}{query}", headers=HTMX)
    assert answer.status_code == 200
    return words(answer.text)


def test_status_counts_online_offline_and_unknown_with_shares(client_for: ClientFor, stage: Stage) -> None:
    stage.online("ALICE-1")
    text = widget(client_for, "status")
    assert "Online 50.0 % 1 charge point" in text
    assert "Unknown 50.0 % 1 never connected" in text
    stage.online("BOBS-1", online=False)
    assert "Offline 50.0 % 1 charge point" in widget(client_for, "status")


def test_a_donut_of_no_stations_is_empty_and_not_an_error(client_for: ClientFor, stage: Stage) -> None:
    stage.change(ChargePoint, stage.world.charge_points["BOBS-1"], user_id=None)
    assert "Online 0.0 %" in widget(client_for, "status", "bob")


def test_power_now_adds_up_fresh_values_only(client_for: ClientFor, stage: Stage, both_databases: str) -> None:
    for station in ("ALICE-1", "BOBS-1"):
        stage.online(station)
    stage.running("ALICE-1", 11_490)
    stage.running("BOBS-1", 7_400, age=timedelta(minutes=16))
    text = widget(client_for, "power")
    assert "11.5 kW 2 of 2 connectors in a session" in text
    assert re.search(r"ALICE-1 connector 1 11.49 kW \d+ s", text)
    assert "1 session is not counted" in text


def test_power_of_an_offline_station_or_without_a_session_does_not_count(client_for: ClientFor, stage: Stage) -> None:
    stage.online("ALICE-1", online=False)
    stage.running("ALICE-1", 11_000)
    stage.online("BOBS-1")
    stage.connector("BOBS-1", "Available", power_w=9_000, values_at=utcnow())
    assert "0.0 kW 1 of 2 connectors in a session No station delivers power now" in widget(client_for, "power")


def test_attention_names_faults_and_long_absence_in_a_session_and_blocked_connectors(client_for: ClientFor, stage: Stage) -> None:
    stage.online("ALICE-1")
    stage.connector("ALICE-1", "Faulted", error_code="GroundFailure")
    stage.connector("ALICE-1", "SuspendedEV", number=2, changed_at=utcnow() - timedelta(hours=4))
    stage.connector("ALICE-1", "SuspendedEV", number=3, changed_at=utcnow() - timedelta(hours=2))
    stage.online("BOBS-1", online=False, since=timedelta(hours=2))
    stage.running("BOBS-1", 11_000)
    text = widget(client_for, "attention")
    assert "ALICE-1 is faulted Connector 1: GroundFailure" in text
    assert "BOBS-1 is offline It was in a session, 6.91 kWh so far." in text
    assert "ALICE-1 is blocked Connector 2" in text
    assert "Connector 3" not in text


def test_a_station_that_is_gone_for_less_than_an_hour_is_no_alarm(client_for: ClientFor, stage: Stage) -> None:
    stage.online("BOBS-1", online=False, since=timedelta(minutes=50))
    stage.running("BOBS-1", 11_000)
    assert "All is well" in widget(client_for, "attention")


def test_sessions_are_counted_per_local_day(client_for: ClientFor, stage: Stage, both_databases: str) -> None:
    now = utcnow()
    for days in (0, 1, 1, 6, 7):
        stage.session("ALICE-1", now - timedelta(days=days))
    text = widget(client_for, "sessions")
    assert "4 sessions · today up to" in text  # the one a week ago lies before the last seven days
    assert "5 sessions" in widget(client_for, "sessions", query="?days=30")


def test_a_chosen_period_has_both_of_its_ends(client_for: ClientFor, stage: Stage) -> None:
    today = utcnow().date()
    first, last = today - timedelta(days=40), today - timedelta(days=38)
    for days in (41, 40, 38, 37):
        stage.session("ALICE-1", utcnow().replace(hour=12, minute=0) - timedelta(days=days))
    assert "2 sessions" in widget(client_for, "sessions", query=f"?from={first}&to={last}")
    assert "2 sessions" in widget(client_for, "sessions", query=f"?from={last}&to={first}")  # the wrong way round


def test_connectors_can_be_filtered_by_status_and_identity(client_for: ClientFor, stage: Stage, both_databases: str) -> None:
    stage.online("ALICE-1")
    stage.connector("ALICE-1", "Available")
    stage.connector("ALICE-1", "Charging", number=2)
    stage.online("BOBS-1", online=False)
    stage.connector("BOBS-1", "Charging")
    everything = widget(client_for, "connectors")
    assert "Available 1 Charging 1 Offline 1" in everything
    assert "Offline · was Charging" in everything
    assert "BOBS-1" not in widget(client_for, "connectors", query="?status=Charging")
    assert "ALICE-1" not in widget(client_for, "connectors", query="?status=Offline")
    assert "BOBS-1" not in widget(client_for, "connectors", query="?cp=alice")
    assert "No connector fits" in widget(client_for, "connectors", query="?cp=%25")


def test_connectors_come_in_pages_latest_change_first(client_for: ClientFor, stage: Stage) -> None:
    stage.online("ALICE-1")
    for number in range(1, 13):
        stage.connector("ALICE-1", "Available", number, changed_at=utcnow() - timedelta(minutes=number))
    stage.connector("ALICE-1", "Available", 13, changed_at=None)
    page = client_for("alice").get("/dashboard/connectors", headers=HTMX).text
    assert re.findall(r'data-label="Connector">(\d+)', page) == [str(number) for number in range(1, 11)]
    link = re.search(r'rel="next" href="([^"]+)"', page)
    assert link
    second = client_for("alice").get(link[1].replace("&amp;", "&"), headers=HTMX).text
    assert re.findall(r'data-label="Connector">(\d+)', second) == ["11", "12", "13"]
    assert "11–13 of 13" in words(second)


@pytest.mark.parametrize("name", WIDGETS)
def test_charlie_sees_nothing_of_organization_a(client_for: ClientFor, stage: Stage, name: str) -> None:
    stage.online("ALICE-1")
    stage.running("ALICE-1", 11_490)
    stage.connector("ALICE-1", "Faulted", number=2)
    seen = widget(client_for, name, "charlie")
    assert "ALICE-1" not in seen
    assert "11.49" not in seen
    if name == "status":
        assert "1 charge points: " not in seen and "Online 0.0 %" in seen
    if name == "sessions":
        assert "0 sessions" in seen


def test_bob_sees_his_own_station_and_not_alices(client_for: ClientFor, stage: Stage) -> None:
    for station in ("ALICE-1", "BOBS-1"):
        stage.online(station)
        stage.running(station, 11_000)
    assert "ALICE-1" not in widget(client_for, "connectors", "bob")
    assert "BOBS-1" in widget(client_for, "power", "bob")
    assert "1 session · today" in widget(client_for, "sessions", "bob")


@pytest.mark.parametrize("name", WIDGETS)
def test_a_stranger_gets_no_widget(app: Flask, name: str) -> None:
    assert app.test_client().get(f"/dashboard/{name}", headers=HTMX).status_code == 401
    assert app.test_client().get(f"/dashboard/{name}").headers["Location"].startswith("/sign-in")


RUBBISH = (
    "?days=8&from=x&to=%00&day=yesterday&status=%00&cp=%ED%A0%80&page=-1&size=1e9&after=AAAA&before=%2e%2e&sort=;drop",
    "?day=0001-01-01&from=0001-01-01&to=9999-12-31",
    "?day=9999-12-31&status=<script>&cp=<script>alert(1)</script>&days=999999999999999999999",
    "?status=Offline&status=Charging&cp=" + "a" * 5000,
)


@pytest.mark.parametrize("query", RUBBISH)
def test_rubbish_in_the_address_is_read_as_the_default(client_for: ClientFor, query: str, both_databases: str) -> None:
    alice = client_for("alice")
    for path in ("/", *(f"/dashboard/{name}" for name in WIDGETS)):
        answer = alice.get(path + query, headers=HTMX if path != "/" else {})
        assert answer.status_code == 200, path
        assert "<script>alert" not in answer.text


def test_a_choice_moves_the_address_of_the_page_and_keeps_the_other_choices(client_for: ClientFor) -> None:
    headers = {
        **HTMX,
        "HX-Source": "a",
        "HX-Target": "section#dashboard-sessions",
        "HX-Current-URL": "http://localhost/?day=2026-01-02&days=90",
    }
    answer = client_for("alice").get("/dashboard/sessions?days=30", headers=headers)
    assert answer.headers["HX-Push-Url"] == "/?day=2026-01-02&days=30"


def test_a_widgets_own_refresh_leaves_the_address_alone(client_for: ClientFor) -> None:
    own = {**HTMX, "HX-Source": "section#dashboard-sessions", "HX-Target": "section#dashboard-sessions"}
    assert "HX-Push-Url" not in client_for("alice").get("/dashboard/sessions?days=30", headers=own).headers


def test_a_shared_address_shows_the_same_choices(client_for: ClientFor) -> None:
    page = client_for("alice").get("/?days=90&day=2026-01-02").text
    assert re.search(r'days=90"[^>]*aria-current="true"', page)
    assert 'value="2026-01-02"' in page


def test_a_widgets_address_opened_in_the_browser_leads_to_the_page(client_for: ClientFor) -> None:
    assert client_for("alice").get("/dashboard/sessions?days=30").headers["Location"] == "/?days=30"


def test_every_status_is_explained_on_the_page_and_in_the_dialog(client_for: ClientFor) -> None:
    from wcc import statuses

    alice = client_for("alice")
    page = alice.get("/statuses").text
    names = [status.name for status in statuses.explained()]
    assert len(names) == 11
    for name in names:
        assert f'id="{name.lower()}"' in page
        assert "What can I do?" in alice.get(f"/statuses/{name}", headers=HTMX).text
    assert alice.get("/statuses/Melting", headers=HTMX).status_code == 404
