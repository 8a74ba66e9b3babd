"""CancelReservation."""

from flask_babel import lazy_gettext as _l

from wcc.operations.declared import Declared
from wcc.operations.fields import Whole

KIND = Declared(
    ACTION="CancelReservation",
    NAME="cancel_reservation",
    LABEL=_l("Cancel a reservation"),
    DOES=_l("Makes a reserved connector free again."),
    PROFILE="Reservation",
    FIELDS=(Whole(name="reservationId", label=_l("Reservation ID"), lowest=1, help=_l("It stands with the reservation, in its message")),),
    replies={
        "Accepted": _l("The reservation is gone"),
        "Rejected": _l("It knows no such reservation: it has been used, has ended, or never was"),
    },
)
