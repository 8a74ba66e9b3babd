"""What the node knows of a charger while its socket is open."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Charger:
    """A connected charger. `token` names this very socket; `deviations` are what was already logged of its oddities."""

    id: int
    organization_id: int
    identity: str
    token: str
    deviations: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Message:
    """One CALL from a charger, as its file in `messages/` reads it. `text` is the raw frame."""

    charger: Charger
    payload: dict[str, Any]
    text: str
    arrived_ms: int
