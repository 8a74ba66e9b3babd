"""What the connection doctor shows. Every read asks `access` inside its query."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, or_, select

from wcc.access import charge_point_for, sees_attempt, stations
from wcc.db import db
from wcc.doctor import clock
from wcc.doctor.reasons import REASONS, STEPS, find
from wcc.models import ChargePoint, ConnectionAttempt, Connector, LoggedMessage, User
from wcc.models.message import CALL
from wcc.tables import Page, TableState, page

FILTERS = ("find", "reason", "known")
LAST = 8  # attempts on a station's card
CLOCK_MESSAGES = 20
CLOCK_TOLERANCE_S = 60
_KEY = (ConnectionAttempt.at, ConnectionAttempt.id)


@dataclass(frozen=True)
class Line:
    """An attempt, and its station where there is one that the user sees."""

    attempt: ConnectionAttempt
    charge_point: ChargePoint | None


@dataclass(frozen=True)
class Step:
    """A step of a first connection: `state` is done, failed or waiting; `attempt` the one that failed here."""

    name: str
    state: str
    attempt: ConnectionAttempt | None = None


@dataclass(frozen=True)
class Health:
    """A station's connection: its last attempts, and how many seconds its clock is ahead (None: not known)."""

    charge_point: ChargePoint
    attempts: Sequence[ConnectionAttempt]
    clock_s: int | None
    steps: list[Step]

    @property
    def clock_wrong(self) -> bool:
        """Whether the charger's clock is off by more than may be."""
        return self.clock_s is not None and abs(self.clock_s) > CLOCK_TOLERANCE_S


def tidy(state: TableState) -> TableState:
    """The state without filters that cannot be understood."""
    allowed = {"reason": tuple(REASONS), "known": ("no",)}
    return replace(state, filters={name: value for name, value in state.filters.items() if value in allowed.get(name, (value,))})


def attempts(user: User, state: TableState) -> Page[Line]:
    """A page of the attempts that the user may know of, newest first."""
    found: list[ColumnElement[bool]] = [sees_attempt(user)]
    if state["find"]:
        columns = (ConnectionAttempt.identity, ConnectionAttempt.address)
        found.append(or_(*(column.icontains(state["find"], autoescape=True) for column in columns)))
    if state["reason"]:
        found.append(ConnectionAttempt.reason == state["reason"])
    if state["known"]:
        found.append(ConnectionAttempt.identity.not_in(select(ChargePoint.identity)))
    rows = page(select(ConnectionAttempt).where(*found), _KEY, state, lambda row: (row.at, row.id))
    query = select(ChargePoint).where(ChargePoint.identity.in_([row.identity for row in rows.rows]), stations(user, "inside"))
    known = {charge_point.identity: charge_point for charge_point in db.session.scalars(query)}
    return replace(rows, rows=[Line(row, known.get(row.identity)) for row in rows.rows])


def health(user: User, identity: str) -> Health:
    """How a station's connection has been. Raises NotFound, or NotAllowed for one that is not seen inside."""
    charge_point = charge_point_for(user, identity, "inside")
    newest = select(ConnectionAttempt).where(ConnectionAttempt.identity == charge_point.identity)
    last = list(db.session.scalars(newest.order_by(*(column.desc() for column in _KEY)).limit(LAST)))
    offset_s = _clock(charge_point)
    return Health(charge_point, last, offset_s, _steps(charge_point, last, offset_s))


def _clock(charge_point: ChargePoint) -> int | None:
    """Seconds that the charger's clock is ahead, by its last messages that carry a time."""
    timed = (
        LoggedMessage.charge_point_id == charge_point.id,
        LoggedMessage.kind == CALL,
        LoggedMessage.direction == "in",
        LoggedMessage.action.in_(clock.TIMED),
    )
    order = LoggedMessage.at.desc(), LoggedMessage.id.desc()
    found = db.session.execute(select(LoggedMessage.text, LoggedMessage.at).where(*timed).order_by(*order).limit(CLOCK_MESSAGES))
    return clock.ahead_s([(text, at) for text, at in found])


def _steps(charge_point: ChargePoint, last: Sequence[ConnectionAttempt], clock_s: int | None) -> list[Step]:
    """The steps of a connection, up to where the newest attempt got."""
    connected = charge_point.connected_at
    refused = next((attempt for attempt in last if find(attempt.reason).step), None)
    if refused and connected and connected >= refused.at:
        refused = None
    if refused and refused.reason == "unknown":  # it asked before it was added
        states = dict.fromkeys(STEPS, "waiting") | {"reached": "done"}
        return [Step(name, states[name]) for name in STEPS]
    broken = STEPS.index(find(refused.reason).step) if refused else len(STEPS)
    through = {
        **dict.fromkeys(STEPS[:4], connected is not None and refused is None),
        "boot": charge_point.booted_at is not None,
        "clock": clock_s is not None and abs(clock_s) <= CLOCK_TOLERANCE_S,
        "status": _spoke(charge_point),
    }
    steps = []
    for number, name in enumerate(STEPS):
        if number == broken or (name == "clock" and clock_s is not None and not through["clock"]):
            steps.append(Step(name, "failed", refused if number == broken else None))
        else:
            done = through[name] or (refused is not None and number < broken)
            steps.append(Step(name, "done" if done else "waiting"))
    return steps


def _spoke(charge_point: ChargePoint) -> bool:
    return db.session.scalar(select(Connector.number).where(Connector.charge_point_id == charge_point.id).limit(1)) is not None
