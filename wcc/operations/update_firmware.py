"""UpdateFirmware. The reply says nothing; progress comes as FirmwareStatusNotification."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wcc.operations import progress
from wcc.operations.declared import Declared, Reply
from wcc.operations.fields import Address, Moment
from wcc.operations.files import RETRIES
from wcc.operations.story import Table


def _said(reply: Reply) -> tuple[str, Table | None]:
    return _("It says how it goes as soon as it begins"), None


KIND = Declared(
    ACTION="UpdateFirmware",
    NAME="update_firmware",
    LABEL=_l("Update the firmware"),
    DOES=_l("The charger fetches new firmware from an address and installs it; it restarts for that."),
    PROFILE="FirmwareManagement",
    FIELDS=(
        Address(name="location", label=_l("Address of the file"), most=500),
        Moment(name="retrieveDate", label=_l("Not before"), ahead_s=0),
        *RETRIES,
    ),
    said=_said,
    follow=progress.follow("FirmwareStatusNotification"),
)
