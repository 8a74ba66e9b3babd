"""Words about certificates that several operations share."""

from flask_babel import lazy_gettext as _l

from wcc.operations.fields import Choice

KIND_OF_CERTIFICATE = Choice(
    name="certificateType",
    label=_l("Which certificate"),
    default="CentralSystemRootCertificate",
    options={
        "CentralSystemRootCertificate": (_l("Central system"), _l("By which the charger knows this portal.")),
        "ManufacturerRootCertificate": (_l("Manufacturer"), _l("By which the charger knows genuine firmware.")),
    },
)
