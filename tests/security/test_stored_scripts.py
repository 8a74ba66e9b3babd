"""Text that people and chargers leave behind is shown as text on every page, whatever it says."""

import json
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, String, Text, inspect, update

from tests.people import World
from tests.security.conftest import FRAGMENT, ClientFor, Things
from wcc.clock import utcnow
from wcc.models import AuthorizationTag, ChargePoint, ChargingSession, Connector, Operation, Organization, StatusChange, User

# Leaves an attribute, opens elements, ends a script, is a template; the name says where it was put.
EVIL = "'\"><script src=//x></script><img src=x onerror=a()>{{7*7}}[[%s]]"
SHORT = "<b onclick=a()>"
# Columns whose values we choose ourselves, or by which things are found; every other text is somebody else's words.
OURS = {
    "identity", "language", "email", "role", "password_hash", "time_zone", "currency", "country_code", "node", "connection",
    "free_charging_tag", "status", "type", "state", "kind", "message_id", "payload", "reference", "start_key", "id_tag_folded",
    "folded", "authorization", "tag_type",
}  # fmt: skip
SHOWN = {
    "chargepoint": {"description", "site", "street", "city", "vendor", "model", "firmware_version", "charge_box_serial", "iccid"},
    "connector": {"error_code", "vendor_error_code", "info"},
    "session": {"id_tag", "stop_reason", "note", "first_name", "last_name"},
    "tag": {"alias", "note"},
    "operation": {"reply", "error"},
    "user": {"first_name", "last_name"},
    "organization": {"name"},
}
MODELS: dict[str, Any] = {
    "chargepoint": ChargePoint,
    "connector": Connector,
    "statuschange": StatusChange,
    "session": ChargingSession,
    "tag": AuthorizationTag,
    "operation": Operation,
    "user": User,
    "organization": Organization,
}


class Reader(HTMLParser):
    """What a browser would run: scripts without an address of ours, handlers in attributes, addresses that are code."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.runs: list[str] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.words += given.values()
        if tag in ("script", "img", "iframe", "object", "embed") and not given.get("src", "").startswith("/static/"):
            self.runs.append(f"<{tag} {given}>")
        self.runs += [f"{name}={value}" for name, value in given.items() if name.startswith("on") or name == "style"]
        links = (given[name] for name in ("href", "src", "action", "formaction") if name in given)
        self.runs += [link for link in links if ":" in link.partition("/")[0]]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def evil_columns(model: Any) -> dict[str, str]:
    """An evil text for every text column that holds somebody else's words, as long as the column takes."""
    found = {}
    for column in inspect(model).columns:
        if isinstance(column.type, String | Text) and column.key not in OURS:
            text = EVIL % f"{model.__name__}.{column.key}"
            length = column.type.length or len(text)
            found[column.key] = text if length >= len(text) else SHORT[:length]
    return found


@pytest.fixture
def poisoned(engine: Engine, world: World, things: Things) -> Things:
    """Every text of organization A is evil; its operations were refused with one, and bob's session has ended with one."""
    own = world.organizations["A"]
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        for model in MODELS.values():
            key = Organization.id if model is Organization else model.organization_id
            text = evil_columns(model)
            if model is AuthorizationTag:
                text = {name: EVIL % f"AuthorizationTag.{name}" for name in ("alias", "note")}
            conn.execute(update(model).where(key == own).values(text))
        conn.execute(update(AuthorizationTag).where(AuthorizationTag.id == things.tag_id["alice"]).values(tag=SHORT))
        ended = {"stopped_at": utcnow(), "meter_stop_wh": 5_000}
        conn.execute(update(ChargingSession).where(ChargingSession.id == things.session_id["bob"]).values(ended))
        conn.execute(update(Operation).values(payload=json.dumps({"idTag": EVIL % "payload"}), state="refused", status="NotSupported"))
    return things


