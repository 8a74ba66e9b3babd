"""The password of a station: behind "Show", and a new one."""

from flask import current_app, render_template
from flask_babel import lazy_gettext as _l

from wcc import ui
from wcc.chargepoints import credentials
from wcc.chargepoints.views import pages, server_address
from wcc.config import Settings, cipher
from wcc.errors import Invalid

FAULTS = {
    credentials.NONE: _l("No password is set: the charger is let in without one."),
    credentials.UNREADABLE: _l("The password cannot be read: the key of this installation is another. Make a new one."),
}


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


@pages.post("/<identity>/password")
def show_password(identity: str) -> str:
    charge_point, password, fault = credentials.station(ui.me(), identity), "", ""
    try:
        charge_point, password = credentials.show(ui.me(), identity, cipher(_settings().instance))
    except Invalid as error:
        fault = str(FAULTS[error.fields["password"]])
    context = {"charge_point": charge_point, "password": password, "fault": fault, "server": server_address(_settings())}
    return ui.page_or_fragment("chargepoints/password.html", "chargepoints/_password.html", **context)


@pages.get("/<identity>/new-password")
def new_password(identity: str) -> str:
    found = credentials.station(ui.me(), identity)
    return ui.page_or_fragment("chargepoints/new_password.html", "chargepoints/_new_password_dialog.html", charge_point=found)


@pages.post("/<identity>/new-password")
def new_password_post(identity: str) -> str:
    found, password = credentials.renew(ui.me(), identity, cipher(_settings().instance))
    context = {"charge_point": found, "password": password, "fault": "", "server": server_address(_settings()), "fresh": True}
    return render_template("chargepoints/password.html", **context)
