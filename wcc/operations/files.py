"""Fields of the operations that move files."""

from flask_babel import lazy_gettext as _l

from wcc.operations.fields import Whole

RETRIES = (
    Whole(name="retries", label=_l("Tries after a failure"), required=False, highest=100, help=_l("Left empty: as the charger sees fit")),
    Whole(name="retryInterval", label=_l("Seconds between tries"), required=False),
)
