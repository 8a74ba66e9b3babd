"""Sharing a station and assigning it (R3.3c, R7.3). Who gets what of a shared station stands in the access matrix."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from tests.people import World, add
from wcc.models import AuditEntry, ChargePoint, Group, GroupUser, Share

ClientFor = Callable[[str], FlaskClient]
BOBS = "/charge-points/BOBS-1/sharing/"


def shares(engine: Engine, world: World, identity: str) -> dict[str, bool]:
    """Of a station: name of a person or `group <id>` → whether to administer."""
    names = {id: name for name, id in world.users.items()}
    with engine.connect() as conn:
        rows = conn.execute(select(Share).where(Share.charge_point_id == world.charge_points[identity]))
        return {names[row.user_id] if row.user_id else f"group {row.group_id}": row.administer for row in rows}


def test_a_user_shares_the_own_station_and_ends_it(client_for: ClientFor, engine: Engine, world: World) -> None:
    bob, vic = client_for("bob"), client_for("vic")
    assert vic.get("/charge-points/BOBS-1").status_code == 404
    assert bob.post(BOBS, data={"email": " VIC@example.org ", "to": "view"}).status_code == 303
    assert shares(engine, world, "BOBS-1") == {"vic": False}
    page = vic.get("/charge-points/BOBS-1")
    assert (page.status_code, "Shared" in page.text, "Boot configuration" in page.text) == (200, True, False)
    assert bob.post(BOBS, data={"email": "vic@example.org", "to": "administer"}).status_code == 303
    assert shares(engine, world, "BOBS-1") == {"vic": True}
    assert "Boot configuration" in vic.get("/charge-points/BOBS-1").text
    with engine.connect() as conn:
        share_id = conn.scalar(select(Share.id).where(Share.user_id == world.users["vic"], Share.administer))
        said = [(row.action, row.detail, row.subject_user_id) for row in conn.execute(select(AuditEntry).order_by(AuditEntry.id))]
    assert said == [("share.set", "to=view", world.users["vic"]), ("share.set", "to=administer", world.users["vic"])]
    assert bob.post(f"{BOBS}{share_id}/end").status_code == 303
    assert vic.get("/charge-points/BOBS-1").status_code == 404


def test_a_station_is_shared_with_a_group(client_for: ClientFor, engine: Engine, world: World) -> None:
    south = add(engine, Group, organization_id=world.organizations["A"], name="South", folded="south")
    add(engine, GroupUser, group_id=south, user_id=world.users["vic"])
    assert client_for("alice").post(BOBS, data={"group": south, "to": "view"}).status_code == 303
    assert shares(engine, world, "BOBS-1") == {f"group {south}": False}
    assert client_for("vic").get("/charge-points/BOBS-1").status_code == 200
    assert client_for("ada").get("/charge-points/BOBS-1").status_code == 404


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("", "Please fill this in."),
        ("nobody@example.org", "There is nobody with this e-mail address in this organization."),
        ("charlie@example.org", "There is nobody with this e-mail address in this organization."),
        ("bo\u0007b@example.org", "There is nobody with this e-mail address in this organization."),
        ("bob@example.org", "The charge point is assigned to this person: there is nothing to share."),
        ("alice@example.org", "This person administers the organization and sees every charge point anyway."),
    ],
)
def test_whom_it_cannot_be_shared_with_is_told(client_for: ClientFor, engine: Engine, world: World, email: str, words: str) -> None:
    answer = client_for("bob").post(BOBS, data={"email": email, "to": "view"})
    assert (answer.status_code, words in answer.text) == (422, True)
    assert shares(engine, world, "BOBS-1") == {}


def test_a_group_of_others_is_no_group(client_for: ClientFor, engine: Engine, world: World) -> None:
    west = add(engine, Group, organization_id=world.organizations["B"], name="West", folded="west")
    south = add(engine, Group, organization_id=world.organizations["A"], name="South", folded="south")
    for group_id in (west, south, 2**40):  # bob is not in South, so he does not know it
        answer = client_for("bob").post(BOBS, data={"group": group_id, "to": "view"})
        assert (answer.status_code, "Choose one of the groups." in answer.text) == (422, True)
    assert shares(engine, world, "BOBS-1") == {}


def test_a_share_of_another_station_is_not_ended_by_counting(client_for: ClientFor, engine: Engine, world: World) -> None:
    with engine.connect() as conn:
        others = list(conn.scalars(select(Share.id)))
    for share_id in (*others, 2**40):
        assert client_for("bob").post(f"{BOBS}{share_id}/end").status_code == 404
    assert shares(engine, world, "ALICE-1") == {"vic": False, "ada": True}


def test_who_may_administer_does_not_share_on(client_for: ClientFor, engine: Engine, world: World) -> None:
    answer = client_for("ada").post("/charge-points/ALICE-1/sharing/", data={"email": "bob@example.org", "to": "administer"})
    assert answer.status_code == 403
    assert client_for("ada").post("/charge-points/ALICE-1/sharing/assign", data={"assign": "ada@example.org"}).status_code == 403
    assert shares(engine, world, "ALICE-1") == {"vic": False, "ada": True}
    page = client_for("ada").get("/charge-points/ALICE-1").text
    assert ("Assigned to" in page, "/sharing/" in page, "Boot configuration" in page) == (False, False, True)


def owner(engine: Engine, identity: str) -> int | None:
    with engine.connect() as conn:
        return conn.scalar(select(ChargePoint.user_id).where(ChargePoint.identity == identity))


def test_a_station_is_assigned_to_somebody_and_to_nobody(client_for: ClientFor, engine: Engine, world: World) -> None:
    alice, ada = client_for("alice"), client_for("ada")
    path = "/charge-points/ALICE-1/sharing/assign"
    assert alice.post(path, data={"assign": "ada@example.org"}).status_code == 303
    assert owner(engine, "ALICE-1") == world.users["ada"]
    assert shares(engine, world, "ALICE-1") == {"vic": False}  # it is her own now
    assert ada.get("/charge-points/ALICE-1/sharing/").status_code == 200
    assert alice.post(path, data={"assign": ""}).status_code == 303
    assert owner(engine, "ALICE-1") is None
    assert ada.get("/charge-points/ALICE-1").status_code == 404
    answer = alice.post(path, data={"assign": "charlie@example.org"})
    assert (answer.status_code, "charlie@example.org" in answer.text) == (422, True)


def test_who_gives_the_own_station_away_is_led_to_the_list(client_for: ClientFor, engine: Engine, world: World) -> None:
    answer = client_for("bob").post("/charge-points/BOBS-1/sharing/assign", data={"assign": "vic@example.org"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/charge-points/")
    assert owner(engine, "BOBS-1") == world.users["vic"]
    assert client_for("bob").get("/charge-points/BOBS-1").status_code == 404


def test_who_sees_a_shared_station_sees_no_session_of_others_there(client_for: ClientFor, world: World) -> None:
    page = client_for("vic").get("/charge-points/").text
    assert ("ALICE-1" in page, "Shared" in page, "Edit" in page.partition("ALICE-1")[2].partition("</tr>")[0]) == (True, True, False)
