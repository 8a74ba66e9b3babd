"""Pages of charging sessions (R4.1, R4.2)."""

from collections.abc import Iterator

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    request,
    stream_with_context,
    url_for,
)
from flask_babel import format_decimal, get_locale
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as Answer

from wcc import audit, ui
from wcc import export as files
from wcc.access import having, may_change
from wcc.clock import utcnow
from wcc.errors import Invalid
from wcc.models import ChargingSession
from wcc.sessions import columns, filters, meter, queries, service, shown
from wcc.tables import TableState

pages = Blueprint("sessions", __name__, url_prefix="/sessions")


@pages.before_request
@login_required
def _signed_in() -> None:
    """Every page of this room is for people who have signed in."""


@pages.context_processor
def _words() -> dict[str, object]:
    """What this room's templates use beside their page's own data."""
    return {
        "may_change": may_change(ui.me()),
        "columns": columns.COLUMNS,
        "meter": meter,
        "shown": shown,
        "status_words": filters.status_words,
    }


def _state() -> TableState:
    return TableState.read(request.args, url_for(".index"), columns.SORTS, "-started", filters.NAMES)


def _zone() -> str:
    return ui.me().organization.time_zone


@pages.get("/")
def index() -> Answer:
    state = _state()
    chosen = filters.read(state, _zone())
    found = queries.find(ui.me(), chosen, state)
    page = ui.page_or_fragment(
        "sessions/index.html",
        "sessions/_table.html",
        found=found,
        state=found.state,
        errors=chosen.errors,
        operable=having(ui.me(), "operate", [session.charge_point for session in found.rows]),
    )
    answer = make_response(page)
    if request.headers.get("HX-Source", "").startswith("form"):
        answer.headers["HX-Push-Url"] = state.url()  # without the fields that were left empty
    return answer


@pages.get("/export")
def export() -> Answer:
    user, state = ui.me(), _state()
    chosen = filters.read(state, _zone())
    if chosen.errors:
        flash(" ".join(chosen.errors.values()), "danger")
        return redirect(state.url())
    audit.record(user, "sessions.exported", state.url().partition("?")[2])
    rows = (columns.row(session) for session in queries.find_all(user, chosen, state))
    if request.args.get("format") != "xls":
        return _csv("sessions", columns.header(), rows)
    try:
        content = files.xls_now(columns.header(), rows, _zone(), _("Charging Session"), str(get_locale()))
    except files.TooManyRows:
        most = format_decimal(files.XLS_LIMIT)
        flash(
            _(
                "An XLS file holds up to %(most)s sessions here. Export as CSV, or choose a shorter time span.",
                most=most,
            ),
            "warning",
        )
        return redirect(state.url())
    return Response(content, headers=files.headers("sessions", "xls", utcnow(), _zone()))


def _csv(what: str, header: list[str], rows: Iterator[list[files.Cell]]) -> Response:
    stream = files.csv_stream(header, rows, _zone(), str(get_locale()))
    return Response(stream_with_context(stream), headers=files.headers(what, "csv", utcnow(), _zone()))


@pages.get("/<int:session_id>")
def detail(session_id: int) -> Answer | str:
    user = ui.me()
    session, version = queries.get(user, session_id), queries.version(user, session_id)
    if ui.is_fragment() and request.args.get("seen") == version:
        return Response(status=204)  # nothing new since
    return _detail(session, version)


def _detail(session: ChargingSession, version: str, note: str | None = None, note_error: str = "") -> str:
    user = ui.me()
    return ui.page_or_fragment(
        "sessions/detail.html",
        "sessions/_detail.html",
        session=session,
        version=version,
        curve=shown.curve(session, queries.power(user, session.id)),
        story=shown.story(session, queries.changes(user, session.id)),
        note=session.note if note is None else note,
        note_error=note_error,
        operable=having(user, "operate", [session.charge_point]),
        part=ui.is_fragment(),
        **({} if ui.is_fragment() else _values(session.id) | _errors(session.id)),  # those have addresses of their own
    )


def _values(session_id: int) -> dict[str, object]:
    state = TableState.read(request.args, url_for(".meter_values", session_id=session_id), ("at",), "at")
    found = queries.samples(ui.me(), session_id, state)
    return {"values": found, "measured": queries.measured(ui.me(), session_id), "session_id": session_id}


def _errors(session_id: int) -> dict[str, object]:
    state = TableState.read(request.args, url_for(".errors", session_id=session_id), ("at",), "-at", ("find", "date"))
    day, error = filters.day(state["date"], _zone())
    return {
        "faults": queries.errors(ui.me(), session_id, state["find"], day, state),
        "day_error": error,
        "session_id": session_id,
    }


@pages.get("/<int:session_id>/meter-values")
def meter_values(session_id: int) -> str:
    session = queries.get(ui.me(), session_id)
    return ui.page_or_fragment("sessions/meter_values.html", "sessions/_meter_values.html", session=session, **_values(session_id))


@pages.get("/<int:session_id>/meter-values.csv")
def meter_values_csv(session_id: int) -> Answer:
    names = queries.measured(ui.me(), session_id)
    audit.record(ui.me(), "meter_values.exported", str(session_id))
    rows = (meter.row(sample, names) for sample in queries.all_samples(ui.me(), session_id))
    return _csv(f"session-{session_id}-meter-values", meter.header(names), rows)


@pages.get("/<int:session_id>/errors")
def errors(session_id: int) -> str:
    session = queries.get(ui.me(), session_id)
    return ui.page_or_fragment("sessions/errors.html", "sessions/_errors.html", session=session, **_errors(session_id))


@pages.post("/<int:session_id>/note")
def note(session_id: int) -> Answer | tuple[str, int]:
    text = request.form.get("note", "")
    try:
        service.set_note(ui.me(), session_id, text)
    except Invalid:
        session, version = queries.get(ui.me(), session_id), queries.version(ui.me(), session_id)
        error = _("A note has at most %(most)s characters.", most=service.LONGEST_NOTE)
        return _detail(session, version, text, error), 422
    flash(_("Saved."), "success")
    return redirect(url_for(".detail", session_id=session_id), 303)
