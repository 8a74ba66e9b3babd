"""SetChargingProfile, by the rules of cases 056 and 057: which profile may stand where, and what goes with which kind."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wcc.clock import now_ms, wire
from wcc.errors import Invalid
from wcc.models import ChargingSession
from wcc.operations.declared import Declared, Found
from wcc.operations.fields import Choice, Long, Moment, Outlet, Session, Tenths, Whole
from wcc.operations.form import Station, Values
from wcc.operations.profiles import PURPOSES, UNITS, periods


class _Periods(Long):
    """The schedule's periods."""

    def meant(self, text: str, values: Values, station: Station) -> list[dict[str, Any]]:
        return periods(self, str(super().meant(text, values, station)))


def _payload(kind: Declared, found: Found, station: Station) -> dict[str, Any]:
    _check_place(found)
    session = _session(found, station)
    profile: dict[str, Any] = {"chargingProfileId": found["chargingProfileId"]}
    if session:
        profile["transactionId"] = session.id
    profile |= {
        "stackLevel": found["stackLevel"],
        "chargingProfilePurpose": found["chargingProfilePurpose"],
        "chargingProfileKind": found["chargingProfileKind"],
    }
    profile |= {name: found[name] for name in ("recurrencyKind", "validFrom", "validTo") if found[name] is not None}
    return {"connectorId": found["connector"], "csChargingProfiles": profile | {"chargingSchedule": _schedule(found)}}


def _check_place(found: Found) -> None:
    """That purpose and connector, kind and recurrence fit each other. Raises Invalid."""
    purpose, kind = found["chargingProfilePurpose"], found["chargingProfileKind"]
    if purpose == "ChargePointMaxProfile" and found["connector"] != 0:
        raise Invalid(connector=_("For the whole station the connector is 0."))
    if purpose == "TxProfile" and found["connector"] == 0:
        raise Invalid(connector=_("A session runs at a connector: enter which, not 0."))
    if kind == "Recurring" and found["recurrencyKind"] is None:
        raise Invalid(recurrencyKind=_("Choose how often it recurs."))
    if kind != "Recurring" and found["recurrencyKind"] is not None:
        raise Invalid(recurrencyKind=_("Only a recurring profile recurs: leave this empty."))
    if kind == "Relative" and found["startSchedule"] is not None:
        raise Invalid(startSchedule=_("A relative profile begins with the session: leave this empty."))
    if found["validFrom"] and found["validTo"] and found["validTo"] <= found["validFrom"]:
        raise Invalid(validTo=_("It must end after it begins."))


def _session(found: Found, station: Station) -> ChargingSession | None:
    """The session of a profile for one session: the one named, else the one that runs there. Raises Invalid."""
    named: ChargingSession | None = found["session"]
    if found["chargingProfilePurpose"] != "TxProfile":
        if named:
            raise Invalid(session=_("Only a profile for one session names one: leave this empty."))
        return None
    named = named or next((session for session in station.running if session.connector == found["connector"]), None)
    if named is None:
        raise Invalid(session=_("No session runs there as far as the charger has told: enter which one is meant."))
    return named


def _schedule(found: Found) -> dict[str, Any]:
    schedule: dict[str, Any] = {"duration": found["duration"]} if found["duration"] is not None else {}
    start = found["startSchedule"]
    if start is None and found["chargingProfileKind"] != "Relative":
        start = wire(now_ms())
    if start is not None:
        schedule["startSchedule"] = start
    schedule |= {"chargingRateUnit": found["chargingRateUnit"], "chargingSchedulePeriod": found["periods"]}
    if found["minChargingRate"] is not None:
        schedule["minChargingRate"] = found["minChargingRate"]
    return schedule


KIND = Declared(
    ACTION="SetChargingProfile",
    NAME="set_charging_profile",
    LABEL=_l("Set a charging profile"),
    DOES=_l("Limits the charging power, always or by a schedule."),
    PROFILE="SmartCharging",
    FIELDS=(
        Outlet(lowest=0),
        Choice(name="chargingProfilePurpose", label=_l("Purpose"), options=PURPOSES, default="TxDefaultProfile"),
        Session(required=False, help=_l("Only for one session. Left empty: the one that runs there")),
        Whole(name="chargingProfileId", label=_l("Profile ID"), lowest=1, default="1", help=_l("An earlier one with this ID is replaced")),
        Whole(name="stackLevel", label=_l("Stack level"), default="0", help=_l("Of several profiles the highest level holds")),
        Choice(
            name="chargingProfileKind",
            label=_l("Kind"),
            default="Absolute",
            options={
                "Absolute": (_l("Absolute"), _l("Begins at a time that you give.")),
                "Recurring": (_l("Recurring"), _l("Begins anew each day or week.")),
                "Relative": (_l("Relative"), _l("Begins with each session.")),
            },
        ),
        Choice(
            name="recurrencyKind",
            label=_l("Recurs"),
            required=False,
            options={"Daily": _l("Each day"), "Weekly": _l("Each week")},
            help=_l("Only for a recurring profile"),
        ),
        Moment(name="startSchedule", label=_l("Begins at"), required=False, help=_l("Left empty: now, or with the session")),
        Moment(name="validFrom", label=_l("Valid from"), required=False),
        Moment(name="validTo", label=_l("Valid until"), required=False),
        Whole(name="duration", label=_l("Lasts (s)"), required=False, lowest=1, help=_l("Left empty: without end")),
        Choice(name="chargingRateUnit", label=_l("Unit"), options=UNITS, default="A"),
        Tenths(name="minChargingRate", label=_l("Lowest useful rate"), required=False),
        _Periods(
            name="periods",
            label=_l("Schedule"),
            default="0 16",
            most=50_000,
            help=_l("A line per period: seconds after the beginning, limit, and perhaps phases. Such as 0 16, then 3600 10.5 3"),
        ),
    ),
    payload=_payload,
    replies={
        "Accepted": _l("The limit holds. Whether it acts shows the composite schedule"),
        "Rejected": _l("It gives no reason; a limit of the charger is passed, or the session does not run"),
        "NotSupported": _l("It cannot limit its power this way"),
    },
)
