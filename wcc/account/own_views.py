"""The own account: its sign-ins, its password, and a new one for who forgot it."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required, logout_user
from werkzeug.wrappers import Response as Answer

from wcc import ui
from wcc.account import browsers, queries, resets, service
from wcc.account.door import account_key, guesses, note_guess, pages, settings
from wcc.errors import Invalid, Unavailable
from wcc.limits import limiter
from wcc.users import links, passwords, tokens
from wcc.users.second_factor import held

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def _reset_address() -> str | None:
    """Where the links in mails lead; None where no address of this portal is set."""
    root = links.root()
    return root + url_for("account.forgot_password") if root else None


@pages.get("/forgot-password")
def forgot_password() -> tuple[str, int]:
    sent = "sent" in request.args
    return render_template(
        "account/forgot_password.html", email="", sent=sent, trouble=None if sent or _reset_address() else "address"
    ), 200


@pages.post("/forgot-password")
@limiter.limit(lambda: settings().login_attempts)
@limiter.limit(lambda: settings().reset_mails, key_func=account_key)
def forgot_password_post() -> tuple[str, int] | Answer:
    address, email = _reset_address(), request.form.get("email", "")
    trouble = None if address else "address"
    if address:
        try:
            service.ask_reset(email, address)
        except Unavailable:
            trouble = "queue"
    if trouble:
        return render_template("account/forgot_password.html", email=email, sent=False, trouble=trouble), 503
    return redirect(url_for("account.forgot_password", sent=1), 303)


# What may be wrong with a new password; shown beside its field.
FAULTS = {
    "length": _l("Use %(shortest)s to %(longest)s characters.", shortest=passwords.SHORTEST, longest=passwords.LONGEST),
    "printable": _l("Use only characters that can be seen."),
    "common": _l("This is one of the passwords that are tried first. Choose another, for example three words that do not belong together."),
}


def new_password_errors() -> dict[str, str]:
    """What is wrong with the new password that was typed twice."""
    password = request.form.get("password", "")
    if fault := passwords.fault(password):
        return {"password": str(FAULTS[fault])}
    return {} if password == request.form.get("again", "") else {"again": _("The two are not the same.")}


@pages.get("/forgot-password/<word>")
def reset_password(word: str) -> tuple[str, int]:
    return _reset_page(word, {})


def _reset_page(word: str, errors: dict[str, str], status: int = 200) -> tuple[str, int]:
    try:
        user = resets.find(settings().instance, word)
    except Invalid:
        return render_template("account/reset_over.html"), 410
    return render_template("account/reset_password.html", word=word, email=user.email, errors=errors), status


@pages.post("/forgot-password/<word>")
@limiter.limit(lambda: settings().login_attempts)
def reset_password_post(word: str) -> tuple[str, int] | Answer:
    if errors := new_password_errors():
        return _reset_page(word, errors, 422)
    try:
        resets.reset(settings().instance, word, request.form["password"])
    except Invalid:
        return render_template("account/reset_over.html"), 410
    logout_user()
    flash(_("Your password is set. Sign in with it."), "success")
    return redirect(url_for("account.sign_in"), 303)


@pages.get("/account")
@login_required
def index() -> tuple[str, int]:
    return _account_page({})


def _account_page(errors: dict[str, str], status: int = 200) -> tuple[str, int]:
    shown = [(each, browsers.short(each.browser), each.id == current_user.id) for each in queries.sign_ins(ui.me())]
    return render_template(
        "account/index.html", sign_ins=shown, errors=errors, second=held(ui.me()), tokens=len(tokens.owned(ui.me()))
    ), status


@pages.post("/account/password")
@login_required
@guesses
def change_password() -> tuple[str, int] | Answer:
    errors = new_password_errors()
    if not errors:
        try:
            service.change_password(ui.me(), request.form.get("current", ""), request.form["password"], current_user.id)
        except Invalid:
            note_guess()
            errors = {"current": _("This is not your password.")}
    if errors:
        return _account_page(errors, 422)
    flash(_("Your password is changed. All other browsers are signed out."), "success")
    return redirect(url_for("account.index"), 303)


@pages.post("/account/sign-out-everywhere")
@login_required
def sign_out_everywhere() -> Answer:
    service.sign_out_everywhere(ui.me())
    logout_user()
    flash(_("You are signed out everywhere."), "success")
    return redirect(url_for("account.sign_in"), 303)
