"""ClearChargingProfile. What is given must all hold; an ID alone is enough; with nothing at all every profile goes (case 067)."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wcc.operations.declared import Declared
from wcc.operations.fields import Choice, Outlet, Whole
from wcc.operations.form import Station, Values
from wcc.operations.profiles import PURPOSES


def _warn(station: Station, values: Values) -> str | None:
    if any(values.get(name) for name in ("profile", "connector", "chargingProfilePurpose", "stackLevel")):
        return None
    return _("With every field empty, all charging profiles of the charger are deleted.")


KIND = Declared(
    ACTION="ClearChargingProfile",
    NAME="clear_charging_profile",
    LABEL=_l("Delete charging profiles"),
    DOES=_l("Takes limits of the charging power away."),
    PROFILE="SmartCharging",
    FIELDS=(
        Whole(
            name="profile",
            key="id",
            label=_l("Profile ID"),
            required=False,
            help=_l("An ID alone is enough; the rest is then not looked at"),
        ),
        Outlet(lowest=0, known=False, required=False),
        Choice(
            name="chargingProfilePurpose",
            label=_l("Purpose"),
            required=False,
            options={name: word for name, (word, _sentence) in PURPOSES.items()},
        ),
        Whole(name="stackLevel", label=_l("Stack level"), required=False),
    ),
    warn=_warn,
    replies={
        "Accepted": _l("The profiles are deleted"),
        "Unknown": _l("It had no such profile"),
    },
)
