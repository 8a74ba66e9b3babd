"""Your account → Second step: setting up the app, passkeys and recovery codes, and switching all of it off."""

import io
from collections.abc import Callable
from functools import wraps
from typing import Any

import segno
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from wcc import ui
from wcc.account import authenticator, browsers, passkeys, recovery, second_step
from wcc.account.door import guesses, note_guess, pages, settings, site
from wcc.db import in_thread
from wcc.errors import Invalid
from wcc.users.second_factor import held

View = Callable[..., Any]


def _changes(view: View) -> View:
    """Of a page that changes the own second step: only with the password typed a short time ago."""

    @wraps(view)
    @login_required
    def guarded(**arguments: Any) -> Any:
        if second_step.unlocked(current_user.id):
            return view(**arguments)
        flash(_("Type your password first."), "warning")
        return _home()

    return guarded


def _home() -> Answer:
    return redirect(url_for("account.second_step_page"), 303)


@pages.get("/account/second-step")
@login_required
def second_step_page() -> tuple[str, int]:
    return _shown("")


def _shown(error: str, status: int = 200) -> tuple[str, int]:
    return render_template(
        "account/second_step.html",
        has=held(ui.me()),
        unlocked=second_step.unlocked(current_user.id),
        host=site().rp_id,
        codes=recovery.COUNT,
        error=error,
    ), status


@pages.post("/account/second-step/unlock")
@login_required
@guesses
def second_step_unlock() -> tuple[str, int] | Answer:
    try:
        second_step.unlock(ui.me(), current_user.id, request.form.get("current", ""))
    except Invalid:
        note_guess()
        return _shown(_("This is not your password."), 422)
    return _home()


@pages.post("/account/second-step/off")
@_changes
def second_step_off() -> Answer:
    second_step.switch_off(ui.me(), current_user.id)
    flash(_("The second step is switched off: your password alone signs you in."), "success")
    return _home()


def _picture(text: str) -> Markup:
    """A QR code as inline SVG, black on white whatever the page's colours: that is what phones read."""
    out = io.BytesIO()
    segno.make(text, error="m").save(
        out, kind="svg", xmldecl=False, svgns=False, omitsize=True, light="#fff", svgclass=None, lineclass=None
    )
    return Markup(out.getvalue().decode())


def _app_page(error: str = "", status: int = 200) -> tuple[str, int]:
    secret = authenticator.begun(settings().instance, current_user.id)
    link = authenticator.link(secret, ui.me(), settings().brand_name)
    picture = in_thread(_picture, link)
    return render_template("account/second_app.html", secret=secret, link=link, picture=picture, error=error), status


@pages.get("/account/second-step/app")
@_changes
def app_new() -> tuple[str, int]:
    return _app_page()


@pages.post("/account/second-step/app")
@_changes
def app_confirm() -> tuple[str, int] | str | Answer:
    try:
        codes = authenticator.confirm(settings().instance, ui.me(), current_user.id, request.form.get("code", ""))
    except Invalid:
        return _app_page(_("This is not the code that the app shows now. If it is, set the phone's clock to automatic."), 422)
    return _done(codes, _("The app is set up."))


def _done(codes: list[str], told: str) -> str | Answer:
    """After something was set up: the recovery codes, when there are new ones, else the overview."""
    flash(told, "success")
    return render_template("account/recovery_codes.html", codes=codes) if codes else _home()


@pages.post("/account/second-step/app/remove")
@_changes
def app_remove() -> Answer:
    authenticator.remove(ui.me(), current_user.id)
    flash(_("The app is removed. Delete the entry in the app too."), "success")
    return _home()


def _passkey_page(name: str, error: str = "", name_error: str = "", status: int = 200) -> tuple[str, int]:
    instance, here = settings().instance, site()
    options = passkeys.options_to_create(instance, ui.me(), current_user.id, here, settings().brand_name) if here.rp_id else ""
    context = {"name": name, "error": error, "name_error": name_error, "host": here.rp_id, "options": options}
    return render_template("account/second_passkey.html", longest=passkeys.LONGEST_NAME, **context), status


@pages.get("/account/second-step/passkeys/add")
@_changes
def passkey_new() -> tuple[str, int]:
    return _passkey_page(browsers.short(request.headers.get("User-Agent", "")))


@pages.post("/account/second-step/passkeys/add")
@_changes
def passkey_add() -> tuple[str, int] | str | Answer:
    name, answer = request.form.get("name", ""), request.form.get("credential", "")
    try:
        codes = passkeys.add(settings().instance, ui.me(), current_user.id, site(), name, answer)
    except Invalid as error:
        if "name" in error.fields:
            return _passkey_page(name, name_error=_("Use 1 to %(longest)s characters.", longest=passkeys.LONGEST_NAME), status=422)
        return _passkey_page(name, error=_("The passkey could not be added. Try again."), status=422)
    return _done(codes, _("The passkey is added."))


@pages.post("/account/second-step/passkeys/<int:passkey_id>/remove")
@_changes
def passkey_remove(passkey_id: int) -> Answer:
    passkeys.remove(ui.me(), passkey_id, current_user.id)
    flash(_("The passkey is removed. Delete it on the device too."), "success")
    return _home()


@pages.post("/account/second-step/codes")
@_changes
def recovery_renew() -> str | Answer:
    if not held(ui.me()):
        return _home()
    flash(_("New recovery codes are made. The old ones are worth nothing now."), "success")
    return render_template("account/recovery_codes.html", codes=recovery.renew(settings().instance, ui.me()))
