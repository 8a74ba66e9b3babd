"""Typed errors, raised low and translated at the door (a pop-up, a form message, an outcome, a CALLERROR)."""


class WccError(Exception):
    """Base of all errors that a person or a charger may be told about."""


class NotFound(WccError):
    """There is no such thing, or the user may not know that there is."""


class NotAllowed(WccError):
    """The user sees the thing but may not do this to it."""


class Invalid(WccError):
    """Input that cannot be taken; `fields` maps a field's name to what is wrong with it."""

    def __init__(self, message: str = "", **fields: str) -> None:
        super().__init__(message or "; ".join(f"{name}: {text}" for name, text in fields.items()))
        self.fields = fields


class Conflict(WccError):
    """What is asked for may be right, but something that is there stands in its way; the text says what."""


class Unavailable(WccError):
    """Something that this needs (Redis, as a rule) does not answer; the same may work in a minute."""


class ChargerOffline(WccError):
    """No node holds a socket of this charger."""


class LedgerUnavailable(WccError):
    """The database did not take a report in time; the charger must keep it and come back."""
