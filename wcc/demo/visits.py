"""Who plugs in where and when over the months of the history, and how each visit ends."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from wcc.demo.fleet import (
    FREE_TAG,
    LOST_CARD,
    OLD_CARD,
    PEOPLE,
    STATIONS,
    VISITOR_CARD,
    VISITOR_CARS,
    Car,
    Station,
)

ZONE = ZoneInfo("Europe/Amsterdam")
QUIET = timedelta(minutes=20)  # nothing happens in the last minutes: the live chargers take over


@dataclass(frozen=True)
class Habit:
    """An arrival that may happen: chance on a weekday and on a weekend day, hours between which, hours stayed."""

    weekday: float
    weekend: float
    hours: tuple[float, float]
    stay_h: tuple[float, float]


HABITS = {
    "depot": (
        Habit(0.85, 0.10, (6.8, 9.4), (2.0, 4.5)),
        Habit(0.70, 0.10, (12.2, 15.0), (1.0, 3.0)),
        Habit(0.65, 0.15, (16.3, 18.6), (2.5, 13.5)),
    ),
    "vans": (Habit(0.45, 0.08, (11.5, 13.5), (0.7, 1.8)), Habit(0.92, 0.20, (16.0, 18.5), (11.5, 14.0))),
    "visitors": (
        Habit(0.80, 0.15, (8.5, 11.0), (0.8, 3.5)),
        Habit(0.75, 0.25, (12.5, 16.0), (0.6, 3.0)),
        Habit(0.30, 0.15, (17.0, 19.0), (1.0, 2.5)),
    ),
    "home": (Habit(0.88, 0.65, (17.2, 20.5), (9.5, 13.5)), Habit(0.12, 0.50, (10.0, 15.0), (1.5, 4.0))),
}

# How a session ends that the driver does not end, and how often.
ENDS = (("PowerLoss", 0.010), ("EmergencyStop", 0.005), ("HardReset", 0.007), ("Other", 0.012), ("Remote", 0.03))
REFUSED = 0.02  # cards that are blocked, expired or unknown, but that the station's cache let through


@dataclass(frozen=True)
class Visit:
    """A car at a station. `reason` is the StopTransaction's; `pause` a stretch in which the station offers nothing."""

    station: int
    tag: str
    car: Car
    wanted_wh: float
    plugged_in: datetime
    started: datetime
    stopped: datetime
    plugged_out: datetime
    reason: str
    pause: tuple[datetime, datetime] | None = None


@dataclass(frozen=True)
class Update:
    """A station boots with new firmware."""

    station: int
    started: datetime


