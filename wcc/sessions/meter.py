"""The columns of a table of meter values: one entry each, shown only where the session has such values (R4.2b)."""

from dataclasses import dataclass
from typing import Any

import orjson
from flask_babel import format_decimal
from flask_babel import lazy_gettext as _

from wcc.export import Cell
from wcc.models import MeterSample


@dataclass(frozen=True)
class Measurand:
    """A column: `label` with its unit, `pattern` of its numbers; `divisor` makes the shown unit of the stored one."""

    label: str
    pattern: str = "#,##0.0"
    divisor: int = 1


MEASURANDS = {
    "energy_wh": Measurand(_("Register Wh"), "#,##0"),
    "power_w": Measurand(_("Power kW"), "#,##0.00", 1000),
    "offered_w": Measurand(_("Offered kW"), "#,##0.00", 1000),
    "offered_a": Measurand(_("Offered A")),
    "current_l1_a": Measurand(_("L1 A")),
    "current_l2_a": Measurand(_("L2 A")),
    "current_l3_a": Measurand(_("L3 A")),
    "voltage_l1_v": Measurand(_("L1 V"), "#,##0"),
    "voltage_l2_v": Measurand(_("L2 V"), "#,##0"),
    "voltage_l3_v": Measurand(_("L3 V"), "#,##0"),
    "soc_percent": Measurand(_("Energy level %")),
    "temperature_c": Measurand(_("Temp. °C")),
}
OTHER = _("Other values")


def write(sample: MeterSample, name: str) -> str:
    """One value in its column's unit and the user's language; empty where the sample has none."""
    value, measurand = getattr(sample, name), MEASURANDS[name]
    return "" if value is None else str(format_decimal(value / measurand.divisor, measurand.pattern))


def others(sample: MeterSample) -> str:
    """Values that have no column of their own, in words: `Frequency 50 Hz; Current.Import N 0.1 A`."""
    extra: Any = orjson.loads(sample.extra) if sample.extra else {}
    return "; ".join(_other(name, value) for name, value in extra.items())


def _other(name: str, value: Any) -> str:
    if isinstance(value, dict) and "value" in value:
        measurand, *places = name.split("|")
        plain = ("Outlet", "Sample.Periodic", "")
        places = [place for place in places if place not in plain]
        return " ".join(word for word in (measurand, *places, str(value["value"]), value.get("unit") or "") if word)
    return f"{name} {value}"


def header(names: list[str]) -> list[str]:
    """Labels of an export of these columns, in the user's language; exports are in base units (W, not kW)."""
    labels = [str(_("Time"))]
    for name in names:
        label = str(MEASURANDS[name].label) if name in MEASURANDS else str(OTHER)
        labels.append(label.replace("kW", "W"))
    return labels


def row(sample: MeterSample, names: list[str]) -> list[Cell]:
    """A sample's cells of an export, in the order of `header`."""
    return [sample.at, *(others(sample) if name == "extra" else getattr(sample, name) for name in names)]
