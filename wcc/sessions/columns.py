"""The columns of the table of sessions: one entry each says how it is headed, shown and exported (R4.1).

To add a column: one `Column` here. `form` names the macro of `templates/sessions/_cells.html` that shows it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import lazy_gettext as _

from wcc import units
from wcc.export import Cell
from wcc.models import ChargingSession
from wcc.sessions.steps import steps

Value = Callable[[ChargingSession], Cell]


@dataclass(frozen=True)
class Column:
    """`value` is what `text` shows and an export writes; None: not exported. `sort`: its key in the URL.

    `exact`: label and value of a further column that only exports have. `end`: aligned right. `phone`: kept on a phone.
    """

    key: str
    label: str
    form: str = "text"
    value: Value | None = None
    exact: tuple[str, Value] | None = None
    sort: str = ""
    end: bool = False
    phone: bool = True


COLUMNS = (
    Column("id", _("ID"), "id", lambda s: s.id),
    Column("cp", _("CP ID"), "charge_point", lambda s: s.charge_point.identity),
    Column("tag", _("RFID Tag"), "tag", lambda s: s.id_tag),
    Column("started", _("Start Time"), "started", lambda s: s.started_at, sort="started"),
    Column("stopped", _("Stop Time"), "stopped", lambda s: s.stopped_at, phone=False),
    Column("duration", _("Duration"), "duration", lambda s: units.days_clock(s.charging_ms), end=True),
    Column(
        "energy",
        _("Charged Energy"),
        "energy",
        lambda s: None if s.energy_wh is None else units.kwh(s.energy_wh),
        exact=(_("Charged Energy (Wh)"), lambda s: s.energy_wh),
        end=True,
    ),
    Column("first_name", _("First Name"), value=lambda s: s.first_name, phone=False),
    Column("last_name", _("Last Name"), value=lambda s: s.last_name, phone=False),
    Column("status", _("Status"), "steps", lambda s: steps(s).word),
    Column("price", _("Costs per kWh"), "price", lambda s: s.price_per_kwh, end=True, phone=False),
    Column("actions", _("Actions"), "actions", end=True),
)
SORTS = tuple(column.sort for column in COLUMNS if column.sort)


def header() -> list[str]:
    """Labels of an export, in the user's language."""
    labels: list[str] = []
    for column in COLUMNS:
        if column.value:
            labels.append(f"{column.label} (kWh)" if column.form == "energy" else str(column.label))
            labels += [str(column.exact[0])] if column.exact else []
    return labels


def row(session: ChargingSession) -> list[Cell]:
    """A session's cells of an export, in the order of `header`."""
    cells: list[Cell] = []
    for column in COLUMNS:
        if column.value:
            cells.append(column.value(session))
            cells += [column.exact[1](session)] if column.exact else []
    return cells
