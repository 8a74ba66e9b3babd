"""/sessions: list, look at, note; and their meter values."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

import orjson
from pydantic import Field, StringConstraints

from wcc.api import paging, queries
from wcc.api.describe import Answer, Endpoint
from wcc.api.door import route
from wcc.api.problems import Problem
from wcc.api.shapes import NO_NUL, Input, Moment, NoQuery, Output, Paging, Text
from wcc.models import ChargingSession, MeterSample, User
from wcc.models.meter import READINGS
from wcc.sessions import queries as rooms
from wcc.sessions import service
from wcc.sessions.filters import Filters
from wcc.sessions.steps import CONDITIONS, running, steps

Status = Literal["refused", "broken", "authorized", "charging", "goal", "stopped", "completed"]
Filtered = Literal["running", "refused", "broken", "authorized", "charging", "goal", "stopped", "completed"]
assert get_args(Status) == tuple(CONDITIONS) and get_args(Filtered) == ("running", *CONDITIONS)


class SessionQuery(Paging):
    """Which sessions."""

    charge_point: Text = Field(default="", max_length=255, description="Of this charge point ID.")
    since: Moment | None = Field(default=None, alias="from", description="Started at or after this.")
    until: Moment | None = Field(default=None, alias="to", description="Started before this.")
    status: Filtered | None = Field(default=None, description="How far they got; `running`: that go on.")
    tag: Text = Field(default="", max_length=255, description="Started with this tag, upper or lower case.")


class Note(Input):
    """What is to change."""

    note: Annotated[str, StringConstraints(max_length=service.LONGEST_NOTE, pattern=NO_NUL)] = Field(
        description="One line; what cannot be printed becomes blanks."
    )


class SessionShown(Output):
    """A session. Names, tag, tariff and place are those at its start."""

    id: int = Field(description="OCPP transactionId.")
    reference: str
    charge_point: str
    organization_id: int
    connector: int
    tag: str = Field(description="As the charger sent it (idTag).")
    tag_alias: str | None
    tag_type: str | None
    first_name: str | None
    last_name: str | None
    authorization: str
    status: Status
    running: bool
    started_at: datetime
    started_late: bool = Field(description="The charger's clock was of no use: this is when its message came.")
    stopped_at: datetime | None
    stopped_late: bool
    stop_reason: str | None
    stop_missing: bool = Field(description="A later start came before any stop.")
    stop_guessed: bool = Field(description="The stop named no session and was matched by charger and time.")
    plugged_in_at: datetime | None
    goal_reached_at: datetime | None
    plugged_out_at: datetime | None
    meter_start_wh: int
    meter_stop_wh: int | None
    energy_wh: int | None
    charging_ms: int = Field(description="Time in which energy flowed, in milliseconds.")
    power_w: float | None
    max_power_w: float | None
    soc_percent: float | None
    values_at: datetime | None
    description: str | None
    site: str | None
    street: str | None
    house_number: str | None
    zip_code: str | None
    city: str | None
    country: str | None
    currency: str | None
    price_per_kwh: Decimal | None
    price_per_session: Decimal | None
    note: str


class SessionPage(Output):
    """Sessions, those that began last first."""

    items: list[SessionShown]
    next: str | None = Field(description="Cursor of the next page.")


class MeterValue(Output):
    """What the meter said at one moment. `extra`: measurands without a column of their own."""

    at: datetime
    energy_wh: int | None = Field(description="Meter register.")
    power_w: float | None
    offered_w: float | None
    offered_a: float | None
    current_l1_a: float | None
    current_l2_a: float | None
    current_l3_a: float | None
    voltage_l1_v: float | None
    voltage_l2_v: float | None
    voltage_l3_v: float | None
    soc_percent: float | None
    temperature_c: float | None
    extra: Any = Field(description="A JSON value, or null.")


assert set(MeterValue.model_fields) == {"at", *READINGS, "extra"}


class MeterValuePage(Output):
    """Meter values by time."""

    items: list[MeterValue]
    next: str | None = Field(description="Cursor of the next page.")


SAME = tuple(name for name in SessionShown.model_fields if name not in ("charge_point", "tag", "status", "running"))


def _shown(session: ChargingSession) -> SessionShown:
    facts: dict[str, Any] = {name: getattr(session, name) for name in SAME}
    facts |= {"charge_point": session.charge_point.identity, "tag": session.id_tag}
    return SessionShown(**facts, status=steps(session).key, running=running(session))  # type: ignore[arg-type]


@route(Endpoint("GET", "/sessions", "list_sessions", "List sessions", "read", {200: Answer(SessionPage, "A page.")}, query=SessionQuery))
def list_all(user: User, query: SessionQuery) -> SessionPage:
    if query.since and query.until and query.since >= query.until:
        raise Problem(422, errors=[("to", "does not lie after `from`")])
    filters = Filters(status=query.status or "", since=query.since, until=query.until)
    found = queries.charging_sessions(user, filters, query.charge_point, query.tag)
    key = (ChargingSession.started_at, ChargingSession.id)
    rows, following = paging.rows(found, key, query, lambda row: (row.started_at, row.id), descending=True)
    return SessionPage(items=[_shown(row) for row in rows], next=following)


@route(Endpoint("GET", "/sessions/{session_id}", "get_session", "Look at a session", "read", {200: Answer(SessionShown, "As it is now.")}))
def show(user: User, session_id: int, query: NoQuery) -> SessionShown:
    return _shown(rooms.get(user, session_id))


@route(
    Endpoint(
        "PATCH",
        "/sessions/{session_id}",
        "change_session",
        "Write a note to a session",
        "write",
        {200: Answer(SessionShown, "As it is now.")},
        body=Note,
    )
)
def change(user: User, session_id: int, query: NoQuery, body: Note) -> SessionShown:
    service.set_note(user, session_id, body.note)
    return _shown(rooms.get(user, session_id))


@route(
    Endpoint(
        "GET",
        "/sessions/{session_id}/meter-values",
        "list_meter_values",
        "List the meter values of a session",
        "read",
        {200: Answer(MeterValuePage, "A page.")},
        query=Paging,
    )
)
def meter_values(user: User, session_id: int, query: Paging) -> MeterValuePage:
    rows, following = paging.rows(queries.samples(user, session_id), (MeterSample.at,), query, lambda row: (row.at,))
    return MeterValuePage(items=[_sample(row) for row in rows], next=following)


def _sample(sample: MeterSample) -> MeterValue:
    extra = orjson.loads(sample.extra) if sample.extra else None
    return MeterValue(at=sample.at, extra=extra, **{name: getattr(sample, name) for name in READINGS})
