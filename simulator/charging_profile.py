"""Charging profiles: storing them and what limit they give. OCPP 1.6 §3.13; currents in A per phase."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from simulator import clock

NOMINAL_V = 230.0
_PERIOD = {"Daily": timedelta(days=1), "Weekly": timedelta(days=7)}


@dataclass
class Installed:
    """One profile at a connector (0 = the station), as the `ocpp` package spells its fields."""

    connector: int
    profile: dict[str, Any]
    since: datetime

    @property
    def purpose(self) -> str:
        """chargingProfilePurpose."""
        return str(self.profile["charging_profile_purpose"])

    def _begin(self, moment: datetime, started: datetime | None) -> datetime | None:
        """When the schedule that covers `moment` began; None if it does not apply."""
        schedule, kind = self.profile["charging_schedule"], self.profile["charging_profile_kind"]
        if kind == "Relative":
            return started
        begin = clock.parse(schedule["start_schedule"]) if "start_schedule" in schedule else self.since
        if kind == "Recurring" and moment > begin:
            period = _PERIOD[self.profile.get("recurrency_kind", "Daily")]
            begin += period * ((moment - begin) // period)
        return begin

    def limit_a(self, moment: datetime, started: datetime | None) -> float | None:
        """Its limit at `moment`, None when it says nothing then. `started`: begin of the transaction."""
        for name, outside in (("valid_from", -1), ("valid_to", 1)):
            if name in self.profile:
                border = clock.parse(self.profile[name])
                if (moment < border and outside < 0) or (moment >= border and outside > 0):
                    return None
        begin = self._begin(moment, started)
        schedule = self.profile["charging_schedule"]
        elapsed_s = (moment - begin).total_seconds() if begin else -1.0
        if elapsed_s < 0 or elapsed_s >= schedule.get("duration", float("inf")):
            return None
        periods = [p for p in schedule["charging_schedule_period"] if p["start_period"] <= elapsed_s]
        if not periods:
            return None
        period = max(periods, key=lambda p: p["start_period"])
        limit = float(period["limit"])
        return limit if schedule["charging_rate_unit"] == "A" else limit / (NOMINAL_V * period.get("number_phases", 3))


class ChargingProfiles:
    """All profiles of one charger."""

    def __init__(self) -> None:
        self.installed: list[Installed] = []

    def install(self, connector: int, profile: dict[str, Any], now: datetime) -> None:
        """Add a profile; one with the same id, or the same purpose and level there, is replaced."""
        new = Installed(connector, profile, now)
        self.installed = [old for old in self.installed if not self._replaces(new, old)]
        self.installed.append(new)

    @staticmethod
    def _replaces(new: Installed, old: Installed) -> bool:
        if old.profile["charging_profile_id"] == new.profile["charging_profile_id"]:
            return True
        same_level = old.profile["stack_level"] == new.profile["stack_level"]
        return old.connector == new.connector and old.purpose == new.purpose and same_level

    def clear(self, profile_id: int | None, connector: int | None, purpose: str | None, stack_level: int | None) -> bool:
        """Remove what matches all given criteria (an id alone decides); whether anything did."""

        def matches(item: Installed) -> bool:
            if profile_id is not None:
                return bool(item.profile["charging_profile_id"] == profile_id)
            return (
                connector in (None, item.connector)
                and purpose in (None, item.purpose)
                and stack_level in (None, item.profile["stack_level"])
            )

        before = len(self.installed)
        self.installed = [item for item in self.installed if not matches(item)]
        return len(self.installed) < before

    def end_transaction(self, connector: int) -> None:
        """A TxProfile dies with its transaction."""
        self.installed = [i for i in self.installed if i.connector != connector or i.purpose != "TxProfile"]

    def limit_a(self, connector: int, moment: datetime, started: datetime | None) -> float | None:
        """The limit in force: the transaction's profile before the default one, the station's maximum over both."""
        transaction = self._top("TxProfile", (connector,), moment, started)
        if transaction is None:
            transaction = self._top("TxDefaultProfile", (connector, 0), moment, started)
        station = self._top("ChargePointMaxProfile", (0,), moment, started)
        limits = [limit for limit in (transaction, station) if limit is not None]
        return min(limits) if limits else None

    def _top(self, purpose: str, where: tuple[int, ...], moment: datetime, started: datetime | None) -> float | None:
        """The highest stack level that says something at `moment`; a connector's own beats the station-wide one."""
        candidates = [i for i in self.installed if i.purpose == purpose and i.connector in where]
        candidates.sort(key=lambda i: (i.profile["stack_level"], i.connector), reverse=True)
        for item in candidates:
            limit = item.limit_a(moment, started)
            if limit is not None:
                return limit
        return None

    def composite(
        self, connector: int, begin: datetime, duration_s: int, started: datetime | None, ceiling_a: float
    ) -> list[dict[str, Any]]:
        """chargingSchedulePeriods in A for `duration_s` from `begin`; the hardware's `ceiling_a` caps it."""
        periods: list[dict[str, Any]] = []
        step_s = max(1, duration_s // 1440)  # at most a day in minutes: finer is of no use to anybody
        for offset_s in range(0, max(1, duration_s), step_s):
            limit = self.limit_a(connector, begin + timedelta(seconds=offset_s), started)
            capped = round(min(ceiling_a, limit) if limit is not None else ceiling_a, 1)
            if not periods or periods[-1]["limit"] != capped:
                periods.append({"start_period": offset_s, "limit": capped})
        return periods
