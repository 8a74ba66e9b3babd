"""/charge-points: list, add, look at, change, delete."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from flask import url_for
from pydantic import Field, StringConstraints

from wcc.access import charge_point_for, having, seen_sessions
from wcc.api import paging, queries
from wcc.api.describe import Answer, Endpoint
from wcc.api.door import route, settings
from wcc.api.shapes import NO_NUL, Input, NoQuery, Number, Output, Paging
from wcc.chargepoints import credentials, service
from wcc.chargepoints.service import FACTS
from wcc.config import cipher
from wcc.models import ChargePoint, Connector, User


def _text(name: str) -> Any:
    return Annotated[str, StringConstraints(max_length=FACTS[name], pattern=NO_NUL)]


Password = Annotated[str, StringConstraints(min_length=8, max_length=40, pattern=NO_NUL)]
PASSWORD = "What the charger sends (Basic auth): 8 to 40 bytes."


class Place(Input):
    """What people say about a station."""

    description: _text("description") = ""  # type: ignore[valid-type]
    site: _text("site") = Field(default="", description="Installation site.")  # type: ignore[valid-type]
    street: _text("street") = ""  # type: ignore[valid-type]
    house_number: _text("house_number") = ""  # type: ignore[valid-type]
    zip_code: _text("zip_code") = ""  # type: ignore[valid-type]
    city: _text("city") = ""  # type: ignore[valid-type]
    country: _text("country") = ""  # type: ignore[valid-type]


class NewChargePoint(Place):
    """A station to be let in."""

    identity: Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00/:]*$")] = Field(
        description="Charge point ID (OCPP identity): the last part of the address that the charger connects to.",
        examples=["NEXT-WS104645"],
    )
    password: Password | None = Field(default=None, description=f"{PASSWORD} Without one, one is made.")
    organization_id: Number | None = Field(
        default=None, description="For platform operators: whose it is. Others' stations are of their own organization."
    )


class ChargePointChange(Place):
    """What is to change; what is not there stays."""

    password: Password = Field(default="", validate_default=False, description=f"{PASSWORD} Never shown again.")


class ConnectorShown(Output):
    """A connector as it was last heard. Power, register and session are for those who see inside the station."""

    number: int = Field(description="OCPP connectorId; 0 is the charger as a whole.")
    status: str | None = Field(description="OCPP status, such as Available.")
    error_code: str | None
    vendor_error_code: str | None
    info: str | None
    changed_at: datetime | None
    session: int | None = Field(description="Number of the running session, for those who see it.")
    power_w: float | None
    energy_wh: int | None = Field(description="Meter register.")
    values_at: datetime | None


class ChargePointShown(Output):
    """A station. Serial numbers and such are null for those with whom it is only shared to view."""

    identity: str
    organization_id: int
    description: str
    site: str
    street: str
    house_number: str
    zip_code: str
    city: str
    country: str
    active: bool
    user: str | None = Field(description="E-mail of whom it is assigned to.")
    presence: Literal["online", "offline", "unknown"] = Field(description="unknown: never connected.")
    onboarded_at: datetime
    connected_at: datetime | None
    disconnected_at: datetime | None
    seen_at: datetime | None
    booted_at: datetime | None
    vendor: str | None
    model: str | None
    firmware_version: str | None
    charge_point_serial: str | None
    charge_box_serial: str | None
    meter_serial: str | None
    meter_type: str | None
    iccid: str | None
    imsi: str | None
    firmware_status: str | None
    diagnostics_status: str | None
    connectors: list[ConnectorShown]


class ChargePointAdded(ChargePointShown):
    """A new station, with the password to type into its charger."""

    password: str


class ChargePointPage(Output):
    """Stations by identity."""

    items: list[ChargePointShown]
    next: str | None = Field(description="Cursor of the next page.")


SECRETIVE = (
    "charge_point_serial",
    "charge_box_serial",
    "meter_serial",
    "meter_type",
    "iccid",
    "imsi",
    "firmware_status",
    "diagnostics_status",
)
OPEN = tuple(name for name in ChargePointShown.model_fields if name not in (*SECRETIVE, "user", "connectors"))


def _connector(connector: Connector, inside: bool, seen: set[int]) -> ConnectorShown:
    return ConnectorShown(
        number=connector.number,
        status=connector.status,
        error_code=connector.error_code,
        vendor_error_code=connector.vendor_error_code,
        info=connector.info,
        changed_at=connector.changed_at,
        session=connector.session_id if connector.session_id in seen else None,
        power_w=connector.power_w if inside else None,
        energy_wh=connector.energy_wh if inside else None,
        values_at=connector.values_at if inside else None,
    )


def _facts(user: User, found: Sequence[ChargePoint]) -> list[dict[str, Any]]:
    """Stations as this user may see them; four queries for all of them."""
    inside, assignment = having(user, "inside", found), having(user, "assignment", found)
    connectors = queries.connectors(found)
    seen = seen_sessions(user, (each.session_id for some in connectors.values() for each in some))
    return [
        {name: getattr(each, name) for name in OPEN}
        | {name: getattr(each, name) if each.id in inside else None for name in SECRETIVE}
        | {"user": each.user.email if each.user and each.id in assignment else None}
        | {"connectors": [_connector(connector, each.id in inside, seen) for connector in connectors[each.id]]}
        for each in found
    ]


def _shown(user: User, charge_point: ChargePoint) -> ChargePointShown:
    return ChargePointShown(**_facts(user, [charge_point])[0])


@route(
    Endpoint(
        "GET", "/charge-points", "list_charge_points", "List charge points", "read", {200: Answer(ChargePointPage, "A page.")}, query=Paging
    )
)
def list_all(user: User, query: Paging) -> ChargePointPage:
    key = (ChargePoint.identity, ChargePoint.id)
    rows, following = paging.rows(queries.charge_points(user), key, query, lambda row: (row.identity, row.id))
    return ChargePointPage(items=[ChargePointShown(**facts) for facts in _facts(user, rows)], next=following)


@route(
    Endpoint(
        "POST",
        "/charge-points",
        "add_charge_point",
        "Add a charge point",
        "write",
        {201: Answer(ChargePointAdded, "It may connect.", {"Location": "Its address."})},
        text="For administrators. The password is in the answer; afterwards only the portal shows it.",
        problems=(409,),
        body=NewChargePoint,
    )
)
def add(user: User, query: NoQuery, body: NewChargePoint) -> tuple[ChargePointAdded, int, dict[str, str]]:
    facts = {name: getattr(body, name) for name in FACTS}
    organization = str(body.organization_id or "")
    key = cipher(settings().instance)
    fresh, clear = service.add_for(user, body.identity, body.password, key, facts, organization)
    shown = ChargePointAdded(**_facts(user, [fresh])[0], password=clear)
    return shown, 201, {"Location": url_for("api.get_charge_point", identity=fresh.identity)}


@route(
    Endpoint(
        "GET",
        "/charge-points/{identity}",
        "get_charge_point",
        "Look at a charge point",
        "read",
        {200: Answer(ChargePointShown, "As it is now.")},
    )
)
def show(user: User, identity: str, query: NoQuery) -> ChargePointShown:
    return _shown(user, charge_point_for(user, identity))


@route(
    Endpoint(
        "PATCH",
        "/charge-points/{identity}",
        "change_charge_point",
        "Change a charge point",
        "write",
        {200: Answer(ChargePointShown, "As it is now.")},
        text="For those who may operate it; its password for those who may see that.",
        body=ChargePointChange,
    )
)
def change(user: User, identity: str, query: NoQuery, body: ChargePointChange) -> ChargePointShown:
    given = body.model_fields_set
    if "password" in given:
        credentials.replace(user, identity, body.password, cipher(settings().instance))
    return _shown(user, service.edit(user, identity, {name: getattr(body, name) for name in FACTS if name in given}))


@route(
    Endpoint(
        "DELETE",
        "/charge-points/{identity}",
        "delete_charge_point",
        "Delete a charge point",
        "write",
        {204: Answer(None, "It is gone, and its charger is not let in any more.")},
        text="For administrators. One that has charging sessions cannot be deleted, since these stay; nor one whose charger is connected.",
        problems=(409,),
    )
)
def delete(user: User, identity: str, query: NoQuery) -> None:
    service.delete(user, identity)
