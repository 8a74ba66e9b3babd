"""GetLog (security whitepaper). Progress comes as LogStatusNotification with the same request ID."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wcc.operations import progress
from wcc.operations.declared import Declared, Found, Reply
from wcc.operations.fields import Address, Choice, Moment, Whole, payload
from wcc.operations.files import RETRIES
from wcc.operations.form import Station
from wcc.operations.story import Table

LOG = ("remoteLocation", "oldestTimestamp", "latestTimestamp")


def _payload(kind: Declared, found: Found, station: Station) -> dict[str, Any]:
    sent = payload(kind.FIELDS, found)
    return {name: value for name, value in sent.items() if name not in LOG} | {"log": {n: sent[n] for n in LOG if n in sent}}


def _said(reply: Reply) -> tuple[str, Table | None]:
    return (_("It uploads the file %(name)s", name=reply["filename"]) if reply.get("filename") else ""), None


KIND = Declared(
    ACTION="GetLog",
    NAME="get_log",
    LABEL=_l("Get a log"),
    DOES=_l("The charger puts its security log or its diagnostics at an address."),
    PROFILE="Security",
    FIELDS=(
        Choice(
            name="logType",
            label=_l("Which log"),
            default="SecurityLog",
            options={"SecurityLog": _l("Security log"), "DiagnosticsLog": _l("Diagnostics")},
        ),
        Whole(name="requestId", label=_l("Request ID"), lowest=1, fresh=True),
        Address(name="remoteLocation", label=_l("Address of the folder")),
        Moment(name="oldestTimestamp", label=_l("From"), required=False),
        Moment(name="latestTimestamp", label=_l("Until"), required=False),
        *RETRIES,
    ),
    payload=_payload,
    said=_said,
    follow=progress.follow("LogStatusNotification"),
    replies={
        "Accepted": _l("It says how it goes as soon as it begins"),
        "Rejected": _l("It will not send this log"),
        "AcceptedCanceled": _l("It does so, and has given up an earlier request for that"),
    },
)
