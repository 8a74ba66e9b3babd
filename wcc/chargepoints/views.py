"""Pages of charge points and connectors (R3.1–R3.3)."""

from collections.abc import Iterator, Mapping
from datetime import date
from urllib.parse import quote

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from werkzeug.wrappers import Response as Answer

from wcc import audit, ui
from wcc import export as files
from wcc.access import may_administer, operable, rights, seen_sessions
from wcc.chargepoints import queries, service
from wcc.chargepoints.day import Day, day_of, today, totals
from wcc.clock import utcnow
from wcc.config import Settings, cipher
from wcc.errors import Invalid, NotAllowed
from wcc.organizations.queries import choices
from wcc.organizations.service import UNKNOWN
from wcc.statuses import PRESENCE, STATUSES, find
from wcc.tables import TableState

pages = Blueprint("chargepoints", __name__, url_prefix="/charge-points")

SORTS = ("identity", "onboarded")
FILTERS = ("cp", "model", "firmware", "from", "to", "online")
CONNECTOR_FILTERS = ("cp", "status")
COLUMNS = (
    _l("Charge Point ID"),
    _l("Description"),
    _l("Installation site"),
    _l("Address"),
    _l("Model"),
    _l("FW version"),
    _l("Onboard date"),
    _l("Online"),
    _l("Connectors"),
    _l("Active"),
)
FAULTS = {
    UNKNOWN: _l("Choose one of the organizations."),
    service.MISSING: _l("Please fill this in."),
    service.TOO_LONG: _l("This is too long."),
    service.TAKEN: _l("This charge point ID is already in use."),
    service.SEPARATORS: _l("A charge point ID has no / and no : and no invisible characters."),
    service.UNUSABLE: _l("This word cannot be a charge point ID."),
    service.FORBIDDEN: _l("This contains a character that cannot be used."),
    service.PASSWORD_SIZE: _l("A password has 8 to 40 bytes (letters, digits and most signs count as one)."),
}
EXPORT_LIMIT = _l("An Excel file holds up to 5 000 rows here: filter for fewer charge points.")


@pages.before_request
@login_required
def _signed_in() -> None:
    """Every page of this room is for people who have signed in."""


@pages.get("/")
def index() -> str:
    user, state = ui.me(), _state()
    counts = queries.counts(user, state)
    return ui.page_or_fragment(
        "chargepoints/index.html",
        "chargepoints/_table.html",
        stations=queries.find(user, state),
        state=state,
        chips=list(_chips(state)),
        views=[
            ("", _("All"), sum(counts.values())),
            *((name, PRESENCE[name].word, count) for name, count in counts.items()),
        ],
        models=queries.models(user),
        versions=queries.firmware_versions(user),
        may_add=may_administer(user),
    )


def _state() -> TableState:
    return queries.tidy(TableState.read(request.args, url_for(".index"), SORTS, "identity", FILTERS))


def _chips(state: TableState) -> Iterator[tuple[str, str]]:
    """What the list is filtered by, in words, each with the address without it. Presence has its own switch."""
    labels = {"cp": _("ID"), "model": _("Model"), "firmware": _("FW version")}
    for name, label in labels.items():
        if state[name]:
            yield f"{label}: {state[name]}", state.url(**{name: ""})
    if state["from"]:
        yield _("Onboard from %(day)s", day=_day_text(state["from"])), state.url(**{"from": ""})
    if state["to"]:
        yield _("Onboard to %(day)s", day=_day_text(state["to"])), state.url(to="")


def _day_text(day: str) -> str:
    return ui.on(date.fromisoformat(day))


@pages.get("/export")
def export() -> Response | Answer:
    user, state = ui.me(), _state()
    zone = user.organization.time_zone
    audit.record(user, "charge_points.exported", state.url().partition("?")[2])
    rows = map(_cells, queries.find_all(user, state))
    try:
        content = files.xls_now([str(column) for column in COLUMNS], rows, zone, _("Charge points"), str(get_locale()))
    except files.TooManyRows:
        flash(str(EXPORT_LIMIT), "warning")
        return redirect(state.url())
    return Response(content, headers=files.headers("charge-points", "xls", utcnow(), zone))


def _cells(station: queries.Station) -> list[files.Cell]:
    found = station.charge_point
    address = f"{found.street} {found.house_number}".strip(), f"{found.zip_code} {found.city}".strip(), found.country
    said = [(connector.number, find(connector.status).word) for connector in station.connectors if connector.status]
    return [
        found.identity,
        found.description,
        found.site,
        ", ".join(part for part in address if part),
        found.model,
        found.firmware_version,
        found.onboarded_at,
        str(PRESENCE[found.presence].word),
        "; ".join(f"{number}: {word}" for number, word in said),
        _("Active") if found.active else _("Deactive"),
    ]


