"""GetCompositeSchedule: what the charger makes of all its profiles. Shown, never computed from (quirk 58)."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wcc.operations.declared import Declared, Reply, rows
from wcc.operations.fields import Choice, Outlet, Whole
from wcc.operations.profiles import UNITS
from wcc.operations.story import Table


def _said(reply: Reply) -> tuple[str, Table | None]:
    schedule = reply.get("chargingSchedule")
    if not isinstance(schedule, dict):
        return "", None
    unit = str(schedule.get("chargingRateUnit", ""))
    lines = [
        (str(row.get("startPeriod", "–")), f"{row.get('limit', '–')} {unit}", str(row.get("numberPhases", "–")))
        for row in rows(schedule.get("chargingSchedulePeriod"))
    ]
    return "", Table((_("After (s)"), _("Limit"), _("Phases")), lines) if lines else None


KIND = Declared(
    ACTION="GetCompositeSchedule",
    NAME="get_composite_schedule",
    LABEL=_l("Ask for the composite schedule"),
    DOES=_l("Tells what limit comes out of all charging profiles together."),
    PROFILE="SmartCharging",
    FIELDS=(
        Outlet(lowest=0),
        Whole(name="duration", label=_l("For how long (s)"), lowest=1, default="86400"),
        Choice(name="chargingRateUnit", label=_l("Unit"), required=False, options=UNITS),
    ),
    said=_said,
    replies={
        "Accepted": _l("Its schedule stands below, counted from now"),
        "Rejected": _l("It cannot tell it: it has no such connector, or no charging profiles"),
    },
)