def plan(days: int, now: datetime, rng: random.Random) -> list[Visit | Update]:
    """Everything that happens in so many days before `now`, in the order of its start. At a station one at a time."""
    first = now.astimezone(ZONE).date() - timedelta(days=days)
    planner = Planner(local(first, 6.0), now - QUIET, rng)
    visits: list[Visit | Update] = [
        visit
        for day in (first + timedelta(days=offset) for offset in range(days + 1))
        for number in range(len(STATIONS))
        for visit in planner.day(number, day)
    ]
    middle = local(first + timedelta(days=days // 2), 4.5)
    updates = [Update(number, middle) for number, station in enumerate(STATIONS) if station.updated_from]
    return sorted([*visits, *updates], key=lambda event: (event.started, event.station))


def local(day: date, hour: float) -> datetime:
    """A time of a day in the organization's zone, as UTC."""
    wall = datetime.combine(day, time(int(hour), int(hour % 1 * 60)), ZONE)
    return wall.astimezone(UTC)


class Planner:
    """Draws visits day by day; no station and no card is used twice at the same time."""

    def __init__(self, begin: datetime, end: datetime, rng: random.Random) -> None:
        self.end = end
        self.rng = rng
        self.free_from = [begin] * len(STATIONS)
        self.busy: dict[str, list[tuple[datetime, datetime]]] = {}

    def day(self, number: int, day: date) -> Iterator[Visit]:
        """The visits of a local day at a station."""
        rng = self.rng
        for habit in HABITS[STATIONS[number].habit]:
            chance = habit.weekend if day.weekday() >= 5 else habit.weekday
            arrival = local(day, rng.uniform(*habit.hours)) + timedelta(seconds=rng.randrange(60))
            stay = timedelta(hours=rng.uniform(*habit.stay_h))
            if rng.random() < 0.03:  # changed their mind
                stay = timedelta(seconds=rng.randint(40, 240))
            if rng.random() < chance and arrival > self.free_from[number]:
                visit = self._visit(number, arrival, stay)
                if visit and visit.plugged_out <= self.end:
                    self.free_from[number] = visit.plugged_out + timedelta(minutes=4)
                    self.busy.setdefault(visit.tag, []).append((visit.plugged_in, visit.plugged_out))
                    yield visit

    def _visit(self, number: int, arrival: datetime, stay: timedelta) -> Visit | None:
        rng = self.rng
        driver = self._driver(STATIONS[number], arrival, arrival + stay)
        if driver is None:
            return None
        tag, car = driver
        # Free charging starts by itself; a card has to be found first.
        started = arrival + timedelta(seconds=rng.randint(2, 4) if tag == FREE_TAG else rng.randint(7, 75))
        stopped, reason = started + stay, self._reason(tag)
        if reason == "DeAuthorized":
            stopped = started + timedelta(seconds=rng.randint(2, 4))
        elif reason != "Local":
            stopped = started + stay * rng.uniform(0.1, 0.7)
        stopped = stopped.replace(microsecond=0)
        leaves_s = rng.randint(2, 9) if reason == "Local" else rng.randint(60, 1500)
        wanted_wh = car.battery_wh * rng.triangular(0.12, 0.85, 0.45)
        pause = self._pause(started, stay) if reason == "Local" else None
        plugged_out = stopped + timedelta(seconds=leaves_s)
        return Visit(number, tag, car, wanted_wh, arrival, started, stopped, plugged_out, reason, pause)

    def _driver(self, station: Station, begin: datetime, end: datetime) -> tuple[str, Car] | None:
        """Whose card and which car; None when everybody is somewhere else."""
        rng = self.rng
        if station.free:
            return FREE_TAG, PEOPLE[station.owner].car if station.owner is not None else rng.choice(VISITOR_CARS)
        if rng.random() < REFUSED:
            return rng.choice((LOST_CARD, OLD_CARD, f"04{rng.getrandbits(32):08X}")), rng.choice(VISITOR_CARS)
        if station.habit == "visitors" and rng.random() < 0.55:
            return (VISITOR_CARD, rng.choice(VISITOR_CARS)) if self._free(VISITOR_CARD, begin, end) else None
        people = [PEOPLE[place] for place in station.drivers if self._free(PEOPLE[place].card, begin, end)]
        person = rng.choice(people) if people else None
        return (person.card, person.car) if person else None

    def _free(self, tag: str, begin: datetime, end: datetime) -> bool:
        return all(end < taken[0] or begin > taken[1] for taken in self.busy.get(tag, [])[-6:])

    def _reason(self, tag: str) -> str:
        """Why the session will end; a card that nobody knows is not let go on."""
        if tag != FREE_TAG and tag != VISITOR_CARD and all(tag != person.card for person in PEOPLE):
            return "DeAuthorized"
        draw = self.rng.random()
        for reason, share in ENDS:
            if draw < share:
                return reason
            draw -= share
        return "Local"

    def _pause(self, started: datetime, stay: timedelta) -> tuple[datetime, datetime] | None:
        if stay < timedelta(hours=3) or self.rng.random() > 0.06:
            return None
        begin = started + timedelta(minutes=self.rng.randint(20, 60))
        return begin, begin + timedelta(minutes=self.rng.randint(10, 45))
