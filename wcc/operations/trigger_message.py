"""TriggerMessage: ask for a message now. The reply comes before the message."""

from flask_babel import lazy_gettext as _l

from wcc.operations import triggered
from wcc.operations.declared import Declared
from wcc.operations.fields import Choice, Outlet

MESSAGES = {
    "BootNotification": _l("Boot data (BootNotification)"),
    "Heartbeat": _l("Sign of life (Heartbeat)"),
    "StatusNotification": _l("Status of the connectors (StatusNotification)"),
    "MeterValues": _l("Meter values (MeterValues)"),
    "FirmwareStatusNotification": _l("Progress of the firmware (FirmwareStatusNotification)"),
    "DiagnosticsStatusNotification": _l("Progress of the diagnostics (DiagnosticsStatusNotification)"),
}
CONNECTOR = Outlet(required=False, known=False, help=_l("Leave it empty for all connectors"))

KIND = Declared(
    ACTION="TriggerMessage",
    NAME="trigger_message",
    LABEL=_l("Ask for a message"),
    DOES=_l("The charger sends a message now, such as its status or its meter values."),
    PROFILE="RemoteTrigger",
    FIELDS=(Choice(name="requestedMessage", label=_l("Which message"), options=MESSAGES, default="StatusNotification"), CONNECTOR),
    replies=triggered.REPLIES,
    follow=triggered.follow,
)
