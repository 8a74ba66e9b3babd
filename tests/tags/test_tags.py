"""ChargePoints → Authorization: the tags of the organization (R3.6)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select

from tests.people import World, add
from wcc.clock import now_ms, utcnow
from wcc.models import AuthorizationTag, ChargingSession
from wcc.tags import record

ClientFor = Callable[[str], FlaskClient]
FRAGMENT = {"HX-Request": "true"}


def the_tag(engine: Engine) -> Any:
    with engine.connect() as conn:
        return conn.execute(select(AuthorizationTag.__table__)).one()


def verdict(engine: Engine, world: World, folded: str) -> str:
    """What a charger of alice's is told."""
    with engine.connect() as conn:
        asked = (world.charge_points["ALICE-1"], world.organizations["A"], folded, now_ms())
        return record.verdicts(conn, [asked])[0][0]


def card(engine: Engine, world: World, tag: str, **columns: Any) -> int:
    return int(add(engine, AuthorizationTag, organization_id=world.organizations["A"], tag=tag, folded=tag.casefold(), **columns))


def refused(engine: Engine, world: World, number: int, tag: str, station: str = "ALICE-1") -> None:
    """A session with a tag that nobody had added."""
    now = utcnow()
    organization = world.organizations["B" if station == "CHARLIE-1" else "A"]
    add(
        engine, ChargingSession, id=810_000 + number, reference=f"r{number}", start_key=f"k{number}", organization_id=organization,
        charge_point_id=world.charge_points[station], connector=1, id_tag=tag, id_tag_folded=tag.casefold(), authorization="Invalid",
        started_at=now, started_received_at=now, meter_start_wh=0,
    )  # fmt: skip


def test_a_tag_is_added_listed_and_taken_by_chargers(client_for: ClientFor, engine: Engine, world: World) -> None:
    alice = client_for("alice")
    given = {
        "tag": "04A1B2",
        "alias": "Golf",
        "type": "Business",
        "note": "lease car",
        "user": "Bob@example.org",
        "expires": "2031-01-31T18:00",
    }
    assert alice.post("/tags/add", data=given).status_code == 303
    tag = the_tag(engine)
    assert (tag.alias, tag.type, tag.note, tag.user_id, tag.blocked) == ("Golf", "Business", "lease car", world.users["bob"], False)
    assert f"{tag.expires_at:%Y-%m-%d %H:%M}" == "2031-01-31 17:00"  # Amsterdam
    listed = alice.get("/tags/", headers=FRAGMENT).text
    assert [
        word for word in ("04A1B2", "Golf", "Bedrijf", "Business", "lease car", "Bob Test", "31 Jan 2031, 18:00") if word not in listed
    ] == ["Bedrijf"]
    assert verdict(engine, world, "04a1b2") == "Accepted"


def test_a_blocked_tag_is_refused_until_it_is_let_go(client_for: ClientFor, engine: Engine, world: World) -> None:
    alice, tag = client_for("alice"), card(engine, world, "04AA")
    alice.post(f"/tags/{tag}/edit", data={"type": "Other", "blocked": "on"})
    assert verdict(engine, world, "04aa") == "Blocked"
    assert "Blocked" in alice.get("/tags/", headers=FRAGMENT).text
    alice.post(f"/tags/{tag}/edit", data={"type": "Other"})
    assert verdict(engine, world, "04aa") == "Accepted"


def test_after_its_expiry_a_tag_is_refused(client_for: ClientFor, engine: Engine, world: World) -> None:
    alice, tag = client_for("alice"), card(engine, world, "04AA", alias="old")
    assert alice.post(f"/tags/{tag}/edit", data={"type": "Other", "expires": "2020-01-01T00:00"}).status_code == 303
    assert verdict(engine, world, "04aa") == "Expired"
    assert 'value="2020-01-01T00:00"' in alice.get(f"/tags/{tag}/edit").text


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("tag", "", "A tag has 1 to 20 characters."),
        ("tag", "x" * 21, "A tag has 1 to 20 characters."),
        ("tag", "04aa", "There is a tag with this ID already."),
        ("tag", "a\0b", "A tag has 1 to 20 characters."),
        ("type", "Gold", "Choose one of the types."),
        ("alias", "x" * 101, "This is too long."),
        ("note", "a\0b", "cannot be used"),
        ("expires", "tomorrow", "Enter a date and a time."),
        ("expires", "0001-01-01T00:00", "Enter a date and a time."),
        ("user", "charlie@example.org", "There is nobody with this e-mail address."),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(
    client_for: ClientFor, engine: Engine, world: World, field: str, value: str, told: str
) -> None:
    card(engine, world, "04AA")
    answer = client_for("alice").post("/tags/add", data={"tag": "NEW", "alias": "kept", "note": "kept too", field: value})
    assert answer.status_code == 422
    assert told in answer.text
    assert ("kept" in answer.text) and ("kept too" in answer.text or field == "note")
    assert the_tag(engine).tag == "04AA"


