"""GetDiagnostics. The address is that of a directory; without a file name in the answer there is nothing to send."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wcc.models import Operation
from wcc.operations import progress
from wcc.operations.declared import Declared, Reply, reply_of
from wcc.operations.fields import Address, Moment
from wcc.operations.files import RETRIES
from wcc.operations.story import Scene, Step, Table


def _said(reply: Reply) -> tuple[str, Table | None]:
    if reply.get("fileName"):
        return _("It uploads the file %(name)s", name=reply["fileName"]), None
    return _("It has nothing to send"), None


def _follow(operation: Operation, scene: Scene) -> tuple[list[Step], bool]:
    if operation.state == "answered" and not reply_of(operation).get("fileName"):
        return [], True
    return progress.follow("DiagnosticsStatusNotification")(operation, scene)


KIND = Declared(
    ACTION="GetDiagnostics",
    NAME="get_diagnostics",
    LABEL=_l("Get diagnostics"),
    DOES=_l("The charger puts a file about its inner state at an address."),
    PROFILE="FirmwareManagement",
    FIELDS=(
        Address(name="location", label=_l("Address of the folder"), most=500),
        Moment(name="startTime", label=_l("From"), required=False),
        Moment(name="stopTime", label=_l("Until"), required=False),
        *RETRIES,
    ),
    said=_said,
    follow=_follow,
)
