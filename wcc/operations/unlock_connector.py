"""UnlockConnector. It may be sent for a connector that the charger does not know (case 031), and is no means to end a session."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wcc.operations.declared import Declared
from wcc.operations.fields import Outlet
from wcc.operations.form import Station, Values


def _warn(station: Station, values: Values) -> str | None:
    if any(str(session.connector) == values.get("connector") for session in station.running):
        return _("A session runs here: the charger ends it before it unlocks.")
    return None


KIND = Declared(
    ACTION="UnlockConnector",
    NAME="unlock_connector",
    LABEL=_l("Unlock connector"),
    DOES=_l("Releases a cable that is stuck in the socket; a running session ends first."),
    PROFILE="Core",
    FIELDS=(Outlet(known=False),),
    warn=_warn,
    replies={
        "Unlocked": _l("The cable can be taken out"),
        "UnlockFailed": _l("The lock did not open. Pull the cable a little out of its tension, then try again"),
        "NotSupported": _l("The charger has no lock there, as with a fixed cable, or no such connector"),
    },
)
