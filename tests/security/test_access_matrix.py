"""Who gets what from every address of the portal. A new route that has no line in the table fails.

A line: method, route (endpoint), whose thing it is about, and what everybody gets. `302/401` is what a page and a fragment (htmx) get
where that differs. The thing of a line: `alice` is her station, its session and operation, her tag and the group North; `bob` his,
and the group South.

anonymous: not signed in · charlie: administrator of another organization · bob: user with one station of his own · vic: user with whom
alice's station is shared to view · ada: to administer · mona: manager of North, where bob, his station and alice's are · rita:
read-only in North · alice: administrator of the organization · olga: platform operator.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import pytest
import xlrd
from flask import Flask
from sqlalchemy import Engine, update
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.operations.forms import FORMS
from tests.people import World, put
from tests.security.conftest import FRAGMENT, MARKS, ClientFor, Things
from wcc.models import User

PEOPLE = ("anonymous", "charlie", "bob", "vic", "ada", "mona", "rita", "alice", "olga")
TABLE = """
                                                  anonymous  charlie      bob      vic      ada     mona     rita    alice     olga
GET  static                              -              200      200      200      200      200      200      200      200      200

GET  account.sign_in                     -              200      302      302      302      302      302      302      302      302
POST account.sign_in_post                -              422      422      422      422      422      422      422      422      422
POST account.sign_out                    -          302/401      302      302      302      302      302      302      302      302
POST account.language                    -              302      302      302      302      302      302      302      302      302
GET  account.changes                     -              401      200      200      200      200      200      200      200      200
POST account.captcha_new                 -              404      404      404      404      404      404      404      404      404
GET  account.captcha_picture             -              404      404      404      404      404      404      404      404      404
GET  account.captcha_recording           -              404      404      404      404      404      404      404      404      404
GET  account.forgot_password             -              200      200      200      200      200      200      200      200      200
POST account.forgot_password_post        -              303      303      303      303      303      303      303      303      303
GET  account.reset_password              -              410      410      410      410      410      410      410      410      410
POST account.reset_password_post         -              410      410      410      410      410      410      410      410      410
GET  account.welcome                     -              410      410      410      410      410      410      410      410      410
POST account.welcome_post                -              410      410      410      410      410      410      410      410      410
GET  account.index                       -          302/401      200      200      200      200      200      200      200      200
POST account.change_password             -          302/401      422      422      422      422      422      422      422      422
POST account.sign_out_everywhere         -          302/401      303      303      303      303      303      303      303      303
GET  account.outbox                      -          302/401      200      403      403      403      403      403      200      200
GET  account.second                      -              302      302      302      302      302      302      302      302      302
POST account.second_post                 -              302      302      302      302      302      302      302      302      302
GET  account.second_step_page            -          302/401      200      200      200      200      200      200      200      200
POST account.second_step_unlock          -          302/401      422      422      422      422      422      422      422      422
POST account.second_step_off             -          302/401      303      303      303      303      303      303      303      303
GET  account.app_new                     -          302/401      303      303      303      303      303      303      303      303
POST account.app_confirm                 -          302/401      303      303      303      303      303      303      303      303
POST account.app_remove                  -          302/401      303      303      303      303      303      303      303      303
GET  account.passkey_new                 -          302/401      303      303      303      303      303      303      303      303
POST account.passkey_add                 -          302/401      303      303      303      303      303      303      303      303
POST account.passkey_remove              -          302/401      303      303      303      303      303      303      303      303
GET  account.api_tokens                  -          302/401      200      200      200      200      200      200      200      200
POST account.api_token_create            -          302/401      422      422      422      422      422      422      422      422
POST account.api_token_revoke            -          302/401      404      404      404      404      404      404      404      404
POST account.recovery_renew              -          302/401      303      303      303      303      303      303      303      303

GET  apidocs.docs                        -              200      200      200      200      200      200      200      200      200
GET  apidocs.openapi                     -              200      200      200      200      200      200      200      200      200

