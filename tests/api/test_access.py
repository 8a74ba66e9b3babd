"""Who gets what from every address of the API, with a token of all scopes. A route that has no line in the table fails.

People and things are those of tests/security/test_access_matrix.py. What is not theirs is a 404, as if it were not there.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.api.conftest import ProgramOf
from tests.people import World
from tests.security.conftest import Things
from tests.security.conftest import things as things
from tests.security.test_access_matrix import words
from wcc.api.describe import ENDPOINTS

PEOPLE = ("", "charlie", "bob", "vic", "ada", "mona", "rita", "alice", "olga")
TABLE = """
                                anonymous charlie bob vic ada mona rita alice olga
list_charge_points         -          401     200 200 200 200  200  200   200  200
add_charge_point           -          401     201 403 403 403  403  403   201  201
get_charge_point           alice      401     404 404 200 200  200  200   200  200
get_charge_point           bob        401     404 200 404 404  200  200   200  200
change_charge_point        alice      401     404 404 403 200  200  403   200  200
change_charge_point        bob        401     404 200 404 404  200  403   200  200
send_operation             alice      401     404 404 403 202  202  403   202  202
send_operation             bob        401     404 202 404 404  202  403   202  202
get_operation              alice      401     404 404 404 200  200  200   200  200
get_operation              bob        401     404 200 404 404  200  200   200  200
delete_charge_point        alice      401     404 404 403 403  403  403   409  409
delete_charge_point        bob        401     404 403 404 404  403  403   409  409
list_sessions              -          401     200 200 200 200  200  200   200  200
get_session                alice      401     404 404 404 200  200  200   200  200
get_session                bob        401     404 200 404 404  200  200   200  200
change_session             alice      401     404 404 404 200  200  403   200  200
change_session             bob        401     404 200 404 404  200  403   200  200
list_meter_values          alice      401     404 404 404 200  200  200   200  200
list_meter_values          bob        401     404 200 404 404  200  200   200  200
list_tags                  -          401     200 200 200 200  200  200   200  200
add_tag                    -          401     201 403 403 403  422  403   201  201
get_tag                    alice      401     404 404 404 404  404  404   200  200
get_tag                    bob        401     404 200 404 404  200  200   200  200
change_tag                 alice      401     404 404 404 404  404  404   200  200
change_tag                 bob        401     404 403 404 404  200  403   200  200
delete_tag                 alice      401     404 404 404 404  404  404   204  204
delete_tag                 bob        401     404 403 404 404  204  403   204  204
"""


def lines() -> Iterator[tuple[str, str, dict[str, int]]]:
    """Name of the route, whose thing it is about, and what everybody gets."""
    for row in TABLE.strip().splitlines()[1:]:
        name, owner, *cells = row.split()
        yield name, "" if owner == "-" else owner, dict(zip(PEOPLE, map(int, cells), strict=True))


LINES = list(lines())


def body(name: str, person: str) -> Any:
    """A body that does something where it is allowed to."""
    return {
        "add_charge_point": {"identity": f"NEW-{person}"},
        "change_charge_point": {"country": "NL"},
        "send_operation": {"kind": "ChangeAvailability", "payload": {"connectorId": 0, "type": "Operative"}},
        "change_session": {"note": "seen"},
        "add_tag": {"tag": f"NEW-{person}"},
        "change_tag": {"note": "seen"},
    }.get(name)


def path(template: str, things: Things, owner: str) -> str:
    """The address of a route with somebody's thing in it."""
    if not owner:
        return template
    values = {**things.url_values(owner), "tag": f"TAG-{owner.upper()}"}
    return template.format(**values)


@pytest.mark.parametrize("person", PEOPLE)
def test_every_program_gets_what_the_table_says_and_no_word_of_what_is_not_its_users(
    program_of: ProgramOf, things: Things, person: str
) -> None:
    routes = {each.name: each for each in ENDPOINTS}
    program, wrong, leaked = program_of(person), [], []
    for name, owner, expected in LINES:
        route = routes[name]
        url = path(route.path, things, owner)
        answer = program.call(route.method, url, body(name, person))
        if answer.status_code != expected[person]:
            wrong.append(f"{route.method} {url}: {answer.status_code}, not {expected[person]}: {answer.text[:200]}")
        hidden = words(things, person or "anonymous", seen=False)
        leaked += [f"{route.method} {url}: {mark}" for mark in hidden if mark in answer.text and mark not in url]
    assert wrong == []
    assert leaked == []


def test_every_route_has_its_lines(app: Flask) -> None:
    routes = {rule.endpoint.removeprefix("api.") for rule in app.url_map.iter_rules() if rule.endpoint.startswith("api.")}
    assert routes == {each.name for each in ENDPOINTS} == {name for name, _owner, _expected in LINES}
    for each in ENDPOINTS:
        owners = {owner for name, owner, _expected in LINES if name == each.name}
        assert owners == ({"alice", "bob"} if each.parts else {""}), each.name


@pytest.mark.parametrize(("person", "status"), [("bob", 202), ("ada", 202), ("mona", 403)])
def test_a_chargers_password_is_changed_by_who_may_see_it(program_of: ProgramOf, things: Things, person: str, status: int) -> None:
    station = {"bob": "bob", "ada": "alice", "mona": "bob"}[person]
    address = f"/charge-points/{things.identity[station]}/operations"
    assert program_of(person).post(address, {"kind": "Reset", "payload": {"type": "Soft"}}).status_code == 202
    key = {"kind": "ChangeConfiguration", "payload": {"key": "AuthorizationKey", "value": "00112233445566778899aabbccddeeff"}}
    assert program_of(person).post(address, key).status_code == status


def test_nobody_starts_with_a_tag_or_stops_a_session_that_they_could_not_choose(
    program_of: ProgramOf, things: Things, world: World
) -> None:
    address = "/charge-points/BOBS-1/operations"
    start = {"kind": "RemoteStartTransaction", "payload": {"connectorId": 1, "idTag": "TAG-ALICE"}}
    stop = {"kind": "RemoteStopTransaction", "payload": {"transactionId": things.session_id["alice"]}}
    for payload, field in ((start, "payload.idTag"), (stop, "payload.transactionId")):
        told = program_of("bob").post(address, payload)
        assert (told.status_code, told.json["errors"][0]["field"]) == (422, field)  # type: ignore[index]
    own = {"kind": "RemoteStartTransaction", "payload": {"connectorId": 1, "idTag": "tag-bob"}}
    assert program_of("bob").post(address, own).status_code == 202
    assert program_of("alice").post(address, start).status_code == 202


def test_numbers_and_names_do_not_tell_what_others_have(program_of: ProgramOf, things: Things) -> None:
    charlie = program_of("charlie")
    for each in ENDPOINTS:
        if each.parts:
            real = charlie.call(each.method, path(each.path, things, "alice"), body(each.name, "charlie"))
            nowhere = each.path.format(identity="NOWHERE", tag="NOWHERE", session_id=999_999, operation_id=999_999)
            none = charlie.call(each.method, nowhere, body(each.name, "charlie"))
            assert (real.status_code, real.text) == (404, none.text), each.name
