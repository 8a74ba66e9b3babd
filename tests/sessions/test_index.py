"""The table of charging sessions (R4.1)."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import quote

import pytest

from tests.sessions.conftest import START

ROW = re.compile(r'<tr id="session-(\d+)"')


def ids(page: str) -> list[int]:
    return [int(number) for number in ROW.findall(page)]


def get(client, query=""):
    answer = client.get(f"/sessions/{query}")
    assert answer.status_code == 200, answer.status
    return answer.text


def walk(client, query=""):
    """Ids over all pages, following Next."""
    found, url = [], f"/sessions/{query}"
    while url:
        page = client.get(url).text
        found += ids(page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        url = unescape(following[1]) if following else ""
    return found


def test_alice_sees_her_sessions_newest_first_with_what_they_hold(client_for, make, both_databases):
    old = make(first_name="Felix", last_name="Jost", energy_wh=35_134)
    new = make(started_at=START + timedelta(days=1))
    page = get(client_for("alice"))
    assert ids(page) == [new, old]
    for text in ("ALICE-1", "04A1B2C3", "35.13 kWh", "35,134 Wh", "Felix", "Jost", "1:00", "0:1:0:0", "Completed, 5/5"):
        assert text in page


def test_the_table_has_the_twelve_columns_of_the_manual_in_its_order(client_for, make):
    make()
    heads = re.findall(r'<th scope="col"[^>]*>(?:<a [^>]*>)?([^<]+?)\s*<', get(client_for("alice")))
    assert heads == [
        "ID",
        "CP ID",
        "RFID Tag",
        "Start Time",
        "Stop Time",
        "Duration",
        "Charged Energy",
        "First Name",
        "Last Name",
        "Status",
        "Costs per kWh",
        "Actions",
    ]


def test_page_and_fragment_share_one_address(client_for, make):
    make()
    part = client_for("alice").get("/sessions/", headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith('<div id="sessions-table"')
    assert "HX-Request" in part.headers["Vary"]


def test_a_form_puts_the_address_without_empty_fields_into_the_history(client_for, make):
    make()
    headers = {"HX-Request": "true", "HX-Source": "form#sessions-filter"}
    answer = client_for("alice").get("/sessions/?cp=ALICE&by=tag&value=&from=&to=", headers=headers)
    assert answer.headers["HX-Push-Url"] == "/sessions/?cp=ALICE&by=tag"


def test_charlie_sees_nothing_of_alices_sessions(client_for, make):
    make()
    own = make(cp="CHARLIE-1")
    client = client_for("charlie")
    assert ids(get(client)) == [own]
    assert ids(get(client, "?cp=ALICE-1")) == []


def test_a_user_sees_sessions_at_own_stations_and_with_own_tags_only(client_for, make, world):
    at_own_station = make(cp="BOBS-1")
    with_own_tag = make(user_id=world.users["bob"])
    make()
    assert sorted(ids(get(client_for("bob")))) == [at_own_station, with_own_tag]


def test_the_pen_leads_to_stop_while_it_runs_and_to_start_afterwards(client_for, make, make_running):
    done, live = make(), make_running(connector=2)
    page = unescape(get(client_for("alice")))
    assert f"/operations/remote-stop?session={live}" in page
    assert "/operations/remote-start?cp=ALICE-1&connector=1" in page
    assert f"remote-stop?session={done}" not in page


def test_a_user_gets_no_pen_at_a_station_that_is_not_the_own_one(client_for, make, world):
    make(user_id=world.users["bob"])
    assert "/operations/remote-start?" not in get(client_for("bob"))


def test_a_running_session_shows_power_with_its_age_and_refreshes_itself(client_for, make_running):
    make_running(power_w=11_490, values_at=START)
    page = get(client_for("alice"))
    assert "11.49 kW" in page and "data-at=" in page and 'hx-trigger="wcc:session from:body"' in page


def test_all_pages_together_hold_each_session_once_even_with_equal_start_times(client_for, make, both_databases):
    made = [make() for _ in range(23)] + [make(started_at=START + timedelta(minutes=i)) for i in range(1, 4)]
    client = client_for("alice")
    assert walk(client) == sorted(made[:23], reverse=True)[:0] + made[:22:-1] + made[22::-1]
    assert walk(client, "?sort=started&size=20") == made


def test_previous_leads_back_over_the_same_pages(client_for, make, both_databases):
    made = [make() for _ in range(25)][::-1]
    client = client_for("alice")
    third = client.get(unescape(re.search(r'rel="next" href="([^"]+)"', second(client))[1])).text
    assert ids(third) == made[20:] and "21–25 of 25" in third
    back = client.get(unescape(re.search(r'rel="prev" href="([^"]+)"', third)[1])).text
    assert ids(back) == made[10:20] and "11–20 of 25" in back
    first = client.get(unescape(re.search(r'rel="prev" href="([^"]+)"', back)[1])).text
    assert ids(first) == made[:10] and "1–10 of 25" in first and 'rel="prev"' not in first


def second(client):
    return client.get(unescape(re.search(r'rel="next" href="([^"]+)"', get(client))[1])).text


@pytest.mark.parametrize("size", [10, 20, 30, 40, 50])
def test_entries_a_page_can_be_chosen(client_for, make, size):
    for _ in range(size + 1):
        make()
    assert len(ids(get(client_for("alice"), f"?size={size}"))) == size


def test_each_filter_finds_what_it_names(client_for, make, make_running, both_databases):
    tag = make(id_tag="VT-Reception")
    station = make(cp="BOBS-1")
    live = make_running(charging_ms=0, energy_wh=0)
    client = client_for("alice")
    assert ids(get(client, "?cp=bobs")) == [station]
    assert ids(get(client, "?by=tag&value=vt-reception")) == [tag]
    assert ids(get(client, "?by=tag&value=VT-R")) == [tag]
    assert ids(get(client, f"?by=session&value=%23{station}")) == [station]
    assert ids(get(client, "?by=status&value=running")) == [live]
    assert ids(get(client, "?by=status&value=Authorized")) == [live]
    assert ids(get(client, "?by=status&value=Compl")) == [station, tag]


def test_a_whole_tag_does_not_find_longer_ones(client_for, make, both_databases):
    one, ten = make(id_tag="VT-1"), make(id_tag="VT-10")
    client = client_for("alice")
    assert ids(get(client, "?by=tag&value=VT-1")) == [one]
    assert ids(get(client, "?by=tag&value=VT-")) == [ten, one]


def test_a_session_is_found_by_its_long_reference(client_for, make):
    make()
    wanted = make(reference="6a0b1c0e-0000-4000-8000-00000000beef")
    assert ids(get(client_for("alice"), "?by=session&value=6a0b1c0e-0000-4000-8000-00000000beef")) == [wanted]


def test_the_time_span_has_the_organizations_time_of_day_and_includes_its_ends(client_for, make):
    make(started_at=START - timedelta(seconds=1))
    first, last = make(), make(started_at=START + timedelta(minutes=30, seconds=59))
    make(started_at=START + timedelta(minutes=31))
    client = client_for("alice")
    assert ids(get(client, "?from=2026-03-02T10:00&to=2026-03-02T10:30")) == [last, first]
    assert len(ids(get(client, "?from=2026-03-02&to=2026-03-02"))) == 4
    assert ids(get(client, "?from=2026-03-03")) == []


def test_filters_combine_and_survive_paging(client_for, make, both_databases):
    wanted = [make(id_tag="VT-1", started_at=START + timedelta(minutes=i)) for i in range(12)][::-1]
    make(id_tag="VT-1", cp="BOBS-1")
    make(id_tag="VT-1", started_at=START + timedelta(days=2))
    make(id_tag="VT-2")
    query = "?cp=ALICE-1&by=tag&value=vt-1&from=2026-03-02T00:00&to=2026-03-02T23:59"
    assert walk(client_for("alice"), query) == wanted


def test_a_status_that_does_not_exist_is_said_and_finds_nothing(client_for, make):
    make()
    page = get(client_for("alice"), "?by=status&value=dancing")
    assert "“dancing” is not a status" in page and "Completed" in page
    assert ids(page) == []


def test_a_time_span_that_ends_before_it_begins_is_said(client_for, make):
    make()
    page = get(client_for("alice"), "?from=2026-03-02T10:00&to=2026-03-01T10:00")
    assert "lies before its begin" in page and ids(page) == []


RUBBISH = [
    "'",
    "%",
    "_",
    "\\",
    "\0",
    "\x85",
    "💥",
    "＝",
    "-1",
    "9" * 40,
    "²",
    "a" * 5000,
    "2026-99-99",
    "0001-01-01",
    "9999-12-31",
]


@pytest.mark.parametrize("field", ["cp", "value", "from", "to", "size", "sort", "after", "before", "by"])
def test_rubbish_in_any_field_is_answered_with_a_page(client_for, make, field, both_databases):
    make()
    client = client_for("alice")
    for text in [*RUBBISH, "WzEsMl0", "W251bGwsbnVsbCwxXQ", "WzkyMjMzNzIwMzY4NTQ3NzU4MDgsMSwxXQ", "WzFlOTksMSwxXQ"]:
        for by in ("tag", "session", "status") if field == "value" else ("tag",):
            assert client.get(f"/sessions/?by={by}&{field}={quote(text)}").status_code == 200, (text, by)


def test_a_person_who_has_not_signed_in_is_sent_to_sign_in(app, make):
    session = make()
    anyone = app.test_client()
    for path in (
        "",
        "export",
        f"{session}",
        f"{session}/meter-values",
        f"{session}/meter-values.csv",
        f"{session}/errors",
    ):
        assert "/sign-in" in anyone.get(f"/sessions/{path}").headers["Location"]
    assert "/sign-in" in anyone.post(f"/sessions/{session}/note").headers["Location"]
