"""Settings → Organizations: the platform operator lists, adds, edits and deletes them, and puts people and stations into them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from tests.people import World, add
from wcc.models import AuditEntry, AuthorizationTag, ChargePoint, ChargingSession, Organization, User

ClientFor = Callable[[str], FlaskClient]
FRAGMENT = {"HX-Request": "true"}
NEW = {"name": "Elsewhere", "time_zone": "America/New_York", "currency": "usd"}


def named(engine: Engine, name: str) -> Any:
    with engine.connect() as conn:
        return conn.execute(select(Organization.__table__).where(Organization.name == name)).one_or_none()


def owner_of(engine: Engine, column: Any, value: str) -> int | None:
    with engine.connect() as conn:
        return conn.scalar(select(column.class_.organization_id).where(column == value))


def written(engine: Engine) -> list[tuple[str, str, str, int]]:
    with engine.connect() as conn:
        rows = conn.execute(select(AuditEntry.__table__).order_by(AuditEntry.id)).all()
    return [(row.action, row.subject, row.detail, row.organization_id) for row in rows]


def test_the_operator_sees_all_organizations_with_what_they_hold(client_for: ClientFor, world: World) -> None:
    page = client_for("olga").get("/organizations/", headers=FRAGMENT).text
    rows = {name: re.sub(r"<[^>]+>|\s+", " ", row) for name, row in re.findall(r"(Organization [AB])</a>(.*?)</tr>", page, re.DOTALL)}
    assert [int(number) for number in re.findall(r"\b\d+\b", rows["Organization A"])] == [7, 2]
    assert [int(number) for number in re.findall(r"\b\d+\b", rows["Organization B"])] == [1, 1]
    assert "Europe/Amsterdam" in rows["Organization B"] and "EUR" in rows["Organization B"] and "Yours" in rows["Organization A"]
    found = client_for("olga").get("/organizations/?find=tion+b", headers=FRAGMENT).text
    assert "Organization B" in found and "Organization A" not in found
    assert 'href="/organizations/"' in client_for("olga").get("/").text
    assert "1–2 of 2" in page
    assert "1–8 of 8" in client_for("olga").get("/users/", headers=FRAGMENT).text


@pytest.mark.parametrize("who", ["alice", "bob", "rita", "charlie"])
def test_others_do_not_even_get_its_menu_entry(client_for: ClientFor, who: str) -> None:
    client = client_for(who)
    assert 'href="/organizations/"' not in client.get("/").text
    assert client.get("/organizations/").status_code == 403
    assert client.post("/organizations/add", data=NEW).status_code == 403


def test_an_organization_is_added_edited_and_deleted_and_it_is_written_down(
    both_databases: str, client_for: ClientFor, engine: Engine
) -> None:
    olga = client_for("olga")
    assert olga.post("/organizations/add", data=NEW).status_code == 303
    made = named(engine, "Elsewhere")
    assert (made.time_zone, made.currency) == ("America/New_York", "USD")
    assert olga.post(f"/organizations/{made.id}", data=NEW | {"name": " Somewhere ", "currency": "GBP"}).status_code == 303
    assert named(engine, "Somewhere").currency == "GBP"
    assert ">Yes</button>" in olga.get(f"/organizations/{made.id}/delete", headers=FRAGMENT).text
    assert olga.post(f"/organizations/{made.id}/delete").status_code == 303
    assert named(engine, "Somewhere") is None
    assert written(engine) == [
        ("organization.added", "Elsewhere", "", made.id),
        ("organization.edited", "Somewhere", "name, currency", made.id),
        ("organization.deleted", "Somewhere", "", made.id),
    ]
    log = olga.get("/audit-log/").text
    assert "Deleted an organization" in log and "Name, Currency" in log  # it outlives the organization, for operators
    assert "Somewhere" not in client_for("alice").get("/audit-log/").text


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": " "}, "Enter a name of 1 to 100 characters."),
        ({"name": "x" * 101}, "Enter a name of 1 to 100 characters."),
        ({"name": "a\0b"}, "Enter a name of 1 to 100 characters."),
        ({"name": "Organization A"}, "There is an organization with this name already."),
        ({"time_zone": "Mars/Olympus"}, "Choose a time zone from the list"),
        ({"time_zone": "../etc/passwd"}, "Choose a time zone from the list"),
        ({"currency": "EURO"}, "Enter the three letters of a currency"),
        ({"currency": ""}, "Enter the three letters of a currency"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_nothing_typed_is_lost(
    client_for: ClientFor, engine: Engine, world: World, changed: dict[str, str], told: str
) -> None:
    olga, form = client_for("olga"), NEW | changed
    kept = next(value for name, value in NEW.items() if name not in changed)
    for path in ("/organizations/add", f"/organizations/{world.organizations['B']}"):
        answer = olga.post(path, data=form)
        assert answer.status_code == 422
        assert re.search(rf'class="invalid-feedback" id="{next(iter(changed))}-note">{re.escape(told)}', answer.text)
        assert f'value="{kept}"' in answer.text
    assert named(engine, "Elsewhere") is None and named(engine, "Organization B")


def test_an_organization_keeps_its_own_name(client_for: ClientFor, world: World, engine: Engine) -> None:
    form = {"name": "Organization B", "time_zone": "Europe/Berlin", "currency": "EUR"}
    assert client_for("olga").post(f"/organizations/{world.organizations['B']}", data=form).status_code == 303
    assert named(engine, "Organization B").time_zone == "Europe/Berlin"
    assert written(engine)[0][2] == "time_zone"


@pytest.mark.parametrize("what", ["users", "charge points", "charging sessions", "authorization tags"])
def test_only_an_empty_organization_is_deleted_and_what_it_holds_is_said(
    client_for: ClientFor, engine: Engine, world: World, what: str
) -> None:
    olga = client_for("olga")
    olga.post("/organizations/add", data=NEW)
    own = {"organization_id": named(engine, "Elsewhere").id}
    if what == "users":
        add(engine, User, **own, email="x@example.org", password_hash="x", role="user")
    elif what == "charge points":
        add(engine, ChargePoint, **own, identity="X-1")
    elif what == "authorization tags":
        add(engine, AuthorizationTag, **own, tag="X", folded="x")
    else:  # what a station leaves behind where it was sold to another organization
        from wcc.clock import utcnow

        session = {"charge_point_id": world.charge_points["ALICE-1"], "reference": "r", "start_key": "k", "connector": 1, "id_tag": "X"}
        moment = {"started_at": utcnow(), "started_received_at": utcnow()}
        add(engine, ChargingSession, **own, **session, **moment, id_tag_folded="x", authorization="Accepted", meter_start_wh=0)
    asked = olga.get(f"/organizations/{own['organization_id']}/delete", headers=FRAGMENT).text
    answer = olga.post(f"/organizations/{own['organization_id']}/delete")
    assert answer.status_code == 422
    for page in (asked, answer.text):
        assert re.findall(r"<li>([^<]+)</li>", page.partition("It still holds")[2])[:1] == [what] and ">Yes<" not in page
    assert named(engine, "Elsewhere")


@pytest.mark.parametrize("path", ["/organizations/999999", f"/organizations/{2**70}", f"/organizations/{2**70}/delete"])
def test_what_is_not_there_is_not_found(client_for: ClientFor, path: str) -> None:
    assert client_for("olga").get(path).status_code == 404


def test_the_operator_puts_people_and_stations_into_any_organization_by_default_the_own(
    client_for: ClientFor, engine: Engine, world: World
) -> None:
    olga, (a, b) = client_for("olga"), (world.organizations["A"], world.organizations["B"])
    for path in ("/users/add", "/charge-points/add"):
        assert f'<option value="{a}" selected>Organization A' in olga.get(path).text
    for chosen, owner in ((str(b), b), ("", a)):
        email, identity = f"new-{owner}@example.org", f"NEW-{owner}"
        assert olga.post("/users/add", data={"email": email, "role": "user", "organization": chosen}).status_code == 303
        assert olga.post("/charge-points/add", data={"identity": identity, "organization": chosen}).status_code == 200
        assert (owner_of(engine, User.email, email), owner_of(engine, ChargePoint.identity, identity)) == (owner, owner)


def test_administrators_have_no_choice(client_for: ClientFor, engine: Engine, world: World) -> None:
    alice = client_for("alice")
    for path in ("/users/add", "/charge-points/add"):
        assert 'name="organization"' not in alice.get(path).text
    chosen = str(world.organizations["B"])
    alice.post("/users/add", data={"email": "new@example.org", "role": "user", "organization": chosen})
    alice.post("/charge-points/add", data={"identity": "NEW-1", "organization": chosen})
    owners = owner_of(engine, User.email, "new@example.org"), owner_of(engine, ChargePoint.identity, "NEW-1")
    assert owners == (world.organizations["A"],) * 2


@pytest.mark.parametrize("chosen", ["999999", "x", "-1", "²", str(2**70)])
def test_an_organization_that_is_none_is_told_and_what_was_typed_stays(client_for: ClientFor, engine: Engine, chosen: str) -> None:
    for path, form in (("/users/add", {"email": "new@example.org", "role": "user"}), ("/charge-points/add", {"identity": "NEW-1"})):
        answer = client_for("olga").post(path, data=form | {"organization": chosen})
        assert answer.status_code == 422 and "Choose one of the organizations." in answer.text
        assert f'value="{next(iter(form.values()))}"' in answer.text
    assert owner_of(engine, ChargePoint.identity, "NEW-1") is None
