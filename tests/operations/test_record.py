"""What the node tells about operations, on both databases."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from tests.operations.conftest import Field
from wcc.clock import now_ms, to_ms, utcnow
from wcc.operations import record

pytestmark = pytest.mark.usefixtures("both_databases")
Write = Callable[[], AbstractContextManager[Connection]]


@pytest.fixture
def writing(engine: Engine) -> Write:
    """A transaction as the ledger opens it."""
    return engine.execution_options(writes=True).begin


def test_an_answer_in_time_is_kept_with_its_status_and_reply(stations: Field, writing: Write, find: Callable[[int], Any]) -> None:
    first, second = stations.operation(state="pending", sent_at=None), stations.operation(state="pending", sent_at=None)
    at_ms = now_ms()
    with writing() as conn:
        record.sent(conn, [(first, at_ms), (second, at_ms)])
        record.answered(
            conn,
            [
                (first, at_ms + 5, "answered", "Accepted", '{"status":"Accepted"}', None),
                (second, at_ms + 6, "refused", None, None, "NotSupported"),
            ],
        )
    row = find(first)
    assert (row.state, row.status, row.reply, row.late) == ("answered", "Accepted", '{"status":"Accepted"}', False)
    assert (to_ms(row.sent_at), to_ms(row.answered_at)) == (at_ms, at_ms + 5)
    assert (find(second).state, find(second).error) == ("refused", "NotSupported")


def test_an_answer_may_overtake_the_note_that_it_was_sent(stations: Field, writing: Write, find: Callable[[int], Any]) -> None:
    operation = stations.operation(state="pending", sent_at=None)
    with writing() as conn:
        record.answered(conn, [(operation, now_ms(), "answered", "Accepted", "{}", None)])
        record.sent(conn, [(operation, now_ms())])
    assert find(operation).state == "answered"
    assert find(operation).sent_at is not None


def test_silence_until_the_deadline_is_no_answer_and_a_late_one_still_counts(
    stations: Field, writing: Write, find: Callable[[int], Any]
) -> None:
    operation = stations.operation(deadline_at=utcnow())
    with writing() as conn:
        record.no_answer(conn, [(operation, now_ms())])
    assert (find(operation).state, find(operation).late) == ("no_answer", False)
    with writing() as conn:
        record.answered(conn, [(operation, now_ms() + 1000, "answered", "Accepted", "{}", None)])
    assert (find(operation).state, find(operation).late) == ("answered", True)


def test_the_first_answer_counts_and_a_time_out_after_it_changes_nothing(
    stations: Field, writing: Write, find: Callable[[int], Any]
) -> None:
    operation = stations.operation()
    with writing() as conn:
        record.answered(conn, [(operation, now_ms(), "answered", "Rejected", "{}", None)])
        record.answered(conn, [(operation, now_ms(), "answered", "Accepted", "{}", None)])
        record.no_answer(conn, [(operation, now_ms())])
        record.undelivered(conn, [(operation, now_ms(), "offline", None)])
        record.sent(conn, [(operation, now_ms())])
    assert (find(operation).state, find(operation).status) == ("answered", "Rejected")


def test_a_call_that_did_not_reach_the_charger_says_so(stations: Field, writing: Write, find: Callable[[int], Any]) -> None:
    operation = stations.operation(state="pending", sent_at=None)
    with writing() as conn:
        record.undelivered(conn, [(operation, now_ms(), "offline", "the charger has left")])
    assert (find(operation).state, find(operation).error) == ("offline", "the charger has left")


def link(stations: Field, session: int, **changed: Any) -> tuple[int, int, str, int, int]:
    row = {"connector": 1, "tag": "vt-1", "at_ms": now_ms(), "station": "ALICE-1", **changed}
    return (stations.world.charge_points[row["station"]], row["connector"], row["tag"], session, row["at_ms"])


def test_a_start_is_linked_to_the_newest_remote_start_that_fits(stations: Field, writing: Write, find: Callable[[int], Any]) -> None:
    older = stations.operation(state="answered", status="Accepted", created_at=utcnow() - timedelta(seconds=9))
    newer = stations.operation(state="answered", status="Accepted")
    session = stations.session("ALICE-1")
    with writing() as conn:
        linked = record.link_starts(conn, [link(stations, session)])
    assert linked == [(newer, stations.world.organizations["A"])]
    assert (find(newer).session_id, find(older).session_id) == (session, None)


def test_a_repeated_start_is_linked_once(stations: Field, writing: Write, find: Callable[[int], Any]) -> None:
    older, newer = stations.operation(), stations.operation()
    session = stations.session("ALICE-1")
    with writing() as conn:
        assert len(record.link_starts(conn, [link(stations, session), link(stations, session)])) == 1
    with writing() as conn:
        assert record.link_starts(conn, [link(stations, session)]) == []
    assert (find(older).session_id, find(newer).session_id) == (None, session)


@pytest.mark.parametrize("state", ["pending", "sent", "no_answer"])
def test_a_start_before_the_answer_is_linked_too(stations: Field, writing: Write, find: Callable[[int], Any], state: str) -> None:
    operation = stations.operation(state=state)
    session = stations.session("ALICE-1")
    with writing() as conn:
        record.link_starts(conn, [link(stations, session)])
        record.answered(conn, [(operation, now_ms(), "answered", "Accepted", "{}", None)])
    assert (find(operation).session_id, find(operation).state) == (session, "answered")


@pytest.mark.parametrize(
    "operation",
    [
        {"state": "answered", "status": "Rejected"},
        {"state": "refused"},
        {"state": "offline"},
        {"connector": 2},
        {"id_tag_folded": "vt-2"},
        {"kind": "Reset"},
        {"created_at": -timedelta(minutes=11)},
        {"created_at": timedelta(minutes=5)},  # the start is an offline one from before it
    ],
    ids=["rejected", "refused", "offline", "connector", "tag", "kind", "too long ago", "asked for later"],
)
def test_a_start_that_does_not_come_from_the_remote_start_is_not_linked(stations: Field, writing: Write, operation: dict[str, Any]) -> None:
    shifted = {name: utcnow() + value if isinstance(value, timedelta) else value for name, value in operation.items()}
    stations.operation(**shifted)
    stations.operation("BOBS-1")
    session = stations.session("ALICE-1")
    with writing() as conn:
        assert record.link_starts(conn, [link(stations, session)]) == []


def test_two_starts_of_one_batch_take_an_operation_each(stations: Field, writing: Write, find: Callable[[int], Any]) -> None:
    first, second = stations.operation(connector=1), stations.operation(connector=2)
    one, two = stations.session("ALICE-1"), stations.session("ALICE-1", connector=2)
    with writing() as conn:
        record.link_starts(conn, [link(stations, one), link(stations, two, connector=2)])
    assert (find(first).session_id, find(second).session_id) == (one, two)


def test_the_number_of_statements_does_not_grow_with_the_batch(stations: Field, engine: Engine, writing: Write) -> None:
    operations = [stations.operation(connector=number) for number in range(1, 9)]
    sessions = [stations.session("ALICE-1", connector=number) for number in range(1, 9)]
    seen: list[str] = []
    at_ms = now_ms()
    with writing() as conn:
        event.listen(engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
        record.sent(conn, [(operation, at_ms) for operation in operations])
        record.answered(conn, [(operation, at_ms, "answered", "Accepted", "{}", None) for operation in operations])
        linked = record.link_starts(conn, [link(stations, session, connector=n) for n, session in enumerate(sessions, 1)])
    assert len(linked) == 8
    assert len(seen) == 4, seen
