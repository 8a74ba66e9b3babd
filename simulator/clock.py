"""The charger's clock: aware UTC, optionally faster than real time or wrong on purpose."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

_FRACTION = re.compile(r"T\d\d:?\d\d:?\d\d[.,]\d")


def text(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and `Z`, the form every timestamp of the NEXT has."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse(value: str) -> datetime:
    """Read an OCPP timestamp; without an offset it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def has_fraction(value: str) -> bool:
    """Whether a timestamp carries a fraction of a second, which firmware 3.x insists on."""
    return _FRACTION.search(value) is not None


class Clock:
    """Time as one charger sees it.

    With `speed` 1 its time is the machine's. With a higher speed everything a charger waits for (contactor, sample
    interval, car arrivals) takes 1/speed of the time, and its timestamps run ahead accordingly, so that energy = power
    x time still holds on the wire. `offset_s` makes the clock wrong by that much.
    """

    def __init__(self, speed: float = 1.0, offset_s: float = 0.0) -> None:
        if speed <= 0:
            raise ValueError("speed must be greater than 0")
        self.speed = speed
        self.offset_s = offset_s
        self._epoch = datetime.now(UTC)

    def now(self) -> datetime:
        """The charger's present time, aware UTC."""
        elapsed = (datetime.now(UTC) - self._epoch) * self.speed
        return self._epoch + elapsed + timedelta(seconds=self.offset_s)

    def text(self) -> str:
        """The present time as it goes on the wire."""
        return text(self.now())

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds` of the charger's time."""
        await asyncio.sleep(max(0.0, seconds) / self.speed)
