"""Meter values as chargers send them → samples in base units. ocpp16-rules §4 MeterValues; quirks 24-27, 29.

A sample is a tuple (at_ms, *READINGS, extra, begin): the columns of `wcc.models.meter.READINGS`, JSON text for all that has no
column, and whether it holds only what was measured at the begin of the transaction (repeated by some chargers for hours).
"""

from typing import Any

import orjson

from wcc.clock import sane_ms
from wcc.models.meter import READINGS
from wcc.ocpp.lenient import decimal, time_ms
from wcc.units import to_base

Sample = tuple[Any, ...]

ENERGY = "Energy.Active.Import.Register"
NATURAL = {
    "Power": "W",
    "Current": "A",
    "Voltage": "V",
    "SoC": "Percent",
    "Temperature": "Celsius",
    "Frequency": "Hz",
}
_PLACE = {name: index for index, name in enumerate(READINGS)}
_WIDTH = len(READINGS)

# (measurand, phase) → column. L1 and L1-N mean the same for current and voltage to neutral; N alone is the single phase.
COLUMNS: dict[tuple[str, str | None], int] = {
    (ENERGY, None): _PLACE["energy_wh"],
    ("Power.Active.Import", None): _PLACE["power_w"],
    ("Power.Offered", None): _PLACE["offered_w"],
    ("Current.Offered", None): _PLACE["offered_a"],
    ("SoC", None): _PLACE["soc_percent"],
    ("Temperature", None): _PLACE["temperature_c"],
    ("Current.Import", "N"): _PLACE["current_l1_a"],
    ("Voltage", "N"): _PLACE["voltage_l1_v"],
}
for _phase in ("1", "2", "3"):
    for _form in (f"L{_phase}", f"L{_phase}-N"):
        COLUMNS["Current.Import", _form] = _PLACE[f"current_l{_phase}_a"]
        COLUMNS["Voltage", _form] = _PLACE[f"voltage_l{_phase}_v"]

# Per phase these add up to the total, unless the total came too.
SUMS = {ENERGY: _PLACE["energy_wh"], "Power.Active.Import": _PLACE["power_w"]}
PHASES = {form for n in "123" for form in (f"L{n}", f"L{n}-N")} | {"N"}
ANYWHERE = {
    "SoC",
    "Temperature",
}  # measured in the car or the body: the place does not change what it says

# (measurand, phase, unit, context, location, format) as sent → (column, factor), or None where it needs a closer look.
# Chargers send the same few over and over; filled as they come, so that nearly every value is one look-up.
_Shape = tuple[Any, ...]
_shapes: dict[_Shape, tuple[int, float] | None] = {}
_SHAPES_KEPT = 5000
_NEVER_SEEN: Any = object()
MOST_WH = 1e15


def _look_up(shape: _Shape) -> tuple[int, float] | None:
    """Column and factor of a value of this shape, if it is exactly as expected."""
    measurand, phase, unit, context, location, form = shape
    place = None
    column = COLUMNS.get((measurand or ENERGY, phase))
    if column is not None and form in (None, "Raw") and location in (None, "Outlet") and context != "Transaction.Begin":
        family = (measurand or ENERGY).partition(".")[0]
        one, base = to_base(1.0, unit or NATURAL.get(family, "Wh"))
        # Temperatures have an offset, so a factor alone does not convert them.
        if base == NATURAL.get(family, "Wh") and to_base(2.0, unit or base)[0] == 2 * one:
            place = (column, one)
    if len(_shapes) > _SHAPES_KEPT:
        _shapes.clear()
    _shapes[shape] = place
    return place


def samples(meter_value: Any, arrived_ms: int) -> list[Sample]:
    """All samples of a `meterValue` or `transactionData` field; what cannot be read is kept raw in `extra`, never an error."""
    entries = [meter_value] if isinstance(meter_value, dict) else meter_value if isinstance(meter_value, list) else []
    found = []
    for entry in entries:
        if isinstance(entry, dict):
            at_ms, _ = sane_ms(time_ms(entry.get("timestamp")), arrived_ms)
            if sample := _sample(at_ms, entry.get("sampledValue")):
                found.append(sample)
    return found


def _sample(at_ms: int, sampled: Any) -> Sample | None:
    values = [sampled] if isinstance(sampled, dict) else sampled if isinstance(sampled, list) else []
    row: list[Any] = [None] * _WIDTH
    extra: dict[str, Any] = {}
    begins: set[int] = set()  # columns that hold a reading of the transaction's begin
    sums: dict[int, float] = {}
    known = _shapes.get
    for value in values:
        if not isinstance(value, dict):
            extra[f"raw{len(extra)}"] = value
            continue
        get = value.get
        try:
            shape = (get("measurand"), get("phase"), get("unit"), get("context"), get("location"), get("format"))
            place = known(shape, _NEVER_SEEN)
            if place is _NEVER_SEEN:
                place = _look_up(shape)
            if place is not None:
                number = float(get("value"))  # type: ignore[arg-type]
                if number - number == 0:  # neither NaN nor infinite
                    row[place[0]] = number * place[1]
                    begins.discard(place[0])
                    continue
        except (TypeError, ValueError):
            pass
        _repair(value, row, begins, sums, extra)
    for column, total in sums.items():
        if row[column] is None:
            row[column] = total
    return _finish(at_ms, row, extra, begins)


def _finish(at_ms: int, row: list[Any], extra: dict[str, Any], begins: set[int]) -> Sample | None:
    energy = row[0]
    if energy is not None:
        if abs(energy) < MOST_WH:
            row[0] = round(energy)
        else:
            extra[READINGS[0]] = energy
            row[0] = None
    readings = _WIDTH - row.count(None)
    if not readings and not extra:
        return None
    return (at_ms, *row, orjson.dumps(extra).decode() if extra else None, 0 < readings == len(begins))


def _word(value: Any) -> str | None:
    return "".join(value.split()) or None if isinstance(value, str) else None


def _repair(
    value: dict[str, Any],
    row: list[Any],
    begins: set[int],
    sums: dict[int, float],
    extra: dict[str, Any],
) -> None:
    """One sampled value that is not exactly as expected: aliases, phases, text numbers; the rest goes to `extra`."""
    measurand = _word(value.get("measurand")) or ENERGY
    phase, context = _word(value.get("phase")), _word(value.get("context"))
    location = _word(value.get("location")) or "Outlet"
    number = decimal(value.get("value")) if value.get("format", "Raw") == "Raw" else None
    place = location == "Outlet" or measurand in ANYWHERE
    if number is not None and place:
        family = measurand.partition(".")[0]
        base, _ = to_base(number, _word(value.get("unit")) or NATURAL.get(family, "Wh"))
        column = COLUMNS.get((measurand, phase))
        at_begin = context == "Transaction.Begin"
        if column is not None:
            if row[column] is None or (column in begins and not at_begin):  # the later reading wins over the begin's
                row[column] = base
                (begins.add if at_begin else begins.discard)(column)
            return
        if measurand in SUMS and phase in PHASES and not at_begin:
            sums[SUMS[measurand]] = sums.get(SUMS[measurand], 0) + base
    name = "|".join((measurand, phase or "", location, context or "Sample.Periodic"))
    extra[name] = {"value": value.get("value"), "unit": value.get("unit")}
