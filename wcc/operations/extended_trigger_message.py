"""ExtendedTriggerMessage (security whitepaper): like TriggerMessage, with the messages of the security extension."""

from flask_babel import lazy_gettext as _l

from wcc.operations import triggered
from wcc.operations.declared import Declared
from wcc.operations.fields import Choice
from wcc.operations.trigger_message import CONNECTOR, MESSAGES

KIND = Declared(
    ACTION="ExtendedTriggerMessage",
    NAME="extended_trigger_message",
    LABEL=_l("Ask for a security message"),
    DOES=_l("The charger sends a message now; also progress of a log, or a request for a new certificate."),
    PROFILE="Security",
    FIELDS=(
        Choice(
            name="requestedMessage",
            label=_l("Which message"),
            options={name: words for name, words in MESSAGES.items() if name != "DiagnosticsStatusNotification"}
            | {
                "LogStatusNotification": _l("Progress of a log (LogStatusNotification)"),
                "SignChargePointCertificate": _l("Request for a certificate (SignChargePointCertificate)"),
            },
            default="LogStatusNotification",
        ),
        CONNECTOR,
    ),
    replies=triggered.REPLIES,
    follow=triggered.follow,
)
