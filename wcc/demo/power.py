"""What a car draws, minute by minute: contactor, ramp, plateau, taper, and nothing more once it is full."""

import math
import random
from dataclasses import dataclass

from wcc.demo.fleet import Car

STEP_S = 60
SAMPLE_S = 300
CONTACTOR_S = 8.0  # between StartTransaction and the first current
RAMP_S = 40.0
LEAST_A = 6.0  # IEC 61851: below this a car pauses
TAPER_SHARE = 0.07  # the last part of the battery, which fills ever more slowly


@dataclass(frozen=True)
class Sample:
    """A look at the meter: seconds since the start, energy since then (Wh), power (W), A and V per phase."""

    second: int
    energy_wh: float
    power_w: float
    currents_a: list[float]
    voltages_v: list[float]


@dataclass(frozen=True)
class Charge:
    """A charge: energy in Wh after each minute, a sample every five, and when the car was full (s; None: never)."""

    energies_wh: list[float]
    samples: list[Sample]
    full_at_s: float | None

    def energy_at(self, second: float) -> float:
        """Energy in Wh since the start; within a minute the power is taken as even."""
        place = min(int(second // STEP_S), len(self.energies_wh) - 1)
        before, after = self.energies_wh[place], self.energies_wh[min(place + 1, len(self.energies_wh) - 1)]
        return before + (after - before) * min(second / STEP_S - place, 1.0)


class Grid:
    """The three phases at the station: voltages that follow the time of day, and how evenly a car loads them."""

    def __init__(self, phases: int, hour: float, rng: random.Random) -> None:
        self.hour = hour
        self.rng = rng
        self.base_v = [rng.uniform(231.0, 237.0) for _ in range(3)]
        # A car never draws quite the same on each phase, but always in the same way.
        self.shares = [rng.uniform(0.988, 1.0) if phase < phases else 0.0 for phase in range(3)]
        self.voltages_v = self.base_v
        self.move(0)

    def move(self, second: float) -> None:
        """Let the voltages be those of a time, in seconds since the start."""
        tide = 2.2 * math.cos((self.hour + second / 3600 - 3) / 24 * math.tau)  # highest at night, when nobody cooks
        self.voltages_v = [base + tide + self.rng.uniform(-0.7, 0.7) for base in self.base_v]

    def watts_per_ampere(self) -> float:
        """Power over all phases for each ampere that the car draws."""
        return sum(volts * share for volts, share in zip(self.voltages_v, self.shares, strict=True))


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
    grid = Grid(car.phases, hour, rng)
    plateau_a = min(car.current_a, limit_a) * rng.uniform(0.975, 0.995)
    taper_wh = car.battery_wh * TAPER_SHARE if car.full else 0.0
    energies, samples, full_at = [0.0], [], None if wanted_wh else 0.0
    energy, watts_per_ampere = 0.0, grid.watts_per_ampere()
    for second in range(STEP_S, math.ceil(seconds / STEP_S) * STEP_S + 1, STEP_S):
        paused = pause_s is not None and pause_s[0] < second <= pause_s[1]
        current = 0.0 if paused or full_at is not None else _current(plateau_a, wanted_wh - energy, taper_wh, second)
        flowing_s = STEP_S - CONTACTOR_S if second == STEP_S else STEP_S
        gain = current * watts_per_ampere * flowing_s / 3600
        if gain and energy + gain >= wanted_wh:
            full_at = second - flowing_s * (1 - (wanted_wh - energy) / gain)
            gain, current = wanted_wh - energy, 0.0
        energy += gain
        energies.append(energy)
        if second % SAMPLE_S == 0:
            amps = [current * share for share in grid.shares]
            samples.append(Sample(second, energy, current * watts_per_ampere, amps, grid.voltages_v))
            grid.move(second)
            watts_per_ampere = grid.watts_per_ampere()
    return Charge(energies, samples, full_at if wanted_wh else None)


def _current(plateau_a: float, left_wh: float, taper_wh: float, second: float) -> float:
    """Current per phase (A) in the minute that ends then, with so much energy still wanted."""
    ramp = min(1.0, (second - CONTACTOR_S) / RAMP_S)
    taper = min(1.0, left_wh / taper_wh) if taper_wh else 1.0
    return max(LEAST_A, plateau_a * ramp * taper)
