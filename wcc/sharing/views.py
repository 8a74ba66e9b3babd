"""The tab Sharing of a station: whom it is assigned to, and with whom it is shared (R3.3c, R7.3)."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from werkzeug.wrappers import Response as Answer

from wcc import ui
from wcc.access import charge_point_for, rights
from wcc.chargepoints import queries as stations
from wcc.errors import Invalid, NotFound
from wcc.sharing import service

pages = Blueprint("sharing", __name__, url_prefix="/charge-points/<identity>/sharing")

FAULTS = {
    service.MISSING: _l("Please fill this in."),
    service.NOBODY: _l("There is nobody with this e-mail address in this organization."),
    service.OWNER: _l("The charge point is assigned to this person: there is nothing to share."),
    service.SEES_ALL: _l("This person administers the organization and sees every charge point anyway."),
    service.NO_GROUP: _l("Choose one of the groups."),
}


@pages.before_request
@login_required
def _signed_in() -> None:
    """Every page of this room is for people who have signed in."""


@pages.get("/")
def index(identity: str) -> str:
    return _page(identity, {}, {})


def _page(identity: str, form: Mapping[str, str], faults: Mapping[str, str]) -> str:
    user = ui.me()
    shares = service.shares(user, identity)
    charge_point = charge_point_for(user, identity, "share")
    return render_template(
        "sharing/index.html",
        tab="sharing",
        station=stations.line(user, charge_point),
        charge_point=charge_point,
        rights=rights(user, charge_point),
        shares=shares,
        groups=service.groups(user, charge_point),
        people=service.people(user, charge_point),
        form=form,
        faults=faults,
    )


def _in_words(error: Invalid) -> dict[str, str]:
    return {name: str(FAULTS[text]) for name, text in error.fields.items()}


@pages.post("/")
def share(identity: str) -> Answer | tuple[str, int]:
    form = request.form
    administer = form.get("to") == "administer"
    try:
        if form.get("group"):
            service.share_with_group(ui.me(), identity, form.get("group", type=int), administer)
        else:
            service.share_with_person(ui.me(), identity, form.get("email", ""), administer)
    except Invalid as error:
        return _page(identity, form, _in_words(error)), 422
    flash(_("Shared."), "success")
    return redirect(url_for(".index", identity=identity), 303)


@pages.post("/<int:share_id>/end")
def end(identity: str, share_id: int) -> Answer:
    service.unshare(ui.me(), identity, share_id)
    flash(_("It is no longer shared with them."), "success")
    return redirect(url_for(".index", identity=identity), 303)


@pages.post("/assign")
def assign(identity: str) -> Answer | tuple[str, int]:
    form = request.form
    try:
        service.assign(ui.me(), identity, form.get("assign", ""))
    except Invalid as error:
        return _page(identity, form, {"assign": _in_words(error)["email"]}), 422
    flash(_("Saved."), "success")
    try:
        charge_point_for(ui.me(), identity, "share")
    except NotFound:  # a user who gave the own station away no longer sees it
        return redirect(url_for("chargepoints.index"), 303)
    return redirect(url_for(".index", identity=identity), 303)
