"""The operation pages: who may do what, what reaches the charger's node, and what bad input gets."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import Engine, text

from tests.operations.conftest import Field
from wcc import bus
from wcc.ui import LANGUAGES

HTMX = {"HX-Request": "true"}
PAGES = ("remote-start", "remote-stop", "reset", "change-availability")
Client = Callable[[str], FlaskClient]


def count(engine: Engine) -> int:
    with engine.connect() as conn:
        return int(conn.execute(text("SELECT count(*) FROM operation")).scalar_one())


@pytest.fixture
def forms(stations: Field) -> dict[str, dict[str, str]]:
    """A form for ALICE-1 that can be executed, for each operation."""
    return {
        "remote-start": {"cp": "ALICE-1", "connector": "1", "tag": str(stations.tag())},
        "remote-stop": {"cp": "ALICE-1", "session": str(stations.session("ALICE-1", connector=2))},
        "reset": {"cp": "ALICE-1", "type": "Soft", "confirm": "yes"},
        "change-availability": {"cp": "ALICE-1", "connector": "0", "type": "Inoperative"},
    }


def test_each_operation_reaches_the_node_that_holds_the_charger(
    client_for: Client, stations: Field, forms: dict[str, dict[str, str]], work: Callable[[], None]
) -> None:
    stations.hold("ALICE-1")
    alice = client_for("alice")
    for page in PAGES:
        answer = alice.post(f"/operations/{page}", data=forms[page], headers=HTMX)
        assert answer.status_code == 202, answer.text
        assert "wcc-toast" in answer.text
    work()
    commands = stations.commands()
    assert [(command["identity"], command["action"], command["payload"]) for command in commands] == [
        ("ALICE-1", "RemoteStartTransaction", '{"connectorId":1,"idTag":"VT-1"}'),
        ("ALICE-1", "RemoteStopTransaction", f'{{"transactionId":{forms["remote-stop"]["session"]}}}'),
        ("ALICE-1", "Reset", '{"type":"Soft"}'),
        ("ALICE-1", "ChangeAvailability", '{"connectorId":0,"type":"Inoperative"}'),
    ]
    assert len({command["id"] for command in commands}) == 4


def test_the_tag_is_sent_as_it_is_stored(client_for: Client, stations: Field, work: Callable[[], None]) -> None:
    stations.hold("ALICE-1")
    tag = stations.tag("MixedCase-1")
    client_for("alice").post("/operations/remote-start", data={"cp": "ALICE-1", "connector": "1", "tag": str(tag)})
    work()
    assert stations.commands()[0]["payload"] == '{"connectorId":1,"idTag":"MixedCase-1"}'


def test_without_javascript_execute_leads_to_the_operations_own_page(client_for: Client, forms: dict[str, dict[str, str]]) -> None:
    answer = client_for("alice").post("/operations/reset", data=forms["reset"], follow_redirects=True)
    assert answer.status_code == 200
    assert "What happened" in answer.text
    assert "Waiting to be sent" in answer.text


def test_an_offline_charger_is_told_at_once_and_nothing_is_sent(
    client_for: Client, stations: Field, forms: dict[str, dict[str, str]], work: Callable[[], None], find: Callable[[int], Any]
) -> None:
    alice = client_for("alice")
    alice.post("/operations/reset", data=forms["reset"])
    work()
    assert find(1).state == "offline"
    assert stations.commands() == []
    toast = alice.get("/operations/1/toast").text
    assert "The charger is offline: nothing was sent" in toast
    assert "hx-trigger" not in toast  # the story is over


def test_without_redis_the_operation_fails_and_says_why(
    app: Flask, client_for: Client, forms: dict[str, dict[str, str]], find: Callable[[int], Any], tmp_path: Any
) -> None:
    alice = client_for("alice")
    here = bus.shared()
    try:
        bus.configure(f"unix://{tmp_path}/nobody.sock")
        answer = alice.post("/operations/reset", data=forms["reset"], headers=HTMX)
    finally:
        bus._shared["redis"] = here
    assert answer.status_code == 202
    assert "the job queue (Redis) does not answer" in answer.text
    assert find(1).state == "failed"


def test_charlie_cannot_operate_alices_station(client_for: Client, engine: Engine, forms: dict[str, dict[str, str]]) -> None:
    charlie = client_for("charlie")
    for page in PAGES:
        assert charlie.post(f"/operations/{page}", data=forms[page]).status_code == 404
        assert charlie.get(f"/operations/{page}?cp=ALICE-1").status_code == 404
    assert count(engine) == 0


def test_bob_operates_his_own_station_only(client_for: Client, forms: dict[str, dict[str, str]]) -> None:
    bob = client_for("bob")
    for page in PAGES:
        assert bob.get(f"/operations/{page}?cp=BOBS-1").status_code == 200
        assert bob.post(f"/operations/{page}", data=forms[page]).status_code == 404


def test_charlie_sees_nothing_of_alices_operations(client_for: Client, stations: Field) -> None:
    operation = stations.operation("ALICE-1")
    charlie = client_for("charlie")
    assert charlie.get(f"/operations/{operation}").status_code == 404
    assert charlie.get(f"/operations/{operation}/toast").status_code == 404
    assert "ALICE-1" not in charlie.get("/operations/recent").text
    assert "ALICE-1" not in charlie.get("/operations/choose").text
    assert "ALICE-1" in client_for("alice").get("/operations/recent").text


def test_bob_is_offered_his_own_station_and_tags_only(client_for: Client, stations: Field) -> None:
    stations.tag("VT-ALICE")
    stations.tag("VT-BOB", user_id=stations.world.users["bob"])
    bob = client_for("bob")
    found = bob.get("/operations/choose").text
    assert "BOBS-1" in found and "ALICE-1" not in found
    form = bob.get("/operations/remote-start?cp=BOBS-1").text
    assert "VT-BOB" in form and "VT-ALICE" not in form


def test_bob_cannot_start_with_a_tag_of_somebody_else(client_for: Client, stations: Field, engine: Engine) -> None:
    tag = stations.tag("VT-ALICE")
    answer = client_for("bob").post("/operations/remote-start", data={"cp": "BOBS-1", "connector": "1", "tag": str(tag)})
    assert answer.status_code == 422
    assert count(engine) == 0


def test_a_session_of_another_station_cannot_be_stopped_here(client_for: Client, stations: Field, engine: Engine) -> None:
    session = stations.session("BOBS-1")
    answer = client_for("alice").post("/operations/remote-stop", data={"cp": "ALICE-1", "session": str(session)})
    assert answer.status_code == 422
    assert f"This station has no session {session}." in answer.text
    assert count(engine) == 0


def test_who_is_not_signed_in_is_sent_to_sign_in(app: Flask) -> None:
    for page in (*PAGES, "choose", "recent", "1", "1/toast"):
        answer = app.test_client().get(f"/operations/{page}")
        assert answer.status_code == 302 and "/sign-in" in answer.location, page
    for page in PAGES:
        assert app.test_client().post(f"/operations/{page}").status_code == 302


def test_virtual_tags_come_before_cards_and_useless_ones_are_not_offered(client_for: Client, stations: Field) -> None:
    stations.tag("04A1B2C3", virtual=False)
    stations.tag("VT-1")
    stations.tag("VT-BLOCKED", blocked=True)
    form = client_for("alice").get("/operations/remote-start?cp=ALICE-1").text
    assert form.index("VT-1") < form.index("04A1B2C3")
    assert "VT-BLOCKED" not in form


def test_without_a_tag_the_page_says_how_to_make_one(client_for: Client, stations: Field) -> None:
    assert "wcc tag add" in client_for("alice").get("/operations/remote-start?cp=ALICE-1").text


def test_the_form_is_filled_from_the_address(client_for: Client, stations: Field) -> None:
    stations.connector("ALICE-1", 1)
    stations.connector("ALICE-1", 2)
    session = stations.session("ALICE-1", connector=2)
    alice = client_for("alice")
    assert 'value="2"' in alice.get("/operations/remote-start?cp=ALICE-1&connector=2").text
    assert f'value="{session}"' in alice.get(f"/operations/remote-stop?cp=ALICE-1&session={session}").text
    assert f'value="{session}"' in alice.get("/operations/remote-stop?cp=ALICE-1").text  # the only one that runs


def test_a_reset_that_would_cut_a_session_asks_first(client_for: Client, stations: Field, engine: Engine) -> None:
    session = stations.session("ALICE-1")
    alice = client_for("alice")
    form = {"cp": "ALICE-1", "type": "Hard"}
    answer = alice.post("/operations/reset", data=form, headers=HTMX)
    assert answer.status_code == 422
    assert f"A session runs here ({session})" in answer.text
    assert count(engine) == 0
    assert alice.post("/operations/reset", data={**form, "confirm": "yes"}, headers=HTMX).status_code == 202


RUBBISH = (
    "",
    " ",
    "abc",
    "-1",
    "1.5",
    "1e3",
    "²",
    "١",
    "99999999999999999999",
    "1" * 5000,
    "\0",
    "'; DROP TABLE operation; --",
    "<b>x</b>",
)
FIELDS = (
    ("remote-start", "connector"),
    ("remote-start", "tag"),
    ("remote-stop", "session"),
    ("reset", "type"),
    ("change-availability", "connector"),
    ("change-availability", "type"),
)


@pytest.mark.parametrize(("page", "field"), FIELDS)
def test_rubbish_in_a_field_is_refused_there_and_kept(
    client_for: Client, engine: Engine, forms: dict[str, dict[str, str]], page: str, field: str
) -> None:
    alice = client_for("alice")
    for rubbish in RUBBISH:
        answer = alice.post(f"/operations/{page}", data={**forms[page], field: rubbish}, headers=HTMX)
        assert answer.status_code == 422, rubbish
        assert f'id="{field}-note"' in answer.text and "invalid-feedback" in answer.text, rubbish
        assert "<b>x</b>" not in answer.text
        if rubbish.isalnum() and rubbish.isascii() and field in ("connector", "session"):
            assert f'value="{rubbish}"' in answer.text
    assert count(engine) == 0


def test_all_wrong_fields_are_named_at_once(client_for: Client, stations: Field) -> None:
    stations.tag()
    answer = client_for("alice").post("/operations/remote-start", data={"cp": "ALICE-1", "connector": "x", "tag": "x"}, headers=HTMX)
    assert answer.text.count('aria-invalid="true"') == 2


def test_a_connector_that_the_station_does_not_have_is_refused(client_for: Client, stations: Field, engine: Engine) -> None:
    stations.connector("ALICE-1", 1)
    alice = client_for("alice")
    for page, form in (("remote-start", {"tag": str(stations.tag())}), ("change-availability", {"type": "Operative"})):
        answer = alice.post(f"/operations/{page}", data={"cp": "ALICE-1", "connector": "7", **form}, headers=HTMX)
        assert answer.status_code == 422
    assert count(engine) == 0


@pytest.mark.parametrize("identity", ["", "NOBODY", "\0", "ALICE-1'", "x" * 5000])
def test_an_unknown_station_is_not_operated(client_for: Client, engine: Engine, forms: dict[str, dict[str, str]], identity: str) -> None:
    alice = client_for("alice")
    for page in PAGES:
        answer = alice.post(f"/operations/{page}", data={**forms[page], "cp": identity}, headers=HTMX)
        assert answer.status_code == (404 if identity.strip("\0") else 422)
    assert count(engine) == 0


def test_an_unknown_operation_is_not_found(client_for: Client) -> None:
    alice = client_for("alice")
    for address in ("0", "99", "9223372036854775807", "9223372036854775808", "abc", "99/toast"):
        assert alice.get(f"/operations/{address}").status_code == 404


def test_the_dialog_finds_stations_by_what_is_typed(client_for: Client, stations: Field, redis: "Redis") -> None:
    alice = client_for("alice")
    found = alice.get("/operations/choose?for=reset&search=bobs", headers=HTMX).text
    assert "BOBS-1" in found and "ALICE-1" not in found
    nothing = alice.get("/operations/choose?for=reset&search=%25", headers=HTMX).text
    assert "No charge point of yours contains" in nothing
    page = alice.get("/operations/choose?for=reset&cp=ALICE-1").text
    assert 'action="/operations/reset"' in page and "Done" in page


def test_the_pop_up_follows_until_the_story_is_over(client_for: Client, stations: Field, engine: Engine) -> None:
    operation = stations.operation("ALICE-1")
    alice = client_for("alice")
    address = f"/operations/{operation}/toast"
    assert "Sent to the charger" in alice.get(address).text
    assert "wcc:operation from:body" in alice.get(address).text
    session = stations.session("ALICE-1", power_w=11490.0, values_at=None)
    with engine.begin() as conn:
        conn.execute(text("UPDATE operation SET state='answered', status='Accepted', answered_at=sent_at, session_id=:id"), {"id": session})
    toast = alice.get(address).text
    assert "The charger answered: Accepted" in toast and "Charging since" in toast
    assert f"/sessions/{session}" in toast and "Stop charging" in toast
    with engine.begin() as conn:
        conn.execute(text("UPDATE charging_session SET stopped_at=started_at, energy_wh=12300"))
    toast = alice.get(address).text
    assert "12.30 kWh" in toast and "Stop charging" not in toast
    assert "hx-trigger" not in toast


def test_every_page_speaks_every_language_without_an_error(client_for: Client, stations: Field, engine: Engine) -> None:
    stations.session("ALICE-1")
    stations.operation("ALICE-1")
    alice = client_for("alice")
    for language in LANGUAGES:
        with engine.begin() as conn:
            conn.execute(text('UPDATE "user" SET language = :language'), {"language": language})
        for page in (*PAGES, *(f"{page}?cp=ALICE-1" for page in PAGES), "choose", "recent", "1", "1/toast"):
            assert alice.get(f"/operations/{page}").status_code == 200, (language, page)
