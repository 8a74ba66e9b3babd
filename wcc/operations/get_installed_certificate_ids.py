"""GetInstalledCertificateIds (security whitepaper)."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wcc.operations.certificates import KIND_OF_CERTIFICATE
from wcc.operations.declared import Declared, Reply, rows
from wcc.operations.story import Table

PARTS = ("hashAlgorithm", "issuerNameHash", "issuerKeyHash", "serialNumber")


def _said(reply: Reply) -> tuple[str, Table | None]:
    lines = [tuple(str(row.get(part, "–")) for part in PARTS) for row in rows(reply.get("certificateHashData"))]
    headings = (_("Hash algorithm"), _("Hash of the issuer's name"), _("Hash of the issuer's key"), _("Serial number"))
    return "", Table(headings, lines) if lines else None


KIND = Declared(
    ACTION="GetInstalledCertificateIds",
    NAME="get_installed_certificate_ids",
    LABEL=_l("List root certificates"),
    DOES=_l("Tells which root certificates the charger trusts."),
    PROFILE="Security",
    FIELDS=(KIND_OF_CERTIFICATE,),
    said=_said,
    replies={
        "Accepted": _l("Its certificates stand below"),
        "NotFound": _l("It has no certificate of this kind"),
    },
)