GET  imprint.index                       -              200      200      200      200      200      200      200      200      200
GET  privacy.index                       -              200      200      200      200      200      200      200      200      200
POST privacy.error_report                -              403      403      403      403      403      403      403      403      403
POST privacy.switch                      -              302      302      302      302      302      302      302      302      302
GET  privacy.gathered                    -          302/401      403      403      403      403      403      403      403      200

GET  dashboard.index                     -          302/401      200      200      200      200      200      200      200      200
GET  dashboard.status                    -          302/401  302/200  302/200  302/200  302/200  302/200  302/200  302/200  302/200
GET  dashboard.power                     -          302/401  302/200  302/200  302/200  302/200  302/200  302/200  302/200  302/200
GET  dashboard.attention                 -          302/401  302/200  302/200  302/200  302/200  302/200  302/200  302/200  302/200
GET  dashboard.sessions                  -          302/401  302/200  302/200  302/200  302/200  302/200  302/200  302/200  302/200
GET  dashboard.combined                  -          302/401  302/200  302/200  302/200  302/200  302/200  302/200  302/200  302/200
GET  dashboard.connectors                -          302/401  302/200  302/200  302/200  302/200  302/200  302/200  302/200  302/200
GET  dashboard.status_list               -          302/401      200      200      200      200      200      200      200      200
GET  dashboard.status_help               -          302/401  302/200  302/200  302/200  302/200  302/200  302/200  302/200  302/200

GET  chargepoints.index                  -          302/401      200      200      200      200      200      200      200      200
GET  chargepoints.connectors             -          302/401      200      200      200      200      200      200      200      200
GET  chargepoints.export                 -          302/401      200      200      200      200      200      200      200      200
GET  chargepoints.add                    -          302/401      200      403      403      403      403      403      200      200
POST chargepoints.add_post               -          302/401      200      403      403      403      403      403      200      200
GET  chargepoints.detail                 alice      302/401      404      404      200      200      200      200      200      200
GET  chargepoints.detail                 bob        302/401      404      200      404      404      200      200      200      200
GET  connection.first                    alice      302/401      404      404      403      200      200      200      200      200
GET  connection.first                    bob        302/401      404      200      404      404      200      200      200      200
GET  connection.card                     alice      302/401      404      404      403      200      200      200      200      200
GET  connection.card                     bob        302/401      404      200      404      404      200      200      200      200
GET  doctor.index                        -          302/401      200      403      403      403      403      403      200      200
GET  messagelog.index                    alice      302/401      404      404      403      200      200      200      200      200
GET  messagelog.index                    bob        302/401      404      200      404      404      200      200      200      200
GET  messagelog.show                     alice      302/401      404      404      403      200      200      200      200      200
GET  messagelog.show                     bob        302/401      404      200      404      404      200      200      200      200
GET  messagelog.export                   alice      302/401      404      404      403      200      200      200      200      200
GET  messagelog.export                   bob        302/401      404      200      404      404      200      200      200      200
GET  chargepoints.history                alice      302/401      404      404      200      200      200      200      200      200
GET  chargepoints.history                bob        302/401      404      200      404      404      200      200      200      200
GET  chargepoints.connector_card         alice      302/401      404      404      200      200      200      200      200      200
GET  chargepoints.connector_card         bob        302/401      404      200      404      404      200      200      200      200
GET  chargepoints.operations             alice      302/401      404      404      403      200      200      403      200      200
GET  chargepoints.operations             bob        302/401      404      200      404      404      200      403      200      200
POST chargepoints.show_password          alice      302/401      404      404      403      200      403      403      200      200
POST chargepoints.show_password          bob        302/401      404      200      404      404      403      403      200      200
GET  chargepoints.new_password           alice      302/401      404      404      403      200      403      403      200      200
GET  chargepoints.new_password           bob        302/401      404      200      404      404      403      403      200      200
POST chargepoints.new_password_post      alice      302/401      404      404      403      200      403      403      200      200
POST chargepoints.new_password_post      bob        302/401      404      200      404      404      403      403      200      200
GET  chargepoints.edit                   alice      302/401      404      404      403      200      200      403      200      200
GET  chargepoints.edit                   bob        302/401      404      200      404      404      200      403      200      200
POST chargepoints.edit_post              alice      302/401      404      404      403      302      302      403      302      302
POST chargepoints.edit_post              bob        302/401      404      302      404      404      302      403      302      302

