"""One file per charger-initiated message, all of one shape.

    ACTION             the OCPP action
    read(message)      payload → the report that the ledger stores (a tuple of plain values), read leniently
    record(conn, reports, changed) → what `answer` needs for each report; runs in the ledger, in its one transaction;
                       `changed` is the set of (organization, kind, id) to tell browsers about
    answer(result)     → the CALLRESULT's payload; `result` is None when the report had to be quarantined, unless the file has a
    fallback(id)       → a result for a report that lies in quarantine under that id

A report's first two values are the charge point's id and its organization's.
"""

from typing import Any, Protocol

from sqlalchemy import Connection

from wcc.ocpp.charger import Message

Changed = set[tuple[int, str, int]]


class ChargerMessage(Protocol):
    """What a file of this folder offers."""

    ACTION: str

    @staticmethod
    def read(message: Message) -> tuple[Any, ...]: ...

    @staticmethod
    def record(conn: Connection, reports: list[tuple[Any, ...]], changed: Changed) -> list[Any]: ...

    @staticmethod
    def answer(result: Any) -> dict[str, Any]: ...
