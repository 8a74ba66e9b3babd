"""DeleteCertificate (security whitepaper), named by the very hashes that the charger listed (case 076)."""

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wcc.errors import Invalid
from wcc.operations.declared import Declared, Found
from wcc.operations.fields import Choice, Field, payload
from wcc.operations.form import Station, Values

_HEX = re.compile(r"[0-9a-fA-F]+")


def _payload(kind: Declared, found: Found, station: Station) -> dict[str, Any]:
    faults = {
        name: _("Enter hexadecimal digits, as the charger listed them.")
        for name in ("issuerNameHash", "issuerKeyHash", "serialNumber")
        if not _HEX.fullmatch(found[name])
    }
    if faults:
        raise Invalid(**faults)
    return {"certificateHashData": payload(kind.FIELDS, found)}


def _warn(station: Station, values: Values) -> str | None:
    return _("Without the root certificate of this portal, the charger cannot connect over TLS any more.")


KIND = Declared(
    ACTION="DeleteCertificate",
    NAME="delete_certificate",
    LABEL=_l("Delete a root certificate"),
    DOES=_l("The charger no longer trusts it. List root certificates first: it is named by what stands there."),
    PROFILE="Security",
    FIELDS=(
        Choice(name="hashAlgorithm", label=_l("Hash algorithm"), default="SHA256", options={n: n for n in ("SHA256", "SHA384", "SHA512")}),
        Field(name="issuerNameHash", label=_l("Hash of the issuer's name"), most=128),
        Field(name="issuerKeyHash", label=_l("Hash of the issuer's key"), most=128),
        Field(name="serialNumber", label=_l("Serial number"), most=40),
    ),
    payload=_payload,
    warn=_warn,
    replies={
        "Accepted": _l("The certificate is gone"),
        "Success": _l("The certificate is gone"),  # the whitepaper's prose says so where its schema says Accepted
        "Failed": _l("It did not delete it: it may be the one that this connection needs"),
        "NotFound": _l("It has no such certificate"),
    },
)