def test_ticked_tags_are_deleted_after_a_yes_and_their_sessions_stay(client_for: ClientFor, engine: Engine, world: World) -> None:
    alice = client_for("alice")
    gone = [card(engine, world, "04AA"), card(engine, world, "04BB")]
    stays = card(engine, world, "04CC")
    refused(engine, world, 1, "04AA")
    asked = alice.get("/tags/delete", query_string={"id": gone}, headers=FRAGMENT).text
    assert ("04AA" in asked, "04CC" in asked, ">Yes</button>" in asked) == (True, False, True)
    assert alice.post("/tags/delete", data={"id": gone}).status_code == 303
    assert the_tag(engine).id == stays
    assert verdict(engine, world, "04aa") == "Invalid"
    with engine.connect() as conn:
        assert conn.scalar(select(func.count()).select_from(ChargingSession)) == 1


def test_one_tag_of_somebody_else_saves_them_all(client_for: ClientFor, engine: Engine, world: World) -> None:
    own = card(engine, world, "04AA")
    other = add(engine, AuthorizationTag, organization_id=world.organizations["B"], tag="04BB", folded="04bb")
    assert client_for("alice").post("/tags/delete", data={"id": [own, other]}).status_code == 404
    with engine.connect() as conn:
        assert conn.scalar(select(func.count()).select_from(AuthorizationTag)) == 2


def test_a_user_reads_the_own_tags_and_no_more(client_for: ClientFor, engine: Engine, world: World) -> None:
    card(engine, world, "04AA")
    card(engine, world, "04BB", user_id=world.users["bob"])
    listed = client_for("bob").get("/tags/").text
    assert ("04BB" in listed, "04AA" in listed, "Add tag" in listed, 'name="id"' in listed) == (True, False, False, False)


def test_tags_are_found_by_text_and_state(client_for: ClientFor, engine: Engine, world: World) -> None:
    alice = client_for("alice")
    card(engine, world, "04AA", note="spare")
    card(engine, world, "04BB", user_id=world.users["bob"], blocked=True)
    card(engine, world, "04CC", expires_at=utcnow() - timedelta(minutes=1))
    found = {
        query: [tag for tag in ("04AA", "04BB", "04CC") if f">{tag}</a>" in alice.get(f"/tags/?{query}", headers=FRAGMENT).text]
        for query in ("find=SPARE", "find=bob", "state=valid", "state=blocked", "state=expired", "state=rubbish", "find=nothing")
    }
    assert found == {
        "find=SPARE": ["04AA"], "find=bob": ["04BB"], "state=valid": ["04AA"], "state=blocked": ["04BB"], "state=expired": ["04CC"],
        "state=rubbish": ["04AA", "04BB", "04CC"], "find=nothing": [],
    }  # fmt: skip


def test_the_page_tells_of_unknown_tags_until_they_are_added(client_for: ClientFor, engine: Engine, world: World) -> None:
    alice = client_for("alice")
    for number, (tag, station) in enumerate((("04FF", "ALICE-1"), ("04ff", "BOBS-1"), ("#FreeCharging", "ALICE-1"), ("04EE", "CHARLIE-1"))):
        refused(engine, world, number, tag, station)
    told = alice.get("/tags/").text
    assert "2 sessions, last at BOBS-1" in told
    assert [word for word in ("FreeCharging", "04EE") if word in told] == []
    assert 'value="04ff"' in alice.get("/tags/add?tag=04ff").text
    assert "Unknown tags" not in client_for("bob").get("/tags/").text
    assert "Unknown tags" not in client_for("rita").get("/tags/").text
    card(engine, world, "04FF")
    assert "Unknown tags" not in alice.get("/tags/").text
