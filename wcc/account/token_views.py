"""Your account → API tokens: the tokens with which programs act as this person."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from werkzeug.wrappers import Response as Answer

from wcc import ui
from wcc.account.door import guesses, note_guess, pages
from wcc.clock import utcnow
from wcc.errors import Invalid
from wcc.passwords import matches
from wcc.users import tokens

SCOPES = {
    "read": (_l("Read"), _l("sees what you see")),
    "write": (_l("Change"), _l("changes what you may change: tags, charge points, notes")),
    "operate": (_l("Operate"), _l("sends operations to the charge points that you may operate")),
}
DAYS = (30, 90, 180, 365)
FAULTS = {
    tokens.MISSING: _l("Please fill this in."),
    tokens.TOO_LONG: _l("This is too long."),
    tokens.FORBIDDEN: _l("This contains a character that cannot be used."),
    tokens.UNKNOWN: _l("Choose at least one."),
    tokens.DAYS: _l("Choose one of these."),
    tokens.TOO_MANY: _l("You have %(most)s tokens already: revoke one first.", most=tokens.MOST),
}


@pages.get("/account/api-tokens")
@login_required
def api_tokens() -> tuple[str, int]:
    return _page({}, {})


def _page(form: dict[str, object], faults: dict[str, str], status: int = 200) -> tuple[str, int]:
    return render_template(
        "account/api_tokens.html", tokens=tokens.owned(ui.me()), form=form, faults=faults, scopes=SCOPES, days=DAYS, moment=utcnow()
    ), status


@pages.post("/account/api-tokens")
@login_required
@guesses
def api_token_create() -> tuple[str, int]:
    """Make one. The password is asked for: a browser left open must not give a key away that outlives it."""
    name, scopes, days = request.form.get("name", ""), request.form.getlist("scope"), request.form.get("days", "")
    form: dict[str, object] = {"name": name, "scopes": scopes, "days": days}
    if not matches(ui.me().password_hash, request.form.get("current", "")):
        note_guess()
        return _page(form, {"current": _("This is not your password.")}, 422)
    try:
        token, word = tokens.create(ui.me(), ui.me(), name, scopes, int(days) if days in map(str, DAYS) else 0)
    except Invalid as error:
        return _page(form, {field: str(FAULTS[text]) for field, text in error.fields.items()}, 422)
    return render_template("account/api_token.html", token=token, word=word), 200


@pages.post("/account/api-tokens/<int:token_id>/revoke")
@login_required
def api_token_revoke(token_id: int) -> Answer:
    token = tokens.revoke_own(ui.me(), token_id)
    flash(_("The token %(name)s is revoked.", name=token.name), "success")
    return redirect(url_for("account.api_tokens"), 303)
