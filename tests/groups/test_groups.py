"""Group Management: making groups, choosing who and what is in them, and looking at one (R1.6d, R7.3)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, update

from tests.people import World, add, put
from wcc.clock import utcnow
from wcc.models import AuditEntry, ChargePoint, ChargingSession, Group, GroupChargePoint, GroupUser, Share, User

ClientFor = Callable[[str], FlaskClient]


def stations(engine: Engine, group_id: int) -> set[str]:
    query = select(ChargePoint.identity).join(GroupChargePoint).where(GroupChargePoint.group_id == group_id)
    with engine.connect() as conn:
        return set(conn.scalars(query))


def people(engine: Engine, group_id: int) -> set[str]:
    query = select(User.email).join(GroupUser, GroupUser.user_id == User.id).where(GroupUser.group_id == group_id)
    with engine.connect() as conn:
        return {email.partition("@")[0] for email in conn.scalars(query)}


def noted(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as conn:
        return [(row.action, row.subject) for row in conn.execute(select(AuditEntry).order_by(AuditEntry.id))]


def test_an_administrator_makes_a_group_and_fills_it(client_for: ClientFor, engine: Engine, world: World) -> None:
    alice = client_for("alice")
    made = alice.post("/groups/add", data={"name": " South ", "description": "Behind the station"})
    assert made.status_code == 303
    path = made.headers["Location"]
    group_id = int(path.rsplit("/", 1)[1])
    alice.post(f"{path}/charge-points/add", data={"id": world.charge_points["ALICE-1"]})
    alice.post(f"{path}/people/add", data={"id": [world.users["bob"], world.users["vic"]]})
    assert (stations(engine, group_id), people(engine, group_id)) == ({"ALICE-1"}, {"bob", "vic"})
    page = alice.get(path).text
    assert all(word in page for word in ("South", "Behind the station", "ALICE-1", "bob@example.org"))
    alice.post(f"{path}/charge-points/remove", data={"id": world.charge_points["ALICE-1"]})
    alice.post(f"{path}/people/remove", data={"id": world.users["bob"]})
    assert (stations(engine, group_id), people(engine, group_id)) == (set(), {"vic"})
    assert noted(engine) == [
        ("group.added", "South"),
        ("group.station_added", "ALICE-1"),
        ("group.person_added", "South"),
        ("group.person_added", "South"),
        ("group.station_removed", "ALICE-1"),
        ("group.person_removed", "South"),
    ]


def test_putting_in_what_is_in_already_changes_nothing(client_for: ClientFor, engine: Engine, world: World) -> None:
    north = f"/groups/{world.groups['North']}"
    client_for("alice").post(f"{north}/charge-points/add", data={"id": world.charge_points["ALICE-1"]})
    client_for("alice").post(f"{north}/people/add", data={"id": world.users["bob"]})
    assert stations(engine, world.groups["North"]) == {"ALICE-1", "BOBS-1"}
    assert noted(engine) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "Please fill this in."),
        ("x" * 101, "This is too long."),
        ("No\u0007rth", "This contains a character that cannot be used."),
        ("NORTH", "There is a group with this name already."),
    ],
)
def test_a_name_that_cannot_be_taken_is_told_and_nothing_typed_is_lost(client_for: ClientFor, name: str, words: str) -> None:
    answer = client_for("alice").post("/groups/add", data={"name": name, "description": "what I typed"})
    assert (answer.status_code, words in answer.text, "what I typed" in answer.text) == (422, True, True)


def test_a_group_keeps_its_own_name_when_it_is_edited(client_for: ClientFor, engine: Engine, world: World) -> None:
    north = f"/groups/{world.groups['North']}"
    assert client_for("alice").post(north, data={"name": "north", "description": "new"}).status_code == 303
    with engine.connect() as conn:
        assert conn.execute(select(Group.name, Group.description)).one() == ("north", "new")


def test_two_organizations_may_use_the_same_name(client_for: ClientFor) -> None:
    assert client_for("charlie").post("/groups/add", data={"name": "North"}).status_code == 303


def test_nobody_puts_in_what_is_not_theirs(client_for: ClientFor, engine: Engine, world: World) -> None:
    north = f"/groups/{world.groups['North']}"
    for person in ("alice", "olga", "mona"):
        answer = client_for(person).post(f"{north}/charge-points/add", data={"id": world.charge_points["CHARLIE-1"]})
        assert answer.status_code == 404, person  # a group is of one organization, whoever puts in
        answer = client_for(person).post(f"{north}/people/add", data={"id": world.users["charlie"]})
        assert answer.status_code == 404, person
    # what is only shared with a manager is not theirs to put anywhere
    add(engine, Share, charge_point_id=_lone(engine, world), user_id=world.users["mona"], administer=True)
    answer = client_for("mona").post(f"{north}/charge-points/add", data={"id": world.charge_points["LONE-1"]})
    assert answer.status_code == 404
    assert stations(engine, world.groups["North"]) == {"ALICE-1", "BOBS-1"}
    assert people(engine, world.groups["North"]) == {"bob", "mona", "rita"}


def _lone(engine: Engine, world: World) -> int:
    """A station of organization A that is in no group."""
    made: int = add(engine, ChargePoint, organization_id=world.organizations["A"], identity="LONE-1")
    world.charge_points["LONE-1"] = made
    return made


def test_nothing_ticked_is_told(client_for: ClientFor, world: World) -> None:
    north = f"/groups/{world.groups['North']}"
    for what in ("charge-points", "people"):
        answer = client_for("alice").post(f"{north}/{what}/add", data={"id": "rubbish"})
        assert (answer.status_code, "Tick at least one." in answer.text) == (422, True)
        followed = client_for("alice").post(f"{north}/{what}/remove", follow_redirects=True)
        assert "Tick at least one." in followed.text


def test_the_dialog_offers_what_is_not_in_the_group_and_searches(client_for: ClientFor, engine: Engine, world: World) -> None:
    north = f"/groups/{world.groups['North']}"
    _lone(engine, world)
    alice = client_for("alice")
    offered = alice.get(f"{north}/charge-points/add").text
    assert ("LONE-1" in offered, "ALICE-1" in offered, "CHARLIE-1" in offered) == (True, False, False)
    assert "LONE-1" not in alice.get(f"{north}/charge-points/add?search=other", headers={"HX-Request": "true"}).text
    offered = alice.get(f"{north}/people/add?search=VIC").text
    assert ("vic@example.org" in offered, "ada@example.org" in offered, "bob@example.org" in offered) == (True, False, False)


def test_deleting_a_group_ends_what_hangs_on_it_and_nothing_else(client_for: ClientFor, engine: Engine, world: World) -> None:
    north = world.groups["North"]
    add(engine, Share, charge_point_id=_lone(engine, world), group_id=north, administer=True)
    put(engine, update(User).where(User.id == world.users["alice"]).values(group_id=north))
    assert client_for("bob").get("/charge-points/LONE-1").status_code == 200
    assert client_for("mona").get("/charge-points/ALICE-1").status_code == 200
    assert client_for("alice").post(f"/groups/{north}/delete").status_code == 303
    assert client_for("bob").get("/charge-points/LONE-1").status_code == 404
    assert client_for("mona").get("/charge-points/ALICE-1").status_code == 404
    with engine.connect() as conn:
        assert list(conn.scalars(select(Share.group_id).where(Share.group_id.is_not(None)))) == []
        assert conn.scalar(select(User.group_id).where(User.id == world.users["alice"])) is None
        assert conn.scalar(select(ChargePoint.id).where(ChargePoint.identity == "ALICE-1"))


def test_a_manager_looks_after_what_is_in_the_group_and_after_its_people(client_for: ClientFor, engine: Engine, world: World) -> None:
    lone = _lone(engine, world)
    elsewhere = add(
        engine,
        ChargingSession,
        organization_id=world.organizations["A"],
        charge_point_id=lone,
        user_id=world.users["bob"],
        id=9_001,
        reference="r",
        start_key="k",
        connector=1,
        id_tag="T",
        id_tag_folded="t",
        authorization="Accepted",
        started_at=utcnow() - timedelta(hours=1),
        started_received_at=utcnow(),
        meter_start_wh=0,
    )
    mona = client_for("mona")
    assert mona.get("/charge-points/LONE-1").status_code == 404
    assert mona.get(f"/sessions/{elsewhere}").status_code == 200  # one of her people charged there
    assert client_for("rita").get(f"/sessions/{elsewhere}").status_code == 200
    assert client_for("vic").get(f"/sessions/{elsewhere}").status_code == 404
    assert mona.post("/charge-points/ALICE-1/edit", data={"city": "Delft"}).status_code == 302
    assert mona.post(f"/users/{world.users['bob']}", data={"first_name": "Bobby"}).status_code == 303
    assert mona.get(f"/users/{world.users['alice']}").status_code == 404


def test_a_manager_adds_people_to_the_own_groups_only(client_for: ClientFor, engine: Engine, world: World) -> None:
    mona = client_for("mona")
    south = add(engine, Group, organization_id=world.organizations["A"], name="South", folded="south")
    new = {"email": "new@example.org", "role": "user", "language": "en"}
    for group in ("", "rubbish", south, 2**40):
        answer = mona.post("/users/add", data=new | {"group": group})
        assert (answer.status_code, "Choose one of the groups." in answer.text) == (422, True), group
    for role in ("operator", "administrator", "manager", "readonly"):
        answer = mona.post("/users/add", data=new | {"role": role, "group": world.groups["North"]})
        assert (answer.status_code, "Choose one of the roles." in answer.text) == (422, True), role
    assert mona.post("/users/add", data=new | {"group": world.groups["North"]}).status_code in (200, 303)
    assert "new" in people(engine, world.groups["North"])
    assert "new@example.org" in mona.get("/users/").text


def test_a_manager_gives_nobody_another_role(client_for: ClientFor, engine: Engine, world: World) -> None:
    client_for("mona").post(f"/users/{world.users['bob']}", data={"role": "manager", "first_name": "Bobby"})
    with engine.connect() as conn:
        assert conn.execute(select(User.role, User.first_name).where(User.id == world.users["bob"])).one() == ("user", "Bobby")


def test_a_managers_tag_is_somebodys(client_for: ClientFor, world: World) -> None:
    mona = client_for("mona")
    answer = mona.post("/tags/add", data={"tag": "LOOSE", "user": ""})
    assert (answer.status_code, "Please fill this in." in answer.text) == (422, True)
    assert mona.post("/tags/add", data={"tag": "LOOSE", "user": "alice@example.org"}).status_code == 422  # whom she does not see
    assert mona.post("/tags/add", data={"tag": "BOBS-CARD", "user": "bob@example.org"}).status_code == 303
    assert "BOBS-CARD" in mona.get("/tags/").text


def test_who_leaves_a_group_no_longer_sees_it(client_for: ClientFor, engine: Engine, world: World) -> None:
    north = world.groups["North"]
    assert client_for("rita").post("/groups/look-at", data={"group": north}).status_code == 303
    assert client_for("rita").get("/charge-points/ALICE-1").status_code == 200
    client_for("mona").post(f"/groups/{north}/people/remove", data={"id": world.users["rita"]})
    assert client_for("rita").get("/charge-points/ALICE-1").status_code == 404
    with engine.connect() as conn:
        assert conn.scalar(select(User.group_id).where(User.id == world.users["rita"])) is None


def test_a_manager_who_leaves_is_led_to_the_list(client_for: ClientFor, world: World) -> None:
    left = client_for("mona").post(f"/groups/{world.groups['North']}/people/remove", data={"id": world.users["mona"]})
    assert left.headers["Location"] == "/groups/"
    assert client_for("mona").get("/groups/").status_code == 200


def test_looking_at_a_group_is_for_those_who_see_it(client_for: ClientFor, world: World) -> None:
    north = world.groups["North"]
    for person, status in (("charlie", 404), ("vic", 404), ("bob", 303), ("rita", 303), ("alice", 303), ("olga", 303)):
        assert client_for(person).post("/groups/look-at", data={"group": north}).status_code == status, person
    assert client_for("alice").post("/groups/look-at", data={"group": 2**40}).status_code == 404


def test_the_shell_tells_which_group_is_looked_at_and_logs_off(client_for: ClientFor, engine: Engine, world: World) -> None:
    _lone(engine, world)
    alice = client_for("alice")
    page = alice.get("/charge-points/").text
    assert ("Group: all" in page, "Log Off Group" in page, "LONE-1" in page) == (True, False, True)
    alice.post("/groups/look-at", data={"group": world.groups["North"]})
    page = alice.get("/charge-points/").text
    assert ("Group: North" in page, "Log Off Group" in page, "LONE-1" in page, "ALICE-1" in page) == (True, True, False, True)
    alice.post("/groups/look-at", data={"group": ""})
    assert "LONE-1" in alice.get("/charge-points/").text


def test_who_has_no_group_has_nothing_to_switch(client_for: ClientFor) -> None:
    page = client_for("vic").get("/charge-points/").text
    assert ("Group: all" in page, "Group Management" in page) == (False, False)


def test_looking_at_a_group_goes_nowhere_else(client_for: ClientFor, world: World) -> None:
    for target in ("https://evil.example", "//evil.example", "/\\evil.example"):
        answer = client_for("alice").post("/groups/look-at", data={"group": world.groups["North"], "next": target})
        assert answer.headers["Location"] == "/"


def test_what_a_group_is_called_is_shown_as_text(client_for: ClientFor) -> None:
    alice = client_for("alice")
    made = alice.post("/groups/add", data={"name": "<script>alert(1)</script>", "description": "<b>x</b>"})
    for path in ("/groups/", made.headers["Location"], "/groups/look-at", "/charge-points/ALICE-1/sharing/"):
        page = alice.get(path).text
        assert ("<script>alert" in page, "<b>x</b>" in page, "&lt;script&gt;alert" in page) == (False, False, True), path
