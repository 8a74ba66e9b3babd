"""What the two ways of asking for a message share: what the answers mean, and the message that was asked for."""

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wcc.models import Operation
from wcc.operations import story
from wcc.operations.declared import sent_of
from wcc.operations.story import Scene, Step

REPLIES = {
    "Accepted": _l("It sends the message right after this"),
    "Rejected": _l("It will not send it now"),
    "NotImplemented": _l("It cannot send this message on request"),
}


def follow(operation: Operation, scene: Scene) -> tuple[list[Step], bool]:
    """The message, once it has come. A heartbeat leaves nothing behind, a progress that has not changed neither."""
    wanted = str(sent_of(operation).get("requestedMessage"))
    asked_at = operation.sent_at or operation.created_at
    if wanted == "Heartbeat":
        return [], True
    for notice in scene.notices:
        if notice.csr:
            text = _("It asked for a certificate; the portal signs none and refused. Its request: %(csr)s", csr=notice.csr)
            return [Step(text, icon="certificate", tone="warn", at=notice.at)], True
        words = _("The message came: %(words)s", words=notice.name) if notice.name else _("The message came")
        return [Step(words, icon="check", tone="avail", at=notice.at)], True
    at = _came(wanted, operation, scene)
    if at is not None and asked_at <= at <= asked_at + story.FOLLOWED:
        return [Step(_("The message came"), icon="check", tone="avail", at=at)], True
    return [], False


def _came(wanted: str, operation: Operation, scene: Scene) -> datetime | None:
    """When the charger was last heard to say this."""
    concerned = [item for item in scene.connectors if operation.connector in (None, item.number)]
    moments: list[datetime | None] = []
    if wanted == "BootNotification":
        moments = [operation.charge_point.booted_at]
    elif wanted == "StatusNotification":
        moments = [item.received_at for item in concerned]
    elif wanted == "MeterValues":
        moments = [item.values_at for item in concerned]
    return max((moment for moment in moments if moment), default=None)
