"""The station's electricity meter: a register over the unit's life and samples as the NEXT (probably) sends them."""

import random
from typing import Any

from simulator.car import FLOW_STEP_S, Car

PHASES = ("L1", "L2", "L3")
VOLTAGE_LOW_V, VOLTAGE_HIGH_V = 228.0, 241.0
ENERGY = "Energy.Active.Import.Register"
UNITS = {ENERGY: "Wh", "Power.Active.Import": "W", "Current.Import": "A", "Voltage": "V", "Current.Offered": "A"}
PHASED = ("Power.Active.Import", "Current.Import", "Voltage")
MEASURANDS = frozenset(UNITS) | {f"{name}.{phase}" for name in PHASED for phase in PHASES}


class Meter:
    """One outlet's meter. Energy Wh, power W, current A, voltage V."""

    def __init__(self, register_wh: float, rng: random.Random, voltage_suffix: str = "") -> None:
        self.register_wh = float(register_wh)
        self.currents_a = (0.0, 0.0, 0.0)
        self._rng = rng
        self._voltage_suffix = voltage_suffix
        self.voltages_v = tuple(rng.uniform(232.0, 239.0) for _ in PHASES)

    @property
    def reading_wh(self) -> int:
        """The register as sent: whole Wh, never falling."""
        return int(self.register_wh)

    @property
    def power_w(self) -> float:
        """Present power over all phases."""
        return sum(v * a for v, a in zip(self.voltages_v, self.currents_a, strict=True))

    def flow(self, car: Car | None, limit_a: float, seconds: float) -> None:
        """Let `seconds` pass with `car` (None: nothing) drawing what `limit_a` per phase allows."""
        while seconds > 0:
            step = min(seconds, FLOW_STEP_S)
            seconds -= step
            current = car.current_a(limit_a) if car else 0.0
            self._drift(step)
            self._set(current, car.phases if car else 0)
            energy_wh = self.power_w * step / 3600
            self.register_wh += energy_wh
            if car:
                car.taken_wh += energy_wh
                car.drawing_s = car.drawing_s + step if current else 0.0

    def stop(self) -> None:
        """The contactor opened: no current."""
        self.currents_a = (0.0, 0.0, 0.0)

    def _set(self, current_a: float, phases: int) -> None:
        # A car never draws exactly the same on each phase.
        noisy = [current_a * self._rng.uniform(0.985, 1.0) if i < phases else 0.0 for i in range(3)]
        self.currents_a = (noisy[0], noisy[1], noisy[2])

    def _drift(self, seconds: float) -> None:
        walk = 0.2 * seconds**0.5
        self.voltages_v = tuple(min(VOLTAGE_HIGH_V, max(VOLTAGE_LOW_V, v + self._rng.gauss(0, walk))) for v in self.voltages_v)

    def sample(self, measurands: list[str], context: str, offered_a: float) -> list[dict[str, str]]:
        """sampledValue entries for the asked measurands (`Voltage.L1` or `Voltage` for all phases)."""
        values: list[dict[str, str]] = []
        for name in measurands:
            base, _, phase = name.rpartition(".")
            if phase in PHASES:
                values.append(self._value(base, phase, context, offered_a))
            elif name in ("Current.Import", "Voltage"):
                values.extend(self._value(name, phase, context, offered_a) for phase in PHASES)
            else:
                values.append(self._value(name, None, context, offered_a))
        return values

    def _value(self, measurand: str, phase: str | None, context: str, offered_a: float) -> dict[str, str]:
        entry: dict[str, Any] = {
            "value": self._reading(measurand, phase, offered_a),
            "context": context,
            "format": "Raw",
            "measurand": measurand,
            "location": "Outlet",
            "unit": UNITS[measurand],
        }
        if phase:
            entry["phase"] = phase + (self._voltage_suffix if measurand == "Voltage" else "")
        return entry

    def _reading(self, measurand: str, phase: str | None, offered_a: float) -> str:
        index = PHASES.index(phase) if phase else 0
        if measurand == ENERGY:
            return str(self.reading_wh)
        if measurand == "Power.Active.Import":
            power = self.voltages_v[index] * self.currents_a[index] if phase else self.power_w
            return str(round(power))
        if measurand == "Current.Import":
            return f"{self.currents_a[index]:.1f}"
        if measurand == "Voltage":
            return f"{self.voltages_v[index]:.1f}"
        return f"{offered_a:.1f}"
