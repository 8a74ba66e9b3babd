"""Group Management: the list, a group with its stations and people, and the group that somebody looks at (R1.6d, R7.3)."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import login_required
from werkzeug.wrappers import Response as Answer

from wcc import ui
from wcc.access import group_for, may_administer
from wcc.errors import Invalid, NotAllowed
from wcc.groups import queries, service
from wcc.models import Group
from wcc.tables import TableState, clean

pages = Blueprint("groups", __name__, url_prefix="/groups")

FAULTS = {
    service.MISSING: _l("Please fill this in."),
    service.TOO_LONG: _l("This is too long."),
    service.TAKEN: _l("There is a group with this name already."),
    service.FORBIDDEN: _l("This contains a character that cannot be used."),
    service.NONE: _l("Tick at least one."),
}


@pages.before_request
@login_required
def _signed_in() -> None:
    """Every page of this room is for people who have signed in."""


def _in_words(error: Invalid) -> dict[str, str]:
    return {name: str(FAULTS[text]) for name, text in error.fields.items()}


@pages.get("/")
def index() -> str:
    user = ui.me()
    state = TableState.read(request.args, url_for(".index"), ("name",), "name", ("find",))
    found = queries.find(user, state)
    return ui.page_or_fragment(
        "groups/index.html",
        "groups/_table.html",
        found=found,
        lines=queries.lines(user, found.rows),
        state=state,
        may_add=may_administer(user),
    )


@pages.get("/add")
def add() -> str:
    if not may_administer(ui.me()):
        raise NotAllowed("add")
    return render_template("groups/add.html", form={}, faults={})


@pages.post("/add")
def add_post() -> Answer | tuple[str, int]:
    form = request.form
    try:
        group = service.add(ui.me(), form.get("name", ""), form.get("description", ""))
    except Invalid as error:
        return render_template("groups/add.html", form=form, faults=_in_words(error)), 422
    flash(_("The group is there. Put charge points and people into it."), "success")
    return redirect(url_for(".detail", group_id=group.id), 303)


@pages.get("/<int:group_id>")
def detail(group_id: int) -> str:
    group = group_for(ui.me(), group_id)
    return _detail(group, {"name": group.name, "description": group.description}, {})


def _part(group_id: int, name: str, key: str) -> TableState:
    return TableState.read(request.args, url_for(f".{name}", group_id=group_id), (key,), key)


def _detail(group: Group, form: Mapping[str, str], faults: Mapping[str, str]) -> str:
    user = ui.me()
    return render_template(
        "groups/detail.html",
        group=group,
        form=form,
        faults=faults,
        charge_points=queries.charge_points(user, group.id, _part(group.id, "charge_points", "identity")),
        people=queries.people(user, group.id, _part(group.id, "people", "email")),
        shares=queries.shares(user, group.id),
        may_delete=may_administer(user),
    )


@pages.post("/<int:group_id>")
def edit_post(group_id: int) -> Answer | tuple[str, int]:
    form = request.form
    try:
        service.edit(ui.me(), group_id, form.get("name", ""), form.get("description", ""))
    except Invalid as error:
        return _detail(group_for(ui.me(), group_id), form, _in_words(error)), 422
    flash(_("Saved."), "success")
    return redirect(url_for(".detail", group_id=group_id), 303)


@pages.get("/<int:group_id>/delete")
def delete(group_id: int) -> str:
    group = group_for(ui.me(), group_id)
    if not may_administer(ui.me()):
        raise NotAllowed(str(group_id))
    return ui.page_or_fragment("groups/delete.html", "groups/_delete_dialog.html", group=group)


@pages.post("/<int:group_id>/delete")
def delete_post(group_id: int) -> Answer:
    name = service.remove(ui.me(), group_id)
    flash(_("The group %(name)s is deleted.", name=name), "success")
    return redirect(url_for(".index"), 303)


@pages.get("/<int:group_id>/charge-points")
def charge_points(group_id: int) -> str | Answer:
    """A page of the group's stations; only a part of the group's page."""
    if not ui.is_fragment():
        return redirect(url_for(".detail", group_id=group_id))
    found = queries.charge_points(ui.me(), group_id, _part(group_id, "charge_points", "identity"))
    return render_template("groups/_charge_points.html", group=group_for(ui.me(), group_id), charge_points=found)


@pages.get("/<int:group_id>/people")
def people(group_id: int) -> str | Answer:
    """A page of the group's people; only a part of the group's page."""
    if not ui.is_fragment():
        return redirect(url_for(".detail", group_id=group_id))
    found = queries.people(ui.me(), group_id, _part(group_id, "people", "email"))
    return render_template("groups/_people.html", group=group_for(ui.me(), group_id), people=found)


@pages.get("/<int:group_id>/charge-points/add")
def add_charge_points(group_id: int) -> str:
    return _choose(group_id, "charge_points")


@pages.get("/<int:group_id>/people/add")
def add_people(group_id: int) -> str:
    return _choose(group_id, "people")


def _choose(group_id: int, what: str, error: str = "") -> str:
    """The dialog (without JavaScript the page) in which stations or people are ticked; a search narrows it."""
    group, search = group_for(ui.me(), group_id), clean(request.values.get("search", ""))
    addable = queries.addable_charge_points if what == "charge_points" else queries.addable_people
    found = addable(ui.me(), group, search)
    context = {"group": group, "what": what, "search": search, "found": found, "limit": queries.CHOICES, "error": error}
    if ui.is_fragment() and "search" in request.args:
        return render_template("groups/_choices.html", **context)
    return ui.page_or_fragment("groups/choose.html", "groups/_choose_dialog.html", **context)


@pages.post("/<int:group_id>/charge-points/add")
def add_charge_points_post(group_id: int) -> Answer | tuple[str, int]:
    try:
        count = service.add_charge_points(ui.me(), group_id, request.form.getlist("id", int))
    except Invalid as error:
        return _choose(group_id, "charge_points", _in_words(error)["ids"]), 422
    flash(ngettext("%(num)s charge point is added.", "%(num)s charge points are added.", count), "success")
    return redirect(url_for(".detail", group_id=group_id), 303)


@pages.post("/<int:group_id>/people/add")
def add_people_post(group_id: int) -> Answer | tuple[str, int]:
    try:
        count = service.add_people(ui.me(), group_id, request.form.getlist("id", int))
    except Invalid as error:
        return _choose(group_id, "people", _in_words(error)["ids"]), 422
    flash(ngettext("%(num)s person is added.", "%(num)s people are added.", count), "success")
    return redirect(url_for(".detail", group_id=group_id), 303)


@pages.post("/<int:group_id>/charge-points/remove")
def remove_charge_points(group_id: int) -> Answer:
    try:
        count = service.remove_charge_points(ui.me(), group_id, request.form.getlist("id", int))
        flash(ngettext("%(num)s charge point is taken out.", "%(num)s charge points are taken out.", count), "success")
    except Invalid as error:
        flash(_in_words(error)["ids"], "warning")
    return _back_to(group_id)


@pages.post("/<int:group_id>/people/remove")
def remove_people(group_id: int) -> Answer:
    try:
        count = service.remove_people(ui.me(), group_id, request.form.getlist("id", int))
        flash(ngettext("%(num)s person is taken out.", "%(num)s people are taken out.", count), "success")
    except Invalid as error:
        flash(_in_words(error)["ids"], "warning")
    return _back_to(group_id)


def _back_to(group_id: int) -> Answer:
    """The group's page; the list for who has just taken themselves out of it."""
    seen = any(group.id == group_id for group in queries.choices(ui.me()))
    return redirect(url_for(".detail", group_id=group_id) if seen else url_for(".index"), 303)


@pages.get("/look-at")
def choose() -> str:
    back = ui.inside(request.args.get("next"))
    return ui.page_or_fragment("groups/look_at.html", "groups/_look_at_dialog.html", groups=queries.choices(ui.me()), back=back)


@pages.post("/look-at")
def look_at() -> Answer:
    service.look_at(ui.me(), request.form.get("group", type=int))
    return redirect(ui.inside(request.form.get("next")), 303)
