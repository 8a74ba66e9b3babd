"""Who is who, how often they may try, and the blueprint that the pages of this room hang on."""

import hashlib
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin
from werkzeug.wrappers import Response as Answer

from wcc import ui
from wcc.account import service
from wcc.config import Settings
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


def settings() -> Settings:
    """Of this installation."""
    found: Settings = current_app.config["SETTINGS"]
    return found


def account_key() -> str:
    """The account that an attempt is about, whether or not there is one; Redis need not know its name."""
    name = ui.me().email if ui.signed_in() else service.fold(request.form.get("email", ""))
    return hashlib.sha256(name.encode()).hexdigest()


def note_guess() -> None:
    """Count this answer as a wrong password."""
    g.guessed = True


# Only a wrong password counts: else anybody could lock out anybody, and as many wrong captchas as they like could too.
guesses = limiter.shared_limit(
    lambda: settings().account_attempts,
    scope="guesses",
    key_func=account_key,
    deduct_when=lambda _answer: bool(g.get("guessed")),
)
pictures = limiter.shared_limit(lambda: settings().captcha_pictures, scope="captcha")
