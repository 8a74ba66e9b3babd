"""The two tools are off until switched on, do something real while they are, and stop at once (R1.6a)."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from tests.people import add
from tests.security.conftest import ClientFor
from wcc.clock import utcnow
from wcc.models import BrowserError, PageView
from wcc.privacy import jobs, service

REPORT = {"message": "ReferenceError: x is not defined", "source": "/static/app.js:12"}


def counts(engine: Engine) -> dict[str, int]:
    """How often each page was counted, over all days."""
    with engine.connect() as conn:
        return {row.endpoint: row.opened for row in conn.execute(select(PageView.endpoint, PageView.count.label("opened")))}


def reports(engine: Engine) -> list[Any]:
    with engine.connect() as conn:
        return list(conn.execute(select(BrowserError.__table__).order_by(BrowserError.id)))


def switch(client: FlaskClient, tool: str, on: bool) -> None:
    answer = client.post("/privacy/", data={"tool": tool, "on": "yes" if on else "no"})
    assert answer.status_code == 302


def is_on(client: FlaskClient) -> list[bool]:
    """What the page shows of usage statistics and error reports."""
    return [part.startswith('="true"') for part in client.get("/privacy/").text.split("aria-checked")[1:]]


def test_nothing_is_gathered_from_who_never_chose(app: Flask, client_for: ClientFor, engine: Engine) -> None:
    for client in (client_for("alice"), app.test_client()):
        assert is_on(client) == [False, False]
        assert "errors.js" not in client.get("/privacy/").text
        assert client.post("/privacy/error-report", json=REPORT).status_code == 403
    assert counts(engine) == {} and reports(engine) == []


def test_pages_are_counted_while_switched_on_and_no_longer(client_for: ClientFor, engine: Engine, both_databases: str) -> None:
    alice = client_for("alice")
    switch(alice, "statistics", True)
    for path in ("/sessions/", "/sessions/?size=20", "/statuses", "/no-such-page", "/dashboard/status"):
        alice.get(path)
    alice.get("/sessions/", headers={"HX-Request": "true"})  # a part of a page is not one more page
    assert counts(engine) == {"sessions.index": 2, "dashboard.status_list": 1}
    switch(alice, "statistics", False)
    alice.get("/sessions/")
    assert counts(engine) == {"sessions.index": 2, "dashboard.status_list": 1}


def test_an_error_report_is_taken_while_switched_on_and_names_nobody(client_for: ClientFor, engine: Engine) -> None:
    alice = client_for("alice")
    switch(alice, "errors", True)
    page = alice.get("/charge-points/ALICE-1")
    assert "errors.js" in page.text and 'data-error-report="/privacy/error-report"' in page.text
    headers = {"Referer": "http://localhost/charge-points/ALICE-1?x=alice", "User-Agent": "A browser"}
    assert alice.post("/privacy/error-report", json=REPORT, headers=headers).status_code == 204
    (kept,) = reports(engine)
    assert (kept.message, kept.source, kept.page, kept.browser) == (*REPORT.values(), "chargepoints.detail", "A browser")
    assert not any(word in str(kept).casefold() for word in ("alice", "127.0.0.1"))
    switch(alice, "errors", False)
    assert alice.post("/privacy/error-report", json=REPORT).status_code == 403
    assert "errors.js" not in alice.get("/").text


def test_one_tool_does_not_switch_the_other(client_for: ClientFor, engine: Engine) -> None:
    alice = client_for("alice")
    switch(alice, "errors", True)
    assert is_on(alice) == [False, True]
    switch(alice, "statistics", True)
    assert is_on(alice) == [True, True]
    switch(alice, "errors", False)
    assert is_on(alice) == [True, False]


def test_the_choice_is_kept_on_the_user_and_holds_in_every_browser(client_for: ClientFor) -> None:
    switch(client_for("alice"), "statistics", True)
    other = client_for("alice")
    assert is_on(other) == [True, False]
    assert is_on(client_for("bob")) == [False, False]
    switch(other, "statistics", False)
    assert is_on(client_for("alice")) == [False, False]


def test_the_choice_of_who_is_not_signed_in_is_kept_in_the_browser(app: Flask) -> None:
    visitor = app.test_client()
    switch(visitor, "statistics", True)
    assert is_on(visitor) == [True, False] and is_on(app.test_client()) == [False, False]
    cookie = visitor.get_cookie("wcc-privacy")
    assert cookie and cookie.value == "statistics" and cookie.max_age == 365 * 86_400 and cookie.http_only


def test_what_a_user_chose_goes_before_what_the_browser_keeps(client_for: ClientFor) -> None:
    switch(client_for("alice"), "statistics", False)
    shared = client_for("alice")
    shared.set_cookie("wcc-privacy", "statistics.errors")
    assert is_on(shared) == [False, False]


@pytest.mark.parametrize("form", [{}, {"tool": "wcc", "on": "yes"}, {"tool": "a" * 10_000, "on": "yes"}])
def test_what_is_no_tool_cannot_be_switched(client_for: ClientFor, form: dict[str, str]) -> None:
    assert client_for("alice").post("/privacy/", data=form).status_code == 400


@pytest.mark.parametrize("cookie", ["x", "statistics.x", "....", "é", "a" * 3000])
def test_a_cookie_that_we_did_not_make_harms_nothing(app: Flask, cookie: str) -> None:
    visitor = app.test_client()
    assert visitor.get("/privacy/", headers={"Cookie": f"wcc-privacy={cookie}".encode().decode("latin-1")}).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"message": "' + "x" * 5000 + '"}', 413),
        ("no json", 400),
        ("[]", 400),
        ("{}", 400),
        ('{"message": ""}', 400),
        ('{"message": {"a": ["<script>"]}, "source": 7}', 204),
        ('{"message": "\\u0000\\ud800 line\\n"}', 204),
    ],
)
def test_a_report_is_bounded_and_checked(client_for: ClientFor, body: str, status: int, both_databases: str) -> None:
    alice = client_for("alice")
    switch(alice, "errors", True)
    assert alice.post("/privacy/error-report", data=body, content_type="application/json").status_code == status
    assert client_for("olga").get("/privacy/gathered").status_code == 200


def test_reports_of_one_address_are_slowed(client_for: ClientFor) -> None:
    alice = client_for("alice")
    switch(alice, "errors", True)
    address = {"REMOTE_ADDR": "192.0.2.77"}
    answers = [alice.post("/privacy/error-report", json=REPORT, environ_overrides=address).status_code for _ in range(21)]
    assert answers == [204] * 20 + [429]


def test_a_flood_pushes_out_old_reports_and_fills_no_disk(app: Flask, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "ERRORS_KEPT", 3)
    for number in range(5):
        service.take_error(f"error {number}", "", "", "")
    assert [kept.message for kept in reports(engine)] == ["error 2", "error 3", "error 4"]


def test_what_is_older_than_promised_is_deleted(app: Flask, engine: Engine, both_databases: str) -> None:
    now = utcnow()
    for days in (0, 399, 401):
        add(engine, PageView, day=(now - timedelta(days=days)).date(), endpoint=f"{days}", count=1)
    for days in (0, 29, 31):
        add(engine, BrowserError, at=now - timedelta(days=days), message=f"{days}")
    assert jobs.drop_old() == 2
    assert counts(engine) == {"0": 1, "399": 1} and [kept.message for kept in reports(engine)] == ["0", "29"]


def test_the_operator_sees_both_and_no_script_of_a_report_runs(client_for: ClientFor, engine: Engine, both_databases: str) -> None:
    today = utcnow().date()
    for days, count in ((0, 3), (10, 4), (40, 100)):
        add(engine, PageView, day=today - timedelta(days=days), endpoint="sessions.index", count=count)
    add(engine, BrowserError, message="<script>alert(1)</script>", page="sessions.index")
    page = client_for("olga").get("/privacy/gathered").text
    assert "Charging Session (sessions.index)" in page and '<td class="text-end">3</td><td class="text-end">7</td>' in page
    assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page
    assert "/privacy/gathered" in client_for("olga").get("/privacy/").text
    assert "/privacy/gathered" not in client_for("alice").get("/privacy/").text
    assert client_for("alice").get("/privacy/gathered").status_code == 403
