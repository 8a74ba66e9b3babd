"""How far a session got, in Python and in SQL (R4.1f)."""

from itertools import product

import pytest
from sqlalchemy import select

from tests.sessions.conftest import START
from wcc.models import ChargingSession
from wcc.sessions.steps import CONDITIONS, steps

OPEN = {"stopped_at": None, "plugged_out_at": None, "stop_reason": None}
STILL_IN = {"stopped_at": START, "plugged_out_at": None, "stop_reason": "Local"}
DONE = {"stopped_at": START, "plugged_out_at": START, "stop_reason": "Local"}
NOTHING = {"energy_wh": 0, "charging_ms": 0}


def session(**columns) -> ChargingSession:
    values = {
        "authorization": "Accepted",
        "stop_missing": False,
        "energy_wh": 900,
        "charging_ms": 60_000,
        "goal_reached_at": None,
    }
    return ChargingSession(**{**values, **OPEN, **columns})


@pytest.mark.parametrize(
    ("columns", "key", "step", "broken", "now"),
    [
        (NOTHING, "authorized", 2, False, True),
        ({"energy_wh": None, "charging_ms": 0}, "authorized", 2, False, True),
        ({}, "charging", 3, False, True),
        ({"goal_reached_at": START}, "goal", 4, False, True),
        (STILL_IN, "stopped", 3, False, False),
        ({**STILL_IN, **NOTHING}, "stopped", 2, False, False),
        ({**STILL_IN, "goal_reached_at": START}, "goal", 4, False, False),
        (DONE, "completed", 5, False, False),
        ({**DONE, "stop_reason": None}, "completed", 5, False, False),
        ({**DONE, "stop_reason": "EVDisconnected"}, "completed", 5, False, False),
        ({**DONE, "stop_reason": "EmergencyStop"}, "broken", 3, True, False),
        ({**DONE, "stop_reason": "PowerLoss", **NOTHING}, "broken", 2, True, False),
        ({"stop_missing": True}, "broken", 3, True, False),
        ({"authorization": "Invalid"}, "refused", 2, True, False),
        ({**DONE, "authorization": "Blocked"}, "refused", 2, True, False),
    ],
)
def test_the_steps_say_how_far_a_session_got(columns, key, step, broken, now):
    found = steps(session(**columns))
    assert (found.key, found.step, found.broken, found.now) == (key, step, broken, now)


def test_the_status_filter_and_the_dots_agree_on_every_kind_of_session(app, make, both_databases):
    from wcc.db import db

    for authorization, end, flow, goal, missing in product(
        ("Accepted", "Invalid"),
        (OPEN, STILL_IN, DONE, {**DONE, "stop_reason": "PowerLoss"}, {**STILL_IN, "stop_reason": None}),
        ({}, NOTHING, {"energy_wh": None, "charging_ms": 0}),
        (None, START),
        (False, True),
    ):
        make(authorization=authorization, goal_reached_at=goal, stop_missing=missing, **end, **flow)
    found = {key: set(db.session.scalars(select(ChargingSession.id).where(condition))) for key, condition in CONDITIONS.items()}
    expected: dict[str, set[int]] = {key: set() for key in CONDITIONS}
    for each in db.session.scalars(select(ChargingSession)):
        expected[steps(each).key].add(each.id)
    assert found == expected and all(found.values())
