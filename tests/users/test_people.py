"""Settings → Users: who may add, edit and delete whom, and what is left of a deleted person (R1.4, R1.5, R3.7)."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, update

from tests.people import World, add
from wcc.clock import utcnow
from wcc.models import AuditEntry, AuthorizationTag, ChargePoint, ChargingSession, SignIn, User
from wcc.tags import record
from wcc.users import people

ClientFor = Callable[[str], FlaskClient]
NEW = {"email": "Dora@Example.org", "first_name": "Dora", "last_name": "Jansen", "role": "user", "language": "nl"}


def row(engine: Engine, model: Any, id: int) -> Any:
    with engine.connect() as conn:
        return conn.execute(select(model.__table__).where(model.id == id)).one_or_none()


def change(engine: Engine, user_id: int, **columns: Any) -> None:
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        conn.execute(update(User).where(User.id == user_id).values(**columns))


@pytest.fixture
def session_of_bob(engine: Engine, world: World) -> int:
    """A session that bob made with his card, as the ledger writes it."""
    bob = world.users["bob"]
    card = add(engine, AuthorizationTag, organization_id=world.organizations["A"], user_id=bob, tag="04BB", folded="04bb", alias="Bob's")
    now = utcnow()
    return int(
        add(
            engine, ChargingSession, id=800_001, reference="r", start_key="k", organization_id=world.organizations["A"],
            charge_point_id=world.charge_points["BOBS-1"], connector=1, id_tag="04BB", id_tag_folded="04bb", tag_id=card, user_id=bob,
            authorization="Accepted", tag_alias="Bob's", first_name="Bob", last_name="Test", email="bob@example.org", employee_number="7",
            customer_number="8", started_at=now, started_received_at=now, meter_start_wh=0, energy_wh=5_000,
        )
    )  # fmt: skip


def test_a_new_user_is_kept_as_typed_and_invited(client_for: ClientFor, engine: Engine) -> None:
    assert client_for("alice").post("/users/add", data=NEW).status_code == 303
    with engine.connect() as conn:
        dora = conn.execute(select(User.__table__).where(User.email == "dora@example.org")).one()
    assert (dora.first_name, dora.role, dora.language) == ("Dora", "user", "nl")
    assert dora.invited_at is not None


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("email", "nonsense", "Enter an e-mail address"),
        ("email", "BOB@example.org", "has an account with this e-mail"),
        ("first_name", "x" * 101, "This is too long."),
        ("last_name", "a\0b", "cannot be used"),
        ("mobile_number", "call me", "Enter a telephone number"),
        ("language", "xx", "Choose one of the languages."),
        ("role", "operator", "Choose one of the roles."),
        ("role", "", "Choose one of the roles."),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_nothing_typed_is_lost(
    client_for: ClientFor, engine: Engine, field: str, value: str, told: str
) -> None:
    answer = client_for("alice").post("/users/add", data=NEW | {"employee_number": "E-4711", field: value})
    assert answer.status_code == 422
    assert told in answer.text
    assert 'value="E-4711"' in answer.text
    with engine.connect() as conn:
        assert conn.scalar(select(func.count()).where(User.email == "dora@example.org")) == 0


def test_an_administrator_edits_a_user(client_for: ClientFor, engine: Engine, world: World) -> None:
    given = {"first_name": "Robert", "last_name": "Smit", "mobile_number": "+31 6 1234", "employee_number": "E1", "customer_number": "C1"}
    answer = client_for("alice").post(f"/users/{world.users['bob']}", data=given | {"language": "nl", "role": "readonly"})
    assert answer.status_code == 303
    bob = row(engine, User, world.users["bob"])
    assert {name: getattr(bob, name) for name in given} == given
    assert (bob.language, bob.role) == ("nl", "readonly")


def test_an_invalid_edit_changes_nothing_and_keeps_what_was_typed(client_for: ClientFor, engine: Engine, world: World) -> None:
    answer = client_for("bob").post(f"/users/{world.users['bob']}", data={"first_name": "Robert", "mobile_number": "abc"})
    assert answer.status_code == 422
    assert 'value="Robert"' in answer.text and 'value="abc"' in answer.text
    assert row(engine, User, world.users["bob"]).first_name == "Bob"


@pytest.mark.parametrize("person", ["bob", "alice", "rita", "olga"])
def test_nobody_gives_oneself_a_role(client_for: ClientFor, engine: Engine, world: World, person: str) -> None:
    before = row(engine, User, world.users[person]).role
    answer = client_for(person).post(f"/users/{world.users[person]}", data={"first_name": "Me", "role": "administrator"})
    assert answer.status_code == 303
    assert (row(engine, User, world.users[person]).first_name, row(engine, User, world.users[person]).role) == ("Me", before)


def test_an_administrator_reaches_no_operator(client_for: ClientFor, engine: Engine, world: World) -> None:
    alice, olga = client_for("alice"), world.users["olga"]
    assert alice.post(f"/users/{olga}", data={"first_name": "x"}).status_code == 403
    assert alice.post("/users/delete", data={"id": olga}).status_code == 403
    assert row(engine, User, olga).first_name == "Olga"


def test_the_last_administrator_is_neither_demoted_nor_deleted(client_for: ClientFor, engine: Engine, world: World) -> None:
    alice, olga = world.users["alice"], client_for("olga")
    answer = olga.post(f"/users/{alice}", data={"role": "user"})
    assert (answer.status_code, "The last administrator remains one" in answer.text) == (422, True)
    for client in (olga, client_for("alice")):
        answer = client.post("/users/delete", data={"id": [world.users["bob"], alice]})
        assert (answer.status_code, "The last administrator remains one" in answer.text) == (422, True)
    assert row(engine, User, alice).role == "administrator"
    assert row(engine, User, world.users["bob"])  # all or none
    change(engine, world.users["bob"], role="administrator")
    assert client_for("alice").post("/users/delete", data={"id": alice}).headers["Location"] == "/sign-in"
    assert row(engine, User, alice) is None


def test_both_last_administrators_at_once_are_not_deleted(client_for: ClientFor, engine: Engine, world: World) -> None:
    change(engine, world.users["bob"], role="administrator")
    answer = client_for("alice").post("/users/delete", data={"id": [world.users["alice"], world.users["bob"]]})
    assert answer.status_code == 422
    assert row(engine, User, world.users["bob"]) and row(engine, User, world.users["alice"])


def test_the_last_operator_stays(client_for: ClientFor, engine: Engine, world: World) -> None:
    assert client_for("olga").post("/users/delete", data={"id": world.users["olga"]}).status_code == 422
    assert row(engine, User, world.users["olga"])


def test_of_a_deleted_person_nothing_is_left_but_what_was_charged(
    both_databases: str, client_for: ClientFor, engine: Engine, world: World, session_of_bob: int
) -> None:
    bob = world.users["bob"]
    client = client_for("bob")
    client.post(f"/users/{bob}/tags/add", data={"tag": "04CC", "alias": "Bob's second"})
    asked = client_for("alice").get(f"/users/delete?id={bob}", headers={"HX-Request": "true"}).text
    assert "Bob Test" in asked and ">Yes</button>" in asked
    assert client_for("alice").post("/users/delete", data={"id": bob}).status_code == 303
    session = row(engine, ChargingSession, session_of_bob)
    assert (session.energy_wh, session.id_tag) == (5_000, "04BB")
    assert [getattr(session, name) for name in (*people.IN_SESSIONS, "user_id", "tag_id")] == [None] * 8
    with engine.connect() as conn:
        assert conn.scalar(select(func.count()).select_from(AuthorizationTag)) == 0
        assert conn.scalar(select(func.count()).where(SignIn.user_id == bob)) == 0
        assert conn.scalar(select(ChargePoint.user_id).where(ChargePoint.identity == "BOBS-1")) is None
        told = conn.execute(select(AuditEntry.__table__).where((AuditEntry.user_id == bob) | (AuditEntry.subject_user_id == bob))).all()
        assert record.verdicts(conn, [(world.charge_points["BOBS-1"], world.organizations["A"], "04bb", 0)])[0][0] == "Invalid"
    assert {entry.action for entry in told} == {"tag.added", "user.deleted"}
    assert {(entry.subject, entry.detail) for entry in told} == {("", "")}
    assert [entry.address for entry in told if entry.user_id == bob] == [""]
    assert client.get("/").status_code == 302  # signed out
    pages = [
        client_for("alice").get(path).text for path in ("/users/", "/sessions/", f"/sessions/{session_of_bob}", "/audit-log/", "/tags/")
    ]
    assert [word for word in ("bob@example.org", "Bob Test", "Bob&#39;s") if any(word in page for page in pages)] == []


def test_who_deletes_nobody_is_told_so(client_for: ClientFor, engine: Engine) -> None:
    answer = client_for("alice").post("/users/delete")
    assert (answer.status_code, "Tick those whom you want to delete." in answer.text) == (422, True)


@pytest.mark.parametrize("who", ["charlie", "bob", "rita"])
def test_nobody_deletes_whom_they_do_not_manage(client_for: ClientFor, engine: Engine, world: World, who: str) -> None:
    victim = world.users["alice"]
    for data in ({"id": victim}, {"id": [world.users[who], victim]}):
        assert client_for(who).post("/users/delete", data=data).status_code in (403, 404)
    assert row(engine, User, victim) and row(engine, User, world.users[who])


def test_the_list_holds_whom_one_may_see(client_for: ClientFor) -> None:
    seen = {
        "alice": {"alice", "bob", "olga", "rita", "mona", "vic"},
        "rita": {"bob", "rita", "mona"},
        "mona": {"bob", "rita", "mona"},
        "bob": {"bob"},
        "vic": {"vic"},
        "charlie": {"charlie"},
        "olga": {"alice", "bob", "charlie", "olga", "rita", "mona", "vic"},
    }
    for person, names in seen.items():
        listed = client_for(person).get("/users/", headers={"HX-Request": "true"}).text
        assert {name for name in seen if f"{name}@example.org" in listed} == names, person


def test_the_list_is_searched_and_filtered(client_for: ClientFor) -> None:
    alice = client_for("alice")
    assert "bob@example.org" in alice.get("/users/?find=BOB").text
    assert "bob@example.org" not in alice.get("/users/?find=nobody").text
    only = alice.get("/users/?role=readonly", headers={"HX-Request": "true"}).text
    assert ("rita@example.org" in only, "bob@example.org" in only) == (True, False)


def test_a_tag_of_a_user_is_taken_by_chargers_and_refused_once_removed(client_for: ClientFor, engine: Engine, world: World) -> None:
    bob, station = world.users["bob"], (world.charge_points["BOBS-1"], world.organizations["A"])

    def verdict() -> str:
        with engine.connect() as conn:
            return record.verdicts(conn, [(*station, "04dd", 0)])[0][0]

    assert verdict() == "Invalid"
    assert client_for("alice").post(f"/users/{bob}/tags/add", data={"tag": "04DD", "alias": "car"}).status_code == 303
    assert verdict() == "Accepted"
    with engine.connect() as conn:
        tag = conn.execute(select(AuthorizationTag.__table__).where(AuthorizationTag.user_id == bob)).one()
    assert (tag.alias, tag.type, tag.virtual) == ("car", "Other", False)
    assert client_for("bob").post(f"/users/{bob}/tags/{tag.id}/remove").status_code == 303
    assert verdict() == "Invalid"


def test_without_its_id_a_virtual_tag_is_made(client_for: ClientFor, engine: Engine, world: World) -> None:
    bob = world.users["bob"]
    client_for("bob").post(f"/users/{bob}/tags/add", data={"tag": " ", "alias": "phone", "type": "Private"})
    with engine.connect() as conn:
        tag = conn.execute(select(AuthorizationTag.__table__).where(AuthorizationTag.user_id == bob)).one()
    assert (tag.virtual, tag.alias, tag.type) == (True, "phone", "Private")
    assert 0 < len(tag.tag) <= 20


def test_a_taken_tag_is_told_and_the_alias_is_kept(client_for: ClientFor, world: World, session_of_bob: int) -> None:
    answer = client_for("alice").post(f"/users/{world.users['alice']}/tags/add", data={"tag": "04bb", "alias": "mine"})
    assert answer.status_code == 422
    assert "There is a tag with this ID already." in answer.text and 'value="mine"' in answer.text


def test_a_tag_is_not_removed_by_way_of_another_user(client_for: ClientFor, engine: Engine, world: World, session_of_bob: int) -> None:
    with engine.connect() as conn:
        tag = conn.scalar(select(AuthorizationTag.id))
    assert client_for("alice").post(f"/users/{world.users['alice']}/tags/{tag}/remove").status_code == 404
    assert row(engine, AuthorizationTag, tag)


def test_ids_beyond_all_bounds_are_not_found(client_for: ClientFor) -> None:
    for path in (f"/users/{2**70}", f"/users/delete?id={2**70}", f"/users/1/tags/{2**70}/remove", f"/tags/{2**70}/edit"):
        assert client_for("alice").get(path).status_code == 404, path


def test_who_reads_only_gets_no_buttons(client_for: ClientFor, world: World) -> None:
    rita = client_for("rita")
    assert "Add user" not in rita.get("/users/").text
    assert "/operations/" not in rita.get("/").text
    stations = rita.get("/charge-points/")
    assert "ALICE-1" in stations.text
    assert "/operations/" not in stations.text and "/edit" not in stations.text
    detail = rita.get("/charge-points/BOBS-1").text
    assert "bob@example.org" in detail and "/edit" not in detail
