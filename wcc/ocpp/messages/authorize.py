"""Authorize: may this tag charge? Starts nothing. OCPP 1.6 §4.1."""

from typing import Any

from sqlalchemy import Connection

from wcc.ocpp import lenient
from wcc.ocpp.charger import Message
from wcc.ocpp.messages import Changed
from wcc.tags import record as tags

ACTION = "Authorize"


def read(message: Message) -> tuple[Any, ...]:
    """(charge point, organization, folded tag, arrival); an empty tag is a tag that nobody has."""
    lenient.required(message.payload, "idTag") if message.payload.get("idTag") != "" else None
    tag = lenient.id_tag(message.payload) or ""
    return (
        message.charger.id,
        message.charger.organization_id,
        lenient.fold(tag),
        message.arrived_ms,
    )


def record(conn: Connection, reports: list[tuple[Any, ...]], changed: Changed) -> list[Any]:
    """The verdicts; nothing is written."""
    return tags.verdicts(conn, reports)


def answer(result: Any) -> dict[str, Any]:
    """idTagInfo by the verdict; what could not be looked up is not let charge."""
    return {"idTagInfo": tags.id_tag_info(result)}
