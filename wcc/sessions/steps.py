"""The five steps of a session: plugged in, authorized, charging, goal reached, unplugged (R4.1f), and the word for it.

`steps()` and `CONDITIONS` say the same in Python and in SQL; a test holds them together.
"""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, and_, func, not_, or_

from wcc.models import ChargingSession

# Stop reasons by which something cut a session short. The rest are people and cars being done; "Other" proves nothing.
BREAKS = ("EmergencyStop", "PowerLoss", "HardReset", "SoftReset", "Reboot", "DeAuthorized")

WORDS = {
    "refused": _("Not authorized"),
    "broken": _("Broken off"),
    "authorized": _("Authorized"),
    "charging": _("Charging"),
    "goal": _("Goal reached"),
    "stopped": _("Stopped"),
    "completed": _("Completed"),
}
RUNNING = _("Running")


@dataclass(frozen=True)
class Steps:
    """`step` (1–5) is the last one reached, or where it broke off (`broken`); `now`: it is in this step at present."""

    key: str
    step: int
    broken: bool = False
    now: bool = False

    @property
    def word(self) -> str:
        """The step in words, in the user's language."""
        return str(WORDS[self.key])


def running(session: ChargingSession) -> bool:
    """Whether the session goes on: no stop came, and no later start that shows that one is missing."""
    return session.stopped_at is None and not session.stop_missing


def flowed(session: ChargingSession) -> bool:
    """Whether any energy went into the car."""
    return session.charging_ms > 0 or (session.energy_wh or 0) > 0


def steps(session: ChargingSession) -> Steps:
    """How far a session got, from its own columns alone."""
    reached = 3 if flowed(session) else 2
    if session.authorization != "Accepted":
        return Steps("refused", 2, broken=True)
    if session.stop_missing or (session.stopped_at is not None and session.stop_reason in BREAKS):
        return Steps("broken", reached, broken=True)
    if session.stopped_at is not None and session.plugged_out_at is not None:
        return Steps("completed", 5)
    if session.goal_reached_at is not None:
        return Steps("goal", 4, now=session.stopped_at is None)
    if session.stopped_at is not None:
        return Steps("stopped", reached)
    return Steps("charging", 3, now=True) if reached == 3 else Steps("authorized", 2, now=True)


_S = ChargingSession
_accepted = _S.authorization == "Accepted"
_stopped = _S.stopped_at.is_not(None)
_breaks = or_(_S.stop_missing, and_(_stopped, func.coalesce(_S.stop_reason, "").in_(BREAKS)))
_out = and_(_stopped, _S.plugged_out_at.is_not(None))
_goal = _S.goal_reached_at.is_not(None)
_flowed = or_(_S.charging_ms > 0, func.coalesce(_S.energy_wh, 0) > 0)
_whole = and_(_accepted, not_(_breaks))

IS_RUNNING: ColumnElement[bool] = and_(_S.stopped_at.is_(None), not_(_S.stop_missing))
CONDITIONS: dict[str, ColumnElement[bool]] = {
    "refused": not_(_accepted),
    "broken": and_(_accepted, _breaks),
    "authorized": and_(_whole, IS_RUNNING, not_(_goal), not_(_flowed)),
    "charging": and_(_whole, IS_RUNNING, not_(_goal), _flowed),
    "goal": and_(_whole, not_(_out), _goal),
    "stopped": and_(_whole, _stopped, not_(_out), not_(_goal)),
    "completed": and_(_whole, _out),
}
