"""Trying things one after the other: ids in addresses, e-mail addresses, links; and a form that was open all day."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from itsdangerous import TimestampSigner

from tests.security.conftest import FRAGMENT, ClientFor, Things

BY_NUMBER = {"session_id", "operation_id", "user_id", "tag_id", "organization_id"}
Portal = Callable[..., Flask]


def numbered(app: Flask, things: Things, owner: str, number: int | None = None) -> list[tuple[str, str]]:
    """Method and path of every address that names a thing by a number, for somebody's thing or for a number of our choice."""
    with app.test_request_context():
        found = []
        for rule in app.url_map.iter_rules():
            if rule.arguments & BY_NUMBER and not rule.endpoint.startswith("api."):
                values = {name: value for name, value in things.url_values(owner).items() if name in rule.arguments}
                values |= {name: number for name in rule.arguments & BY_NUMBER if number is not None}
                found += [(method, app.url_for(rule.endpoint, **values)) for method in (rule.methods or set()) & {"GET", "POST"}]
    return found


def without_numbers(page: str, path: str) -> str:
    """A page without what differs from request to request, and without its own address."""
    return re.sub(r"\d+", "", re.sub(r'name="csrf_token" value="[^"]*"|X-CSRFToken[^}]*', "", page.replace(path, "")))


def test_counting_numbers_in_addresses_does_not_tell_which_are_taken(app: Flask, client_for: ClientFor, things: Things) -> None:
    charlie = client_for("charlie")
    taken, free = numbered(app, things, "alice"), numbered(app, things, "alice", 999_999)
    assert len(taken) == len(free) >= 15
    for (method, there), (_method, nowhere) in zip(taken, free, strict=True):
        for headers in ({}, FRAGMENT):
            real, none = (charlie.open(path, method=method, headers=headers) for path in (there, nowhere))
            assert real.status_code == none.status_code, there
            assert real.status_code in (403, 404), there
            assert without_numbers(real.text, there) == without_numbers(none.text, nowhere), there


def test_what_bob_sees_by_counting_is_his_own(client_for: ClientFor, things: Things) -> None:
    bob = client_for("bob")
    for room, own in (("sessions", things.session_id), ("operations", things.operation_id), ("users", things.user_id)):
        numbers = range(1, max(own.values()) + 3) if max(own.values()) < 1_000 else range(min(own.values()) - 3, max(own.values()) + 3)
        assert [number for number in numbers if bob.get(f"/{room}/{number}").status_code == 200] == [own["bob"]], room


@pytest.mark.parametrize("path", ["/forgot-password", "/forgot-password/x", "/welcome/x"])
def test_links_and_addresses_are_not_tried_by_the_thousand(portal: Portal, path: str) -> None:
    client = portal(login_attempts="3 per minute").test_client()
    own = {"REMOTE_ADDR": {"/forgot-password": "192.0.2.31", "/forgot-password/x": "192.0.2.32", "/welcome/x": "192.0.2.33"}[path]}
    data = {"password": "seven quiet lighthouses", "again": "seven quiet lighthouses"}
    answers = [client.post(path, data=data | {"email": f"x{n}@example.org"}, environ_base=own).status_code for n in range(4)]
    assert answers[3] == 429 and 429 not in answers[:3]


def test_a_page_that_was_open_all_day_still_changes_things(
    app: Flask, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch, things: Things
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    now = TimestampSigner.get_timestamp
    with monkeypatch.context() as yesterday:
        yesterday.setattr(TimestampSigner, "get_timestamp", lambda signer: now(signer) - 25 * 3600)
        alice = client_for("alice")
        page = alice.get("/charge-points/ALICE-1/edit").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    assert alice.post("/charge-points/ALICE-1/edit", data={"city": "Delft", "csrf_token": token[1]}).status_code == 302
    assert "Delft" in alice.get("/charge-points/ALICE-1").text


def test_a_refused_form_says_what_to_do_to_people_and_to_htmx(app: Flask, client_for: ClientFor, things: Things) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    for headers in ({}, FRAGMENT):
        answer = client_for("alice").post("/charge-points/ALICE-1/edit", data={"city": "Delft"}, headers=headers)
        assert answer.status_code == 400 and "Reload the page and try again." in answer.text
        assert ("<html" in answer.text) is (headers == {})