GET  sharing.index                       alice      302/401      404      404      403      403      200      403      200      200
GET  sharing.index                       bob        302/401      404      200      404      404      200      403      200      200
POST sharing.share                       alice      302/401      404      404      403      403      303      403      303      303
POST sharing.share                       bob        302/401      404      303      404      404      303      403      303      303
POST sharing.assign                      alice      302/401      404      404      403      403      303      403      303      303
POST sharing.assign                      bob        302/401      404      303      404      404      303      403      303      303
POST sharing.end                         alice      302/401      404      404      403      403  303/404      403  303/404  303/404
POST sharing.end                         bob        302/401      404  303/404      404      404  303/404      403  303/404  303/404

GET  sessions.index                      -          302/401      200      200      200      200      200      200      200      200
GET  sessions.export                     -          302/401      200      200      200      200      200      200      200      200
GET  sessions.detail                     alice      302/401      404      404      404      200      200      200      200      200
GET  sessions.detail                     bob        302/401      404      200      404      404      200      200      200      200
GET  sessions.meter_values               alice      302/401      404      404      404      200      200      200      200      200
GET  sessions.meter_values               bob        302/401      404      200      404      404      200      200      200      200
GET  sessions.meter_values_csv           alice      302/401      404      404      404      200      200      200      200      200
GET  sessions.meter_values_csv           bob        302/401      404      200      404      404      200      200      200      200
GET  sessions.errors                     alice      302/401      404      404      404      200      200      200      200      200
GET  sessions.errors                     bob        302/401      404      200      404      404      200      200      200      200
POST sessions.note                       alice      302/401      404      404      404      303      303      403      303      303
POST sessions.note                       bob        302/401      404      303      404      404      303      403      303      303

GET  operations.choose                   -          302/401      200      200      200      200      200      403      200      200
GET  operations.more                     -          302/401      200      200      200      200      200      403      200      200
GET  operations.recent                   -          302/401      200      200      200      200      200      200      200      200
GET  operations.chosen                   alice      302/401  302/404  302/404  302/403  302/200  302/200      403  302/200  302/200
GET  operations.chosen                   bob        302/401  302/404  302/200  302/404  302/404  302/200      403  302/200  302/200
GET  operations.show                     alice      302/401      404      404      404      200      200      200      200      200
GET  operations.show                     bob        302/401      404      200      404      404      200      200      200      200
GET  operations.toast                    alice      302/401      404      404      404      200      200      200      200      200
GET  operations.toast                    bob        302/401      404      200      404      404      200      200      200      200
GET  operations.remote_start             -          302/401      200      200      200      200      200      403      200      200
GET  operations.remote_start             alice      302/401      404      404      403      200      200      403      200      200
GET  operations.remote_start             bob        302/401      404      200      404      404      200      403      200      200
POST operations.remote_start             alice      302/401      404      404      403      422      422      403  302/202  302/202
POST operations.remote_start             bob        302/401      404  302/202      404      404  302/202      403  302/202  302/202
GET  operations.remote_stop              -          302/401      200      200      200      200      200      403      200      200
GET  operations.remote_stop              alice      302/401      404      404      403      200      200      403      200      200
GET  operations.remote_stop              bob        302/401      404      200      404      404      200      403      200      200
POST operations.remote_stop              alice      302/401      404      404      403  302/202  302/202      403  302/202  302/202
POST operations.remote_stop              bob        302/401      404  302/202      404      404  302/202      403  302/202  302/202
GET  operations.reset                    -          302/401      200      200      200      200      200      403      200      200
GET  operations.reset                    alice      302/401      404      404      403      200      200      403      200      200
GET  operations.reset                    bob        302/401      404      200      404      404      200      403      200      200
POST operations.reset                    alice      302/401      404      404      403  302/202  302/202      403  302/202  302/202
POST operations.reset                    bob        302/401      404  302/202      404      404  302/202      403  302/202  302/202
GET  operations.change_availability      -          302/401      200      200      200      200      200      403      200      200
GET  operations.change_availability      alice      302/401      404      404      403      200      200      403      200      200
GET  operations.change_availability      bob        302/401      404      200      404      404      200      403      200      200
POST operations.change_availability      alice      302/401      404      404      403  302/202  302/202      403  302/202  302/202
POST operations.change_availability      bob        302/401      404  302/202      404      404  302/202      403  302/202  302/202

