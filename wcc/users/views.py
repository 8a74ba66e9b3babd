"""Settings → Users: the list, adding, editing, deleting people, and their tags (R1.4, R1.5, R3.7)."""

from collections.abc import Mapping

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import login_required
from werkzeug.wrappers import Response as Answer

from wcc import ui
from wcc.access import grants, may_add_people, may_change, may_manage, person_for
from wcc.errors import Invalid, NotAllowed
from wcc.limits import limiter
from wcc.models import User
from wcc.organizations.queries import choices
from wcc.organizations.service import UNKNOWN
from wcc.tables import TableState
from wcc.tags import service as tags
from wcc.users import invitations, people, queries
from wcc.users.delivery import days, deliver, obstacle
from wcc.users.second_factor import held

pages = Blueprint("users", __name__, url_prefix="/users")

ROLES = {
    "operator": _l("Platform operator"),
    "administrator": _l("Administrator"),
    "manager": _l("Group manager"),
    "readonly": _l("Read-only"),
    "user": _l("User"),
}
FAULTS = {
    people.EMAIL: _l("Enter an e-mail address, such as name@example.org."),
    UNKNOWN: _l("Choose one of the organizations."),
    people.TAKEN: _l("Somebody has an account with this e-mail address already."),
    people.TOO_LONG: _l("This is too long."),
    people.FORBIDDEN: _l("This contains a character that cannot be used."),
    people.PHONE: _l("Enter a telephone number, such as +31 6 12345678."),
    people.LANGUAGE: _l("Choose one of the languages."),
    people.ROLE: _l("Choose one of the roles."),
    people.GROUP: _l("Choose one of the groups."),
    people.LAST: _l("The last administrator remains one: make somebody else administrator first."),
    people.NOBODY: _l("Tick those whom you want to delete."),
    tags.LENGTH: _l("A tag has 1 to 20 characters."),
    tags.TAKEN: _l("There is a tag with this ID already."),
    tags.TYPE: _l("Choose one of the types."),
}


@pages.app_template_global("role_words")
def role_words() -> Mapping[str, object]:
    """The roles in words."""
    return ROLES


@pages.before_request
@login_required
def _signed_in() -> None:
    """Every page of this room is for people who have signed in."""


def _in_words(error: Invalid) -> dict[str, str]:
    return {name: str(FAULTS[text]) for name, text in error.fields.items()}


@pages.get("/")
def index() -> str:
    user = ui.me()
    state = TableState.read(request.args, url_for(".index"), queries.SORTS, "name", queries.FILTERS)
    found = queries.find(user, state)
    return ui.page_or_fragment(
        "users/index.html",
        "users/_table.html",
        found=found,
        state=state,
        roles=ROLES,
        tag_counts=queries.tag_counts(user, found.rows),
        manageable={person.id for person in found.rows if may_manage(user, person)},
        may_add=may_add_people(user),
        obstacle=obstacle(),
    )


@pages.get("/add")
def add() -> str:
    if not may_add_people(ui.me()):
        raise NotAllowed("add")
    form = {"role": "user", "language": ui.locale()}
    return _add(form, {})


def _add(form: Mapping[str, str], faults: Mapping[str, str]) -> str:
    context = {"roles": _grants(), "organizations": choices(ui.me()), "groups": queries.groups(ui.me()), "obstacle": obstacle()}
    return render_template("users/add.html", form=form, faults=faults, days=days(), **context)


def _grants() -> dict[str, object]:
    """The roles that the user may give, in words."""
    return {name: word for name, word in ROLES.items() if name in grants(ui.me())}


@pages.post("/add")
def add_post() -> Answer | str | tuple[str, int]:
    try:
        person = people.add(ui.me(), request.form)
    except Invalid as error:
        return _add(request.form, _in_words(error)), 422
    return deliver(person)


