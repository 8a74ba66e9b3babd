"""UpdateFirmware and GetDiagnostics: progress notices as a charger gives them. No file is transferred."""

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from ocpp.v16 import call

if TYPE_CHECKING:
    from simulator.station import Station

log = logging.getLogger("simulator")


def next_version(version: str) -> str:
    """The version an update brings when none is set: the last part counts up."""
    head, _, last = version.rpartition(".")
    return f"{head}.{int(last) + 1}" if head and last.isdigit() else f"{version}.1"


class Firmware:
    """The charger's software and its jobs; `status` and `diagnostics_status` are what a trigger reports."""

    def __init__(self, charger: "Station") -> None:
        self._charger = charger
        self.version = charger.settings.firmware_version
        self.status = "Idle"
        self.diagnostics_status = "Idle"
        self._job = 0

    async def update(self, retrieve_at: datetime) -> None:
        """Download from `retrieve_at` on, install once nobody charges, reboot. A newer job ends this one."""
        self._job += 1
        job = self._job
        clock, outcome = self._charger.clock, self._charger.settings.firmware_outcome
        await clock.sleep((retrieve_at - clock.now()).total_seconds())
        steps = ["Downloading"] if outcome == "DownloadFailed" else ["Downloading", "Downloaded"]
        for status in steps:
            if job != self._job:
                return
            await self._notify(status)
            await clock.sleep(self._charger.settings.firmware_step_s)
        if outcome != "DownloadFailed":
            await self._install()
        await self._notify(outcome)
        self.status = "Idle"

    async def _install(self) -> None:
        charger = self._charger
        await charger.watch.wait_for(lambda: not any(c.session for c in charger.connectors.values()))
        out = [c for c in charger.connectors.values() if c.status in ("Available", "Finishing", "Reserved")]
        for connector in out:
            await charger.report(connector, "Unavailable")
        await self._notify("Installing")
        await charger.clock.sleep(charger.settings.firmware_step_s)
        await self.replace(charger.settings.firmware_outcome == "Installed")
        for connector in out:
            if connector.operative and connector.status == "Unavailable":
                await charger.report(connector, "Preparing" if connector.car else "Available")

    async def replace(self, succeeds: bool = True) -> None:
        """Reboot, with the new version if the installation succeeds; returns when the charger is back."""
        if succeeds:
            self.version = self._charger.settings.firmware_next or next_version(self.version)
        await self._charger.reboot()
        await self._charger.watch.wait_for(lambda: self._charger.online)

    async def _notify(self, status: str) -> None:
        log.info("%s firmware: %s", self._charger.identity, status)
        self.status = status
        await self._charger.tell(call.FirmwareStatusNotification(status=status))

    async def diagnostics(self) -> None:
        """Report an upload and how it went."""
        for status in ("Uploading", self._charger.settings.diagnostics_outcome):
            log.info("%s diagnostics: %s", self._charger.identity, status)
            self.diagnostics_status = status
            await self._charger.tell(call.DiagnosticsStatusNotification(status=status))
            await self._charger.clock.sleep(self._charger.settings.firmware_step_s)
        self.diagnostics_status = "Idle"
