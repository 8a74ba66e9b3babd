"""Who and what the demo organization has. Nobody here exists; the streets and postal codes do."""

from dataclasses import dataclass
from typing import Any

ORGANIZATION = "Van Dijk Fleet"
ADMINISTRATOR = "demo@example.org"
FREE_TAG = "#freecharging"


@dataclass(frozen=True)
class Car:
    """What a car draws at most: phases, current per phase (A), battery (Wh). `full`: charged to the brim."""

    phases: int
    current_a: float
    battery_wh: int
    full: bool = False


@dataclass(frozen=True)
class Person:
    """A driver with a car and a card."""

    first_name: str
    last_name: str
    employee_number: str
    card: str
    car: Car

    @property
    def email(self) -> str:
        """Made from the name; nobody receives it."""
        return f"{self.first_name}.{self.last_name}@example.org".lower().replace(" ", "")


@dataclass(frozen=True)
class Station:
    """A station. `habit` names who comes when (see `visits`), `drivers` and `owner` are places of PEOPLE."""

    identity: str
    rating: str
    firmware: str
    description: str
    street: str
    house_number: str
    zip_code: str
    city: str
    habit: str
    drivers: tuple[int, ...]
    register_wh: int  # at the start of the history
    site: str = ""
    owner: int | None = None
    free: bool = False  # charges without a card
    updated_from: str | None = None  # firmware before the update in the middle of the history
    scenario: str = "card"  # what its simulated charger does

    @property
    def limit_a(self) -> int:
        """Current per phase that the station gives at most."""
        return 32 if self.rating == "32A" else 16


SALOON = Car(3, 16, 64_000)
ESTATE = Car(3, 16, 77_000, full=True)
VAN = Car(3, 16, 60_000, full=True)
COMPACT = Car(1, 32, 50_000)
HYBRID = Car(1, 16, 12_000, full=True)
LORRY = Car(3, 32, 100_000)

PEOPLE = (
    Person("Sanne", "de Boer", "1042", "04A2B91C5D6180", SALOON),
    Person("Joost", "Bakker", "1057", "049F3E225A7C81", HYBRID),
    Person("Fatima", "El Amrani", "1061", "04C81D7A3B5E80", ESTATE),
    Person("Daan", "Visser", "1078", "04D5E0963C1F84", COMPACT),
    Person("Emma", "van Leeuwen", "1085", "0417B4A8E26D80", VAN),
    Person("Ruben", "Smit", "1090", "04E3925F7B4A82", LORRY),
    Person("Lotte", "Mulder", "1104", "5AC2E917", SALOON),
)
MANAGER = 1  # of PEOPLE: looks after the group Utrecht
READER = 2  # sees both groups and changes nothing
VISITOR_CARD = "9B34D07E"
VISITOR_CARS = (Car(3, 16, 58_000), SALOON, HYBRID, Car(3, 16, 82_000), COMPACT)
LOST_CARD = "04660FA1D37B80"  # blocked
OLD_CARD = "047A11C2E95480"  # expired
VIRTUAL_TAGS = ("VanDijkRemote", "VanDijkReception")

_KANAALWEG = ("Kanaalweg", "14", "3526 KL", "Utrecht")
_NIJVERHEIDSWEG = ("Nijverheidsweg-Noord", "62", "3812 PM", "Amersfoort")
_RAVENSWADE = ("Ravenswade", "54", "3439 LD", "Nieuwegein")
_BATAUWEG = ("Batauweg", "208", "3432 RA", "Nieuwegein")


def _station(number: int, rating: str, description: str, address: tuple[str, str, str, str], **facts: Any) -> Station:
    street, house_number, zip_code, city = address
    place: dict[str, Any] = {"street": street, "house_number": house_number, "zip_code": zip_code, "city": city}
    return Station(f"NEXT-WS{number}", rating, facts.pop("firmware", "3.1.16"), description, **place, **facts)


STATIONS = (
    _station(
        104601,
        "32A",
        "Depot Utrecht, bay 1",
        _KANAALWEG,
        habit="depot",
        drivers=(0, 2, 5),
        register_wh=4_712_308,
        scenario="remote",
    ),
    _station(
        104602,
        "32A",
        "Depot Utrecht, bay 2",
        _KANAALWEG,
        habit="depot",
        drivers=(1, 2, 4),
        register_wh=3_967_115,
        updated_from="3.1.4",
    ),
    _station(104603, "16A", "Depot Utrecht, bay 3", _KANAALWEG, habit="vans", drivers=(4, 6), register_wh=2_840_972),
    _station(
        104604,
        "16A",
        "Depot Utrecht, bay 4",
        _KANAALWEG,
        firmware="3.1.4",
        habit="vans",
        drivers=(4, 0),
        register_wh=2_655_401,
        scenario="remote",
    ),
    _station(
        104605,
        "32A",
        "Amersfoort, left of the gate",
        _NIJVERHEIDSWEG,
        habit="depot",
        drivers=(3, 5, 6),
        register_wh=1_904_220,
    ),
    _station(
        104606,
        "32A",
        "Amersfoort, visitors",
        _NIJVERHEIDSWEG,
        site="Amersfoort branch",
        habit="visitors",
        drivers=(0, 3),
        register_wh=988_134,
        free=True,
        scenario="freecharging",
        updated_from="2.1.6.1",
    ),
    _station(
        104607,
        "16A",
        "Nieuwegein, showroom",
        _RAVENSWADE,
        habit="visitors",
        drivers=(1, 2, 6),
        register_wh=1_350_689,
    ),
    _station(
        104608,
        "16A",
        "At home, Lotte Mulder",
        _BATAUWEG,
        habit="home",
        drivers=(6,),
        register_wh=1_120_547,
        owner=6,
        free=True,
        scenario="freecharging",
    ),
)
