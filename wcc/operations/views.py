"""The pages of remote operations: a form each, the pop-up that follows one, the recent ones, the list of all (R5.1–R5.5)."""

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask_login import login_required
from werkzeug.wrappers import Response as Answer

from wcc import masks, ui
from wcc.access import may_change
from wcc.errors import Invalid, NotAllowed
from wcc.operations import catalog, queries, service
from wcc.operations.form import Station, Values

pages = Blueprint("operations", __name__, url_prefix="/operations")

Shown = str | tuple[str, int] | tuple[str, int, dict[str, str]] | Answer
NUMBER = "<int(max=9223372036854775807):operation_id>"  # what the database's ids can be


READABLE = ("operations.recent", "operations.show", "operations.toast")


@pages.before_request
@login_required
def _may_operate() -> None:
    """Who changes nothing may follow what others do, and no more."""
    if request.endpoint not in READABLE and not may_change(ui.me()):
        raise NotAllowed(str(request.endpoint))


def _expected() -> timedelta:
    return timedelta(seconds=current_app.config["SETTINGS"].start_expected_s)


def _identity() -> str:
    # No identity has a NUL, and PostgreSQL takes none in a query.
    return request.values.get("cp", "").replace("\0", "").strip()


def _operate(kind: catalog.Kind) -> Shown:
    """Show the form, or do what it says."""
    station = queries.station(ui.me(), _identity()) if _identity() else None
    if request.method == "GET":
        return _form(kind, station, kind.initial(station, request.args), {})
    if station is None:
        return _form(kind, None, request.form, {"cp": "missing"}), 422
    timeout_s = current_app.config["SETTINGS"].call_timeout_s
    try:
        operation = service.request(ui.me(), kind, _identity(), request.form, timeout_s)
    except Invalid as error:
        return _form(kind, station, request.form, error.fields), 422
    if not ui.is_fragment():
        return redirect(url_for("operations.show", operation_id=operation.id))
    told = queries.told(ui.me(), operation.id, _expected())
    return render_template("operations/_toast.html", told=told), 202, {"HX-Trigger": "wcc:operation"}


def _page(kind: catalog.Kind) -> Callable[[], Shown]:
    """The view of an operation: its form, and doing what that says."""

    @login_required
    def page() -> Shown:
        return _operate(kind)

    return page


for _kind in catalog.KINDS:
    pages.add_url_rule(f"/{_kind.NAME.replace('_', '-')}", _kind.NAME, _page(_kind), methods=["GET", "POST"])


def _form(kind: catalog.Kind, station: Station | None, values: Values, errors: Values) -> str:
    context = {"kind": kind, "first": catalog.FIRST, "station": station, "values": values, "errors": errors}
    if station:
        context |= {"note": kind.note(station, values), "confirm": kind.confirm(station, values)}
    if not ui.is_fragment():
        context |= {"recent": queries.recent(ui.me(), _expected())}
    return ui.page_or_fragment("operations/index.html", "operations/_form.html", **context)


@pages.get("/more")
@login_required
def more() -> str:
    """All operations, by what they are about."""
    station = queries.station(ui.me(), _identity()) if _identity() else None
    identity = station.charge_point.identity if station else ""
    return render_template("operations/more.html", profiles=catalog.by_profile(), first=catalog.FIRST, identity=identity)


@pages.get("/chosen")
@login_required
def chosen() -> str | Answer:
    """The chosen station as it is now; only a part of a form."""
    kind = catalog.BY_NAME.get(request.args.get("for", ""), catalog.KINDS[0])
    if not ui.is_fragment():
        return redirect(url_for(f"operations.{kind.NAME}", cp=_identity()))
    station = queries.station(ui.me(), _identity())
    note = kind.note(station, request.args)
    return render_template("operations/_chosen.html", kind=kind, station=station, note=note, errors={})


@pages.get("/choose")
@login_required
def choose() -> str:
    """The dialog "Select charge point"; without JavaScript a page with the same list."""
    kind = catalog.BY_NAME.get(request.args.get("for", ""), catalog.KINDS[0])
    search = request.args.get("search", "").replace("\0", "").strip()
    found = queries.choices(ui.me(), search)
    context = {"kind": kind, "search": search, "found": found, "chosen": _identity(), "limit": queries.CHOICES}
    if ui.is_fragment() and "search" in request.args:
        return render_template("operations/_choices.html", **context)
    return ui.page_or_fragment("operations/choose.html", "operations/_choose_dialog.html", **context)


@pages.get("/recent")
@login_required
def recent() -> str:
    told = queries.recent(ui.me(), _expected())
    return ui.page_or_fragment("operations/recent.html", "operations/_recent.html", recent=told)


@pages.get(f"/{NUMBER}")
@login_required
def show(operation_id: int) -> str:
    told = queries.told(ui.me(), operation_id, _expected())
    return ui.page_or_fragment("operations/detail.html", "operations/_detail.html", told=told, masked=masks.message)


@pages.get(f"/{NUMBER}/toast")
@login_required
def toast(operation_id: int) -> str:
    return render_template("operations/_toast.html", told=queries.told(ui.me(), operation_id, _expected()))
