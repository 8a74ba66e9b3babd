"""The menu of the portal: what stands in it for whom, and where in it a page is (R2.1)."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app, g, request, url_for
from flask_babel import lazy_gettext

from wcc.access import may_administer, may_change, may_look_at_groups, may_run_installation
from wcc.models import User
from wcc.ui import me, signed_in


@dataclass(frozen=True)
class Entry:
    """A line of the menu; `children` make it a group.

    `public`: there for those, too, who are not signed in. `may`: whether a user may use it.
    """

    label: str
    endpoint: str = ""
    icon: str = ""
    children: tuple["Entry", ...] = ()
    public: bool = False
    may: Callable[[User], bool] = lambda user: True

    @property
    def shown(self) -> bool:
        """Whether what it leads to is built and for this user."""
        if signed_in() and not self.may(me()):
            return False
        return bool(self.open_children) if self.children else self.endpoint in current_app.view_functions

    @property
    def open_children(self) -> tuple["Entry", ...]:
        """The children that are shown."""
        return tuple(child for child in self.children if child.shown)

    def holds(self, entry: "Entry | None") -> bool:
        """Whether it is the given entry or has it below."""
        return entry is not None and (self is entry or entry in self.children)


def looks_at_groups() -> bool:
    """Whether there is a group for the user of this request to look at; asked of the database once."""
    if "looks_at_groups" not in g:
        g.looks_at_groups = may_look_at_groups(me())
    return bool(g.looks_at_groups)


_ = lazy_gettext
MENU = (
    Entry(_("Dashboard"), "dashboard.index", icon="layout-dashboard"),
    Entry(
        _("ChargePoints"),
        icon="charging-pile",
        children=(
            Entry(_("Overview"), "chargepoints.index"),
            Entry(_("Authorization"), "tags.index"),
            Entry(_("Connectors"), "chargepoints.connectors"),
            Entry(_("Connection doctor"), "doctor.index", may=may_administer),
        ),
    ),
    Entry(_("Charging Session"), "sessions.index", icon="bolt"),
    Entry(
        _("Operations"),
        icon="player-play",
        children=(
            Entry(_("Remote start"), "operations.remote_start"),
            Entry(_("Remote stop"), "operations.remote_stop"),
            Entry(_("Reset"), "operations.reset"),
            Entry(_("Change availability"), "operations.change_availability"),
            Entry(_("More operations"), "operations.more"),
        ),
        may=may_change,
    ),
    Entry(
        _("Settings"),
        icon="settings",
        children=(
            Entry(_("Users"), "users.index"),
            Entry(_("Organizations"), "organizations.index", may=may_run_installation),
            Entry(_("Audit log"), "auditlog.index", may=may_administer),
        ),
    ),
    Entry(_("Group Management"), "groups.index", icon="users-group", may=lambda user: looks_at_groups()),
    Entry(_("Privacy settings"), "privacy.index", icon="cookie", public=True),
)


def place() -> tuple[Entry | None, Entry | None, bool]:
    """Where the request is: the group (or entry) of the menu, the entry, and whether it is that entry's own page."""
    endpoint = request.endpoint or ""
    room = endpoint.partition(".")[0]
    leaves = [(top, entry) for top in MENU for entry in (top.children or (top,))]
    for top, entry in leaves:
        if entry.endpoint == endpoint:
            return top, entry, True
    for top, entry in leaves:
        if entry.endpoint == f"{room}.index":
            return top, entry, False
    for top, entry in leaves:
        if entry.endpoint.partition(".")[0] == room:
            return top, None, False
    return None, None, False


def room_here() -> str:
    """Address of the menu entry that this page belongs to: where one stays when everything is looked at anew."""
    _top, entry, _at = place()
    return url_for(entry.endpoint) if entry and not entry.public else url_for("dashboard.index")


def init_app(app: Flask) -> None:
    """Give templates the menu."""
    app.jinja_env.globals.update(MENU=MENU, place=place, room_here=room_here, looks_at_groups=looks_at_groups)
