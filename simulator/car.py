"""The electric car at the other end of the cable: what current it draws and when it is full."""

from dataclasses import dataclass

MIN_CURRENT_A = 6.0  # IEC 61851: below this a car pauses
FLOW_STEP_S = 1.0


@dataclass
class Car:
    """A car that wants `wanted_wh`: it ramps up, takes what it may, tapers off at the end and is full."""

    wanted_wh: float = 35_130.0
    max_current_a: float = 16.0
    phases: int = 3
    ramp_s: float = 20.0
    taper_wh: float = 1_500.0
    taken_wh: float = 0.0
    drawing_s: float = 0.0  # since current flows without a break

    @property
    def full(self) -> bool:
        """Whether it has all it wanted."""
        return self.taken_wh >= self.wanted_wh

    def current_a(self, limit_a: float) -> float:
        """Current per phase it draws now, if the station offers `limit_a`."""
        if self.full or limit_a < MIN_CURRENT_A:
            return 0.0
        plateau = min(self.max_current_a, limit_a)
        ramp = min(1.0, self.drawing_s / self.ramp_s) if self.ramp_s > 0 else 1.0
        left = self.wanted_wh - self.taken_wh
        taper = min(1.0, left / self.taper_wh) if self.taper_wh > 0 else 1.0
        return max(MIN_CURRENT_A, plateau * min(ramp, taper))
