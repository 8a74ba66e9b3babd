"""The nine connector statuses (R2.3), and offline and unknown: colour, icon, word, what it means and what one can do.

The one place: pills, chips, charts, the help dialog and the help page all read it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import lazy_gettext as _


@dataclass(frozen=True)
class Status:
    """A status as people meet it. `css` colours it, `icon` stands in its dot, `word` beside it."""

    name: str
    word: str
    css: str
    icon: str
    meaning: str
    advice: str

    @property
    def anchor(self) -> str:
        """Fragment of its place on the help page."""
        return self.name.lower()


STATUSES = {
    status.name: status
    for status in (
        Status(
            name="Available",
            word=_("Available"),
            css="wcc-avail",
            icon="check",
            meaning=_("A connector is available to a user."),
            advice=_("Nothing to do: a driver can plug in and start, or you can start a session remotely."),
        ),
        Status(
            name="Preparing",
            word=_("Preparing"),
            css="wcc-prep",
            icon="plug",
            meaning=_("The charging station is already connected to an electric vehicle."),
            advice=_("It waits for a tag, or for the car. Start the session remotely if the driver cannot."),
        ),
        Status(
            name="Charging",
            word=_("Charging"),
            css="wcc-charging",
            icon="bolt",
            meaning=_("An electric vehicle is being charged at this charging station right now."),
            advice=_("Open the session to follow power and energy, or to stop it remotely."),
        ),
        Status(
            name="SuspendedEV",
            word=_("SuspendedEV"),
            css="wcc-susp",
            icon="car",
            meaning=_("The vehicle is connected and the station offers energy, but the vehicle takes none."),
            advice=_("Mostly the car is full or charges later by its own timer. Ask the driver to look, or to move the car."),
        ),
        Status(
            name="SuspendedEVSE",
            word=_("SuspendedEVSE"),
            css="wcc-susp",
            icon="player-pause",
            meaning=_("The vehicle is connected, but the station offers it no energy."),
            advice=_("The station waits for power: load management or a limit holds it back. It goes on by itself when power is free."),
        ),
        Status(
            name="Finishing",
            word=_("Finishing"),
            css="wcc-finish",
            icon="hourglass",
            meaning=_("The charging session has ended, but the connector is not yet available to a new user."),
            advice=_("The cable is still plugged in. The connector is free once the driver unplugs."),
        ),
        Status(
            name="Reserved",
            word=_("Reserved"),
            css="wcc-reserved",
            icon="bookmark",
            meaning=_("The charging station is reserved."),
            advice=_("Only the tag that it is reserved for can start here until the reservation ends."),
        ),
        Status(
            name="Unavailable",
            word=_("Unavailable"),
            css="wcc-unavail",
            icon="minus",
            meaning=_("A connector is not available to a user."),
            advice=_("It was set Inoperative or the station is busy with itself. Set it Operative with Change availability."),
        ),
        Status(
            name="Faulted",
            word=_("Faulted"),
            css="wcc-fault",
            icon="exclamation-mark",
            meaning=_("The charging station has reported a fault and cannot deliver energy."),
            advice=_("Read the error code at the connector. A reset cures some faults; for a ground fault look at the breaker first."),
        ),
    )
}

OFFLINE = Status(
    name="Offline",
    word=_("Offline"),
    css="wcc-offline",
    icon="wifi-off",
    meaning=_("The charging station was connected before, but is not now. What is shown is what it said last."),
    advice=_("Check its power and its network. It may go on charging, and reports what happened when it is back."),
)
UNKNOWN = Status(
    name="Unknown",
    word=_("Unknown"),
    css="wcc-unknown",
    icon="question-mark",
    meaning=_("The charging station has never connected, or has not told the status of this connector."),
    advice=_("Type the address, the charge point ID and the password into the charger, then restart it."),
)
ONLINE = Status(
    name="Online",
    word=_("Online"),
    css="wcc-online",
    icon="wifi",
    meaning=_("The charging station is connected right now."),
    advice=_("Nothing to do."),
)
PRESENCE = {"online": ONLINE, "offline": OFFLINE, "unknown": UNKNOWN}


def explained() -> Iterator[Status]:
    """All that the help page explains, in the manual's order, then what is said of the station itself."""
    yield from STATUSES.values()
    yield from (OFFLINE, UNKNOWN)


def find(name: str | None) -> Status:
    """The status of a name; UNKNOWN where a charger told none or one that OCPP does not know."""
    if name == "Offline":
        return OFFLINE
    return STATUSES.get(name or "", UNKNOWN)