GET  users.index                         -          302/401      200      200      200      200      200      200      200      200
GET  users.add                           -          302/401      200      403      403      403      200      403      200      200
POST users.add_post                      -          302/401      303      403      403      403      422      403      303      303
GET  users.edit                          alice      302/401      404      404      404      404      404      404      200      200
GET  users.edit                          bob        302/401      404      200      404      404      200      403      200      200
POST users.edit_post                     alice      302/401      404      404      404      404      404      404      303      303
POST users.edit_post                     bob        302/401      404      303      404      404      303      403      303      303
POST users.invite                        alice      302/401      404      404      404      404      404      404      303      303
POST users.invite                        bob        302/401      404      403      404      404      303      403      303      303
GET  users.delete                        -          302/401      200      200      200      200      200      200      200      200
POST users.delete_post                   -          302/401      422      422      422      422      422      422      422      422
GET  users.add_tag                       alice      302/401      404      404      404      404      404      404      200      200
GET  users.add_tag                       bob        302/401      404      200      404      404      200      403      200      200
POST users.add_tag_post                  alice      302/401      404      404      404      404      404      404      303      303
POST users.add_tag_post                  bob        302/401      404      303      404      404      303      403      303      303
GET  users.remove_tag                    alice      302/401      404      404      404      404      404      404      200      200
GET  users.remove_tag                    bob        302/401      404      200      404      404      200      403      200      200
POST users.remove_tag_post               alice      302/401      404      404      404      404      404      404  303/404  303/404
POST users.remove_tag_post               bob        302/401      404  303/404      404      404  303/404      403  303/404  303/404
GET  users.second_step_off               alice      302/401      404      404      404      404      404      404      403      200
GET  users.second_step_off               bob        302/401      404      403      404      404      200      403      200      200
POST users.second_step_off_post          alice      302/401      404      404      404      404      404      404      403      303
POST users.second_step_off_post          bob        302/401      404      403      404      404      303      403      303      303

