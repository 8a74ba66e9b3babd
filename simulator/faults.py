"""Faults on demand: scripted replies to the central system's operations.

The link's faults (dropped TCP, reconnect, power failure) are methods of `Charger`; lasting oddities are in `Settings`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ERROR_CODES = frozenset(
    {
        "NotImplemented",
        "NotSupported",
        "InternalError",
        "ProtocolError",
        "SecurityError",
        "FormationViolation",
        "PropertyConstraintViolation",
        "OccurenceConstraintViolation",
        "TypeConstraintViolation",
        "GenericError",
    }
)


class FaultError(ValueError):
    """A scripted reply that cannot be understood."""


@dataclass
class Reply:
    """What to answer to one CALL of the central system instead of the truth.

    `payload`: this CALLRESULT, the operation is not carried out. `error_code`: this CALLERROR. `silent`: nothing.
    None of them: the operation is carried out, only `delay_s` (real seconds) late. `times`: how often, None = always.
    """

    payload: dict[str, Any] | None = None
    error_code: str | None = None
    silent: bool = False
    delay_s: float = 0.0
    times: int | None = None

    @classmethod
    def parse(cls, text: str) -> "Reply":
        """Read `Rejected` (or any status), `CALLERROR`, `CALLERROR:CODE`, `silent`, `late:20`. Raises FaultError."""
        word, _, detail = text.partition(":")
        if word == "silent" and not detail:
            return cls(silent=True)
        if word == "late":
            return cls(delay_s=_seconds(detail))
        if word == "CALLERROR":
            code = detail or "InternalError"
            if code not in ERROR_CODES:
                raise FaultError(f"unknown CALLERROR code {code!r}")
            return cls(error_code=code)
        if word.isalpha() and word[0].isupper() and not detail:
            return cls(payload={"status": word})
        raise FaultError(f"{text!r} is none of: a status such as Rejected, CALLERROR[:code], silent, late:SECONDS")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError as error:
        raise FaultError(f"late:{text}: not a number of seconds") from error
    if not 0 <= seconds <= 3600:
        raise FaultError(f"late:{text}: must be 0 to 3600 seconds")
    return seconds


@dataclass
class Faults:
    """Scripted replies by action; change `replies` at any time."""

    replies: dict[str, Reply] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Mapping[str, str]) -> "Faults":
        """Read `{"Reset": "Rejected", ...}`. Raises FaultError."""
        return cls({action: Reply.parse(text) for action, text in data.items()})

    def take(self, action: str) -> Reply | None:
        """The scripted reply for this CALL, if one is due."""
        reply = self.replies.get(action)
        if reply is None:
            return None
        if reply.times is not None:
            reply.times -= 1
            if reply.times <= 0:
                del self.replies[action]
        return reply
