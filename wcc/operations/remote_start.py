"""R5.1 Remote start charging: RemoteStartTransaction. "Accepted" means *will try*; the start that follows is the result."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from wcc import statuses
from wcc.models import Connector, Operation
from wcc.operations import fields, story
from wcc.operations.fields import Outlet, Tag, Tenths
from wcc.operations.form import Call, Station, Values
from wcc.operations.story import Scene, Step, Story

ACTION = "RemoteStartTransaction"
NAME = "remote_start"
LABEL = lazy_gettext("Remote start")
TITLE = lazy_gettext("Remote start charging")
SENDS = lazy_gettext("Sends RemoteStartTransaction to the charger.")
DOES = lazy_gettext("Starts a session with one of your tags.")
PROFILE = "Core"
LIMIT = Tenths(
    name="limit",
    label=lazy_gettext("At most (A per phase)"),
    required=False,
    help=lazy_gettext("Left empty: no limit for this session"),
)
FIELDS = (Outlet(), Tag(), LIMIT)

_TAKEN = ("Charging", "SuspendedEV", "SuspendedEVSE")
_BARRED = ("Faulted", "Unavailable", "Reserved", "Finishing")


def initial(station: Station | None, asked: Values) -> dict[str, str]:
    """What the fields hold at first: the connector when there is one (or none is known: 1), the first tag."""
    return {field.name: field.first(station, asked) for field in FIELDS}


def build_call(station: Station, values: Values) -> Call:
    """The call; connectorId is always sent, since some chargers refuse without. Raises Invalid."""
    found = fields.read(FIELDS, values, station)
    payload = {"connectorId": found["connector"], "idTag": found["tag"].tag}
    if found["limit"] is not None:
        payload["chargingProfile"] = _profile(found["limit"])
    return fields.call(FIELDS, found, payload)


def _profile(limit_a: float) -> dict[str, Any]:
    """A limit for the session to come: its number is not known yet, so the profile names none (case 059)."""
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit_a}]}
    purpose = {"chargingProfilePurpose": "TxProfile", "chargingProfileKind": "Relative"}
    return {"chargingProfileId": int(fields.fresh_number()), "stackLevel": 0, **purpose, "chargingSchedule": schedule}


def note(station: Station, values: Values) -> str | None:
    """What a person should know before sending it."""
    for session in station.running:
        if values.get("connector") in ("", str(session.connector)):
            text = _("Connector %(number)s is in a session since %(time)s: another start will most likely be rejected.")
            return text % {"number": session.connector, "time": story.clock(session.started_at)}
    return None


def confirm(station: Station, values: Values) -> str | None:
    """A start cuts nothing."""
    return None


def title(operation: Operation) -> str:
    """Its name in lists."""
    return str(TITLE)


def tell(operation: Operation, scene: Scene) -> Story:
    """The operation in plain words; the session that it led to, once there is one."""
    steps = story.opening(operation, scene.now)
    if session := scene.session:
        if session.stopped_at is not None:
            return Story([*steps, story.began(session), story.ended(session)], True)
        return Story([*steps, story.running(session)], not story.just_now(operation.created_at, scene))
    if story.closed(operation):
        return Story(story.told(steps, _refusal(operation, scene)) if operation.status == "Rejected" else steps, True)
    if story.given_up(operation, scene, scene.expected):
        return Story([*steps, _no_start(scene)], True)
    if story.accepted(operation):
        steps.append(Step(_waiting(scene.connector(operation.connector)), icon="clock", tone="info"))
    return Story(steps, False)


def _waiting(connector: Connector | None) -> str:
    status = connector.status if connector else None
    if status == "Available":
        return _("Waiting for the car: plug it in now")
    if status == "Finishing":
        return _("Waiting for the car: most chargers want it unplugged and plugged in again")
    return _("Waiting for the charger to start")


def _no_start(scene: Scene) -> Step:
    minutes = round(scene.expected.total_seconds() / 60)
    text = _("No session has begun within %(minutes)s minutes. Plug the car in, then start again", minutes=minutes)
    return Step(text, icon="clock", tone="warn")


def _refusal(operation: Operation, scene: Scene) -> str:
    """Why it may have said Rejected: OCPP lets it give no reason, so this says what we know of the connector."""
    connector = scene.connector(operation.connector)
    status = connector.status if connector and story.just_now(operation.answered_at, scene) else None
    if status in _TAKEN:
        return _("It gives no reason; the connector is in use")
    if status in _BARRED:
        return _("It gives no reason; the connector says %(status)s", status=statuses.find(status).word)
    return _("It gives no reason; many chargers refuse a tag that they do not know")
