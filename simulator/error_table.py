"""The NEXT's own errors and how they appear in StatusNotification (Webasto's Modbus specification, V3)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StationError:
    """One row: `vendor_error_code` is the internal PB number, `error_code` OCPP's, `info` the short text."""

    number: int
    vendor_error_code: str
    error_code: str
    info: str


ERRORS = (
    StationError(1, "PB02", "PowerSwitchFailure", "relay welded closed"),
    StationError(1, "PB61", "PowerSwitchFailure", "relay welded open"),
    StationError(2, "PB07", "InternalError", "error internal aux voltage"),
    StationError(3, "PB09", "EVCommunicationError", "error control pilot - car communication error"),
    StationError(4, "PB17", "OverVoltage", "error utility power over voltage"),
    StationError(5, "PB18", "UnderVoltage", "error utility power under voltage"),
    StationError(6, "PB23", "OverCurrentFailure", "error over current drawn by car"),
    StationError(7, "PB24", "OtherError", "error VAC frequency"),
    StationError(8, "PB27", "GroundFailure", "missing ground/resistance too high"),
    StationError(9, "PB28", "InternalError", "error residual current monitor self test"),
    StationError(10, "PB29", "HighTemperature", "error over temperature"),
    StationError(11, "PB52", "OtherError", "proximity pilot"),
    StationError(12, "PB53", "OtherError", "shutter"),
    StationError(13, "PB57", "OtherError", "error three phase check"),
    StationError(14, "PB59", "InternalError", "PWR internal error"),
    StationError(15, "PB60", "EVCommunicationError", "negative control pilot out of range"),
    StationError(16, "PB62", "OtherError", "DC residual current"),
)


def find(code: str | int) -> StationError:
    """By PB number (`PB09`) or Modbus number (3). Raises KeyError."""
    for error in ERRORS:
        if code in (error.vendor_error_code, error.number):
            return error
    raise KeyError(f"no error {code!r} in the table")