@pages.get("/connectors")
def connectors() -> str:
    state = queries.tidy(TableState.read(request.args, url_for(".connectors"), ("identity",), "identity", CONNECTOR_FILTERS))
    found = queries.connectors(ui.me(), state)
    return ui.page_or_fragment(
        "chargepoints/connectors.html",
        "chargepoints/_connectors.html",
        found=found,
        seen=seen_sessions(ui.me(), (connector.session_id for connector in found.rows)),
        state=state,
        choices=(*STATUSES, queries.OFFLINE),
    )


@pages.get("/add")
def add() -> str:
    if not may_administer(ui.me()):
        raise NotAllowed("add")
    return _add({"identity": request.args.get("identity", "")[:255]}, {})


def _add(form: Mapping[str, str], faults: Mapping[str, str]) -> str:
    return render_template("chargepoints/add.html", form=form, faults=faults, organizations=choices(ui.me()))


@pages.post("/add")
def add_post() -> str | tuple[str, int]:
    form = request.form
    settings: Settings = current_app.config["SETTINGS"]
    identity, password = form.get("identity", ""), form.get("password", "")
    try:
        charge_point, clear = service.add_for(
            ui.me(), identity, password, cipher(settings.instance), _facts(form), form.get("organization", "")
        )
    except Invalid as error:
        return _add(form, _in_words(error)), 422
    return render_template("chargepoints/added.html", charge_point=charge_point, password=clear, server=server_address(settings))


def _facts(form: Mapping[str, str]) -> dict[str, str]:
    return {name: form[name] for name in service.FACTS if name in form}


def _in_words(error: Invalid) -> dict[str, str]:
    return {name: str(FAULTS[text]) for name, text in error.fields.items()}


def server_address(settings: Settings) -> str:
    """The address that people type into a charger: `ws(s)://host:port/ocpp`, to which it adds its own ID."""
    scheme, _colon, rest = (settings.public_url or request.host_url).partition("://")
    return f"{'wss' if scheme == 'https' else 'ws'}://{rest.rstrip('/')}/ocpp"


@pages.app_template_filter("path_part")
def path_part(text: str) -> str:
    """An identity as it stands in an address."""
    return quote(text, safe="")


@pages.get("/<identity>")
def detail(identity: str) -> str:
    found = queries.history(ui.me(), identity, today(ui.time_zone(), utcnow()))
    server = server_address(current_app.config["SETTINGS"])
    return ui.page_or_fragment(
        "chargepoints/detail.html",
        "chargepoints/_overview_update.html",
        tab="overview",
        server=server,
        **_context(found),
    )


def _frame(station: queries.Station) -> dict[str, object]:
    """What the frame of a station's pages needs: what of it this user may use."""
    return {"station": station, "charge_point": station.charge_point, "rights": rights(ui.me(), station.charge_point)}


def _context(history: queries.History) -> dict[str, object]:
    """The frame of a station's pages, and the day of it."""
    return {
        "history": history,
        **_frame(queries.line(ui.me(), history.charge_point)),
        "totals": totals,
    }


@pages.get("/<identity>/connectors")
def history(identity: str) -> str:
    found = queries.history(ui.me(), identity, _day(ui.time_zone()))
    return ui.page_or_fragment("chargepoints/history.html", "chargepoints/_history_update.html", tab="connectors", **_context(found))


def _day(zone: str) -> Day:
    """The day asked for; the present one for none, for rubbish and for the future."""
    now = utcnow()
    present = today(zone, now)
    try:
        asked = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return present
    return day_of(asked, zone, now) if asked.year >= 2000 and asked < present.day else present


@pages.get("/<identity>/connectors/<int:number>")
def connector_card(identity: str, number: int) -> str:
    found = queries.outlet(ui.me(), identity, number)
    charge_point = found.connector.charge_point
    return render_template(
        "chargepoints/_connector_card.html", outlet=found, charge_point=charge_point, rights=rights(ui.me(), charge_point)
    )


@pages.get("/<identity>/operations")
def operations(identity: str) -> str:
    charge_point = operable(ui.me(), identity)
    return render_template("chargepoints/operations.html", tab="operations", **_frame(queries.line(ui.me(), charge_point)))


@pages.get("/<identity>/edit")
def edit(identity: str) -> str:
    charge_point = operable(ui.me(), identity)
    form = {name: getattr(charge_point, name) for name in service.FACTS}
    return render_template("chargepoints/edit.html", charge_point=charge_point, form=form, faults={})


@pages.post("/<identity>/edit")
def edit_post(identity: str) -> Answer | tuple[str, int]:
    user, form = ui.me(), request.form
    try:
        service.edit(user, identity, _facts(form))
    except Invalid as error:
        charge_point = operable(user, identity)
        return render_template("chargepoints/edit.html", charge_point=charge_point, form=form, faults=_in_words(error)), 422
    flash(_("Saved."), "success")
    return redirect(url_for(".detail", identity=identity))
