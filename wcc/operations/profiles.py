"""Words of charging profiles, and schedules as text: a line per period, `seconds limit` or `seconds limit phases`."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wcc.operations.fields import Field, tenths

PURPOSES = {
    "TxDefaultProfile": (_l("Every session"), _l("Holds for each session at the connector (TxDefaultProfile).")),
    "TxProfile": (_l("One session"), _l("Holds for the session that runs, and goes with it (TxProfile).")),
    "ChargePointMaxProfile": (
        _l("The whole station"),
        _l("What all connectors may take together; connector 0 (ChargePointMaxProfile)."),
    ),
}
UNITS = {"A": _l("A per phase"), "W": _l("W in all")}
MOST_PERIODS = 1000


def periods(field: Field, text: str) -> list[dict[str, Any]]:
    """The periods of a schedule. Raises Invalid naming the field: the first begins at 0, and each after the one before."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    found: list[dict[str, Any]] = []
    if len(lines) > MOST_PERIODS:
        raise field.wrong(_("At most %(most)s periods fit here.", most=MOST_PERIODS))
    for number, parts in enumerate(lines, start=1):
        whole = [part for part in (parts[0], *parts[2:]) if not (part.isascii() and part.isdigit() and len(part) < 10)]
        if len(parts) not in (2, 3) or whole or (len(parts) == 3 and parts[2] not in ("1", "2", "3")):
            raise field.wrong(
                _("Line %(number)s: enter seconds and limit, such as 3600 10.5, and perhaps the phases (1–3).", number=number)
            )
        period: dict[str, Any] = {"startPeriod": int(parts[0]), "limit": tenths(field, parts[1])}
        if len(parts) == 3:
            period["numberPhases"] = int(parts[2])
        if period["startPeriod"] != 0 and not found:
            raise field.wrong(_("The first period begins at 0 seconds."))
        if found and period["startPeriod"] <= found[-1]["startPeriod"]:
            raise field.wrong(_("Line %(number)s: it must begin later than the one before.", number=number))
        found.append(period)
    return found