def looked_at(app: Flask, client: FlaskClient, things: Things) -> Iterator[tuple[str, str]]:
    """Every page and fragment with alice's things and with bob's, by address."""
    with app.test_request_context():
        skipped = ("static", "account.changes", "sessions.export", "chargepoints.export", "sessions.meter_values_csv", "messagelog.export")
        rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and rule.endpoint not in skipped]
        rules = [rule for rule in rules if not rule.endpoint.startswith("api.")]  # JSON
        both = (things.url_values(owner) for owner in ("alice", "bob"))
        paths = [app.url_for(rule.endpoint, **{name: values[name] for name in rule.arguments}) for values in both for rule in rules]
    paths += [f"/operations/{kind}?cp=ALICE-1" for kind in ("remote-start", "remote-stop", "reset", "change-availability", "chosen")]
    for path in dict.fromkeys(paths):
        for headers in ({}, FRAGMENT):
            answer = client.get(path, headers=headers)
            if answer.status_code == 200:
                yield f"{path} {headers}", answer.text


def test_nothing_that_is_stored_runs_on_any_page(app: Flask, client_for: ClientFor, poisoned: Things) -> None:
    runs, words = {}, ""
    for path, page in looked_at(app, client_for("alice"), poisoned):
        read = Reader(page)
        words += "\n".join(read.words)
        if read.runs:
            runs[path] = read.runs
    assert runs == {}
    # It was there to be escaped, and nothing took `{{7*7}}` for more than text.
    wanted = {EVIL % f"{MODELS[name].__name__}.{column}" for name, columns in SHOWN.items() for column in columns}
    wanted.add(SHORT)
    assert sorted(text for text in wanted if text not in words) == []
    assert "49[[" not in words


@pytest.mark.parametrize(
    "bad", ["<script>a()</script>", "<p onclick='a()'>", "<a href='javascript:a()'>", "<img src=x>", '<p style="a:b">']
)
def test_the_reader_finds_what_would_run(bad: str) -> None:
    assert Reader(f"<main>{bad}</main>").runs


def test_words_typed_into_an_address_run_nowhere(app: Flask, client_for: ClientFor, things: Things) -> None:
    alice = client_for("alice")
    evil = EVIL % "query"
    names = ("cp", "by", "value", "from", "to", "model", "firmware", "online", "status", "size", "after", "before", "sort", "day", "days")
    names += ("search", "for", "find", "date", "connector", "session", "tag", "seen", "next", "language")
    for path in ("/", "/charge-points/", "/charge-points/connectors", "/sessions/", "/operations/choose", "/operations/reset", "/sign-in"):
        client = app.test_client() if path == "/sign-in" else alice
        tried = [({name: evil}, {}) for name in names] + [(dict.fromkeys(names, evil), FRAGMENT | {"HX-Current-URL": f"http://h/?{evil}"})]
        for query, headers in tried:
            answer = client.get(path, query_string=query, headers=headers)
            assert answer.status_code in (200, 404), (path, query)
            assert Reader(answer.text).runs == [], (path, query)


def test_evil_words_in_a_form_come_back_as_words(client_for: ClientFor, things: Things) -> None:
    alice, evil = client_for("alice"), EVIL % "form" + "x" * 500
    fields = ("identity", "password", "description", "site", "street", "house_number", "zip_code", "city", "country", "note", "connector")
    fields += ("email", "first_name", "last_name", "mobile_number", "language", "role", "alias", "expires", "user")
    data = dict.fromkeys(fields, evil) | {"cp": "ALICE-1", "tag": evil, "session": evil, "type": evil}
    tried: dict[str, Callable[[], object]] = {}
    bob, tag = things.user_id["bob"], things.tag_id["bob"]
    people = ("/users/add", f"/users/{bob}", f"/users/{bob}/tags/add", "/tags/add", f"/tags/{tag}/edit")
    for path in ("/charge-points/add", "/charge-points/ALICE-1/edit", f"/sessions/{things.session_id['alice']}/note", *people):
        tried[path] = lambda path=path: alice.post(path, data=data)
    for kind in ("remote-start", "remote-stop", "reset", "change-availability"):
        tried[kind] = lambda kind=kind: alice.post(f"/operations/{kind}", data=data)
    for path, post in tried.items():
        answer = post()
        assert answer.status_code == 422, path  # type: ignore[attr-defined]
        assert Reader(answer.text).runs == [], path  # type: ignore[attr-defined]
