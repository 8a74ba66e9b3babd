"""Verdicts on tags for chargers, set by set, on a bare connection."""

from typing import Any

from sqlalchemy import Connection

from wcc.clock import now_ms, wire
from wcc.db import Pick

# (status, expiry in ms or None, parent or None), as far as a charger is told.
Verdict = tuple[str, int | None, str | None]

_TAGS = Pick(
    "SELECT keys.org, keys.folded, t.id, t.blocked, t.expires_at, t.parent FROM {keys} JOIN authorization_tag t"
    " ON t.organization_id = keys.org AND t.folded = keys.folded",
    org="bigint",
    folded="text",
)
_STATIONS = Pick(
    "SELECT cp.id, cp.active, cp.free_charging, cp.free_charging_tag FROM {keys} JOIN charge_point cp ON cp.id = keys.id",
    id="bigint",
)


def judge(station: Any, tag: Any, folded: str, at_ms: int) -> Verdict:
    """May this tag charge here at that time? `station` = (active, free_charging, its tag), `tag` = (blocked, expires, parent) or None.

    Free charging needs no tag record (R3.8); a deactivated station lets nobody charge (R3.2b).
    """
    active, free, free_tag = station
    if not active:
        return ("Blocked", None, None)
    if folded and folded == free_tag.casefold():
        return ("Accepted" if free else "Invalid", None, None)
    if tag is None:
        return ("Invalid", None, None)
    blocked, expires_ms, parent = tag
    if blocked:
        return ("Blocked", None, parent)
    if expires_ms is not None and expires_ms <= at_ms:
        return ("Expired", None, parent)
    return ("Accepted", expires_ms, parent)


def verdicts(conn: Connection, asked: list[tuple[Any, ...]]) -> list[Verdict]:
    """Verdicts for (charge point, organization, folded tag, time in ms) rows, in order."""
    if not asked:
        return []
    stations = {row[0]: tuple(row[1:]) for row in _STATIONS(conn, [(row[0],) for row in asked])}
    tags = {(row[0], row[1]): tuple(row[3:]) for row in _TAGS(conn, [(row[1], row[2]) for row in asked])}
    nowhere = (False, False, "")
    return [judge(stations.get(row[0], nowhere), tags.get((row[1], row[2])), row[2], row[3]) for row in asked]


def id_tag_info(verdict: Verdict | None) -> dict[str, Any]:
    """Verdict → idTagInfo; absent fields are left out, never null. No verdict: the tag is not known to be good."""
    status, expires_ms, parent = verdict or ("Invalid", None, None)
    info: dict[str, Any] = {"status": status}
    if expires_ms is not None and expires_ms > now_ms():  # an offline start may have been good while it lasted
        info["expiryDate"] = wire(expires_ms)
    if parent:
        info["parentIdTag"] = parent
    return info
