"""ReserveNow. Connector 0 is any connector; a parent tag lets every card of the group use the reservation (case 053)."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wcc.models import AuthorizationTag, Operation
from wcc.operations import story
from wcc.operations.declared import Declared, Found, sent_of
from wcc.operations.fields import Field, Moment, Outlet, Tag, Whole, payload
from wcc.operations.form import Station
from wcc.operations.story import Scene, Step


def _payload(kind: Declared, found: Found, station: Station) -> dict[str, Any]:
    tag: AuthorizationTag = found["tag"]
    return payload(kind.FIELDS, {**found, "parentIdTag": found["parentIdTag"] or tag.parent or None})


def _follow(operation: Operation, scene: Scene) -> tuple[list[Step], bool]:
    if session := scene.session:
        if session.stopped_at is not None:
            return [_used(session.id, session.started_at), story.ended(session)], True
        return [_used(session.id, session.started_at), story.running(session)], True
    ends = datetime.fromisoformat(str(sent_of(operation)["expiryDate"]))
    held = [item for item in scene.connectors if operation.connector in (0, item.number) and item.status == "Reserved"]
    steps = []
    if held and story.just_now(operation.answered_at, scene):
        words = ", ".join(str(item.number) for item in held)
        steps.append(Step(_("Connector %(words)s says Reserved", words=words), icon="calendar", tone="reserved", at=held[0].received_at))
    if scene.now > ends:
        text = _("The time of the reservation is over; no session was told to have used it")
        return [*steps, Step(text, icon="clock", tone="warn", at=ends)], True
    text = _("Reserved until %(time)s", time=story.clock(ends))
    return [*steps, Step(text, icon="calendar", tone="reserved")], bool(held)


def _used(number: int, at: datetime) -> Step:
    return Step(_("Session %(number)s used the reservation", number=number), icon="check", tone="avail", at=at)


KIND = Declared(
    ACTION="ReserveNow",
    NAME="reserve_now",
    LABEL=_l("Reserve"),
    DOES=_l("Keeps a connector free for one tag until a time that you choose."),
    PROFILE="Reservation",
    FIELDS=(
        Outlet(lowest=0, help=_l("0 = any connector")),
        Moment(name="expiryDate", label=_l("Reserved until"), ahead_s=3600),
        Tag(),
        Field(
            name="parentIdTag",
            label=_l("Parent tag"),
            most=20,
            required=False,
            help=_l("Every tag of this group may use it. Left empty: the group of the tag, if it has one"),
        ),
        Whole(
            name="reservationId",
            label=_l("Reservation ID"),
            lowest=1,
            fresh=True,
            help=_l("The number that the charger knows it by. The number of an earlier one replaces that one"),
        ),
    ),
    payload=_payload,
    follow=_follow,
    replies={
        "Accepted": _l("The charger keeps it free"),
        "Faulted": _l("The connector is out of order"),
        "Occupied": _l("The connector is in use or reserved already"),
        "Rejected": _l("It takes no reservations, or not of this kind"),
        "Unavailable": _l("The connector is out of use: set it to Operative first"),
    },
)
