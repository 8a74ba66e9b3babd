"""/charge-points/{identity}/operations: ask a charger to do something; /operations/{id}: what came of it."""

from datetime import datetime
from typing import Annotated, Any, Literal, get_args

import orjson
from flask import url_for
from pydantic import Field

from wcc.api.describe import Answer, Endpoint
from wcc.api.door import route, settings
from wcc.api.shapes import Input, NoQuery, Output
from wcc.models import Operation, User
from wcc.models.operation import STATES
from wcc.operations import queries, service
from wcc.operations.raw import ACTIONS, masked
from wcc.operations.waiting import until_over

State = Literal["pending", "sent", "answered", "refused", "no_answer", "offline", "failed"]
assert get_args(State) == STATES
MOST_WAIT_S = 60


class NewOperation(Input):
    """What a charger is asked to do."""

    kind: Literal[ACTIONS] = Field(description="OCPP 1.6's name of the operation.", examples=["Reset"])  # type: ignore[valid-type]
    payload: dict[str, Any] = Field(
        default_factory=dict, description="Its payload; it must fit OCPP's own schema.", examples=[{"type": "Soft"}]
    )
    wait_s: Annotated[float, Field(ge=0, le=MOST_WAIT_S)] = Field(default=0, description="Wait so long for the charger's answer.")


class OperationShown(Output):
    """An operation as far as it has come. A payload's or reply's AuthorizationKey is not shown."""

    id: int
    kind: str
    charge_point: str
    connector: int | None
    payload: dict[str, Any]
    state: State = Field(
        description="pending: not sent yet · sent: waiting for the answer · answered: see `status` and `reply` · refused: the charger "
        "answered with an error (CALLERROR) · no_answer: silent until `deadline_at`, may still do it · offline · failed: could not be sent."
    )
    status: str | None = Field(description="The reply's status word, such as Accepted.")
    reply: Any = Field(description="The charger's reply: an object, or null.")
    error: str | None = Field(description="Why it was refused or could not be sent.")
    late: bool = Field(description="The answer came after the deadline.")
    session: int | None = Field(description="Number of the session that it started or stopped; a start's comes after the answer.")
    created_at: datetime
    deadline_at: datetime
    sent_at: datetime | None
    answered_at: datetime | None


SAME = ("id", "kind", "connector", "state", "status", "error", "late", "created_at", "deadline_at", "sent_at", "answered_at")


def _shown(found: Operation, session_id: int | None) -> OperationShown:
    facts: dict[str, Any] = {name: getattr(found, name) for name in SAME}
    facts |= {"charge_point": found.charge_point.identity, "payload": masked(orjson.loads(found.payload))}
    return OperationShown(**facts, reply=masked(orjson.loads(found.reply)) if found.reply else None, session=session_id)


@route(
    Endpoint(
        "POST",
        "/charge-points/{identity}/operations",
        "send_operation",
        "Ask a charger to do something",
        "operate",
        {
            200: Answer(OperationShown, "It was waited for, and is over: answered or not, see `state`."),
            202: Answer(OperationShown, "It is on its way, or not answered yet.", {"Location": "Where to look what came of it."}),
        },
        text="Every operation of OCPP 1.6 and its security extension, for who may operate the station; who does not administer its "
        "organization names tags and sessions of theirs, and AuthorizationKey is for who may see the station's password. Unlike the "
        "pages, this asks for no confirmation when a session runs.",
        body=NewOperation,
    )
)
def send(user: User, identity: str, query: NoQuery, body: NewOperation) -> tuple[OperationShown, int, dict[str, str]]:
    operation = service.send(user, identity, body.kind, body.payload, settings().call_timeout_s)
    number = operation.id
    over = body.wait_s > 0 and until_over(number, body.wait_s)
    shown = _shown(*queries.operation(user, number))
    return shown, 200 if over else 202, {} if over else {"Location": url_for("api.get_operation", operation_id=number)}


@route(
    Endpoint(
        "GET",
        "/operations/{operation_id}",
        "get_operation",
        "Look what came of an operation",
        "read",
        {200: Answer(OperationShown, "As far as it has come.")},
    )
)
def show(user: User, operation_id: int, query: NoQuery) -> OperationShown:
    return _shown(*queries.operation(user, operation_id))
