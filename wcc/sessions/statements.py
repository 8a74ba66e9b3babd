"""The SQL behind `record`: every statement of the ledger on sessions and samples, in row form."""

from hashlib import blake2b
from typing import Any

from wcc.db import Bulk, Pick
from wcc.models.meter import READINGS

# Snapshot columns of a session: the person, and the station with its tariff.
PERSON = ("user_id", "first_name", "last_name", "email", "employee_number", "customer_number")
SITE = ("description", "site", "street", "house_number", "zip_code", "city", "country", "currency", "price_per_kwh", "price_per_session")
_NUMBERS = {"user_id", "price_per_kwh", "price_per_session"}


def _types(names: tuple[str, ...]) -> dict[str, str]:
    return {name: "bigint" if name in _NUMBERS else "text" for name in names}


def digest(*parts: Any) -> str:
    """A short key over values of any type."""
    return blake2b(repr(parts).encode(), digest_size=16).hexdigest()


STATIONS = Pick(
    "SELECT cp.id, cp.active, cp.free_charging, cp.free_charging_tag, cp.description, cp.site, cp.street, cp.house_number,"
    " cp.zip_code, cp.city, cp.country, o.currency, o.price_per_kwh, o.price_per_session,"
    " u.id AS user_id, u.first_name, u.last_name, u.email, u.employee_number, u.customer_number"
    ' FROM {keys} JOIN charge_point cp ON cp.id = keys.id JOIN organization o ON o.id = cp.organization_id LEFT JOIN "user" u'
    " ON u.id = cp.user_id",
    id="bigint",
)
TAGS = Pick(
    "SELECT keys.org, keys.folded, t.id AS tag_id, t.alias, t.type, t.blocked, t.expires_at, t.parent,"
    " u.id AS user_id, u.first_name, u.last_name, u.email, u.employee_number, u.customer_number"
    " FROM {keys} JOIN authorization_tag t ON t.organization_id = keys.org AND t.folded = keys.folded"
    ' LEFT JOIN "user" u ON u.id = t.user_id',
    org="bigint",
    folded="text",
)
CONNECTORS = Pick(
    "SELECT c.charge_point_id, c.number, c.status, c.changed_at FROM {keys} JOIN connector c"
    " ON c.charge_point_id = keys.id AND c.number = keys.number",
    id="bigint",
    number="bigint",
)
_FIRST = (
    "reference",
    "start_key",
    "organization_id",
    "charge_point_id",
    "connector",
    "id_tag",
    "id_tag_folded",
    "tag_id",
    "authorization",
    "reservation_id",
    "tag_alias",
    "tag_type",
)
_LAST = (
    "started_at",
    "started_received_at",
    "started_late",
    "meter_start_wh",
    "plugged_in_at",
)
_INSERT_TYPES = {
    **{
        name: "bigint"
        if name
        in (
            "organization_id",
            "charge_point_id",
            "connector",
            "tag_id",
            "reservation_id",
        )
        else "text"
        for name in _FIRST
    },
    **_types(PERSON),
    **_types(SITE),
    **{name: "boolean" if name == "started_late" else "bigint" for name in _LAST},
}
# "authorization" is a reserved word of PostgreSQL.
_QUOTED = {name: f'"{name}"' for name in ("authorization",)}
INSERT = Bulk(
    f"INSERT INTO charging_session ({', '.join(_QUOTED.get(name, name) for name in _INSERT_TYPES)},"
    " stopped_late, stop_guessed, stop_missing, charging_ms, note)"
    f" VALUES ({', '.join(f':{name}' for name in _INSERT_TYPES)}, false, false, false, 0, '')"
    " ON CONFLICT (start_key) DO NOTHING",
    key=(),
    **_INSERT_TYPES,
)
BY_KEY = Pick(
    'SELECT s.start_key, s.id, s.reference, s."authorization" FROM {keys} JOIN charging_session s ON s.start_key = keys.start_key',
    start_key="text",
)
BY_ID = Pick(
    "SELECT s.id, s.charge_point_id, s.connector, s.stopped_at FROM {keys} JOIN charging_session s ON s.id = keys.id",
    id="bigint",
)
# The session that a start came upon on its connector: its stop may still be queued behind, so it is flagged, not closed.
STOP_MISSING = Bulk(
    "UPDATE charging_session SET stop_missing = true WHERE charge_point_id = :id AND connector = :connector"
    " AND started_at <= :at AND stopped_at IS NULL AND charging_session.id <> :session",
    key=("id", "connector"),
    id="bigint",
    connector="bigint",
    at="bigint",
    session="bigint",
)
OPEN_CONNECTOR = Bulk(
    "INSERT INTO connector (charge_point_id, organization_id, number, session_id) VALUES (:id, :org, :number, :session)"
    " ON CONFLICT (charge_point_id, number) DO UPDATE SET session_id = excluded.session_id WHERE connector.session_id IS NULL OR"
    " (SELECT started_at FROM charging_session WHERE id = connector.session_id)"
    " <= (SELECT started_at FROM charging_session WHERE id = excluded.session_id)",
    key=("id", "number"),
    id="bigint",
    org="bigint",
    number="bigint",
    session="bigint",
)
CLOSE_CONNECTOR = Bulk(
    "UPDATE connector SET session_id = NULL, power_w = NULL, current_l1_a = NULL, current_l2_a = NULL, current_l3_a = NULL"
    " WHERE session_id = :session",
    key=("session",),
    session="bigint",
)
EARLY_STOPS = Pick(
    "SELECT keys.session AS session_id, o.id AS orphan_id, o.stopped_at AS at_ms, o.received_at AS arrived_ms, false AS late,"
    " o.meter_stop_wh, o.reason, o.id_tag FROM {keys} JOIN orphan_stop o ON o.charge_point_id = keys.id AND o.session_id IS NULL"
    " AND (o.transaction_id = '0' OR substr(o.transaction_id, 1, 1) = '-')"
    " AND o.stopped_at >= keys.at AND o.meter_stop_wh >= keys.meter ORDER BY o.stopped_at",
    session="bigint",
    id="bigint",
    at="bigint",
    meter="bigint",
)
JOIN_ORPHAN = Bulk(
    "UPDATE orphan_stop SET session_id = :session WHERE id = :id",
    key=("id",),
    id="bigint",
    session="bigint",
)
# Energy is unknown where the meter ran backwards and no sample told it. Without samples all of the time counts as charging.
STOP = Bulk(
    "UPDATE charging_session SET stopped_at = :at, stopped_received_at = :arrived, stopped_late = :late, meter_stop_wh = :meter,"
    " stop_reason = :reason, stop_id_tag = :tag, stop_guessed = :guessed, stop_missing = false, power_w = NULL,"
    " charging_ms = CASE WHEN values_at IS NULL"
    " THEN CASE WHEN :meter > meter_start_wh AND :at > started_at THEN :at - started_at ELSE 0 END"
    " WHEN :at > values_at AND :meter - meter_start_wh > coalesce(energy_wh, 0) THEN charging_ms + :at - values_at ELSE charging_ms END,"
    " energy_wh = CASE WHEN :meter >= meter_start_wh THEN :meter - meter_start_wh ELSE energy_wh END,"
    " plugged_out_at = (SELECT c.changed_at FROM connector c WHERE c.charge_point_id = charging_session.charge_point_id"
    " AND c.number = charging_session.connector AND c.status = 'Available' AND c.changed_at >= :at)"
    " {from} WHERE charging_session.id = :session AND stopped_at IS NULL",
    key=("session",),
    session="bigint",
    at="bigint",
    arrived="bigint",
    late="boolean",
    meter="bigint",
    reason="text",
    tag="text",
    guessed="boolean",
)
ORPHAN = Bulk(
    "INSERT INTO orphan_stop (organization_id, charge_point_id, transaction_id, id_tag, stopped_at, received_at, meter_stop_wh, reason)"
    " VALUES (:org, :id, :transaction, :tag, :at, :arrived, :meter, :reason)"
    " ON CONFLICT (charge_point_id, transaction_id, stopped_at, meter_stop_wh) DO NOTHING",
    org="bigint",
    id="bigint",
    transaction="text",
    tag="text",
    at="bigint",
    arrived="bigint",
    meter="bigint",
    reason="text",
)
LATEST_OPEN = Pick(
    "SELECT keys.id AS charge_point_id, keys.at AS at_ms, (SELECT s.id FROM charging_session s WHERE s.charge_point_id = keys.id"
    " AND s.stopped_at IS NULL AND s.started_at <= keys.at ORDER BY s.started_at DESC, s.id DESC LIMIT 1) AS id FROM {keys}",
    id="bigint",
    at="bigint",
)
GUESSED = Pick(
    "SELECT s.id, s.charge_point_id, s.stopped_at AS at_ms, s.meter_stop_wh FROM {keys} JOIN charging_session s"
    " ON s.charge_point_id = keys.id AND s.stopped_at = keys.at AND s.stop_guessed",
    id="bigint",
    at="bigint",
)

