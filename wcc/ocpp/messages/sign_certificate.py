"""SignCertificate: the charger asks for a certificate of its own. Security whitepaper, A02.

The portal has no authority that signs: the request is kept and refused, so that the charger does not wait for a certificate that
never comes. An administrator finds it with the operation that asked for it, and may send one that was signed elsewhere.
"""

from typing import Any

import orjson
import structlog
from sqlalchemy import Connection

from wcc.chargepoints import record as chargepoints
from wcc.ocpp import lenient
from wcc.ocpp.charger import Message
from wcc.ocpp.messages import Changed

ACTION = "SignCertificate"
LONGEST = 20_000  # OCPP allows 5500 characters

log = structlog.get_logger()


def read(message: Message) -> tuple[Any, ...]:
    """The request as it came, in PEM."""
    charger = message.charger
    csr = lenient.required(message.payload, "csr")[:LONGEST]
    log.warning("a certificate was asked for and refused: nothing here signs certificates", charge_point=charger.identity)
    arrived = message.arrived_ms
    return (charger.id, charger.organization_id, ACTION, "", orjson.dumps({"csr": csr}).decode(), arrived, arrived)


def record(conn: Connection, reports: list[tuple[Any, ...]], changed: Changed) -> list[Any]:
    """Keep it among the charger's events."""
    chargepoints.events(conn, reports)
    changed.update((report[1], "charge_point", report[0]) for report in reports)
    return [True] * len(reports)


def answer(result: Any) -> dict[str, Any]:
    """No: nothing would follow."""
    return {"status": "Rejected"}
