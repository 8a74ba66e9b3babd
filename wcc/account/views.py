"""Sign in, sign out, language; the stream of live changes."""

from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    stream_with_context,
    url_for,
)
from flask_babel import gettext as _
from flask_login import (
    LoginManager,
    UserMixin,
    current_user,
    login_required,
    login_user,
    logout_user,
)
from werkzeug.wrappers import Response as Answer

from wcc import bus, ui
from wcc.access import visible_changes
from wcc.account import service
from wcc.db import db
from wcc.errors import Invalid
from wcc.limits import limiter
from wcc.models import User

pages = Blueprint("account", __name__)
logins = LoginManager()
logins.login_view = "account.sign_in"


class Visitor(UserMixin):
    """The signed-in person of this request, known to Flask-Login by the sign-in, not by the user."""

    def __init__(self, sign_in_id: str, user: User) -> None:
        self.id = sign_in_id
        self.user = user


@logins.user_loader
def _load(sign_in_id: str) -> Visitor | None:
    found = service.find_sign_in(sign_in_id, current_app.config["SETTINGS"].session_days)
    return Visitor(found.id, found.user) if found else None


@logins.unauthorized_handler
def _unauthorized() -> Answer:
    if request.headers.get("HX-Request") or request.path == url_for("account.changes"):
        answer = Response(_("You are signed out."), 401, mimetype="text/plain")
        shown = urlsplit(request.headers.get("HX-Current-URL", ""))
        here = f"{shown.path}?{shown.query}" if shown.query else shown.path
        answer.headers["HX-Redirect"] = url_for("account.sign_in", next=here or None)
        return answer
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("account.sign_in", next=target))


def _inside(target: str | None) -> str:
    """Where to go after sign-in: only to a path of ours, never to another host."""
    parts = urlsplit(target or "")
    plain = target and target.startswith("/") and not target.startswith(("//", "/\\")) and "\\" not in target
    return target if plain and target and not parts.netloc and not parts.scheme else url_for("dashboard.index")


@pages.get("/sign-in")
def sign_in() -> str | Answer:
    if current_user.is_authenticated:
        return redirect(url_for("dashboard.index"))
    return render_template("account/sign_in.html", email="", next=request.args.get("next", ""))


@pages.post("/sign-in")
@limiter.limit(lambda: current_app.config["SETTINGS"].login_attempts)
def sign_in_post() -> tuple[str, int] | Answer:
    form = request.form
    try:
        found = service.sign_in(
            form.get("email", ""),
            form.get("password", ""),
            request.remote_addr or "",
            request.headers.get("User-Agent", ""),
        )
    except Invalid:
        flash(_("E-mail or password is wrong."), "danger")
        return render_template("account/sign_in.html", email=form.get("email", ""), next=form.get("next", "")), 422
    language = session.get("language")
    session.clear()  # a cookie from before is not carried into the signed-in session
    if language:
        service.set_language(found.user, language)
    login_user(Visitor(found.id, found.user))
    return redirect(_inside(form.get("next")))


@pages.post("/sign-out")
@login_required
def sign_out() -> Answer:
    service.sign_out(current_user.id)
    logout_user()
    return redirect(url_for("account.sign_in"))


@pages.post("/language")
def language() -> Answer:
    chosen = request.form.get("language", "")
    if chosen in ui.LANGUAGES:
        session["language"] = chosen
        if current_user.is_authenticated:
            service.set_language(ui.me(), chosen)
    return redirect(_inside(request.form.get("next")))


@pages.get("/changes")
@login_required
def changes() -> Response:
    """Server-sent events for this browser: what changed, as far as its user may see it."""
    user = ui.me()
    organization_id = None if user.role == "operator" else user.organization_id
    user_id = user.id

    def only(changed: bus.Changes) -> bus.Changes:
        try:
            viewer = db.session.get(User, user_id)
            return visible_changes(viewer, changed) if viewer else {}
        finally:
            db.session.remove()

    db.session.remove()  # a stream lives for hours and must not hold a connection
    stream = current_app.extensions["live"].stream(organization_id, only)
    return Response(stream_with_context(stream), mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})
