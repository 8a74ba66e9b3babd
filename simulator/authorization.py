"""Who may charge: the local list, the cache, and asking the central system."""

import logging
from typing import TYPE_CHECKING, Any

from ocpp.v16 import call

from simulator import clock
from simulator.wire import CallRefused, LinkLost

if TYPE_CHECKING:
    from simulator.station import Station

log = logging.getLogger("simulator")

IdTagInfo = dict[str, Any]  # status, parent_id_tag, expiry_date as the ocpp package spells them


def fold(id_tag: str) -> str:
    """Form in which id tags are compared: OCPP takes them without case."""
    return id_tag.casefold()


class Authorization:
    """The charger's knowledge about id tags."""

    def __init__(self, charger: "Station") -> None:
        self._charger = charger
        self.list_version = 0
        self.entries: dict[str, IdTagInfo] = {}
        self.cache: dict[str, IdTagInfo] = {}

    async def check(self, id_tag: str) -> IdTagInfo:
        """Decide about a tag presented now; asks the central system unless it may decide alone."""
        known = self._known(id_tag)
        if known and self._charger.configuration.flag("LocalPreAuthorize") and known["status"] == "Accepted":
            return known
        try:
            answer = await self._charger.ask(call.Authorize(id_tag=id_tag))
        except (LinkLost, TimeoutError, CallRefused) as error:
            log.info("%s cannot ask about %s: %s", self._charger.identity, id_tag, error)
            return self._offline(known)
        self.learn(id_tag, answer.id_tag_info)
        return dict(answer.id_tag_info)

    def _offline(self, known: IdTagInfo | None) -> IdTagInfo:
        if known and self._charger.configuration.flag("LocalAuthorizeOffline"):
            return known
        return {"status": "Invalid"}

    def _known(self, id_tag: str) -> IdTagInfo | None:
        """What list and cache say; the list wins."""
        info = self.cache.get(fold(id_tag))
        if self._charger.configuration.flag("LocalAuthListEnabled"):
            info = self.entries.get(fold(id_tag), info)
        if info and (expiry := info.get("expiry_date")) and clock.parse(expiry) < self._charger.clock.now():
            return {**info, "status": "Expired"}
        return info

    def learn(self, id_tag: str, info: IdTagInfo | None) -> None:
        """Keep what the central system said about a tag in the cache."""
        if info and self._charger.settings.authorization_cache:
            self.cache[fold(id_tag)] = dict(info)

    def update_list(self, version: int, kind: str, entries: list[dict[str, Any]]) -> str:
        """Answer to SendLocalList: Accepted, Failed or VersionMismatch."""
        maximum = self._charger.configuration.number("LocalAuthListMaxLength")
        if len(entries) > self._charger.configuration.number("SendLocalListMaxLength"):
            return "Failed"
        if kind == "Differential" and version <= self.list_version:
            return "VersionMismatch"
        if kind == "Full" and any("id_tag_info" not in entry for entry in entries):
            return "Failed"
        updated = {} if kind == "Full" else dict(self.entries)
        for entry in entries:
            if "id_tag_info" in entry:
                updated[fold(entry["id_tag"])] = entry["id_tag_info"]
            else:
                updated.pop(fold(entry["id_tag"]), None)
        if version <= 0 or len(updated) > maximum:
            return "Failed"
        self.entries, self.list_version = updated, version
        return "Accepted"
