"""Settings → Organizations, for the platform operator."""

from collections.abc import Mapping
from zoneinfo import available_timezones

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from werkzeug.wrappers import Response as Answer

from wcc import ui
from wcc.access import may_run_installation
from wcc.errors import Invalid, NotAllowed
from wcc.organizations import queries, service
from wcc.tables import TableState

pages = Blueprint("organizations", __name__, url_prefix="/organizations")

FAULTS = {
    service.NAME: _l("Enter a name of 1 to %(longest)s characters.", longest=service.LONGEST_NAME),
    service.TAKEN: _l("There is an organization with this name already."),
    service.TIME_ZONE: _l("Choose a time zone from the list, such as Europe/Amsterdam."),
    service.CURRENCY: _l("Enter the three letters of a currency, such as EUR."),
}
# Why an organization cannot be deleted.
HOLDS = {
    "users": _l("users"),
    "charge_points": _l("charge points"),
    "sessions": _l("charging sessions"),
    "tags": _l("authorization tags"),
    service.SOMETHING: _l("other records"),
}


@pages.before_request
@login_required
def _operators_only() -> None:
    """Every page of this room is for who runs the installation."""
    if not may_run_installation(ui.me()):
        raise NotAllowed("organizations")


def _in_words(error: Invalid) -> dict[str, str]:
    return {name: str(FAULTS[text]) for name, text in error.fields.items()}


@pages.get("/")
def index() -> str:
    state = TableState.read(request.args, url_for(".index"), queries.SORTS, "name", queries.FILTERS)
    found = queries.find(ui.me(), state)
    return ui.page_or_fragment(
        "organizations/index.html", "organizations/_table.html", found=found, state=state, counts=queries.counts(found.rows)
    )


def _form(template: str, form: Mapping[str, str], faults: Mapping[str, str], **context: object) -> str:
    return render_template(template, form=form, faults=faults, zones=sorted(available_timezones()), **context)


@pages.get("/add")
def add() -> str:
    own = ui.me().organization
    return _form("organizations/add.html", {"time_zone": own.time_zone, "currency": own.currency}, {})


def _typed() -> tuple[str, str, str]:
    return request.form.get("name", ""), request.form.get("time_zone", ""), request.form.get("currency", "")


@pages.post("/add")
def add_post() -> Answer | tuple[str, int]:
    try:
        service.add(ui.me(), *_typed())
    except Invalid as error:
        return _form("organizations/add.html", request.form, _in_words(error)), 422
    flash(_("Saved."), "success")
    return redirect(url_for(".index"), 303)


@pages.get("/<int:organization_id>")
def edit(organization_id: int) -> str:
    found = service.find(ui.me(), organization_id)
    form = {name: getattr(found, name) for name in ("name", "time_zone", "currency")}
    return _form("organizations/edit.html", form, {}, organization=found)


@pages.post("/<int:organization_id>")
def edit_post(organization_id: int) -> Answer | tuple[str, int]:
    try:
        service.edit(ui.me(), organization_id, *_typed())
    except Invalid as error:
        found = service.find(ui.me(), organization_id)
        return _form("organizations/edit.html", request.form, _in_words(error), organization=found), 422
    flash(_("Saved."), "success")
    return redirect(url_for(".index"), 303)


@pages.get("/<int:organization_id>/delete")
def delete(organization_id: int) -> str:
    found = service.find(ui.me(), organization_id)
    context = {"organization": found, "holds": [HOLDS[name] for name in service.held(found)]}
    return ui.page_or_fragment("organizations/delete.html", "organizations/_delete_dialog.html", **context)


@pages.post("/<int:organization_id>/delete")
def delete_post(organization_id: int) -> Answer | tuple[str, int]:
    try:
        name = service.delete(ui.me(), organization_id)
    except Invalid as error:
        context = {"organization": service.find(ui.me(), organization_id), "holds": [HOLDS[each] for each in error.fields["holds"].split()]}
        return render_template("organizations/delete.html", **context), 422
    flash(_("%(name)s is deleted.", name=name), "success")
    return redirect(url_for(".index"), 303)
