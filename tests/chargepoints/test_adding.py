"""Adding a station: who may, what is refused, and the text to type into the charger."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, select, update

from wcc.chargepoints import service
from wcc.chargepoints.views import pages
from wcc.config import Settings, cipher
from wcc.models import ChargePoint, Connector

Browser = Callable[[str], FlaskClient]
ADD = "/charge-points/add"


def stored(engine: Engine, identity: str) -> dict[str, object] | None:
    """A station's row."""
    with engine.connect() as conn:
        row = conn.execute(select(ChargePoint.__table__).where(ChargePoint.identity == identity)).mappings().first()
    return dict(row) if row else None


def typed(page: str, id: str) -> str:
    """A text of the result page that is to be typed into the charger."""
    found = re.search(rf'id="type-{id}" value="([^"]*)"', page)
    assert found
    return found[1]


def test_the_result_page_gives_the_exact_text_to_type(client_for: Browser, engine: Engine, settings: Settings, world) -> None:
    form = {"identity": " NEXT-WS1 ", "description": "Bay 1", "password": ""}
    page = client_for("alice").post(ADD, data=form, base_url="https://localhost:8443").text
    assert typed(page, "server") == "wss://localhost:8443/ocpp"
    assert typed(page, "identity") == "NEXT-WS1" and typed(page, "protocol") == "ocpp1.6"
    assert re.fullmatch(r"[A-Za-z0-9]{20}", typed(page, "password"))
    assert page.count("data-copy=") == 4
    row = stored(engine, "NEXT-WS1")
    assert row and row["organization_id"] == world.organizations["A"] and row["description"] == "Bay 1"
    assert cipher(settings.instance).decrypt(row["password"]) == typed(page, "password").encode()


def test_the_public_address_goes_before_the_one_that_was_asked(client_for: Browser, app: Flask, settings: Settings) -> None:
    app.config["SETTINGS"] = Settings(instance=settings.instance, public_url="https://charge.example/")
    assert typed(client_for("alice").post(ADD, data={"identity": "X-1"}).text, "server") == "wss://charge.example/ocpp"


def test_the_password_is_shown_once(client_for: Browser) -> None:
    client = client_for("alice")
    password = typed(client.post(ADD, data={"identity": "X-1"}).text, "password")
    assert password not in client.get("/charge-points/X-1").text + client.get("/charge-points/X-1/edit").text


@pytest.mark.parametrize("password", ["8 chars!", "p:w/ü" * 2, "x" * 40])
def test_a_given_password_is_kept(client_for: Browser, engine: Engine, settings: Settings, password: str) -> None:
    assert client_for("alice").post(ADD, data={"identity": "X-1", "password": password}).status_code == 200
    row = stored(engine, "X-1")
    assert row and cipher(settings.instance).decrypt(row["password"]) == password.encode()


@pytest.mark.parametrize("password", ["7 chars", "x" * 41, "ü" * 21, "tab\tinside", "nul\0inside"])
def test_a_password_that_no_charger_can_use_is_refused(client_for: Browser, engine: Engine, password: str) -> None:
    answer = client_for("alice").post(ADD, data={"identity": "X-1", "password": password, "city": "Ede"})
    assert answer.status_code == 422 and 'id="password-note"' in answer.text and 'value="Ede"' in answer.text
    assert stored(engine, "X-1") is None


@pytest.mark.parametrize("identity", ["", "  ", "a/b", "a:b", "x" * 256, "nul\0", "line\nbreak", "add", "connectors", ".."])
def test_an_identity_that_cannot_work_is_refused(client_for: Browser, engine: Engine, identity: str) -> None:
    answer = client_for("alice").post(ADD, data={"identity": identity, "description": "Bay 9"})
    assert answer.status_code == 422
    assert re.search(r'class="invalid-feedback" id="identity-note">[^<]+<', answer.text) and 'value="Bay 9"' in answer.text
    assert stored(engine, identity.strip()) is None


def test_every_page_beside_the_stations_is_a_reserved_word(app: Flask) -> None:
    rules = [rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith(f"{pages.name}.")]
    words = {rule.split("/")[2] for rule in rules} - {"", "<identity>"}
    assert words and words <= service.RESERVED


def test_a_name_taken_in_another_organization_is_refused_without_a_word_of_it(client_for: Browser, engine: Engine) -> None:
    answer = client_for("charlie").post(ADD, data={"identity": "ALICE-1"})
    assert answer.status_code == 422 and "already in use" in answer.text and "Organization A" not in answer.text
    assert (stored(engine, "ALICE-1") or {})["password"] is None


def test_rubbish_in_every_field_is_told_of_every_field(client_for: Browser) -> None:
    form = dict.fromkeys(("identity", "password", *service.FACTS), "\x01" + "x" * 300)
    answer = client_for("alice").post(ADD, data=form)
    assert answer.status_code == 422 and answer.text.count('class="invalid-feedback"') == len(form)


def test_bob_may_not_add_stations(client_for: Browser, engine: Engine) -> None:
    client = client_for("bob")
    assert client.get(ADD).status_code == 403
    assert client.post(ADD, data={"identity": "X-1"}).status_code == 403
    assert stored(engine, "X-1") is None and 'href="/charge-points/add"' not in client.get("/charge-points/").text


def test_waiting_ends_with_the_first_connection(client_for: Browser, engine: Engine) -> None:
    client = client_for("alice")
    page = client.post(ADD, data={"identity": "X-1"}).text
    assert "Waiting for the first connection" in page and 'hx-get="/charge-points/X-1/first-connection"' in page
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        moment = datetime(2026, 3, 1, tzinfo=UTC)
        conn.execute(update(ChargePoint).where(ChargePoint.identity == "X-1").values(online=True, connected_at=moment))
    after = client.get("/charge-points/X-1/first-connection", headers={"HX-Request": "true"}).text
    assert "Connected" in after and "hx-get" in after  # there is more to come
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        (station,) = conn.execute(select(ChargePoint.id, ChargePoint.organization_id).where(ChargePoint.identity == "X-1"))
        place = {"charge_point_id": station.id, "organization_id": station.organization_id}
        conn.execute(insert(Connector).values(**place, number=1, status="Available", changed_at=moment))
    after = client.get("/charge-points/X-1/first-connection", headers={"HX-Request": "true"}).text
    assert "First status" in after and "hx-get" not in after
