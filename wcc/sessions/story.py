"""What happened in a session, in plain words: from its own columns and from what its connector said (R4.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wcc.models import ChargingSession, StatusChange

# Stop reason of OCPP → what a person would say. A stop without a reason is Local (OCPP 1.6 §7.34).
REASONS = {
    "Local": _l("Stopped at the station."),
    "Remote": _l("Stopped remotely."),
    "EVDisconnected": _l("The cable was pulled out at the car."),
    "EmergencyStop": _l("The emergency stop was pressed."),
    "PowerLoss": _l("The station lost its power."),
    "HardReset": _l("Cut off: the station was reset hard."),
    "SoftReset": _l("Ended, because the station was reset."),
    "Reboot": _l("Cut off: the station restarted."),
    "UnlockCommand": _l("Ended, because the connector was unlocked."),
    "DeAuthorized": _l("Ended, because the tag is not allowed to charge."),
    "Other": _l("Stopped by the station for another reason."),
}


@dataclass(frozen=True)
class Event:
    """One thing that happened. `css` and `icon` make its disc; `at` None: nobody knows when."""

    at: datetime | None
    css: str
    icon: str
    text: str
    detail: str = ""


def reason(session: ChargingSession) -> str:
    """The stop's reason as the charger gave it; Local where it gave none; empty while there is no stop."""
    return (session.stop_reason or "Local") if session.stopped_at else ""


def tell(session: ChargingSession, changes: Sequence[StatusChange], energy: str, meter_start: str) -> list[Event]:
    """The session's events in order. `energy` and `meter_start` are written in the user's language already."""
    events = [*_beginning(session, meter_start), *_during(session, changes), *_end(session, energy)]
    return sorted(events, key=lambda event: (event.at is None, event.at or session.started_at))


def _beginning(session: ChargingSession, meter_start: str) -> list[Event]:
    events = []
    if session.plugged_in_at:
        text = _("Connector %(number)s", number=session.connector)
        events.append(Event(session.plugged_in_at, css="wcc-prep", icon="plug", text=_("The cable was plugged in."), detail=text))
    if session.authorization != "Accepted":
        text = _("The tag %(tag)s was not allowed to charge.", tag=session.id_tag)
        events.append(Event(session.started_at, css="wcc-fault", icon="x", text=text, detail=session.authorization))
    elif session.id_tag.casefold() == session.charge_point.free_charging_tag.casefold():
        text = _("%(tag)s is on at this station", tag=session.id_tag)
        events.append(Event(session.started_at, css="wcc-avail", icon="check", text=_("Allowed without a card."), detail=text))
    else:
        name = f"{session.first_name or ''} {session.last_name or ''}".strip()
        detail = ", ".join(part for part in (session.tag_alias, name) if part)
        text = _("Allowed with tag %(tag)s.", tag=session.id_tag)
        events.append(Event(session.started_at, css="wcc-avail", icon="check", text=text, detail=detail))
    begun = Event(session.started_at, css="wcc-charging", icon="bolt", text=_("The session began."), detail=meter_start)
    return [*events, begun]


def _during(session: ChargingSession, changes: Sequence[StatusChange]) -> list[Event]:
    events: list[Event] = []
    faulty, paused, before = False, False, ""
    for change in changes:
        if event := _fault(change, faulty):
            events.append(event)
        faulty = change.error_code != "NoError" or change.status == "Faulted"
        if not change.connector or change.changed_at < session.started_at or change.status == before:
            continue  # the same status again came with another error code
        before = change.status
        if event := _flow(session, change, paused):
            events.append(event)
        paused = change.status in ("SuspendedEV", "SuspendedEVSE") or (paused and change.status != "Charging")
    if session.goal_reached_at:
        text = _("The car was full, or what it was set to was reached.")
        events.append(Event(session.goal_reached_at, css="wcc-susp", icon="car", text=text))
    return events


def _fault(change: StatusChange, faulty: bool) -> Event | None:
    code = ", ".join(part for part in (change.error_code, change.vendor_error_code) if part and part != "NoError")
    if code or change.status == "Faulted":
        grave = change.status == "Faulted"
        text = _("The station could not go on.") if grave else _("The station reported a problem.")
        css, mark = ("wcc-fault", "exclamation-mark") if grave else ("wcc-warn", "alert-triangle")
        return Event(change.changed_at, css, mark, text, " · ".join(part for part in (code, change.info) if part))
    if faulty:
        return Event(change.changed_at, css="wcc-avail", icon="check", text=_("The problem was over."))
    return None


def _flow(session: ChargingSession, change: StatusChange, paused: bool) -> Event | None:
    if change.status == "Charging":
        text = _("Charging went on.") if paused else _("Energy began to flow.")
        return Event(change.changed_at, css="wcc-charging", icon="bolt", text=text)
    if change.status == "SuspendedEV" and change.changed_at != session.goal_reached_at:
        return Event(change.changed_at, css="wcc-susp", icon="car", text=_("The car paused and took no energy."))
    if change.status == "SuspendedEVSE":
        return Event(change.changed_at, css="wcc-susp", icon="player-pause", text=_("The station paused and offered no energy."))
    return None


def _end(session: ChargingSession, energy: str) -> list[Event]:
    events = []
    if session.stopped_at:
        why = reason(session)
        text = str(REASONS.get(why, REASONS["Other"]))
        detail = _("Stop reason %(reason)s, %(energy)s", reason=why, energy=energy)
        events.append(Event(session.stopped_at, css="wcc-finish", icon="hourglass", text=text, detail=detail))
        if session.stop_guessed:
            text = _("The stop named no session; it was matched by station and time.")
            events.append(Event(session.stopped_at, css="wcc-warn", icon="alert-triangle", text=text))
    elif session.stop_missing:
        text = _("No stop ever came: a later session began on this connector.")
        events.append(Event(None, css="wcc-fault", icon="alert-triangle", text=text))
    if session.plugged_out_at:
        text = _("Unplugged, the connector was free again.")
        events.append(Event(session.plugged_out_at, css="wcc-avail", icon="check", text=text))
    return events
