"""The second step of a sign-in: a code of the app, a passkey or a recovery code, after the right password (R1.1)."""

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from wcc import ui
from wcc.account import authenticator, halfway, passkeys, recovery
from wcc.account.door import clear_session, enter, fingerprint, note_guess, pages, second_guesses, settings, site
from wcc.errors import Invalid
from wcc.limits import limiter
from wcc.models import User
from wcc.users.second_factor import held, tell


def ask(user: User, target: str | None) -> Answer:
    """Send a browser whose password was right to the second step. Raises Unavailable without Redis."""
    key = halfway.begin(user, settings().second_step_s)
    clear_session()
    session["second"] = {"key": key, "next": target or "", "account": fingerprint(user.email)}
    return redirect(url_for("account.second"))


def _key() -> str:
    kept: dict[str, str] = session.get("second", {})
    return kept.get("key", "")


def _over() -> Answer:
    """Back to the password: it took too long, was tried too often or was never begun. Where one was going is kept."""
    kept = session.pop("second", None)
    if kept is None:
        return redirect(url_for("account.sign_in"))
    flash(_("Sign in again, please: the second step took too long or was tried too often."), "warning")
    return redirect(url_for("account.sign_in", next=kept["next"] or None))


def _ways(user: User) -> list[str]:
    """What the person can use here, the usual first."""
    has = held(user)
    usable = {"app": has.app, "passkey": passkeys.at(site(), user), "recovery": has.codes}
    return [way for way, there in usable.items() if there]


def _page(user: User, status: int = 200) -> tuple[str, int]:
    ways = _ways(user)
    asked = request.values.get("use", "")
    use = asked if asked in ways else next(iter(ways), "")
    options = passkeys.options_to_use(user, _key(), site()) if use == "passkey" else ""
    return render_template(
        "account/second.html", use=use, others=[way for way in ways if way != use], options=options, host=site().rp_id
    ), status


@pages.get("/sign-in/second")
def second() -> tuple[str, int] | Answer:
    if current_user.is_authenticated:
        return redirect(url_for("dashboard.index"))
    user = halfway.find(_key())
    return _page(user) if user else _over()


def _check(user: User, use: str) -> None:
    """Raises Invalid unless the form holds what proves that it is the user."""
    instance, form = settings().instance, request.form
    if use == "app":
        authenticator.use(instance, user, form.get("code", ""))
    elif use == "passkey":
        passkeys.use(user, _key(), site(), form.get("credential", ""))
    elif use == "recovery":
        recovery.use(instance, user, form.get("code", ""))
    else:
        raise Invalid(use="unknown")


@pages.post("/sign-in/second")
@limiter.limit(lambda: settings().login_attempts)
@second_guesses
def second_post() -> tuple[str, int] | Answer:
    user, use = halfway.find(_key()), request.form.get("use", "")
    if user is None:
        return _over()
    try:
        _check(user, use)
    except Invalid:
        return _refused(user)
    if halfway.finish(_key()) is None:
        return _over()
    target = session["second"]["next"]
    enter(user, use)
    return redirect(ui.inside(target))


def _refused(user: User) -> tuple[str, int] | Answer:
    note_guess()
    if halfway.wrong(_key(), settings().second_step_s):
        tell(user, "guessed")  # whoever this is knows the password
        return _over()
    flash(_("That is not right, or was used before. Try again."), "danger")
    return _page(user, 422)
