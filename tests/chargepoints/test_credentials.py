"""How the charger connects: the password behind "Show", a new one, and that every look is written down."""

import base64
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, update

from tests.people import World
from wcc.clock import utcnow
from wcc.config import Settings, cipher
from wcc.models import AuditEntry, ChargePoint
from wcc.ocpp.door import Doorkeeper, Guest

ClientFor = Callable[[str], FlaskClient]
FRAGMENT = {"HX-Request": "true"}
SECRET = "a password of bob's charger"
PAGES = ("/charge-points/BOBS-1", "/charge-points/BOBS-1/connectors", "/charge-points/BOBS-1/edit", "/charge-points/", "/audit-log/")


@pytest.fixture
def station(engine: Engine, settings: Settings, world: World) -> str:
    """Bob's station, which has a password and has connected once."""
    change(engine, password=cipher(settings.instance).encrypt(SECRET.encode()), connected_at=utcnow())
    return "/charge-points/BOBS-1"


def change(engine: Engine, **columns: object) -> None:
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        conn.execute(update(ChargePoint).where(ChargePoint.identity == "BOBS-1").values(**columns))


def looks(engine: Engine) -> list[tuple[str, str, int | None]]:
    with engine.connect() as conn:
        rows = conn.execute(select(AuditEntry.__table__).order_by(AuditEntry.id)).all()
    return [(row.action, row.subject, row.user_id) for row in rows]


def let_in(engine: Engine, settings: Settings, password: str) -> bool:
    """Whether the OCPP endpoint takes the password."""
    header = "Basic " + base64.b64encode(f"BOBS-1:{password}".encode()).decode()
    return isinstance(Doorkeeper(engine, cipher(settings.instance)).admit("/ocpp/BOBS-1", "ocpp1.6", header), Guest)


def typed(page: str) -> str:
    found = re.search(r'id="type-password" value="([^"]*)"', page)
    assert found
    return found[1].replace("&#39;", "'")


@pytest.mark.parametrize("who", ["bob", "alice", "olga"])
def test_who_may_see_it_gets_the_password_by_pressing_show_and_it_is_written_down(
    client_for: ClientFor, engine: Engine, world: World, station: str, who: str
) -> None:
    client = client_for(who)
    page = client.get(station).text
    assert "How the charger connects" in page and 'value="ws://localhost/ocpp"' in page and ">Show<" in re.sub(r"<svg.*?</svg>", "", page)
    before = "".join(client.get(path).text for path in PAGES)
    assert SECRET.replace("'", "&#39;") not in before and SECRET not in before
    assert looks(engine) == []
    part = client.post(f"{station}/password", headers=FRAGMENT)
    assert typed(part.text) == SECRET and "<html" not in part.text
    assert part.headers["Cache-Control"] == "no-store"
    assert typed(client.post(f"{station}/password").text) == SECRET  # without JavaScript
    assert looks(engine) == [("charge_point.secret_shown", "BOBS-1", world.users[who])] * 2
    assert client.get(f"{station}/password").status_code == 405  # a link cannot show it


@pytest.mark.parametrize(("who", "status"), [("rita", 403), ("charlie", 404)])
def test_others_get_neither_the_card_nor_the_password(
    client_for: ClientFor, engine: Engine, settings: Settings, station: str, who: str, status: int
) -> None:
    client = client_for(who)
    assert "How the charger connects" not in client.get(station).text
    for path in (f"{station}/password", f"{station}/new-password"):
        for headers in ({}, FRAGMENT):
            answer = client.post(path, headers=headers)
            assert answer.status_code == status and SECRET not in answer.text
    assert looks(engine) == []
    assert let_in(engine, settings, SECRET)


def test_bob_sees_nothing_of_a_station_that_is_not_his(client_for: ClientFor) -> None:
    assert client_for("bob").post("/charge-points/ALICE-1/password").status_code == 404


def test_a_new_password_is_asked_for_in_words_made_and_the_only_one_that_counts(
    client_for: ClientFor, engine: Engine, settings: Settings, station: str
) -> None:
    client = client_for("bob")
    for headers in ({}, FRAGMENT):
        asked = client.get(f"{station}/new-password", headers=headers).text
        assert "It has to be typed into the charger" in asked and ">Yes</button>" in asked
    assert let_in(engine, settings, SECRET)
    fresh = typed(client.post(f"{station}/new-password").text)
    assert re.fullmatch(r"[A-Za-z0-9]{20}", fresh)
    assert (let_in(engine, settings, fresh), let_in(engine, settings, SECRET)) == (True, False)
    assert [action for action, _subject, _user in looks(engine)] == ["charge_point.password_changed", "charge_point.secret_shown"]
    with engine.connect() as conn:
        kept = conn.scalar(select(ChargePoint.password).where(ChargePoint.identity == "BOBS-1"))
    assert kept and fresh.encode() not in kept
    assert fresh not in "".join(client.get(path).text for path in PAGES)
    assert typed(client.post(f"{station}/password").text) == fresh


def test_a_station_without_a_password_says_so_and_can_get_one(client_for: ClientFor, engine: Engine, station: str) -> None:
    change(engine, password=None)
    client = client_for("alice")
    assert "let in without one" in client.get(station).text
    assert "let in without one" in client.post(f"{station}/password", headers=FRAGMENT).text
    assert looks(engine) == []
    assert typed(client.post(f"{station}/new-password").text)


def test_a_password_under_another_key_is_no_fault_of_ours(client_for: ClientFor, engine: Engine, station: str) -> None:
    change(engine, password=b"not what the key made")
    answer = client_for("alice").post(f"{station}/password")
    assert answer.status_code == 200 and "cannot be read" in answer.text


def test_bytes_that_are_no_text_are_shown_as_chargers_may_send_them(
    client_for: ClientFor, engine: Engine, settings: Settings, station: str
) -> None:
    change(engine, password=cipher(settings.instance).encrypt(b"\xff\x00binary key"))
    shown = typed(client_for("alice").post(f"{station}/password").text)
    assert bytes.fromhex(shown) == b"\xff\x00binary key" and let_in(engine, settings, shown)


def test_the_page_of_a_station_that_never_connected_tells_what_to_type(client_for: ClientFor, engine: Engine, station: str) -> None:
    change(engine, connected_at=None)
    page = client_for("bob").get(station).text
    assert page.count("How the charger connects") == 1 and "Waiting for the first connection" in page
