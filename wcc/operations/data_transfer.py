"""DataTransfer: a maker's own message."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wcc.operations.declared import Declared, Reply
from wcc.operations.fields import Field, Long
from wcc.operations.story import Table


def _said(reply: Reply) -> tuple[str, Table | None]:
    if reply.get("data") in (None, ""):
        return "", None
    return _("Its data stand below"), Table((_("Data"),), [(str(reply["data"]),)])


KIND = Declared(
    ACTION="DataTransfer",
    NAME="data_transfer",
    LABEL=_l("Send a maker's message"),
    DOES=_l("For what the maker of the charger has added to OCPP; its manual tells what to send."),
    PROFILE="Core",
    FIELDS=(
        Field(name="vendorId", label=_l("Vendor ID"), most=255),
        Field(name="messageId", label=_l("Message ID"), most=50, required=False),
        Long(name="data", label=_l("Data"), most=100_000, required=False, help=_l("Sent as a text, as it stands here")),
    ),
    said=_said,
    replies={
        "Accepted": _l("It has understood the message"),
        "Rejected": _l("It has understood the message, but will not do it"),
        "UnknownMessageId": _l("It knows the vendor, but not this message"),
        "UnknownVendorId": _l("It knows no messages of this vendor"),
    },
)
