"""The charger's configuration keys.

No dump of a real NEXT is known, so the list is the standard core set plus the settings of its web UI.
"""

from collections.abc import Callable
from dataclasses import dataclass

from simulator.meter import MEASURANDS
from simulator.settings import Settings

Check = Callable[[str], bool]


class UnknownKey(KeyError):
    """A key this charger does not have."""


@dataclass
class Key:
    """One key: `access` is R, W or RW; `check` says whether a new value is acceptable."""

    name: str
    value: str
    access: str
    check: Check


def _count(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) <= 2**31 - 1


def _flag(text: str) -> bool:
    return text.lower() in ("true", "false")


def _measurands(text: str) -> bool:
    # One unsupported entry refuses the whole list.
    return all(part.strip() in MEASURANDS for part in text.split(",")) if text else True


def _text(text: str) -> bool:
    return len(text) <= 500


def _authorization_key(text: str) -> bool:
    return 16 <= len(text) <= 40


def _security_profile(text: str) -> bool:
    # 2 and 3 need certificates this unit does not have.
    return text in ("0", "1")


def _current(text: str) -> bool:
    return _count(text) and (int(text) == 0 or 6 <= int(text) <= 32)


def _keys(settings: Settings) -> list[Key]:
    rotation = ",".join(["0.Unknown"] + [f"{n}.RST" for n in range(1, settings.connectors + 1)])
    sampled = (
        "Energy.Active.Import.Register,Power.Active.Import,Current.Import.L1,Current.Import.L2,Current.Import.L3,"
        "Voltage.L1,Voltage.L2,Voltage.L3"
    )
    keys = [
        Key("SupportedFeatureProfiles", ",".join(settings.feature_profiles), "R", _text),
        Key("NumberOfConnectors", str(settings.connectors), "R", _count),
        Key("GetConfigurationMaxKeys", "50", "R", _count),
        Key("HeartbeatInterval", "300", "RW", _count),
        Key("WebSocketPingInterval", "60", "RW", _count),
        Key("ConnectionTimeOut", "60", "RW", _count),
        Key("MeterValueSampleInterval", str(settings.sample_interval_s), "RW", _count),
        Key("ClockAlignedDataInterval", "0", "RW", _count),
        Key("MeterValuesSampledData", sampled, "RW", _measurands),
        Key("MeterValuesAlignedData", "Energy.Active.Import.Register", "RW", _measurands),
        Key("StopTxnSampledData", "", "RW", _measurands),
        Key("StopTxnAlignedData", "", "RW", _measurands),
        Key("AuthorizeRemoteTxRequests", "false", "RW", _flag),
        Key("LocalPreAuthorize", "false", "RW", _flag),
        Key("LocalAuthorizeOffline", "true", "RW", _flag),
        Key("StopTransactionOnInvalidId", "true", "RW", _flag),
        Key("StopTransactionOnEVSideDisconnect", "true", "RW", _flag),
        # On a fixed cable there is nothing to unlock.
        Key("UnlockConnectorOnEVSideDisconnect", "false", "R" if settings.fixed_cable else "RW", _flag),
        Key("TransactionMessageAttempts", "3", "RW", _count),
        Key("TransactionMessageRetryInterval", "60", "RW", _count),
        Key("ResetRetries", "1", "RW", _count),
        Key("ConnectorPhaseRotation", rotation, "RW", _text),
        Key("AuthorizationKey", "", "W", _authorization_key),
        Key("SecurityProfile", "0", "RW", _security_profile),
    ]
    return keys + _profile_keys(settings) + _vendor_keys(settings)


