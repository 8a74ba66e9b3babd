"""Pages of the table cost the same however many sessions there are: SQLite says how it would run them (R4.1b)."""

import re

import pytest
from sqlalchemy import event

from tests.sessions.conftest import START
from wcc.db import db
from wcc.models import User
from wcc.sessions import filters, queries
from wcc.tables import TableState

SEEN = re.compile(r"(SCAN charging_session\b.*|USE TEMP B-TREE.*)")


def plans(user, arguments):
    """How each statement on sessions is run for one page."""
    statements = []

    def note(conn, cursor, statement, parameters, context, many):
        if "charging_session" in statement and not statement.startswith("EXPLAIN"):
            statements.append((statement, parameters))

    state = TableState.read(arguments, "/sessions/", ("started",), "-started", filters.NAMES)
    event.listen(db.engine, "before_cursor_execute", note)
    page = queries.find(user, filters.read(state, "Europe/Amsterdam"), state)
    event.remove(db.engine, "before_cursor_execute", note)
    conn = db.session.connection()
    found = [row[3] for text, values in statements for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)]
    return page, len(statements), found


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"sort": "started"},
        {"by": "tag", "value": "04A1B2C3"},
        {"from": "2026-03-01T00:00", "to": "2026-03-03T00:00"},
        {"cp": "ALICE"},
    ],
)
def test_first_and_later_pages_follow_an_index_and_sort_nothing(app, make, world, arguments):
    for _ in range(25):
        make(started_at=START)
    alice = db.session.get(User, world.users["alice"])
    page, first_count, first = plans(alice, arguments)
    after = re.search(r"after=([^&]+)", page.next)[1]
    second, second_count, later = plans(alice, {**arguments, "after": after})
    assert len(second.rows) == 10 and first_count == second_count <= 3
    assert [line for line in first + later if SEEN.match(line)] == []


def test_one_session_is_found_by_its_key(app, make, world):
    session = make()
    _, _, lines = plans(db.session.get(User, world.users["alice"]), {"by": "session", "value": str(session)})
    assert any("USING INTEGER PRIMARY KEY" in line and "SEARCH charging_session " in line for line in lines)
