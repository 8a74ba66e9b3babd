"""What a car draws, minute by minute: contactor, ramp, plateau, taper, and nothing more once it is full."""

import math
import random
from dataclasses import dataclass

from wcc.demo.fleet import Car

STEP_S = 60
CONTACTOR_S = 8.0  # between StartTransaction and the first current
RAMP_S = 40.0
LEAST_A = 6.0  # IEC 61851: below this a car pauses
TAPER_SHARE = 0.07  # the last part of the battery, which fills ever more slowly


@dataclass(frozen=True)
class Step:
    """The state a minute later: seconds since the start, energy since the start (Wh), power (W), A and V per phase."""

    second: float
    energy_wh: float
    power_w: float
    currents_a: tuple[float, float, float]
    voltages_v: tuple[float, float, float]


@dataclass(frozen=True)
class Charge:
    """A charge: one step a minute, and when the car was full (seconds since the start; None: it never was)."""

    steps: list[Step]
    full_at_s: float | None

    def energy_at(self, second: float) -> float:
        """Energy in Wh since the start; between two steps the power is taken as even."""
        place = min(int(second // STEP_S), len(self.steps) - 1)
        before, after = self.steps[place], self.steps[min(place + 1, len(self.steps) - 1)]
        share = min((second - before.second) / STEP_S, 1.0)
        return before.energy_wh + (after.energy_wh - before.energy_wh) * share


def charge(
    car: Car,
    limit_a: float,
    wanted_wh: float,
    seconds: float,
    hour: float,
    pause_s: tuple[float, float] | None,
    rng: random.Random,
) -> Charge:
    """Charge a car for so long. `hour` is the time of day at the start, which the grid's voltage follows.

    From the first to the second of `pause_s` the station offers nothing.
    """
    plateau_a = min(car.current_a, limit_a) * rng.uniform(0.975, 0.995)
    taper_wh = car.battery_wh * TAPER_SHARE if car.full else 0.0
    # Phases differ a little, and always in the same way on one car.
    balance = [rng.uniform(0.988, 1.0) if phase < car.phases else 0.0 for phase in range(3)]
    grid_v = [rng.uniform(231.0, 237.0) for _ in range(3)]
    energy, full_at, steps = 0.0, None, [_step(0, 0.0, 0.0, balance, grid_v)]
    for minute in range(math.ceil(seconds / STEP_S)):
        second = minute * STEP_S
        volts = [v + 2.2 * math.cos((hour + second / 3600 - 3) / 24 * math.tau) + rng.gauss(0, 0.4) for v in grid_v]
        current = _current(plateau_a, wanted_wh - energy, taper_wh, second + STEP_S)
        if pause_s and pause_s[0] <= second < pause_s[1]:
            current = 0.0
        power = sum(v * current * share for v, share in zip(volts, balance, strict=True))
        flowing_s = STEP_S - CONTACTOR_S if minute == 0 else float(STEP_S)
        gain = power * flowing_s / 3600
        if gain and energy + gain >= wanted_wh:
            full_at = second + flowing_s * (wanted_wh - energy) / gain
            gain, current = wanted_wh - energy, 0.0
        energy += gain
        steps.append(_step(second + STEP_S, energy, current, balance, volts))
    return Charge(steps, full_at)


def _current(plateau_a: float, left_wh: float, taper_wh: float, second: float) -> float:
    if left_wh <= 0.001:
        return 0.0
    ramp = min(1.0, max(0.0, second - CONTACTOR_S) / RAMP_S)
    taper = min(1.0, left_wh / taper_wh) if taper_wh else 1.0
    return max(LEAST_A, plateau_a * ramp * taper)


def _step(second: float, energy_wh: float, current_a: float, balance: list[float], volts: list[float]) -> Step:
    currents = [current_a * share for share in balance]
    power = sum(v * a for v, a in zip(volts, currents, strict=True))
    return Step(second, energy_wh, power, (currents[0], currents[1], currents[2]), (volts[0], volts[1], volts[2]))
