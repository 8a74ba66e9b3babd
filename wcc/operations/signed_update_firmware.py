"""SignedUpdateFirmware (security whitepaper). Progress comes as SignedFirmwareStatusNotification with the same request ID."""

import base64
import binascii
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wcc.operations import progress
from wcc.operations.declared import Declared, Found
from wcc.operations.fields import Address, Long, Moment, Pem, Whole, payload
from wcc.operations.files import RETRIES
from wcc.operations.form import Station, Values

FIRMWARE = ("location", "retrieveDateTime", "installDateTime", "signingCertificate", "signature")


class _Signature(Long):
    """Base64, in one or more lines."""

    def meant(self, text: str, values: Values, station: Station) -> str:
        joined = "".join(text.split())
        try:
            base64.b64decode(joined, validate=True)
        except (binascii.Error, ValueError):
            raise self.wrong(_("This is not Base64.")) from None
        return str(super().meant(joined, values, station))


def _payload(kind: Declared, found: Found, station: Station) -> dict[str, Any]:
    sent = payload(kind.FIELDS, found)
    rest = {name: value for name, value in sent.items() if name not in FIRMWARE}
    return rest | {"firmware": {name: sent[name] for name in FIRMWARE if name in sent}}


KIND = Declared(
    ACTION="SignedUpdateFirmware",
    NAME="signed_update_firmware",
    LABEL=_l("Update the firmware, signed"),
    DOES=_l("Like updating the firmware; the charger checks the maker's signature first."),
    PROFILE="Security",
    FIELDS=(
        Whole(name="requestId", label=_l("Request ID"), lowest=1, fresh=True),
        Address(name="location", label=_l("Address of the file")),
        Moment(name="retrieveDateTime", label=_l("Not before"), ahead_s=0),
        Moment(name="installDateTime", label=_l("Install not before"), required=False),
        Pem(name="signingCertificate", label=_l("Certificate of the signer (PEM)"), most=5500),
        _Signature(name="signature", label=_l("Signature (Base64)"), most=800),
        *RETRIES,
    ),
    payload=_payload,
    follow=progress.follow("SignedFirmwareStatusNotification"),
    replies={
        "Accepted": _l("It says how it goes as soon as it begins"),
        "Rejected": _l("It does not want an update now"),
        "AcceptedCanceled": _l("It does so, and has given up an earlier request for that"),
        "InvalidCertificate": _l("It does not trust the certificate of the signer"),
        "RevokedCertificate": _l("The certificate of the signer has been revoked"),
    },
)
