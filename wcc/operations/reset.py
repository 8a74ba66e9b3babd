"""R5.3 Reset, Soft or Hard. The result is that the charger comes back; some restart without answering (field)."""

from datetime import datetime, timedelta

import orjson
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from wcc.models import Operation
from wcc.operations import form, story
from wcc.operations.fields import Choice
from wcc.operations.form import Call, Station, Values
from wcc.operations.story import Scene, Step, Story

ACTION = "Reset"
NAME = "reset"
LABEL = lazy_gettext("Reset")
TITLE = lazy_gettext("Reset")
SENDS = lazy_gettext("Sends Reset to the charger.")
DOES = lazy_gettext("Restarts the charger, after the running session or at once.")
PROFILE = "Core"

TYPES = {
    "Soft": (
        lazy_gettext("Soft"),
        lazy_gettext(
            "Restarts after the running session. OCPP also lets a charger end the session first and restart at once: not every model waits."
        ),
    ),
    "Hard": (lazy_gettext("Hard"), lazy_gettext("Restarts at once. A running session is cancelled.")),
}
FIELDS = (Choice(name="type", label=lazy_gettext("Type"), options=TYPES),)
# A charger that is not back by then has a problem of its own.
BACK_WITHIN = timedelta(minutes=10)


def initial(station: Station | None, asked: Values) -> dict[str, str]:
    """What the field holds at first: the gentle one."""
    return {"type": asked.get("type", "") if asked.get("type") in TYPES else "Soft"}


def build_call(station: Station, values: Values) -> Call:
    """The call. Raises Invalid, also when a session runs and the person has not confirmed."""
    chosen = form.choice(values, "type", tuple(TYPES))
    form.confirmed(values, station.running)
    return Call({"type": chosen})


def note(station: Station, values: Values) -> str | None:
    """Nothing beyond what the types say."""
    return None


def confirm(station: Station, values: Values) -> str | None:
    """The sentence to tick before running sessions may be cut; either type may cut them."""
    if not station.running:
        return None
    names = ", ".join(str(session.id) for session in station.running)
    return _("A session runs here (%(names)s). Hard cancels it; Soft may end it first. Reset all the same.", names=names)


def title(operation: Operation) -> str:
    """Its name in lists."""
    word = TYPES.get(str(orjson.loads(operation.payload).get("type")), (None, None))[0]
    return f"{TITLE}, {word}" if word else str(TITLE)


def tell(operation: Operation, scene: Scene) -> Story:
    """The operation in plain words; after how long the charger was back, once it is."""
    steps = story.opening(operation, scene.now)
    if operation.status == "Rejected":
        return Story(story.told(steps, _("It gives no reason; some chargers refuse while a session runs")), True)
    if story.closed(operation):
        return Story(steps, True)
    asked_at = operation.sent_at or operation.answered_at or operation.created_at
    charge_point = operation.charge_point
    back_at = _since(asked_at, charge_point.booted_at) or _since(asked_at, charge_point.connected_at)
    if back_at and charge_point.online and story.may_happen(operation):
        seconds = round((back_at - asked_at).total_seconds())
        return Story([*steps, Step(_("Back online after %(n)s s", n=seconds), icon="plug-connected", tone="avail", at=back_at)], True)
    if story.given_up(operation, scene, BACK_WITHIN):
        return Story(steps, True)
    gone_at = _since(asked_at, charge_point.disconnected_at)
    if gone_at and not charge_point.online:
        steps.append(Step(_("Offline: it restarts"), icon="refresh", tone="info", at=gone_at))
    elif story.accepted(operation):
        steps.append(Step(_("Waiting for the charger to restart"), icon="clock", tone="info"))
    return Story(steps, False)


def _since(asked_at: datetime, moment: datetime | None) -> datetime | None:
    """The moment, if it lies so soon after the request that it is its result."""
    return moment if moment and asked_at < moment <= asked_at + BACK_WITHIN else None
