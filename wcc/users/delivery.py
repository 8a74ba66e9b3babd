"""How an invitation reaches its person: by e-mail, or by hand where this installation can send none."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from wcc import ui
from wcc.config import Settings
from wcc.errors import Unavailable
from wcc.models import User
from wcc.models.user import INVITATION_LIVES
from wcc.users import invitations, links


def obstacle() -> str:
    """Why no invitation can be mailed from here: `mail` (no way to send any), `address` (links would lead nowhere), or nothing."""
    settings: Settings = current_app.config["SETTINGS"]
    if not invitations.can_mail(settings):
        return "mail"
    return "" if links.root() else "address"


def days() -> int:
    """How long an invitation lives."""
    return INVITATION_LIVES.days


def deliver(person: User) -> Answer | str:
    """Mail the invitation and go back to the list; or show its link, once, to hand it over."""
    settings: Settings = current_app.config["SETTINGS"]
    if obstacle():
        word = invitations.show(ui.me(), person, settings.instance)
        here = links.root() or request.host_url.rstrip("/")  # only the person who asked gets to see this one
        link = here + url_for("account.welcome", word=word)
        return render_template("users/invited.html", person=person, link=link, days=days())
    try:
        invitations.send(person, ui.me(), f"{links.root()}{url_for('account.welcome', word='-')}".removesuffix("/-"))
    except Unavailable:
        flash(_("The e-mail to %(email)s could not be sent: a part of this portal (Redis) does not answer.", email=person.email), "warning")
    else:
        flash(_("An invitation is on its way to %(email)s.", email=person.email), "success")
    return redirect(url_for("users.index"), 303)
