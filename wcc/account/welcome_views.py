"""Where the link of an invitation leads: choose a password, then sign in with it."""

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import logout_user
from werkzeug.wrappers import Response as Answer

from wcc.account.door import pages, settings
from wcc.account.own_views import new_password_errors
from wcc.errors import Invalid
from wcc.limits import limiter
from wcc.users import sealed


@pages.get("/welcome/<word>")
def welcome(word: str) -> tuple[str, int]:
    return _page(word, {})


def _page(word: str, errors: dict[str, str], status: int = 200) -> tuple[str, int]:
    try:
        person = sealed.find(settings().instance, sealed.INVITATION, word)
    except Invalid:
        return _over()
    return render_template("account/welcome.html", word=word, person=person, errors=errors), status


def _over() -> tuple[str, int]:
    return render_template("account/welcome_over.html", days=sealed.INVITATION.lives.days), 410


@pages.post("/welcome/<word>")
@limiter.limit(lambda: settings().login_attempts)
def welcome_post(word: str) -> tuple[str, int] | Answer:
    if errors := new_password_errors():
        return _page(word, errors, 422)
    try:
        person = sealed.set_password(settings().instance, sealed.INVITATION, word, request.form["password"])
    except Invalid:
        return _over()
    logout_user()  # whoever used this browser before
    session["email"] = person.email
    flash(_("Your password is set. Sign in with it."), "success")
    return redirect(url_for("account.sign_in"), 303)
