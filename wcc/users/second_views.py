"""Settings → Users → edit: taking the second step off a person who has lost phone, passkey and recovery codes (R1.1)."""

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from wcc import ui
from wcc.users import second_factor
from wcc.users.views import pages


@pages.get("/<int:user_id>/second-step/off")
def second_step_off(user_id: int) -> str:
    person = second_factor.reachable(ui.me(), user_id)
    return ui.page_or_fragment(
        "users/second_step_off.html", "users/_second_step_off_dialog.html", person=person, second=second_factor.held(person)
    )


@pages.post("/<int:user_id>/second-step/off")
def second_step_off_post(user_id: int) -> Answer:
    person = second_factor.reachable(ui.me(), user_id)
    if second_factor.take_off(ui.me(), person):
        flash(_("The second step is switched off. %(name)s is told by e-mail.", name=person.name), "success")
    return redirect(url_for(".edit", user_id=user_id), 303)
