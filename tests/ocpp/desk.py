"""A charger talking straight to the ledger's own code: what it says is read, stored in one transaction and answered, without a socket."""

import json
from typing import Any

from sqlalchemy import Engine, text

from tests.people import add
from wcc.clock import now_ms, wire
from wcc.models import AuthorizationTag, ChargePoint, Organization
from wcc.ocpp import schemas
from wcc.ocpp.charger import Charger, Message
from wcc.ocpp.ledger_process import commit
from wcc.ocpp.messages.catalog import BY_ACTION
from wcc.sessions import record


class Desk:
    """One station of one organization. Every answer is checked against its schema."""

    def __init__(self, engine: Engine, identity: str = "CP-1", **columns: Any) -> None:
        self.engine = engine
        self.organization = add(engine, Organization, name=f"Organization {now_ms()}-{id(self)}", currency="EUR")
        self.charger = self.station(identity, **columns)
        record._places.clear()  # ids of another test's database
        self.changed: set[tuple[int, str, int]] = set()

    def station(self, identity: str, **columns: Any) -> Charger:
        """Another station of the same organization."""
        row = add(self.engine, ChargePoint, identity=identity, organization_id=self.organization, **columns)
        return Charger(row, self.organization, identity, f"token-{identity}")

    def tag(self, tag: str, **columns: Any) -> int:
        """An authorization tag of the organization."""
        columns.setdefault("type", "Other")
        return int(add(self.engine, AuthorizationTag, organization_id=self.organization, tag=tag, folded=tag.casefold(), **columns))

    def say(self, action: str, payload: dict[str, Any], charger: Charger | None = None, arrived_ms: int | None = None) -> dict[str, Any]:
        """Send one CALL; gives the CALLRESULT's payload."""
        message = BY_ACTION[action]
        frame = json.dumps([2, "1", action, payload])
        report = message.read(Message(charger or self.charger, payload, frame, arrived_ms or now_ms()))
        results, self.changed = commit(self.engine, [(action, report)])
        answer: dict[str, Any] = message.answer(results[0])
        assert schemas.problem(f"{action}Response", answer) is None
        return answer

    def start(self, at_ms: int, tag: str = "#freecharging", meter: int = 1000, charger: Charger | None = None, **more: Any) -> int:
        """A StartTransaction; gives the transactionId."""
        payload = {"connectorId": 1, "idTag": tag, "meterStart": meter, "timestamp": wire(at_ms), **more}
        return int(self.say("StartTransaction", payload, charger)["transactionId"])

    def stop(self, transaction: Any, at_ms: int, meter: int = 2000, charger: Charger | None = None, **more: Any) -> dict[str, Any]:
        """A StopTransaction."""
        payload = {"transactionId": transaction, "meterStop": meter, "timestamp": wire(at_ms), **more}
        return self.say("StopTransaction", payload, charger)

    def meter(self, at_ms: int, *sampled: dict[str, Any], transaction: Any = None, connector: int = 1) -> None:
        """A MeterValues with one sample."""
        payload: dict[str, Any] = {"connectorId": connector, "meterValue": [{"timestamp": wire(at_ms), "sampledValue": list(sampled)}]}
        if transaction is not None:
            payload["transactionId"] = transaction
        self.say("MeterValues", payload)

    def status(self, status: str, at_ms: int | None = None, connector: int = 1, **more: Any) -> None:
        """A StatusNotification."""
        payload: dict[str, Any] = {"connectorId": connector, "status": status, "errorCode": "NoError", **more}
        if at_ms is not None:
            payload["timestamp"] = wire(at_ms)
        self.say("StatusNotification", payload)

    def rows(self, query: str, **parameters: Any) -> list[Any]:
        """Rows of a query, as mappings."""
        with self.engine.connect() as conn:
            return [row._mapping for row in conn.execute(text(query), parameters)]

    def session(self, id: int) -> Any:
        """One session's row."""
        return self.rows("SELECT * FROM charging_session WHERE id = :id", id=id)[0]


def minutes(number: float) -> int:
    """Milliseconds of a moment some minutes ago."""
    return now_ms() - round(number * 60_000)
