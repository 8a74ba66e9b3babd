"""How this room's pages write sessions: times, sums and durations in the user's language, curve and story to print."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import format_decimal, format_percent
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wcc import ui, units
from wcc.clock import from_ms, utcnow
from wcc.models import ChargingSession, StatusChange
from wcc.sessions import curve as curves
from wcc.sessions import story as stories
from wcc.sessions.costs import costs
from wcc.sessions.steps import running, steps
from wcc.units import hours_clock

__all__ = ["costs", "hours_clock", "running", "steps"]

TAG_TYPES = {"Other": _l("Other"), "Private": _l("Private"), "Business": _l("Business")}


def day_form(moment: datetime) -> str:
    """Pattern of a time in the table: the year only where it is not this one."""
    return "d MMM HH:mm" if ui.local(moment).year == ui.local(utcnow()).year else "d MMM y HH:mm"


def stop_form(session: ChargingSession) -> str:
    """Pattern of a stop in the table: on the day of the start or the day after only the time (see `days_later`)."""
    return "HH:mm" if session.stopped_at is None or days_later(session) in (0, 1) else day_form(session.stopped_at)


def days_later(session: ChargingSession) -> int:
    """How many local days after its start a session stopped."""
    if session.stopped_at is None:
        return 0
    return (ui.local(session.stopped_at).date() - ui.local(session.started_at).date()).days


def span(session: ChargingSession) -> str:
    """When a session was, for its heading: `Tue 17 Nov 2026, 14:31–18:09`."""
    begun = ui.when(session.started_at, "EEE d MMM y, HH:mm")
    if session.stopped_at is None:
        return str(_("since %(time)s", time=begun) if running(session) else begun)
    return f"{begun}–{ui.when(session.stopped_at, stop_form(session))}"


def minutes(duration_ms: int) -> str:
    """A duration as the manual's detail page has it: `184 min 57 s`."""
    seconds = max(duration_ms, 0) // 1000
    return str(_("%(minutes)s min %(seconds)s s", minutes=format_decimal(seconds // 60), seconds=seconds % 60))


def whole_minutes(duration_ms: int) -> str:
    """A duration in whole minutes: `207 min`."""
    return str(_("%(minutes)s min", minutes=format_decimal(max(duration_ms, 0) // 60_000)))


def length(session: ChargingSession) -> str:
    """Start to stop (or now) as `minutes`; – where no stop ever came."""
    length = length_ms(session)
    return "–" if length is None else minutes(length)


def tag_type(session: ChargingSession) -> str:
    """Type of the tag at the start; – where the tag was not one of ours."""
    return str(TAG_TYPES.get(session.tag_type or "", "–"))


def sample_form(session: ChargingSession) -> str:
    """Pattern of a time within a session: with the day where the session goes over midnight."""
    end = session.plugged_out_at or session.stopped_at or utcnow()
    one_day = ui.local(session.started_at).date() == ui.local(end).date()
    return "HH:mm:ss" if one_day else "d MMM HH:mm:ss"


def length_ms(session: ChargingSession) -> int | None:
    """Start to stop (or now) in milliseconds; None where no stop ever came."""
    if session.stopped_at is None and not running(session):
        return None
    return int(((session.stopped_at or utcnow()) - session.started_at).total_seconds() * 1000)


def watt_hours(energy_wh: int | None) -> str:
    """Exact Wh: `4,889,931 Wh`; – where unknown."""
    return "–" if energy_wh is None else f"{format_decimal(energy_wh)} Wh"


def price(session: ChargingSession) -> str:
    """Costs per kWh with as many decimals as the tariff has, at least two; – where there is none."""
    if session.price_per_kwh is None or session.currency is None:
        return "–"
    text = ui.money(units.money(session.price_per_kwh), session.currency)
    if units.money(session.price_per_kwh) == session.price_per_kwh:
        return text
    return f"{format_decimal(session.price_per_kwh, '0.00##')} {session.currency}"


def level(session: ChargingSession) -> str:
    """State of charge; says so where the car does not tell it."""
    return str(_("not sent by the car") if session.soc_percent is None else format_percent(session.soc_percent / 100))


def story(session: ChargingSession, changes: Sequence[StatusChange]) -> list[stories.Event]:
    """What happened, in the user's language."""
    meter_start = _("Meter at %(value)s", value=watt_hours(session.meter_start_wh))
    return stories.tell(session, changes, ui.kwh(session.energy_wh), meter_start)


def reason(session: ChargingSession) -> str:
    """The charger's stop reason."""
    return stories.reason(session) or "–"


def _axis(value: float) -> str:
    return str(format_decimal(value, "0.##"))


def curve(session: ChargingSession, samples: Sequence[curves.Sample]) -> curves.Drawn | None:
    """The power curve in the organization's time zone; None where there is nothing to draw."""
    end = session.stopped_at or (samples[-1][0] if samples else session.started_at)
    return curves.draw(samples, session.meter_start_wh, session.started_at, end, ui.time_zone(), _axis, clock, _("no data"))


def clock(moment: datetime) -> str:
    """Local time of day."""
    return ui.when(moment, "HH:mm")


def curve_title(drawn: curves.Drawn) -> str:
    """The curve in words."""
    begin, end = clock(drawn.begin), clock(drawn.end)
    return str(_("Charging power from %(begin)s to %(end)s, at most %(peak)s", begin=begin, end=end, peak=ui.kw(drawn.peak_w)))


def curve_rows(drawn: curves.Drawn) -> list[tuple[str, str]]:
    """Lines of the table behind the curve."""
    rows = []
    for point in drawn.points:
        level = None if point.soc_percent is None else format_percent(point.soc_percent / 100)
        texts = (ui.kw(point.power_w), None if point.energy_wh is None else ui.kwh(point.energy_wh), level)
        rows.append((ui.when(from_ms(point.ms), "d MMM HH:mm:ss"), " · ".join(text for text in texts if text)))
    return rows


def curve_note(drawn: curves.Drawn) -> str:
    """How many samples the curve is drawn from, and how."""
    count = format_decimal(drawn.samples)
    if drawn.derived:
        return str(_("%(count)s samples; power reckoned from the register", count=count))
    if drawn.shown < drawn.samples:
        shown = format_decimal(drawn.shown)
        return str(_("%(shown)s of %(count)s samples drawn, peaks kept", shown=shown, count=count))
    return str(_("%(count)s samples", count=count))