GET  groups.index                        -          302/401      200      200      200      200      200      200      200      200
GET  groups.add                          -          302/401      200      403      403      403      403      403      200      200
POST groups.add_post                     -          302/401      303      403      403      403      403      403      303      303
GET  groups.detail                       alice      302/401      404      403      404      404      200      403      200      200
GET  groups.detail                       bob        302/401      404      404      404      404      404      404      200      200
POST groups.edit_post                    alice      302/401      404      403      404      404      303      403      303      303
POST groups.edit_post                    bob        302/401      404      404      404      404      404      404      303      303
GET  groups.charge_points                alice      302/401  302/404  302/403  302/404  302/404  302/200  302/403  302/200  302/200
GET  groups.charge_points                bob        302/401  302/404  302/404  302/404  302/404  302/404  302/404  302/200  302/200
GET  groups.people                       alice      302/401  302/404  302/403  302/404  302/404  302/200  302/403  302/200  302/200
GET  groups.people                       bob        302/401  302/404  302/404  302/404  302/404  302/404  302/404  302/200  302/200
GET  groups.add_charge_points            alice      302/401      404      403      404      404      200      403      200      200
GET  groups.add_charge_points            bob        302/401      404      404      404      404      404      404      200      200
POST groups.add_charge_points_post       alice      302/401      404      403      404      404      303      403      303      303
POST groups.add_charge_points_post       bob        302/401      404      404      404      404      404      404      303      303
POST groups.remove_charge_points         alice      302/401      404      403      404      404      303      403      303      303
POST groups.remove_charge_points         bob        302/401      404      404      404      404      404      404      303      303
GET  groups.add_people                   alice      302/401      404      403      404      404      200      403      200      200
GET  groups.add_people                   bob        302/401      404      404      404      404      404      404      200      200
POST groups.add_people_post              alice      302/401      404      403      404      404      303      403      303      303
POST groups.add_people_post              bob        302/401      404      404      404      404      404      404      303      303
POST groups.remove_people                alice      302/401      404      403      404      404      303      403      303      303
POST groups.remove_people                bob        302/401      404      404      404      404      404      404      303      303
GET  groups.delete                       alice      302/401      404      403      404      404      403      403      200      200
GET  groups.delete                       bob        302/401      404      404      404      404      404      404      200      200
POST groups.delete_post                  alice      302/401      404      403      404      404      403      403  303/404  303/404
POST groups.delete_post                  bob        302/401      404      404      404      404      404      404  303/404  303/404
GET  groups.choose                       -          302/401      200      200      200      200      200      200      200      200
POST groups.look_at                      -          302/401      303      303      303      303      303      303      303      303

GET  organizations.index                 -          302/401      403      403      403      403      403      403      403      200
GET  organizations.add                   -          302/401      403      403      403      403      403      403      403      200
POST organizations.add_post              -          302/401      403      403      403      403      403      403      403      303
GET  organizations.edit                  -          302/401      403      403      403      403      403      403      403      200
POST organizations.edit_post             -          302/401      403      403      403      403      403      403      403      303
GET  organizations.delete                -          302/401      403      403      403      403      403      403      403      200
POST organizations.delete_post           -          302/401      403      403      403      403      403      403      403      422

GET  tags.index                          -          302/401      200      200      200      200      200      200      200      200
GET  tags.add                            -          302/401      200      403      403      403      200      403      200      200
POST tags.add_post                       -          302/401      303      403      403      403      422      403      303      303
GET  tags.edit                           alice      302/401      404      404      404      404      404      404      200      200
GET  tags.edit                           bob        302/401      404      403      404      404      200      403      200      200
POST tags.edit_post                      alice      302/401      404      404      404      404      404      404      303      303
POST tags.edit_post                      bob        302/401      404      403      404      404      303      403      303      303
GET  tags.delete                         -          302/401      200      403      403      403      200      403      200      200
POST tags.delete_post                    -          302/401      422      403      403      403      422      403      422      422

