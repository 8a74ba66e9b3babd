"""Operations asked for by OCPP's own name and payload, as from the API and the command line: what is known of them besides.

Forms offer only what a person may choose; here the same limits are asked of a payload that somebody wrote.
"""

from typing import Any

from wcc.access import may_administer, rights
from wcc.errors import Invalid, NotAllowed
from wcc.models import ChargePoint, User
from wcc.operations import catalog
from wcc.operations.form import Call, Station
from wcc.tags.service import fold

# Every CALL of OCPP 1.6 and its security extension (whitepaper edition 3) that goes to a charger.
ACTIONS = tuple(sorted(catalog.BY_ACTION))
SECRET_KEY = "authorizationkey"  # folded: a charger compares keys without case (OCPP 1.6 §5.3)
HIDDEN = "…"
DEEPEST = 50


def call(station: Station, action: str, payload: dict[str, Any]) -> Call:
    """The payload with what it says of connector, tag and session, where these are what OCPP says they are. Raises Invalid."""
    if action not in ACTIONS:
        raise Invalid(kind=f"{action} is no operation that goes to a charger")
    connector, tag, transaction = (payload.get(name) for name in ("connectorId", "idTag", "transactionId"))
    if isinstance(tag, str) and not tag.isprintable():  # no database takes a NUL
        raise Invalid(**{"payload.idTag": "contains a character that cannot be used"})
    session = station.session(transaction) if transaction is not None and _id(transaction) else None
    return Call(
        payload,
        connector=connector if _id(connector) else session.connector if session else None,
        id_tag_folded=fold(tag) if isinstance(tag, str) else None,
        session_id=session.id if session else None,
    )


def _id(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**31


def permit(user: User, station: Station, call: Call) -> None:
    """That a person who may operate the station may send this: administrators anything, others for tags and sessions that they could
    choose in a form. Raises Invalid."""
    if may_administer(user):
        return
    if call.id_tag_folded is not None and call.id_tag_folded not in {tag.folded for tag in station.tags}:
        raise Invalid(**{"payload.idTag": "is no valid tag of yours at this station"})
    if "transactionId" in call.payload and call.session_id is None:
        raise Invalid(**{"payload.transactionId": "is no session of this station that you see"})


def guard_key(user: User, charge_point: ChargePoint, action: str, call: Call) -> None:
    """That a charger's password is changed only by who may see it. Raises NotAllowed."""
    if _sets_key(action, call.payload) and "secrets" not in rights(user, charge_point):
        raise NotAllowed("AuthorizationKey is for those who may see the passwords of this station")


def _sets_key(action: str, payload: dict[str, Any]) -> bool:
    return action == "ChangeConfiguration" and str(payload.get("key", "")).strip().casefold() == SECRET_KEY


def masked(content: Any, depth: int = 0) -> Any:
    """A payload or reply as it may be shown: without the value of an AuthorizationKey, and not deeper than anything of OCPP is."""
    if depth > DEEPEST:
        return HIDDEN
    if isinstance(content, list):
        return [masked(each, depth + 1) for each in content]
    if not isinstance(content, dict):
        return content
    secret = str(content.get("key", "")).strip().casefold() == SECRET_KEY
    return {name: HIDDEN if secret and name == "value" else masked(value, depth + 1) for name, value in content.items()}
