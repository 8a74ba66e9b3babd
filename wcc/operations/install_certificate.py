"""InstallCertificate (security whitepaper): a root certificate for the charger to trust."""

from flask_babel import lazy_gettext as _l

from wcc.operations.certificates import KIND_OF_CERTIFICATE
from wcc.operations.declared import Declared
from wcc.operations.fields import Pem

KIND = Declared(
    ACTION="InstallCertificate",
    NAME="install_certificate",
    LABEL=_l("Install a root certificate"),
    DOES=_l("Tells the charger whom to trust."),
    PROFILE="Security",
    FIELDS=(KIND_OF_CERTIFICATE, Pem(name="certificate", label=_l("Certificate (PEM)"), most=5500)),
    replies={
        "Accepted": _l("It trusts this certificate from now on"),
        "Failed": _l("The certificate is good, but it could not store it"),
        "Rejected": _l("It takes the certificate for invalid, or has no room for another"),
    },
)
