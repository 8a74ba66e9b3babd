"""Privacy settings, the reports of browsers, and what was gathered (R1.6a)."""

from urllib.parse import urlsplit

import structlog
from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import login_required
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as Answer

from wcc import menu, ui
from wcc.errors import NotAllowed
from wcc.limits import limiter
from wcc.privacy import queries, service, tools

log = structlog.get_logger()

pages = Blueprint("privacy", __name__, url_prefix="/privacy")

MAX_REPORT = 4096  # bytes


def chosen() -> frozenset[str]:
    """The tools that are on: by the user's choice where there is one, else by this browser's; none at first."""
    own = tools.read(ui.me().privacy) if ui.signed_in() else None
    return own if own is not None else tools.read(request.cookies.get(tools.CHOICE_COOKIE)) or frozenset()


def allowed(tool: str) -> bool:
    """Whether a tool may work in this request."""
    return tool in chosen()


def count_page(response: Response) -> Response:
    """After each request: count the page, if it is a whole one and its reader agreed."""
    shown = request.method == "GET" and response.status_code == 200 and response.mimetype == "text/html" and not ui.is_fragment()
    if shown and request.endpoint and allowed("statistics"):
        try:
            service.count_page(request.endpoint)
        except SQLAlchemyError:  # a count is not worth a page
            log.warning("a page was not counted", exc_info=True)
    return response


@pages.get("/")
def index() -> str:
    return render_template("privacy/index.html", tools=tools.TOOLS, necessary=tools.NECESSARY, on=chosen())


@pages.post("/")
def switch() -> Answer:
    """Switch one tool on or off, for this browser and for the user."""
    tool = request.form.get("tool", "")
    if tool not in tools.KEYS:
        abort(400)
    on = chosen() | {tool} if request.form.get("on") == "yes" else chosen() - {tool}
    choice = tools.written(on)
    if ui.signed_in():
        service.keep_choice(ui.me(), choice)
    flash(_("Saved."), "success")
    answer = redirect(url_for(".index"))
    answer.set_cookie(
        tools.CHOICE_COOKIE,
        choice,
        max_age=tools.CHOICE_DAYS * 86_400,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
    return answer


@pages.post("/error-report")
@limiter.limit("20 per minute")
def error_report() -> Answer:
    """Take an error report of a browser (JSON with `message` and `source`), if its reader agreed to that."""
    if not allowed("errors"):
        raise NotAllowed("errors")
    if (request.content_length or 0) > MAX_REPORT:
        abort(413)
    told = request.get_json(silent=True)
    if not isinstance(told, dict) or not told.get("message"):
        abort(400)
    service.take_error(told["message"], told.get("source"), _page(request.referrer or ""), request.headers.get("User-Agent", ""))
    return Response(status=204)


def _page(address: str) -> str:
    """The endpoint of one of our addresses, which may name a station or a session that the report must not; empty if unknown."""
    try:
        return str(current_app.create_url_adapter(request).match(urlsplit(address).path, method="GET")[0])  # type: ignore[union-attr]
    except (HTTPException, RequestRedirect, ValueError):
        return ""


@pages.get("/gathered")
@login_required
def gathered() -> str:
    opened, errors = queries.opened(ui.me()), queries.errors(ui.me())
    return render_template("privacy/gathered.html", opened=opened, errors=errors, most=queries.NEWEST, label=_label)


def _label(endpoint: str) -> str:
    """What the menu calls a page; its endpoint where the menu has no name for it."""
    entries = [entry for top in menu.MENU for entry in (top.children or (top,))]
    return next((f"{entry.label} ({endpoint})" for entry in entries if entry.endpoint == endpoint), endpoint)