GET  auditlog.index                      -          302/401      200      403      403      403      403      403      200      200
"""

# What of whose things each person may meet anywhere: what MARKS tell of.
EVERYTHING = {*MARKS, "group"}
STATION = {"identity", "place", "model"}
INSIDE = STATION | {"tag", "session", "note", "call", "frame", "attempt"}
SEES: dict[str, dict[str, set[str]]] = {
    "anonymous": {},
    "charlie": {"charlie": EVERYTHING},
    "bob": {"bob": EVERYTHING},  # the group South: his station is shared with it
    "vic": {"alice": STATION},
    "ada": {"alice": INSIDE},
    "mona": {"alice": INSIDE, "bob": EVERYTHING},
    "rita": {"alice": INSIDE, "bob": EVERYTHING - {"group"}},
    "alice": {"alice": EVERYTHING, "bob": EVERYTHING, "dora": EVERYTHING},
    "olga": {"alice": EVERYTHING, "bob": EVERYTHING, "charlie": EVERYTHING, "dora": EVERYTHING},
}


def words(things: Things, person: str, seen: bool) -> set[str]:
    """The marks that a person may meet, or those that they must not."""
    return {word for owner, marks in things.marks.items() for what, word in marks.items() if (what in SEES[person].get(owner, ())) is seen}


@dataclass(frozen=True)
class Line:
    """A line of the table; `expected` maps a person to what a page and a fragment get."""

    method: str
    endpoint: str
    owner: str
    expected: dict[str, tuple[int, int]]


def lines(table: str) -> Iterator[Line]:
    """The table, read."""
    for row in table.strip().splitlines()[1:]:
        if row:
            method, endpoint, owner, *cells = row.split()
            statuses = [tuple(map(int, cell.split("/"))) for cell in cells]
            pairs = {person: (each[0], each[-1]) for person, each in zip(PEOPLE, statuses, strict=True)}
            yield Line(method, endpoint, "" if owner == "-" else owner, pairs)


def others(table: str) -> Iterator[Line]:
    """The lines of the operations that have none of their own: those of Reset or, where a tag is chosen, of Remote start."""
    known = list(lines(table))
    for name, (fields, _payload) in FORMS.items():
        like = "operations.remote_start" if "tag" in fields else "operations.reset"
        yield from (replace(line, endpoint=f"operations.{name}") for line in known if line.endpoint == like)


LINES = [*lines(TABLE), *others(TABLE)]
TAKE_AWAY = ("users.remove_tag_post", "sharing.end", "groups.delete_post")  # these come last: others need what they take
NOBODYS = "charlie"  # stands in addresses that name no thing of A's


def has_place(rule: Rule) -> bool:
    """Whether an address names a thing of somebody's."""
    return bool({"identity", "session_id", "operation_id", "user_id", "tag_id", "group_id"} & rule.arguments)


def address(app: Flask, line: Line, things: Things) -> str:
    """The path of a line, with its thing in it; where the route itself has no place for it, in the query."""
    rule = next(rule for rule in app.url_map.iter_rules(line.endpoint))
    values = {name: value for name, value in things.url_values(line.owner or NOBODYS).items() if name in rule.arguments}
    if line.owner and not has_place(rule):
        values["cp"] = things.identity[line.owner]
    with app.test_request_context():
        return app.url_for(line.endpoint, **values)


def form(line: Line, things: Things, word: str) -> dict[str, Any]:
    """A form that does something where it is allowed to."""
    if line.endpoint == "chargepoints.add_post":
        return {"identity": f"NEW-{word}"}
    if line.endpoint == "users.add_post":
        return {"email": f"new-{word}@example.org", "role": "user"}
    if line.endpoint in ("organizations.add_post", "organizations.edit_post"):
        name = f"Organization {word}" if line.endpoint == "organizations.add_post" else "Organization B"
        return {"name": name, "time_zone": "Europe/Amsterdam", "currency": "EUR"}
    if line.endpoint == "tags.add_post":
        return {"tag": f"NEW-{word}"}
    if line.endpoint in ("tags.edit_post", "users.add_tag_post"):
        return {"alias": f"alias-of-{line.owner}", "user": f"{line.owner}@example.org"}
    if line.endpoint == "groups.add_post":
        return {"name": f"NEW-{word}"}
    if line.endpoint == "groups.edit_post":
        return {"name": f"group-{line.owner}"}
    if line.endpoint in ("groups.add_charge_points_post", "groups.add_people_post"):
        return {"id": things.charge_point_of_bob if "charge_points" in line.endpoint else things.user_id["bob"]}
    if line.endpoint in ("groups.remove_charge_points", "groups.remove_people"):
        return {"id": "999999"}
    if line.endpoint == "sharing.share":
        return {"email": "bob@example.org" if line.owner == "alice" else "vic@example.org", "to": "view"}
    if line.endpoint == "sharing.assign":
        return {"assign": f"{line.owner}@example.org"}
    if line.endpoint == "account.sign_in_post":
        return {"email": "nobody@example.org", "password": "wrong"}
    if line.endpoint == "privacy.switch":
        return {"tool": "statistics", "on": "yes"}
    if not line.owner:
        return {"language": "en"}
    if (name := line.endpoint.removeprefix("operations.")) in FORMS:
        tag = {"tag": str(things.tag_id[line.owner])} if "tag" in FORMS[name][0] else {}
        return {**FORMS[name][0], "cp": things.identity[line.owner], **tag}
    return {
        "description": f"place-of-{line.owner}",
        "note": f"note-of-{line.owner}",
        "cp": things.identity[line.owner],
        "connector": "1",
        "tag": str(things.tag_id[line.owner]),
        "session": str(things.session_id[line.owner]),
        "type": "Soft" if line.endpoint == "operations.reset" else "Operative",
        "confirm": "yes",
    }


