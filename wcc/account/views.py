"""Sign in with its captcha, sign out, language, outbox; the stream of live changes."""

from flask import (
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
    current_user,
    login_required,
    logout_user,
)
from werkzeug.wrappers import Response as Answer

from wcc import audit, bus, ui
from wcc.access import visible_changes
from wcc.account import captcha, queries, second_views, service
from wcc.account.door import enter, guesses, note_guess, pages, pictures, settings
from wcc.db import db
from wcc.errors import Invalid, NotFound, Unavailable
from wcc.limits import limiter
from wcc.models import User
from wcc.users.second_factor import held


def _browser() -> str:
    """The random word that binds a captcha to this browser."""
    word: str = session.setdefault("browser", captcha.token())
    return word


def _sign_in_page(status: int = 200, fragment: bool = False) -> tuple[str, int]:
    """The form with a new captcha and what was typed but the password; without Redis it says why it cannot be used."""
    key = ""
    try:
        key = captcha.create(_browser()) if settings().captcha else ""
    except Unavailable:
        status = 503
    known = session.pop("email", "")  # of somebody who has just chosen a password
    typed = {"email": request.form.get("email", known), "next": request.values.get("next", "")}
    template = "account/_captcha.html" if fragment else "account/sign_in.html"
    return render_template(template, captcha=key, closed=status == 503, **typed), status


@pages.get("/sign-in")
def sign_in() -> tuple[str, int] | Answer:
    if current_user.is_authenticated:
        return redirect(url_for("dashboard.index"))
    return _sign_in_page()


@pages.post("/sign-in")
@limiter.limit(lambda: settings().login_attempts)
@guesses
def sign_in_post() -> tuple[str, int] | Answer:
    form = request.form
    try:
        if settings().captcha and not captcha.check(_browser(), form.get("captcha_key", ""), form.get("captcha", "")):
            return _refused()
        user = service.recognize(form.get("email", ""), form.get("password", ""))
        if held(user):
            return second_views.ask(user, form.get("next"))
    except Unavailable:
        return _sign_in_page(503)
    except Invalid:
        note_guess()
        return _refused()
    enter(user)
    return redirect(ui.inside(form.get("next")))


def _refused() -> tuple[str, int]:
    """The same words whatever was wrong."""
    asked = settings().captcha
    flash(_("E-mail, password or characters are wrong.") if asked else _("E-mail or password is wrong."), "danger")
    return _sign_in_page(422)


@pages.post("/captcha")
@pictures
def captcha_new() -> tuple[str, int]:
    """Another captcha: the part of the form, or without JavaScript the form anew."""
    if not settings().captcha:
        raise NotFound("there is no captcha here")
    return _sign_in_page(fragment=ui.is_fragment())


@pages.get("/captcha/<key>.png")
@pictures
def captcha_picture(key: str) -> Response:
    return Response(captcha.picture(_browser(), key), mimetype="image/png")


@pages.get("/captcha/<key>.wav")
@pictures
def captcha_recording(key: str) -> Response:
    return Response(captcha.recording(_browser(), key), mimetype="audio/wav")


@pages.get("/outbox")
@login_required
def outbox() -> str:
    mails = queries.outbox(ui.me(), settings())
    if mails:  # they hold links that open accounts
        audit.record(ui.me(), "outbox.read")
    return render_template("account/outbox.html", mails=mails)


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
    return redirect(ui.inside(request.form.get("next")))


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
