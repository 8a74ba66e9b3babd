"""ChargePoints → Connection doctor; a station's card Connection and the steps of its first connection."""

from flask import Blueprint, render_template, request, url_for
from flask_login import login_required

from wcc import ui
from wcc.access import may_administer
from wcc.doctor import queries, reasons
from wcc.errors import NotAllowed
from wcc.tables import TableState

pages = Blueprint("doctor", __name__, url_prefix="/connection-doctor")
station_pages = Blueprint("connection", __name__, url_prefix="/charge-points/<identity>")


@pages.before_request
@station_pages.before_request
@login_required
def _signed_in() -> None:
    """Every page of this room is for people who have signed in."""


@pages.get("/")
def index() -> str:
    if not may_administer(ui.me()):
        raise NotAllowed("connection doctor")
    state = queries.tidy(TableState.read(request.args, url_for(".index"), ("at",), "-at", queries.FILTERS))
    found = queries.attempts(ui.me(), state)
    return ui.page_or_fragment("doctor/index.html", "doctor/_table.html", found=found, state=state, reasons=reasons)


@station_pages.get("/connection")
def card(identity: str) -> str:
    return render_template("doctor/_card.html", health=queries.health(ui.me(), identity), reasons=reasons)


@station_pages.get("/first-connection")
def first(identity: str) -> str:
    found = queries.health(ui.me(), identity)
    return render_template("chargepoints/_first_connection.html", charge_point=found.charge_point, health=found, reasons=reasons)
