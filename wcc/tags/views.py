"""Pages of authorization tags: the list, adding, editing, deleting (R3.6)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import login_required
from werkzeug.wrappers import Response as Answer

from wcc import ui
from wcc.access import may_add_people
from wcc.errors import Invalid, NotAllowed
from wcc.models import AuthorizationTag
from wcc.models.tag import TAG_TYPES
from wcc.tables import TableState
from wcc.tags import queries, service

pages = Blueprint("tags", __name__, url_prefix="/tags")

TYPES = {"Other": _l("Other"), "Private": _l("Private"), "Business": _l("Business")}
STATES = {"valid": _l("Valid"), "blocked": _l("Blocked"), "expired": _l("Expired")}
NO_TIME = "is no time"
FAULTS = {
    service.LENGTH: _l("A tag has 1 to 20 characters."),
    service.TAKEN: _l("There is a tag with this ID already."),
    service.MISSING: _l("Please fill this in."),
    service.TYPE: _l("Choose one of the types."),
    service.STRANGER: _l("There is nobody with this e-mail address."),
    service.TOO_LONG: _l("This is too long."),
    service.FORBIDDEN: _l("This contains a character that cannot be used."),
    NO_TIME: _l("Enter a date and a time."),
}


@pages.before_request
@login_required
def _signed_in() -> None:
    """Every page of this room is for people who have signed in."""


@pages.app_template_global("tag_types")
def tag_types() -> Mapping[str, object]:
    """The types of tags, in words."""
    return TYPES


@pages.get("/")
def index() -> str:
    user = ui.me()
    state = TableState.read(request.args, url_for(".index"), ("tag",), "tag", ("find", "state"))
    return ui.page_or_fragment(
        "tags/index.html",
        "tags/_table.html",
        found=queries.find(user, state),
        state=state,
        states=STATES,
        state_of=queries.state_of,
        may_edit=may_add_people(user),
        unknown=[] if ui.is_fragment() else queries.unknown(user),
    )


def _context(form: Mapping[str, str], faults: Mapping[str, str], organization_id: int) -> dict[str, object]:
    people = queries.people(ui.me(), organization_id)
    return {"form": form, "faults": faults, "types": [name for name in TYPES if name in TAG_TYPES], "people": people}


def _in_words(error: Invalid) -> dict[str, str]:
    return {name: str(FAULTS[text]) for name, text in error.fields.items()}


def _moment(text: str) -> datetime | None:
    """Date and time as an input gives them, in the organization's zone. Raises Invalid."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ui.time_zone())).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(expires=NO_TIME) from None


def _facts(form: Mapping[str, str]) -> service.Facts:
    return service.Facts(
        alias=form.get("alias", ""),
        type=form.get("type", "Other"),
        note=form.get("note", ""),
        blocked="blocked" in form,
        expires_at=_moment(form.get("expires", "")),
        user=queries.person(ui.me(), form.get("user", "")),
    )


@pages.get("/add")
def add() -> str:
    if not may_add_people(ui.me()):
        raise NotAllowed("add")
    return render_template("tags/add.html", **_context(request.args, {}, ui.me().organization_id))


@pages.post("/add")
def add_post() -> Answer | tuple[str, int]:
    form = request.form
    if not may_add_people(ui.me()):
        raise NotAllowed("add")
    try:
        service.add_for(ui.me(), form.get("tag", ""), "virtual" in form, _facts(form))
    except Invalid as error:
        return render_template("tags/add.html", **_context(form, _in_words(error), ui.me().organization_id)), 422
    flash(_("Saved."), "success")
    return redirect(url_for(".index"), 303)


def _form_of(tag: AuthorizationTag) -> dict[str, str]:
    """A tag as its form shows it."""
    expires = f"{ui.local(tag.expires_at):%Y-%m-%dT%H:%M}" if tag.expires_at else ""
    form = {"alias": tag.alias, "type": tag.type, "note": tag.note, "expires": expires, "user": tag.user.email if tag.user else ""}
    return form | ({"blocked": "on"} if tag.blocked else {})


@pages.get("/<int:tag_id>/edit")
def edit(tag_id: int) -> str:
    tag = service.owned(ui.me(), tag_id)
    return render_template("tags/edit.html", tag=tag, **_context(_form_of(tag), {}, tag.organization_id))


@pages.post("/<int:tag_id>/edit")
def edit_post(tag_id: int) -> Answer | tuple[str, int]:
    tag = service.owned(ui.me(), tag_id)
    try:
        service.edit(ui.me(), tag_id, _facts(request.form))
    except Invalid as error:
        return render_template("tags/edit.html", tag=tag, **_context(request.form, _in_words(error), tag.organization_id)), 422
    flash(_("Saved."), "success")
    return redirect(url_for(".index"), 303)


@pages.get("/delete")
def delete() -> str:
    if not may_add_people(ui.me()):
        raise NotAllowed("delete")
    tags = queries.chosen(ui.me(), request.args.getlist("id", int))
    return ui.page_or_fragment("tags/delete.html", "tags/_delete_dialog.html", tags=tags)


@pages.post("/delete")
def delete_post() -> Answer | tuple[str, int]:
    if not may_add_people(ui.me()):
        raise NotAllowed("delete")
    try:
        gone = service.delete(ui.me(), request.form.getlist("id", int))
    except Invalid:
        return render_template("tags/delete.html", tags=[]), 422
    flash(ngettext("%(num)s tag is deleted.", "%(num)s tags are deleted.", len(gone)), "success")
    return redirect(url_for(".index"), 303)
