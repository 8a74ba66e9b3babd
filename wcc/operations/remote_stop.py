"""R5.2 Remote stop transaction: RemoteStopTransaction. The StopTransaction that follows is the result."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from wcc import ui
from wcc.models import ChargingSession, Operation
from wcc.operations import fields, story
from wcc.operations.fields import Session
from wcc.operations.form import Call, Station, Values
from wcc.operations.story import Scene, Step, Story

ACTION = "RemoteStopTransaction"
NAME = "remote_stop"
LABEL = lazy_gettext("Remote stop")
TITLE = lazy_gettext("Remote stop transaction")
SENDS = lazy_gettext("Sends RemoteStopTransaction to the charger.")
DOES = lazy_gettext("Ends a session that runs now.")
PROFILE = "Core"
FIELDS = (Session(help=lazy_gettext("The ID of the Charging Session menu")),)


def initial(station: Station | None, asked: Values) -> dict[str, str]:
    """What the field holds at first: the session asked for, else the one that runs on that connector, else the only one."""
    return {field.name: field.first(station, asked) for field in FIELDS}


def build_call(station: Station, values: Values) -> Call:
    """The call. A session that we think has ended may be stopped too: the charger knows better. Raises Invalid."""
    session: ChargingSession = fields.read(FIELDS, values, station)["session"]
    return Call({"transactionId": session.id}, connector=session.connector, session_id=session.id)


def note(station: Station, values: Values) -> str | None:
    """What a person should know before sending it."""
    chosen = next((session for session in station.running if str(session.id) == values.get("session")), None)
    if chosen is None:
        return None if station.running else _("No session runs at this station as far as the charger has told.")
    since = _("This ends session %(number)s, which runs since %(time)s", number=chosen.id, time=story.clock(chosen.started_at))
    return f"{since} ({ui.kwh(chosen.energy_wh)})." if chosen.energy_wh is not None else f"{since}."


def confirm(station: Station, values: Values) -> str | None:
    """Ending the session is what is asked for: the note says which, and that is enough."""
    return None


def title(operation: Operation) -> str:
    """Its name in lists."""
    return f"{TITLE} {operation.session_id or ''}".strip()


def tell(operation: Operation, scene: Scene) -> Story:
    """The operation in plain words; how the session ended, once it has."""
    steps, session = story.opening(operation, scene.now), scene.session
    if operation.status == "Rejected":
        return Story(story.told(steps, _refusal(session)), True)
    if story.closed(operation):
        return Story(steps, True)
    if session and session.stopped_at is not None and story.may_happen(operation):
        return Story([*steps, story.ended(session)], True)
    if story.given_up(operation, scene, scene.expected):
        text = _("The charger has not ended the session so far")
        return Story([*steps, Step(text, icon="clock", tone="warn")], True)
    if story.accepted(operation):
        steps.append(Step(_("Waiting for the charger to end the session"), icon="clock", tone="info"))
    return Story(steps, False)


def _refusal(session: ChargingSession | None) -> str:
    if session and session.stopped_at is not None:
        return _("The session had ended at %(time)s", time=story.clock(session.stopped_at))
    return _("The charger says that this session does not run")
