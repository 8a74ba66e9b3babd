"""The dashboard: a page of widgets, each with a fragment of its own that refreshes itself; the help on statuses (R2.2, R2.3)."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from zoneinfo import ZoneInfo

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_login import login_required
from werkzeug.wrappers import Response as Answer

from wcc import charts, statuses, ui
from wcc.access import seen_sessions
from wcc.clock import utcnow
from wcc.dashboard import plots, queries
from wcc.dashboard.attention import concerns
from wcc.dashboard.combined import combined_power
from wcc.dashboard.days import PRESETS, Period, read_day
from wcc.errors import NotFound
from wcc.tables import TableState

pages = Blueprint("dashboard", __name__)

PERIOD_KEYS = ("days", "from", "to")
CONNECTOR_KEYS = (*queries.CONNECTOR_FILTERS, "size", "after", "before", "sort")


@pages.before_request
@login_required
def _signed_in() -> None:
    """Every page of this room is for people who have signed in."""


@pages.get("/")
def index() -> str:
    context = _status() | _power() | _attention() | _sessions() | _combined() | _connectors()
    return render_template("dashboard/index.html", **context)


@pages.get("/dashboard/status")
def status() -> Answer:
    return _widget("dashboard/_status.html", _status, ())


@pages.get("/dashboard/power")
def power() -> Answer:
    return _widget("dashboard/_power.html", _power, ())


@pages.get("/dashboard/attention")
def attention() -> Answer:
    return _widget("dashboard/_attention.html", _attention, ())


@pages.get("/dashboard/sessions")
def sessions() -> Answer:
    return _widget("dashboard/_sessions.html", _sessions, PERIOD_KEYS)


@pages.get("/dashboard/combined")
def combined() -> Answer:
    return _widget("dashboard/_combined.html", _combined, ("day",))


@pages.get("/dashboard/connectors")
def connectors() -> Answer:
    return _widget("dashboard/_connectors.html", _connectors, CONNECTOR_KEYS)


@pages.get("/statuses")
def status_list() -> str:
    return render_template("dashboard/statuses.html")


@pages.get("/statuses/<name>")
def status_help(name: str) -> str | Answer:
    found = statuses.find(name)
    if found.name != name:
        raise NotFound(name)
    if not ui.is_fragment():
        return redirect(url_for(".status_list", _anchor=found.anchor))
    return render_template("dashboard/status_help.html", status=found)


def _widget(template: str, context: Callable[[], dict[str, Any]], keys: tuple[str, ...]) -> Answer:
    """A widget's fragment. Asked for by a person (not by its own refresh), it also moves the page's address to the new choice."""
    if not ui.is_fragment():
        query = urlencode(list(request.args.items()))
        return redirect(f"{url_for('.index')}?{query}")
    response: Response = make_response(render_template(template, **context()))
    if keys and request.headers.get("HX-Source") != request.headers.get("HX-Target"):
        response.headers["HX-Push-Url"] = _page_url(keys)
    return response


def _page_url(keys: tuple[str, ...]) -> str:
    """The address that the browser shows, with this widget's choices replaced by those of this request."""
    shown = urlsplit(request.headers.get("HX-Current-URL", "")).query
    others = [(key, value) for key, value in parse_qsl(shown) if key not in keys]
    own = [(key, request.args[key]) for key in keys if request.args.get(key)]
    query = urlencode([*others, *own])
    return f"{url_for('.index')}?{query}" if query else url_for(".index")


def _zone() -> ZoneInfo:
    return ZoneInfo(ui.time_zone())


def _status() -> dict[str, Any]:
    counts = queries.presence_counts(ui.me())
    slices = charts.donut([(statuses.PRESENCE[name].css, number) for name, number in counts.items()])
    return {"counts": counts, "slices": slices}


def _power() -> dict[str, Any]:
    return {"power": queries.power_now(ui.me())}


def _attention() -> dict[str, Any]:
    found, total = concerns(ui.me())
    return {"concerns": found, "concerns_total": total}


def _sessions() -> dict[str, Any]:
    today = ui.local(utcnow()).date()
    period = Period.read(request.args, today)
    counts = queries.sessions_per_day(ui.me(), period, _zone())
    return {
        "period": period,
        "presets": PRESETS,
        "sessions_chart": plots.sessions_chart(period.days, counts, today),
        "today": today,
    }


def _combined() -> dict[str, Any]:
    today = ui.local(utcnow()).date()
    day = read_day(request.args.get("day", ""), today)
    before, after = plots.neighbours(day, today)
    chart = plots.combined_chart(day, combined_power(ui.me(), day, _zone()), _zone())
    return {"day": day, "day_before": before, "day_after": after, "combined_chart": chart, "today": today}


def _connectors() -> dict[str, Any]:
    state = TableState.read(request.args, url_for(".connectors"), ("changed",), "-changed", queries.CONNECTOR_FILTERS)
    user = ui.me()
    page = queries.connectors(user, state)
    return {
        "page": page,
        "seen": seen_sessions(user, (connector.session_id for connector in page.rows)),
        "connector_counts": queries.status_counts(user, state),
        "fresh_after": utcnow() - queries.FRESH,
    }
