"""CertificateSigned (security whitepaper): the answer to a charger's request for a certificate, its own certificate first."""

from flask_babel import lazy_gettext as _l

from wcc.operations.declared import Declared
from wcc.operations.fields import Pem

KIND = Declared(
    ACTION="CertificateSigned",
    NAME="certificate_signed",
    LABEL=_l("Send a signed certificate"),
    DOES=_l("Gives the charger the certificate that it asked for."),
    PROFILE="Security",
    FIELDS=(
        Pem(
            name="certificateChain",
            label=_l("Certificate chain (PEM)"),
            most=10_000,
            help=_l("The charger's certificate first, then those that signed it"),
        ),
    ),
    replies={
        "Accepted": _l("It connects with this certificate from now on"),
        "Rejected": _l("It does not take the certificate; its security event says why"),
    },
)
