"""A station's tab Messages."""

from flask import Blueprint, Response, current_app, render_template, request, stream_with_context, url_for
from flask_babel import get_locale
from flask_login import login_required
from redis.exceptions import RedisError

from wcc import audit, bus, ui
from wcc import export as files
from wcc.access import rights
from wcc.chargepoints import queries as chargepoints
from wcc.clock import utcnow
from wcc.config import Settings
from wcc.messagelog import queries, shown
from wcc.models import ChargePoint
from wcc.tables import TableState

pages = Blueprint("messagelog", __name__, url_prefix="/charge-points/<identity>/messages")

WATCH_S = 150  # longer than the page waits before it looks by itself


@pages.before_request
@login_required
def _signed_in() -> None:
    """Every page of this room is for people who have signed in."""


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def _state(identity: str) -> TableState:
    return queries.tidy(TableState.read(request.args, url_for(".index", identity=identity), ("at",), "-at", queries.FILTERS))


def _frame(charge_point: ChargePoint) -> dict[str, object]:
    station = chargepoints.station(ui.me(), charge_point.identity)
    return {"charge_point": charge_point, "station": station, "rights": rights(ui.me(), charge_point), "tab": "messages", "shown": shown}


@pages.get("/")
def index(identity: str) -> str:
    charge_point, state = queries.station(ui.me(), identity), _state(identity)
    follows = not (state["live"] or state.after or state.before)
    if follows:
        _watch(charge_point)
    return ui.page_or_fragment(
        "messagelog/index.html",
        "messagelog/_table.html",
        found=queries.find(charge_point, state, ui.time_zone()),
        state=state,
        filtered=any(value for name, value in state.filters.items() if name != "live"),
        follows=follows,
        actions=queries.actions(charge_point),
        settings=_settings(),
        **_frame(charge_point),
    )


def _watch(charge_point: ChargePoint) -> None:
    try:
        bus.watch(bus.shared(), charge_point.id, WATCH_S)
    except RedisError:  # the page looks again by itself, only less often
        pass


@pages.get("/export")
def export(identity: str) -> Response:
    user = ui.me()
    charge_point, state, zone = queries.station(user, identity), _state(identity), ui.time_zone()
    audit.record(user, "messages.exported", charge_point.identity)
    found = queries.find_all(charge_point, state, zone)
    name = f"messages-{charge_point.identity}"
    if request.args.get("format") == "jsonl":
        disposition = f'attachment; filename="{files.file_name(name, "jsonl", utcnow(), zone)}"'
        headers = {"Content-Type": "application/x-ndjson", "Content-Disposition": disposition}
        return Response(stream_with_context(shown.lines(found)), headers=headers)
    stream = files.csv_stream([str(column) for column in shown.COLUMNS], shown.rows(found), zone, str(get_locale()))
    return Response(stream_with_context(stream), headers=files.headers(name, "csv", utcnow(), zone))


@pages.get("/<int:message_id>")
def show(identity: str, message_id: int) -> str:
    charge_point = queries.station(ui.me(), identity)
    found = queries.message(charge_point, message_id)
    pair = queries.counterpart(found)
    return render_template("messagelog/message.html", message=found, pair=pair, **_frame(charge_point))
