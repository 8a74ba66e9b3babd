"""`wcc user create`, `charge-point add` and `tag add`: what they make, what they print, what they refuse."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from tests.cli.conftest import Wcc
from tests.people import add
from wcc.account.service import recognize
from wcc.app import create_app
from wcc.config import Settings, cipher
from wcc.models import AuditEntry, Authenticator, AuthorizationTag, ChargePoint, RecoveryCode, User


@pytest.fixture
def acme(wcc: Wcc) -> None:
    """An organization with an administrator."""
    assert wcc("user", "create", "boss@example.org", "--admin", "--organization", "Acme").exit_code == 0


def refused(result: object, *words: str) -> None:
    """The command said no in one line."""
    output = result.output  # type: ignore[attr-defined]
    assert result.exit_code == 2, output  # type: ignore[attr-defined]
    assert output.startswith("Error: ") and output.count("\n") == 1, output
    for word in words:
        assert word in output


def test_the_first_administrator_can_sign_in_with_the_printed_password(wcc: Wcc, settings: Settings) -> None:
    told = wcc("user", "create", "Boss@Example.org", "--admin", "--organization", "Acme", "--first-name", "Bo")
    assert told.exit_code == 0, told.output
    password = re.search(r"Password: (\S{20})", told.output)
    assert password
    with create_app(settings).app_context():
        user = recognize("boss@example.org", password[1])
        assert (user.role, user.organization.name, user.first_name) == ("administrator", "Acme", "Bo")


def test_a_password_can_be_typed_and_is_not_printed(wcc: Wcc, settings: Settings) -> None:
    told = wcc("user", "create", "a@b.example", "--organization", "Acme", "--password", "-", input="correct horse\n")
    assert told.exit_code == 0 and "correct horse" not in told.output
    with create_app(settings).app_context():
        assert recognize("a@b.example", "correct horse").role == "user"


def test_an_invitation_prints_a_link_that_sets_the_password(wcc: Wcc, settings: Settings) -> None:
    told = wcc("user", "create", "a@b.example", "--organization", "Acme", "--invite")
    found = re.search(r"Link, for seven days: http://[^/]+(/welcome/\S+)", told.output)
    assert found and "Password" not in told.output
    app = create_app(settings)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    data = {"password": "seven quiet lighthouses", "again": "seven quiet lighthouses"}
    assert app.test_client().post(found[1], data=data).status_code == 303
    with app.app_context():
        assert recognize("a@b.example", data["password"]).invited_at is None


def test_a_password_is_not_taken_from_the_command_line(wcc: Wcc) -> None:
    refused(wcc("user", "create", "a@b.example", "--organization", "Acme", "--password", "correct horse"), "others can see")


@pytest.mark.parametrize("email", ["", "nobody", "a b@example.org", "a@b@c", "a" * 250 + "@example.org", "x\0@y", "\udcff@y.z"])
def test_what_is_no_email_address_is_refused_and_makes_no_organization(wcc: Wcc, engine: Engine, email: str) -> None:
    refused(wcc("user", "create", email, "--organization", "Acme"), "email")
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM organization")) == 0


@pytest.mark.parametrize("password", ["short", "x" * 201, "tab\tinside it"])
def test_a_bad_password_is_refused(wcc: Wcc, password: str) -> None:
    refused(
        wcc("user", "create", "a@b.example", "--organization", "A", "--password", "-", input=f"{password}\n"),
        "password",
    )


def test_an_email_address_has_one_account_whatever_its_case(wcc: Wcc, acme: None) -> None:
    refused(wcc("user", "create", "BOSS@example.org", "--organization", "Other"), "already")


def test_the_organization_must_be_named_where_there_is_none_or_more_than_one(wcc: Wcc) -> None:
    refused(wcc("user", "create", "a@b.example"), "name one")
    wcc("user", "create", "a@b.example", "--organization", "Acme")
    assert wcc("user", "create", "b@b.example").exit_code == 0
    wcc("user", "create", "c@b.example", "--organization", "Other")
    refused(wcc("user", "create", "d@b.example"), "say which one")


def test_a_new_organization_needs_a_real_time_zone(wcc: Wcc) -> None:
    refused(wcc("user", "create", "a@b.example", "--organization", "Acme", "--time-zone", "Mars/Olympus"), "time_zone", "Europe/Amsterdam")


def test_adding_a_station_prints_what_to_type_into_the_charger(wcc: Wcc, acme: None, engine: Engine, settings: Settings) -> None:
    told = wcc("charge-point", "add", "RDAM 123", "--user", "boss@example.org", "--description", "Gate")
    assert told.exit_code == 0, told.output
    assert f"ws://127.0.0.1:{settings.port}/ocpp/RDAM%20123\n" in told.output
    password = re.search(r"Password +(\S+)", told.output)
    with Session(engine) as session:
        station = session.scalars(select(ChargePoint)).one()
        assert (station.identity, station.description) == ("RDAM 123", "Gate")
        assert station.user and station.user.email == "boss@example.org"
        assert password and station.password
        assert cipher(settings.instance).decrypt(station.password).decode() == password[1]


@pytest.mark.parametrize("identity", ["", "a/b", "a:b", "x" * 256, "tab\t1"])
def test_an_identity_that_no_charger_can_use_is_refused(wcc: Wcc, acme: None, identity: str) -> None:
    refused(wcc("charge-point", "add", identity), "identity")


def test_a_station_cannot_be_added_twice_or_for_a_stranger(wcc: Wcc, acme: None) -> None:
    refused(wcc("charge-point", "add", "CP-1", "--user", "nobody@example.org"), "nobody@example.org")
    assert wcc("charge-point", "add", "CP-1").exit_code == 0
    refused(wcc("charge-point", "add", "CP-1"), "identity")
    refused(wcc("charge-point", "add", "CP-2", "--organization", "Nowhere"), "Nowhere")


def test_a_tag_is_kept_as_given_and_compared_folded(wcc: Wcc, acme: None, engine: Engine) -> None:
    told = wcc("tag", "add", "04aBcD", "--user", "boss@example.org", "--expires", "2027-01-31T18:00+01:00")
    assert told.exit_code == 0, told.output
    with Session(engine) as session:
        tag = session.scalars(select(AuthorizationTag)).one()
        boss = session.scalars(select(User)).one()
        assert (tag.tag, tag.folded, tag.virtual, tag.user_id) == ("04aBcD", "04abcd", False, boss.id)
        assert tag.expires_at == datetime(2027, 1, 31, 17, tzinfo=UTC)
    refused(wcc("tag", "add", "04ABCD"), "exists already")


def test_a_tag_of_twenty_characters_is_the_longest(wcc: Wcc, acme: None) -> None:
    assert wcc("tag", "add", "#" * 20, "--virtual").exit_code == 0
    # The folded form of ß is ss: twenty of them do not fit.
    for tag in ("", "x" * 21, "ß" * 20, "a\nb"):
        refused(wcc("tag", "add", tag), "tag")


def test_a_moment_that_is_none_is_refused(wcc: Wcc, acme: None) -> None:
    refused(wcc("tag", "add", "A1", "--expires", "next week"), "next week")


def test_a_lost_second_step_is_switched_off_at_the_command_line(wcc: Wcc, acme: None, engine: Engine) -> None:
    refused(wcc("user", "second-step-off", "nobody@example.org"), "no user")
    assert "has no second step" in wcc("user", "second-step-off", "boss@example.org").output
    with engine.connect() as connection:
        boss = connection.execute(select(User.id, User.organization_id)).one()
    add(engine, Authenticator, organization_id=boss.organization_id, user_id=boss.id, secret=b"sealed", last_step=0)
    add(engine, RecoveryCode, organization_id=boss.organization_id, user_id=boss.id, hash="x")
    told = wcc("user", "second-step-off", "Boss@example.org")
    assert (told.exit_code, told.output.splitlines()[-1]) == (0, "The second step of boss@example.org is switched off.")
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Authenticator)) == 0
        assert connection.scalar(select(func.count()).select_from(RecoveryCode)) == 0
        entry = connection.execute(select(AuditEntry.__table__).where(AuditEntry.action == "second_step.taken_off")).one()
    assert (entry.user_id, entry.subject_user_id) == (None, boss.id)