def text_of(answer: TestResponse) -> str:
    """The words of a page, a CSV or an XLS file."""
    if answer.mimetype != "application/vnd.ms-excel":
        return answer.get_data(as_text=True)
    book = xlrd.open_workbook(file_contents=answer.data)
    return "\n".join(str(cell.value) for sheet in book.sheets() for row in sheet.get_rows() for cell in row)


@pytest.fixture
def short_stream(app: Flask) -> None:
    """Live changes that end after their greeting: the real ones never do, and need the real server (test_streams.py)."""
    app.extensions["live"].stream = lambda organization_id, only: iter(["event: hello\ndata: {}\n\n"])


@pytest.mark.parametrize("person", PEOPLE)
def test_everybody_gets_what_the_table_says_and_no_word_of_what_is_not_theirs(
    app: Flask, client_for: ClientFor, short_stream: None, things: Things, person: str
) -> None:
    wrong, leaked, met = [], [], set()
    hidden, theirs = words(things, person, seen=False), words(things, person, seen=True)
    for line in sorted(LINES, key=lambda line: (line.method, line.endpoint in TAKE_AWAY)):
        url = address(app, line, things)
        for number, headers in enumerate(({}, FRAGMENT)):
            client = app.test_client() if person == "anonymous" else client_for(person)
            data = form(line, things, f"{person}-{number}") if line.method == "POST" else None
            answer = client.open(url, method=line.method, data=data, headers=headers, buffered=True)
            body = text_of(answer)
            if answer.status_code != line.expected[person][number]:
                wrong.append(f"{line.method} {url} {headers}: {answer.status_code}, not {line.expected[person][number]}")
            leaked += [f"{line.method} {url} {headers}: {mark}" for mark in hidden if mark in body and mark not in url]
            met |= {mark for mark in theirs if mark in body}
    assert wrong == []
    assert leaked == []
    unmet = {word for owner in ("charlie", "dora") for what, word in things.marks[owner].items() if what != "identity"}
    assert met >= theirs - unmet  # what may be seen is seen: the marks are real. Lines are about alice's and bob's things only


def of_the_portal(app: Flask) -> Iterator[Rule]:
    """All routes but those of the API, which have a table of their own (tests/api/test_access.py)."""
    return (rule for rule in app.url_map.iter_rules() if not rule.endpoint.startswith("api."))


def test_every_route_has_its_line_and_every_line_a_route(app: Flask) -> None:
    routes = {(method, rule.endpoint) for rule in of_the_portal(app) for method in (rule.methods or set()) & {"GET", "POST"}}
    listed = {(line.method, line.endpoint) for line in LINES}
    assert routes == listed


def test_no_route_takes_another_method_than_get_and_post(app: Flask) -> None:
    methods = {method for rule in of_the_portal(app) for method in rule.methods or set()}
    assert methods == {"GET", "HEAD", "POST", "OPTIONS"}


def test_a_line_about_a_thing_stands_there_for_alices_and_for_bobs(app: Flask) -> None:
    about = {line.endpoint for line in LINES if has_place(next(app.url_map.iter_rules(line.endpoint)))}
    owners = {endpoint: {line.owner for line in LINES if line.endpoint == endpoint} for endpoint in about}
    assert {endpoint: found for endpoint, found in owners.items() if found != {"alice", "bob"}} == {}


