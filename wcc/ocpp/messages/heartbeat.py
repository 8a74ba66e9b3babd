"""Heartbeat: the charger asks for the time. Nothing is stored: any message proves life."""

from typing import Any

from wcc.clock import now_ms, wire
from wcc.ocpp.charger import Message

ACTION = "Heartbeat"
record = None


def read(message: Message) -> tuple[Any, ...]:
    """Nothing to read."""
    return ()


def answer(result: Any) -> dict[str, Any]:
    """The charger's clock, with a fraction."""
    return {"currentTime": wire(now_ms())}