@pages.post("/<int:user_id>/invitation")
@limiter.limit(
    lambda: str(current_app.config["SETTINGS"].invitation_mails),
    key_func=lambda: f"invitation {(request.view_args or {}).get('user_id')}",
    deduct_when=lambda answer: answer.status_code < 400,  # else anybody could use up the invitations of anybody
)
def invite(user_id: int) -> Answer | str:
    """Send an invitation again."""
    try:
        person = invitations.renew(ui.me(), user_id)
    except Invalid:
        flash(_("This person has chosen a password already."), "info")
        return redirect(url_for(".index"), 303)
    return deliver(person)


@pages.get("/<int:user_id>")
def edit(user_id: int) -> str:
    person = person_for(ui.me(), user_id)
    names = (*people.FACTS, "language", "role")
    return _edit(person, {name: getattr(person, name) for name in names}, {})


def _edit(person: User, form: Mapping[str, str], faults: Mapping[str, str]) -> str:
    return render_template(
        "users/edit.html",
        person=person,
        form=form,
        faults=faults,
        roles=_grants() if people.may_set_role(ui.me(), person) else {},
        role=ROLES[person.role],
        tags=queries.tags(ui.me(), person),
        groups=queries.groups_of(ui.me(), person),
        may_change=may_change(ui.me()),
        may_invite=may_add_people(ui.me()),
        obstacle=obstacle(),
        second=held(person),
    )


@pages.post("/<int:user_id>")
def edit_post(user_id: int) -> Answer | tuple[str, int]:
    try:
        people.edit(ui.me(), user_id, request.form)
    except Invalid as error:
        return _edit(person_for(ui.me(), user_id), request.form, _in_words(error)), 422
    flash(_("Saved."), "success")
    return redirect(url_for(".edit", user_id=user_id), 303)


@pages.get("/delete")
def delete() -> str:
    chosen = queries.chosen(ui.me(), request.args.getlist("id", int))
    return ui.page_or_fragment("users/delete.html", "users/_delete_dialog.html", people=chosen, error="")


@pages.post("/delete")
def delete_post() -> Answer | tuple[str, int]:
    own, ids = ui.me().id, request.form.getlist("id", int)
    try:
        count = people.delete(ui.me(), ids)
    except Invalid as error:
        told = _in_words(error)["people"]
        return render_template("users/delete.html", people=queries.chosen(ui.me(), ids), error=told), 422
    if own in ids:
        return redirect(url_for("account.sign_in"), 303)
    flash(ngettext("%(num)s user is deleted.", "%(num)s users are deleted.", count), "success")
    return redirect(url_for(".index"), 303)


@pages.get("/<int:user_id>/tags/add")
def add_tag(user_id: int) -> str:
    person = person_for(ui.me(), user_id)
    if not may_change(ui.me()):
        raise NotAllowed("tag")
    return ui.page_or_fragment("users/add_tag.html", "users/_add_tag_dialog.html", person=person, form={}, faults={})


@pages.post("/<int:user_id>/tags/add")
def add_tag_post(user_id: int) -> Answer | tuple[str, int]:
    form = request.form
    try:
        people.add_tag(ui.me(), user_id, form.get("tag", ""), form.get("alias", ""), form.get("type", "Other"))
    except Invalid as error:
        context = {"person": person_for(ui.me(), user_id), "form": form, "faults": _in_words(error)}
        return ui.page_or_fragment("users/add_tag.html", "users/_add_tag_dialog.html", **context), 422
    flash(_("Saved."), "success")
    return redirect(url_for(".edit", user_id=user_id), 303)


@pages.get("/<int:user_id>/tags/<int:tag_id>/remove")
def remove_tag(user_id: int, tag_id: int) -> str:
    person, tag = people.tag_of(ui.me(), user_id, tag_id)
    return ui.page_or_fragment("users/remove_tag.html", "users/_remove_tag_dialog.html", person=person, tag=tag)


@pages.post("/<int:user_id>/tags/<int:tag_id>/remove")
def remove_tag_post(user_id: int, tag_id: int) -> Answer:
    people.remove_tag(ui.me(), user_id, tag_id)
    flash(_("Saved."), "success")
    return redirect(url_for(".edit", user_id=user_id), 303)