_READING_TYPES = {name: "bigint" if name == "energy_wh" else "double precision" for name in READINGS}
_NAMES, _PLACES = ", ".join(READINGS), ", ".join(f":{name}" for name in READINGS)


def _merged(table: str) -> str:
    names = (*READINGS, "extra")
    return ", ".join(f"{name} = coalesce(excluded.{name}, {table}.{name})" for name in names)


SAMPLE = Bulk(
    f"INSERT INTO meter_sample (session_id, at, organization_id, {_NAMES}, extra) VALUES (:session, :at, :org, {_PLACES}, :extra)"
    f" ON CONFLICT (session_id, at) DO UPDATE SET {_merged('meter_sample')}",
    key=("session", "at"),
    session="bigint",
    at="bigint",
    org="bigint",
    **_READING_TYPES,
    extra="text",
)
LOOSE_SAMPLE = Bulk(
    f"INSERT INTO connector_sample (charge_point_id, connector, at, organization_id, {_NAMES}, extra)"
    f" VALUES (:id, :connector, :at, :org, {_PLACES}, :extra)"
    f" ON CONFLICT (charge_point_id, connector, at) DO UPDATE SET {_merged('connector_sample')}",
    key=("id", "connector", "at"),
    id="bigint",
    connector="bigint",
    at="bigint",
    org="bigint",
    **_READING_TYPES,
    extra="text",
)
# A register below the meter's start counts per session (quirk 22). Time counts as charging where power flowed or energy grew.
_ENERGY = "CASE WHEN :energy >= meter_start_wh THEN :energy - meter_start_wh ELSE :energy END"
PROGRESS = Bulk(
    "UPDATE charging_session SET"
    " charging_ms = CASE WHEN :at > coalesce(values_at, started_at) AND"
    f" CASE WHEN :power IS NULL THEN coalesce({_ENERGY}, 0) > coalesce(energy_wh, 0) ELSE :power > 0 END"
    " THEN charging_ms + :at - coalesce(values_at, started_at) ELSE charging_ms END,"
    f" energy_wh = CASE WHEN coalesce({_ENERGY}, -1) > coalesce(energy_wh, -1) THEN {_ENERGY} ELSE energy_wh END,"
    " max_power_w = CASE WHEN coalesce(:power, -1) > coalesce(max_power_w, -1) THEN :power ELSE max_power_w END,"
    " power_w = CASE WHEN :at >= coalesce(values_at, 0) THEN coalesce(:power, power_w) ELSE power_w END,"
    " soc_percent = CASE WHEN :at >= coalesce(values_at, 0) THEN coalesce(:soc, soc_percent) ELSE soc_percent END,"
    " values_at = CASE WHEN :at > coalesce(values_at, 0) THEN :at ELSE values_at END"
    " WHERE charging_session.id = :session AND stopped_at IS NULL",
    key=("session",),
    session="bigint",
    at="bigint",
    energy="bigint",
    power="double precision",
    soc="double precision",
)
LATEST = Bulk(
    f"INSERT INTO connector (charge_point_id, organization_id, number, values_at, {_NAMES}) VALUES (:id, :org, :number, :at, {_PLACES})"
    " ON CONFLICT (charge_point_id, number) DO UPDATE SET values_at = excluded.values_at,"
    f" {', '.join(f'{name} = coalesce(excluded.{name}, connector.{name})' for name in READINGS)}"
    " WHERE connector.values_at IS NULL OR connector.values_at <= excluded.values_at",
    key=("id", "number"),
    id="bigint",
    org="bigint",
    number="bigint",
    at="bigint",
    **_READING_TYPES,
)
RUNNING = Pick(
    "SELECT keys.id AS charge_point_id, keys.connector, keys.at AS at_ms, s.id FROM {keys} JOIN charging_session s"
    " ON s.id = (SELECT x.id FROM charging_session x WHERE x.charge_point_id = keys.id AND x.connector = keys.connector"
    " AND x.started_at <= keys.at ORDER BY x.started_at DESC, x.id DESC LIMIT 1)"
    " AND (s.stopped_at IS NULL OR s.stopped_at >= keys.at)",
    id="bigint",
    connector="bigint",
    at="bigint",
)
GOAL_REACHED = Bulk(
    "UPDATE charging_session SET goal_reached_at = coalesce(goal_reached_at, :at) WHERE id = :id AND stopped_at IS NULL",
    key=("id",),
    id="bigint",
    at="bigint",
)
GOAL_LOST = Bulk(
    "UPDATE charging_session SET goal_reached_at = NULL WHERE id = :id AND stopped_at IS NULL AND goal_reached_at <= :at",
    key=("id",),
    id="bigint",
    at="bigint",
)
LAST_ENDED = Pick(
    "SELECT s.id, s.organization_id, keys.at AS at_ms FROM {keys} JOIN charging_session s"
    " ON s.id = (SELECT x.id FROM charging_session x WHERE x.charge_point_id = keys.id AND x.connector = keys.connector"
    " AND x.started_at <= keys.at ORDER BY x.started_at DESC, x.id DESC LIMIT 1)"
    " AND s.stopped_at IS NOT NULL AND s.plugged_out_at IS NULL",
    id="bigint",
    connector="bigint",
    at="bigint",
)
PLUGGED_OUT = Bulk(
    "UPDATE charging_session SET plugged_out_at = :at WHERE id = :id",
    key=("id",),
    id="bigint",
    at="bigint",
)
