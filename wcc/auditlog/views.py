"""Settings → Audit log."""

from flask import Blueprint, request, url_for
from flask_login import login_required

from wcc import ui
from wcc.access import may_administer
from wcc.auditlog import queries
from wcc.auditlog.actions import ACTIONS, explain
from wcc.errors import NotAllowed
from wcc.tables import TableState

pages = Blueprint("auditlog", __name__, url_prefix="/audit-log")


@pages.get("/")
@login_required
def index() -> str:
    if not may_administer(ui.me()):
        raise NotAllowed("audit log")
    state = TableState.read(request.args, url_for(".index"), ("id",), "-id", queries.FILTERS)
    state = queries.tidy(state, ACTIONS)
    found = queries.find(ui.me(), state)
    return ui.page_or_fragment("auditlog/index.html", "auditlog/_table.html", found=found, state=state, actions=ACTIONS, explain=explain)
