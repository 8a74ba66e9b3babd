"""R5.4 Change availability of a connector, or (0) of the whole station. Scheduled = after the running session."""

import orjson
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from wcc import statuses
from wcc.models import Connector, Operation
from wcc.operations import form, story
from wcc.operations.fields import Choice, Outlet
from wcc.operations.form import Call, Station, Values
from wcc.operations.story import Scene, Step, Story

ACTION = "ChangeAvailability"
NAME = "change_availability"
LABEL = lazy_gettext("Change availability")
TITLE = lazy_gettext("Change availability")
SENDS = lazy_gettext("Sends ChangeAvailability to the charger.")
DOES = lazy_gettext("Takes a connector or the whole station out of use, or back into it.")
PROFILE = "Core"

TYPES = {
    "Operative": (lazy_gettext("Operative"), lazy_gettext("In use: drivers can charge here.")),
    "Inoperative": (
        lazy_gettext("Inoperative"),
        lazy_gettext("Cannot be used. A running session is not cut: the charger schedules the change for after it."),
    ),
}
FIELDS = (Outlet(lowest=0), Choice(name="type", label=lazy_gettext("Select availability type"), options=TYPES))


def initial(station: Station | None, asked: Values) -> dict[str, str]:
    """What the fields hold at first: the connector asked for, else the whole station; no type, since either may be meant."""
    return {"connector": asked.get("connector", "").strip() or "0", "type": asked.get("type", "")}


def build_call(station: Station, values: Values) -> Call:
    """The call. Raises Invalid."""
    found = form.read(connector=lambda: form.connector(values, station, 0), type=lambda: form.choice(values, "type", tuple(TYPES)))
    return Call({"connectorId": found["connector"], "type": found["type"]}, connector=found["connector"])


def note(station: Station, values: Values) -> str | None:
    """What a person should know before sending it."""
    if not any(values.get("connector") in ("0", str(session.connector)) for session in station.running):
        return None
    return _("A session runs here: Inoperative takes effect after it.")


def confirm(station: Station, values: Values) -> str | None:
    """It cuts no session."""
    return None


def _wanted(operation: Operation) -> str:
    return str(orjson.loads(operation.payload).get("type"))


def title(operation: Operation) -> str:
    """Its name in lists."""
    word = TYPES.get(_wanted(operation), (None, None))[0]
    if word is None:
        return str(TITLE)
    if operation.connector:
        return _("Connector %(number)s to %(type)s", number=operation.connector, type=word)
    return _("Whole station to %(type)s", type=word)


def tell(operation: Operation, scene: Scene) -> Story:
    """The operation in plain words; what the connectors say since."""
    steps = story.opening(operation, scene.now)
    if operation.status == "Rejected":
        return Story(story.told(steps, _("It gives no reason, and nothing has changed")), True)
    if story.closed(operation):
        return Story(steps, True)
    if operation.status == "Scheduled":
        steps = story.told(steps, _("It changes after the running session"))
    if done := _done(operation, scene):
        return Story([*steps, done], True)
    return Story(steps, story.given_up(operation, scene, story.FOLLOWED))


def _done(operation: Operation, scene: Scene) -> Step | None:
    """The status that the change led to, if that is what the connectors say now and said so after the request."""
    asked_at = operation.sent_at or operation.created_at
    if not story.may_happen(operation):
        return None
    concerned = [item for item in scene.connectors if operation.connector in (0, None, item.number)]
    if operation.connector in (0, None):  # many chargers tell only their outlets, or only number 0
        concerned = [item for item in concerned if item.number] or concerned
    heard = [item for item in concerned if item.received_at and item.received_at >= asked_at]
    if not concerned or len(heard) < len(concerned) or not all(_fits(item, _wanted(operation)) for item in heard):
        return None
    at = max(item.received_at for item in heard if item.received_at)
    words = ", ".join(f"{item.number}: {statuses.find(item.status).word}" for item in heard)
    return Step(_("Connectors now say %(words)s", words=words), icon="check", tone="avail", at=at)


def _fits(connector: Connector, wanted: str) -> bool:
    return (connector.status == "Unavailable") == (wanted == "Inoperative")