def _profile_keys(settings: Settings) -> list[Key]:
    keys = []
    if "LocalAuthListManagement" in settings.feature_profiles:
        keys += [
            Key("LocalAuthListEnabled", "true", "RW", _flag),
            Key("LocalAuthListMaxLength", "500", "R", _count),
            Key("SendLocalListMaxLength", "50", "R", _count),
        ]
    if "SmartCharging" in settings.feature_profiles:
        keys += [
            Key("ChargeProfileMaxStackLevel", "8", "R", _count),
            Key("ChargingScheduleMaxPeriods", "24", "R", _count),
            Key("MaxChargingProfilesInstalled", "10", "R", _count),
            Key("ChargingScheduleAllowedChargingRateUnit", "Current", "R", _text),
        ]
    return keys


def _vendor_keys(settings: Settings) -> list[Key]:
    return [
        Key("FreeChargingMode", str(settings.free_charging).lower(), "RW", _flag),
        Key("FreeChargingIdTag", settings.free_charging_id_tag, "RW", lambda text: 0 < len(text) <= 20),
        Key("OperatorCurrentLimit", str(settings.rated_current_a), "RW", _current),
        Key("SafeCurrent", "6", "RW", _current),
        Key("HemsMode", "OFF", "RW", lambda text: text in ("OFF", "HEMS", "DLM")),
        Key("LedBrightness", "100", "RW", lambda text: _count(text) and int(text) <= 100),
        Key("TimeZone", "Europe/Amsterdam", "RW", _text),
        Key("OffPeakCharging", "false", "RW", _flag),
        Key("RandomisedDelayRange", "0", "RW", _count),
    ]


class Configuration:
    """The keys of one charger with OCPP's reading and changing rules; names are compared without case."""

    def __init__(self, settings: Settings) -> None:
        self._keys = {key.name.lower(): key for key in _keys(settings)}
        self._reboot_required = {name.lower() for name in settings.reboot_required_keys}
        self.changed: dict[str, str] = {}

    def get(self, name: str) -> str:
        """The value as text. Raises UnknownKey."""
        try:
            return self._keys[name.lower()].value
        except KeyError as error:
            raise UnknownKey(name) from error

    def number(self, name: str) -> int:
        """The value of a numeric key."""
        return int(self.get(name))

    def flag(self, name: str) -> bool:
        """The value of a true/false key; false when the charger has no such key."""
        return name.lower() in self._keys and self.get(name).lower() == "true"

    def listed(self, name: str) -> list[str]:
        """The entries of a comma-separated key."""
        return [part.strip() for part in self.get(name).split(",") if part.strip()]

    def set(self, name: str, value: str) -> None:
        """Set a key from the inside, read-only ones too. Raises UnknownKey, or ValueError for a bad value."""
        key = self._keys.get(name.lower())
        if key is None:
            raise UnknownKey(name)
        if not key.check(value):
            raise ValueError(f"configuration key {key.name} cannot be {value!r}")
        key.value = value
        self.changed[key.name] = value

    def change(self, name: str, value: str) -> str:
        """Answer to ChangeConfiguration: Accepted, Rejected, RebootRequired or NotSupported."""
        key = self._keys.get(name.lower())
        if key is None:
            return "NotSupported"
        if key.access == "R" or not key.check(value) or self._lowers_security(key, value):
            return "Rejected"
        self.set(name, value)
        return "RebootRequired" if key.name.lower() in self._reboot_required else "Accepted"

    @staticmethod
    def _lowers_security(key: Key, value: str) -> bool:
        return key.name == "SecurityProfile" and int(value) < int(key.value)

    def report(self, names: list[str]) -> tuple[list[dict[str, object]], list[str]]:
        """Answer to GetConfiguration: the readable entries and the unknown names; no names = everything."""
        entries: list[dict[str, object]] = []
        unknown: list[str] = []
        for name in names or [key.name for key in self._keys.values()]:
            key = self._keys.get(name.lower())
            if key is None:
                unknown.append(name)
                continue
            entry: dict[str, object] = {"key": key.name, "readonly": key.access == "R"}
            if key.access != "W":
                entry["value"] = key.value
            entries.append(entry)
        return entries, unknown
