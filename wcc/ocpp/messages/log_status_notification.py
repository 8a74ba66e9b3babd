"""LogStatusNotification: progress of a log's upload. Security whitepaper; it names the request that it is about."""

from typing import Any

from wcc.ocpp.charger import Message
from wcc.ocpp.messages.numbered_notice import answer, record, row

__all__ = ["ACTION", "answer", "read", "record"]

ACTION = "LogStatusNotification"


def read(message: Message) -> tuple[Any, ...]:
    """A row of `numbered_notice`."""
    return row(message, ACTION)
