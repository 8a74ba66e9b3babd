"""Charge points, tags and sessions through the API, on both databases."""

import uuid
from datetime import timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, select

from tests.api.conftest import ProgramOf, fields, problem
from tests.people import World, add, put
from wcc.clock import utcnow
from wcc.config import Settings, cipher
from wcc.models import AuditEntry, ChargePoint, ChargingSession, Connector, MeterSample, User

pytestmark = pytest.mark.usefixtures("both_databases")


def session(engine: Engine, world: World, identity: str = "ALICE-1", **columns: object) -> int:
    """A session that runs; returns its number."""
    now = utcnow()
    filled = {
        "organization_id": world.organizations["B" if identity.startswith("CHARLIE") else "A"],
        "charge_point_id": world.charge_points[identity],
        "reference": str(uuid.uuid4()),
        "start_key": str(uuid.uuid4()),
        "connector": 1,
        "id_tag": "Card-1",
        "id_tag_folded": "card-1",
        "authorization": "Accepted",
        "started_at": now,
        "started_received_at": now,
        "meter_start_wh": 100,
        **columns,
    }
    return int(add(engine, ChargingSession, **filled))


def actions(engine: Engine) -> list[str]:
    with engine.connect() as conn:
        return list(conn.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_charge_point_is_added_looked_at_changed_and_deleted(program_of: ProgramOf, engine: Engine, settings: Settings) -> None:
    alice = program_of("alice")
    made = alice.post("/charge-points", {"identity": "NEW 1", "description": "By the door", "city": "Kleve"})
    assert made.status_code == 201 and made.json
    assert made.headers["Location"] == "/api/v1/charge-points/NEW%201"
    assert (made.json["identity"], made.json["presence"], len(made.json["password"])) == ("NEW 1", "unknown", 20)
    changed = alice.patch("/charge-points/NEW 1", {"city": "Emmerich", "password": "a word of my own"})
    assert changed.json and (changed.json["city"], changed.json["description"]) == ("Emmerich", "By the door")
    assert "password" not in changed.json
    with engine.connect() as conn:
        kept = conn.scalar(select(ChargePoint.password).where(ChargePoint.identity == "NEW 1"))
    assert kept and cipher(settings.instance).decrypt(kept) == b"a word of my own"
    assert alice.get("/charge-points/NEW 1").json == changed.json
    assert alice.delete("/charge-points/NEW 1").status_code == 204
    problem(alice.get("/charge-points/NEW 1"), 404)
    expected = ["token.created", "charge_point.added", "charge_point.secret_shown", "charge_point.password_changed", "charge_point.edited"]
    assert actions(engine) == [*expected, "charge_point.deleted"]


def test_an_identity_that_is_taken_is_a_conflict(program_of: ProgramOf) -> None:
    told = problem(program_of("alice").post("/charge-points", {"identity": "CHARLIE-1"}), 409)
    assert fields(told) == {"identity"}


def test_a_charge_point_with_sessions_or_a_connected_one_is_not_deleted(program_of: ProgramOf, engine: Engine, world: World) -> None:
    alice = program_of("alice")
    put(engine, ChargePoint.__table__.update().where(ChargePoint.identity == "ALICE-1").values(online=True))
    assert "connected" in problem(alice.delete("/charge-points/ALICE-1"), 409)["detail"]
    session(engine, world)
    assert "sessions" in problem(alice.delete("/charge-points/ALICE-1"), 409)["detail"]
    problem(program_of("mona").delete("/charge-points/ALICE-1"), 403)
    assert alice.get("/charge-points/ALICE-1").status_code == 200


def test_connectors_tell_their_session_to_those_who_see_it(program_of: ProgramOf, engine: Engine, world: World) -> None:
    number = session(engine, world)
    columns = {"organization_id": world.organizations["A"], "charge_point_id": world.charge_points["ALICE-1"]}
    add(engine, Connector, **columns, number=1, status="Charging", session_id=number, power_w=7000.0)
    put(engine, ChargePoint.__table__.update().where(ChargePoint.identity == "ALICE-1").values(meter_serial="M-1"))
    seen = {name: program_of(name).get("/charge-points/ALICE-1").json for name in ("alice", "ada", "vic")}
    told = {name: (each["meter_serial"], each["connectors"][0]["session"], each["connectors"][0]["power_w"]) for name, each in seen.items()}  # type: ignore[index]
    assert told == {"alice": ("M-1", number, 7000.0), "ada": ("M-1", number, 7000.0), "vic": (None, None, None)}


def test_a_platform_operator_adds_to_any_organization(program_of: ProgramOf, world: World) -> None:
    olga = program_of("olga")
    made = olga.post("/charge-points", {"identity": "B-2", "organization_id": world.organizations["B"]})
    assert made.json and made.json["organization_id"] == world.organizations["B"]
    assert fields(problem(olga.post("/charge-points", {"identity": "B-3", "organization_id": 999999}), 422)) == {"organization"}


def test_a_tag_is_added_blocked_given_away_and_deleted(program_of: ProgramOf) -> None:
    alice = program_of("alice")
    made = alice.post("/tags", {"tag": "Ab/12", "alias": "Car", "user": "bob@example.org", "expires_at": "2030-01-01T01:00:00+01:00"})
    assert made.status_code == 201 and made.json
    assert (made.json["user"], made.json["expires_at"], made.json["state"]) == ("bob@example.org", "2030-01-01T00:00:00Z", "valid")
    assert made.headers["Location"] == "/api/v1/tags/Ab/12"
    address = f"/tags/{quote('aB/12', safe='')}"
    changed = alice.patch(address, {"blocked": True, "user": None}).json
    assert changed and (changed["state"], changed["user"], changed["alias"]) == ("blocked", None, "Car")
    assert alice.patch(address, {"blocked": False, "expires_at": "2020-01-01T00:00:00Z"}).json["state"] == "expired"  # type: ignore[index]
    assert alice.patch(address, {"expires_at": None}).json["state"] == "valid"  # type: ignore[index]
    assert alice.delete(address).status_code == 204
    problem(alice.get(address), 404)


def test_a_tag_twice_is_a_conflict_and_a_stranger_as_its_user_is_refused(program_of: ProgramOf) -> None:
    alice = program_of("alice")
    assert alice.post("/tags", {"tag": "X"}).status_code == 201
    assert fields(problem(alice.post("/tags", {"tag": "x"}), 409)) == {"tag"}
    assert fields(problem(alice.post("/tags", {"tag": "Y", "user": "charlie@example.org"}), 422)) == {"user"}


def test_a_tag_of_several_organizations_is_named_by_nobody_of_neither(program_of: ProgramOf, engine: Engine, world: World) -> None:
    for name in ("alice", "charlie"):
        assert program_of(name).post("/tags", {"tag": "SAME"}).status_code == 201
    assert program_of("olga").get("/tags/SAME").json["organization_id"] == world.organizations["A"]  # type: ignore[index]
    fresh = add(engine, User.__table__.metadata.tables["organization"], name="Organization C")
    put(engine, User.__table__.update().where(User.email == "olga@example.org").values(organization_id=fresh))
    problem(program_of("olga").get("/tags/SAME"), 409)


def test_sessions_are_filtered_by_station_time_status_and_tag(program_of: ProgramOf, engine: Engine, world: World) -> None:
    alice, now = program_of("alice"), utcnow()
    old = session(engine, world, started_at=now - timedelta(days=2), stopped_at=now - timedelta(days=1), plugged_out_at=now, energy_wh=5)
    new = session(engine, world, started_at=now - timedelta(hours=1), id_tag="Card-2", id_tag_folded="card-2")
    other = session(engine, world, "BOBS-1", started_at=now - timedelta(minutes=5))

    def found(query: str) -> list[int]:
        return [each["id"] for each in alice.all(f"/sessions?{query}", 1)]

    assert found("") == [other, new, old]
    assert found("charge_point=ALICE-1") == [new, old]
    assert found("charge_point=ALICE") == []
    assert found("tag=CARD-2") == [new]
    assert found("status=running") == [other, new]
    assert found("status=completed") == [old]
    border = alice.get(f"/sessions/{new}").json["started_at"]  # type: ignore[index]
    assert (found(f"to={border}"), found(f"from={border}")) == ([old], [other, new])
    assert found(f"from={quote((now - timedelta(hours=2)).isoformat())}&to={quote((now - timedelta(minutes=30)).isoformat())}") == [new]
    assert fields(problem(alice.get("/sessions?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z"), 422)) == {"to"}


def test_a_session_is_looked_at_and_noted(program_of: ProgramOf, engine: Engine, world: World) -> None:
    number = session(engine, world, note="before")
    alice = program_of("alice")
    assert alice.patch(f"/sessions/{number}", {"note": "a flat tyre"}).json["note"] == "a flat tyre"  # type: ignore[index]
    told = alice.get(f"/sessions/{number}").json
    assert told and (told["charge_point"], told["tag"], told["status"], told["running"]) == ("ALICE-1", "Card-1", "authorized", True)
    problem(program_of("rita").patch(f"/sessions/{number}", {"note": ""}), 403)


def test_meter_values_come_page_by_page_in_order(program_of: ProgramOf, engine: Engine, world: World) -> None:
    number, now = session(engine, world), utcnow()
    for second in range(7):
        add(
            engine,
            MeterSample,
            session_id=number,
            organization_id=world.organizations["A"],
            at=now + timedelta(seconds=second),
            energy_wh=second,
        )
    found = program_of("alice").all(f"/sessions/{number}/meter-values", 3)
    assert [each["energy_wh"] for each in found] == list(range(7))


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_lists_give_everything_once_whatever_the_size_of_a_page(program_of: ProgramOf, limit: int) -> None:
    alice = program_of("alice")
    for number in range(7):
        alice.post("/tags", {"tag": f"T-{number}"})
    assert [each["tag"] for each in alice.all("/tags", limit)] == [f"T-{number}" for number in range(7)]
    assert [each["identity"] for each in alice.all("/charge-points", limit)] == ["ALICE-1", "BOBS-1"]


def test_the_group_that_its_user_looks_at_does_not_change_what_a_program_gets(program_of: ProgramOf, engine: Engine, world: World) -> None:
    program_of("alice").post("/charge-points", {"identity": "OUTSIDE"})
    put(engine, User.__table__.update().where(User.email == "alice@example.org").values(group_id=world.groups["North"]))
    assert [each["identity"] for each in program_of("alice").all("/charge-points", 100)] == ["ALICE-1", "BOBS-1", "OUTSIDE"]
    with engine.connect() as conn:  # and the program does not change what its user looks at
        assert conn.scalar(select(User.group_id).where(User.email == "alice@example.org")) == world.groups["North"]
