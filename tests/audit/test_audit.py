"""The audit log: who did what, when, from where; and who may read it."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from tests.people import PASSWORD, World, add
from wcc import audit
from wcc.auditlog.actions import ACTIONS
from wcc.models import AuditEntry

ClientFor = Callable[[str], FlaskClient]
FRAGMENT = {"HX-Request": "true"}
FROM = {"REMOTE_ADDR": "192.0.2.7"}


def entries(engine: Engine) -> list[Any]:
    with engine.connect() as conn:
        return list(conn.execute(select(AuditEntry.__table__).order_by(AuditEntry.id)))


def test_what_a_person_does_is_written_down_with_where_from(app: Flask, client_for: ClientFor, engine: Engine, world: World) -> None:
    alice = app.test_client()
    steps = (
        ("/sign-in", {"email": "alice@example.org", "password": PASSWORD}),
        ("/users/add", {"email": "dora@example.org", "role": "user"}),
        (f"/users/{world.users['bob']}", {"first_name": "Robert"}),
        ("/tags/add", {"tag": "04AA", "user": "bob@example.org"}),
        ("/charge-points/add", {"identity": "NEW-1"}),
        ("/charge-points/NEW-1/edit", {"city": "Delft"}),
        ("/operations/reset", {"cp": "ALICE-1", "type": "Soft", "confirm": "yes"}),
    )
    for path, data in steps:
        assert alice.post(path, data=data, environ_base=FROM).status_code in (200, 302, 303), path
    alice.get("/sessions/export?format=csv", environ_base=FROM, buffered=True)
    alice.get("/charge-points/export", environ_base=FROM)
    alice.post("/sign-out", environ_base=FROM)
    written = entries(engine)
    assert [(entry.action, entry.subject, entry.detail) for entry in written] == [
        ("account.signed_in", "", ""),
        ("user.added", "", "user"),
        ("user.edited", "", "first_name"),
        ("tag.added", "04AA", ""),
        ("charge_point.added", "NEW-1", ""),
        ("charge_point.secret_shown", "NEW-1", ""),
        ("charge_point.edited", "NEW-1", "city"),
        ("operation.requested", "ALICE-1", "Reset"),
        ("sessions.exported", "", ""),
        ("charge_points.exported", "", ""),
        ("account.signed_out", "", ""),
    ]
    assert {(entry.user_id, entry.address, entry.organization_id) for entry in written} == {
        (world.users["alice"], "192.0.2.7", world.organizations["A"])
    }
    assert [entry.subject_user_id for entry in written[2:4]] == [world.users["bob"]] * 2
    assert {entry.action for entry in written} <= set(ACTIONS)


def test_what_fails_or_changes_nothing_is_not_written_down(client_for: ClientFor, engine: Engine, world: World) -> None:
    alice = client_for("alice")
    alice.post("/users/add", data={"email": "bob@example.org", "role": "user"})
    alice.post(f"/users/{world.users['bob']}", data={"first_name": "Bob"})
    alice.post("/users/delete", data={"id": world.users["alice"]})
    alice.post("/sign-in", data={"email": "alice@example.org", "password": "wrong"})
    client_for("rita").post("/charge-points/ALICE-1/edit", data={"city": "Delft"})
    assert entries(engine) == []


def test_an_operators_doing_stands_in_the_log_of_whom_it_concerns(client_for: ClientFor, engine: Engine, world: World) -> None:
    client_for("olga").post("/charge-points/CHARLIE-1/edit", data={"city": "Delft"})
    client_for("olga").post(f"/users/{world.users['charlie']}", data={"role": "user", "first_name": "C"})  # refused: the last one
    assert [entry.organization_id for entry in entries(engine)] == [world.organizations["B"]]
    assert "CHARLIE-1" in client_for("charlie").get("/audit-log/").text
    assert "CHARLIE-1" not in client_for("alice").get("/audit-log/").text


@pytest.fixture
def written(engine: Engine, world: World) -> None:
    """Twelve entries of alice's, one of bob's and one of charlie's."""
    own = {"organization_id": world.organizations["A"], "address": "192.0.2.7"}
    for number in range(12):
        add(engine, AuditEntry, **own, user_id=world.users["alice"], action="charge_point.edited", subject=f"CP-{number:02}", detail="city")
    add(engine, AuditEntry, **own, user_id=world.users["bob"], action="tag.added", subject="04AA", subject_user_id=987_654)
    add(engine, AuditEntry, organization_id=world.organizations["B"], user_id=world.users["charlie"], action="account.signed_in")
    add(engine, AuditEntry, organization_id=world.organizations["B"], user_id=None, action="tag.added", subject="04CC")


def test_the_log_is_paged_newest_first(client_for: ClientFor, written: None) -> None:
    first = client_for("alice").get("/audit-log/", headers=FRAGMENT).text
    assert [name in first for name in ("04AA", "CP-11", "CP-03", "CP-02")] == [True, True, True, False]
    assert "City" in first and "Deleted user 987654" in first
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = client_for("alice").get(following, headers=FRAGMENT).text
    assert [name in second for name in ("CP-03", "CP-02", "CP-00")] == [False, True, True]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("find=CP-03", ["CP-03"]),
        ("find=bob", ["04AA"]),
        ("find=192.0.2.7&action=tag.added", ["04AA"]),
        ("find=nobody", []),
        ("from=2099-01-01", []),
        ("to=2001-01-01", []),
        ("from=rubbish&action=rubbish&find=CP-04", ["CP-04"]),
    ],
)
def test_the_log_is_searched(client_for: ClientFor, written: None, query: str, found: list[str]) -> None:
    page = client_for("alice").get(f"/audit-log/?{query}&size=50", headers=FRAGMENT).text
    assert [name for name in ("CP-03", "CP-04", "CP-05", "04AA", "04CC") if name in page] == found


def test_what_was_done_at_the_command_line_is_said_so(client_for: ClientFor, written: None) -> None:
    assert "Command line" in client_for("charlie").get("/audit-log/").text


def test_an_entry_of_no_organization_is_a_fault_of_ours(app: Flask) -> None:
    with pytest.raises(ValueError, match="of no organization"):
        audit.note(None, "tag.added")


def test_a_look_at_the_outbox_is_written_down_where_there_is_something_in_it(
    app: Flask, client_for: ClientFor, engine: Engine, world: World
) -> None:
    from wcc import mail

    alice, settings = client_for("alice"), app.config["SETTINGS"]
    alice.get("/outbox")
    assert entries(engine) == []
    with app.test_request_context():
        from flask_babel import lazy_gettext

        words = {"name": "Bob", "link": "http://localhost/forgot-password/x"}
        mail.send(settings, mail.compose(settings, "bob@example.org", "en", lazy_gettext("Reset your password"), "reset_password", **words))
    assert "forgot-password/x" in alice.get("/outbox").text
    assert [(entry.action, entry.user_id) for entry in entries(engine)] == [("outbox.read", world.users["alice"])]