@pytest.mark.parametrize("path", ["/sessions/export?format=csv", "/sessions/export?format=xls", "/charge-points/export"])
def test_an_export_holds_what_its_user_sees(client_for: ClientFor, things: Things, path: str) -> None:
    what = "session" if "sessions" in path else "identity"
    for person in PEOPLE[1:]:
        text = text_of(client_for(person).get(path, buffered=True))
        found = {owner for owner, marks in things.marks.items() if marks[what] in text}
        assert found == {owner for owner, seen in SEES[person].items() if what in seen}, person


@pytest.mark.parametrize("person", ["alice", "olga"])
def test_who_looks_at_a_group_meets_nothing_from_outside_it(
    app: Flask, engine: Engine, client_for: ClientFor, short_stream: None, world: World, things: Things, person: str
) -> None:
    put(engine, update(User).where(User.id == world.users[person]).values(group_id=world.groups["North"]))
    outside = {word for owner in ("dora", "charlie") for what, word in things.marks[owner].items() if what != "group"}
    met, leaked = set(), []
    for line in LINES:
        if line.method == "GET" and not line.endpoint.startswith(("groups.", "sharing.", "operations.chosen")):
            for headers in ({}, FRAGMENT):
                body = text_of(client_for(person).get(address(app, line, things), headers=headers, buffered=True))
                leaked += [f"{line.endpoint} {headers}: {word}" for word in outside | {"dora@example.org"} if word in body]
                met |= {owner for owner in ("alice", "bob") if things.identity[owner] in body}
    assert leaked == []
    assert met == {"alice", "bob"}


@pytest.mark.parametrize("person", ["alice", "olga"])
def test_a_link_to_what_is_outside_the_group_says_why_it_is_not_here(
    engine: Engine, client_for: ClientFor, world: World, things: Things, person: str
) -> None:
    put(engine, update(User).where(User.id == world.users[person]).values(group_id=world.groups["North"]))
    answer = client_for(person).get("/charge-points/DORAS-1")
    assert (answer.status_code, "not in the group North" in answer.text) == (404, True)
    client_for(person).post("/groups/look-at", data={"group": ""})
    assert client_for(person).get("/charge-points/DORAS-1").status_code == 200


@pytest.mark.parametrize("path", ["/sessions/?cp=ALICE-1", "/charge-points/?cp=ALICE-1", "/?cp=ALICE-1", "/operations/choose?search=ALICE"])
@pytest.mark.parametrize("person", ["charlie", "bob"])
def test_a_filter_finds_nothing_that_is_not_ones_own(client_for: ClientFor, things: Things, person: str, path: str) -> None:
    for headers in ({}, FRAGMENT):
        target = path.replace("/?", "/dashboard/connectors?") if path.startswith("/?") and headers else path
        body = client_for(person).get(target, headers=headers).text
        assert [mark for mark in things.marks["alice"].values() if mark in body and mark != "ALICE-1"] == []
        assert '/charge-points/ALICE-1"' not in body


def test_a_start_with_a_tag_that_is_not_ones_own_is_refused(client_for: ClientFor, things: Things) -> None:
    for stranger in ("alice", "charlie"):
        data = {"cp": "BOBS-1", "connector": "1", "tag": str(things.tag_id[stranger])}
        assert client_for("bob").post("/operations/remote-start", data=data, headers=FRAGMENT).status_code == 422


def test_a_stop_of_a_session_at_another_station_is_refused(client_for: ClientFor, things: Things) -> None:
    for stranger in ("alice", "charlie"):
        data = {"cp": "BOBS-1", "session": str(things.session_id[stranger]), "confirm": "yes"}
        assert client_for("bob").post("/operations/remote-stop", data=data, headers=FRAGMENT).status_code == 422


def test_where_strangers_are_sent_is_the_sign_in_page(app: Flask, things: Things) -> None:
    for line in LINES:
        if line.expected["anonymous"][0] == 302 and line.endpoint not in ("account.language", "privacy.switch"):
            answer = app.test_client().open(address(app, line, things), method=line.method)
            assert urlsplit(answer.headers["Location"]).path == "/sign-in", line
