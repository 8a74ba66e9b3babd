"""Who is who, how often they may try, and the blueprint that the pages of this room hang on."""

import hashlib
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin, login_user
from werkzeug.wrappers import Response as Answer

from wcc import ui
from wcc.account import service
from wcc.account.passkeys import Site
from wcc.config import Settings
from wcc.errors import Unavailable
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
    found = service.find_sign_in(sign_in_id, settings().session_days)
    return Visitor(found.id, found.user) if found else None


@pages.errorhandler(Unavailable)
def _unavailable(_error: Unavailable) -> tuple[str, int]:
    return render_template("_error.html" if ui.is_fragment() else "error.html", code=503), 503


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


def clear_session() -> None:
    """Carry nothing but the language from before a sign-in, or half of one, into what comes after."""
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language


def enter(user: User, how: str = "") -> None:
    """Sign this browser in for a person who has proved everything that is asked of them; `how` names the second step."""
    found = service.open_sign_in(user, request.remote_addr or "", request.headers.get("User-Agent", ""), how)
    clear_session()
    if language := session.pop("language", None):
        service.set_language(user, language)
    login_user(Visitor(found.id, user))


def settings() -> Settings:
    """Of this installation."""
    found: Settings = current_app.config["SETTINGS"]
    return found


def site() -> Site:
    """Where passkeys of this request are good."""
    return Site.of(settings().public_url, request.host)


def fingerprint(email: str) -> str:
    """What stands for an account where attempts are counted: Redis need not know its name."""
    return hashlib.sha256(email.encode()).hexdigest()


def account_key() -> str:
    """The account that an attempt is about, whether or not there is one."""
    return fingerprint(ui.me().email if ui.signed_in() else service.fold(request.form.get("email", "")))


def _second_key() -> str:
    """The account whose password this browser has just given."""
    kept: dict[str, str] = session.get("second", {})
    return kept.get("account", "nobody")


def note_guess() -> None:
    """Count this answer as a wrong password, or a wrong second step."""
    g.guessed = True


# Only a wrong password counts: else anybody could lock out anybody, and as many wrong captchas as they like could too.
guesses = limiter.shared_limit(
    lambda: settings().account_attempts,
    scope="guesses",
    key_func=account_key,
    deduct_when=lambda _answer: bool(g.get("guessed")),
)
second_guesses = limiter.shared_limit(
    lambda: settings().second_step_attempts,
    scope="second",
    key_func=_second_key,
    deduct_when=lambda _answer: bool(g.get("guessed")),
)
pictures = limiter.shared_limit(lambda: settings().captcha_pictures, scope="captcha")
