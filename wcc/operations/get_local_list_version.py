"""GetLocalListVersion: -1 is no support, 0 an empty list."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wcc.operations.declared import Declared, Reply
from wcc.operations.story import Table


def _said(reply: Reply) -> tuple[str, Table | None]:
    version = reply.get("listVersion")
    if version == -1:
        return _("It keeps no list of tags"), None
    if version == 0:
        return _("Its list of tags is empty"), None
    return _("Its list of tags has version %(version)s", version=version), None


KIND = Declared(
    ACTION="GetLocalListVersion",
    NAME="get_local_list_version",
    LABEL=_l("Ask for the version of the list of tags"),
    DOES=_l("Tells which list of tags the charger holds."),
    PROFILE="LocalAuthListManagement",
    said=_said,
)
