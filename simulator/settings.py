"""Everything about a simulated charger that a real one might do differently.

Each default is the Webasto NEXT as far as it is known; what is only guessed can be set, until a real unit's log tells.
"""

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

RATINGS = {"16A": 16, "32A": 32}
OUTCOMES = {
    "rating": tuple(RATINGS),
    "authorization": ("text", "hex", "raw", "none", "wrong"),
    "status_on_reconnect": ("changed", "all", "none"),
    "end_sample": ("meter_values", "transaction_data", "none"),
    "firmware_outcome": ("Installed", "DownloadFailed", "InstallationFailed"),
    "diagnostics_outcome": ("Uploaded", "UploadFailed", "none"),
    "tls_version": (None, "1.2", "1.3"),
    "data_transfer_status": ("Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId"),
}
FEATURE_PROFILES = (
    "Core",
    "FirmwareManagement",
    "LocalAuthListManagement",
    "Reservation",
    "SmartCharging",
    "RemoteTrigger",
)


class SettingError(ValueError):
    """A setting that does not exist or has an unusable value."""


@dataclass
class Settings:
    """Settings of one charger. Times are seconds, energies Wh, currents A."""

    # What it is
    rating: str = "32A"
    vendor: str = "Webasto"
    charge_point_model: str | None = None  # None: WB_NEXT_EVSE_EU_<rating>
    firmware_version: str = "3.1.16"
    boot_fields: dict[str, str] = field(default_factory=dict)  # more BootNotification fields, camelCase
    connectors: int = 1
    phases: int = 3
    fixed_cable: bool = True
    register_wh: int | None = None  # None: drawn from the seed
    feature_profiles: list[str] = field(default_factory=lambda: list(FEATURE_PROFILES))
    security_extension: bool = False

    # Connection
    subprotocols: list[str] = field(default_factory=lambda: ["ocpp1.6"])
    authorization: str = "text"  # form of the Basic header: text, hex, raw, none, wrong
    encode_identity: bool = True  # percent-encode the identity in the URL
    response_timeout_s: float = 30.0
    backoff_min_s: float = 1.0
    backoff_max_s: float = 60.0
    ca_file: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    tls_version: str | None = None  # "1.2" or "1.3": exactly this one
    verify_tls: bool = True

    # Boot and time
    strict_fraction: bool = True  # a currentTime without a fraction: drop the link, boot again
    boot_on_reconnect: bool = False
    status_on_reconnect: str = "changed"
    boot_retry_s: float = 30.0  # when the central system leaves it to us
    reboot_s: float = 5.0
    soft_reset_waits: bool = True  # a soft reset waits for the end of the session
    clock_offset_s: float = 0.0

    # Session
    free_charging: bool = False
    free_charging_id_tag: str = "#freecharging"
    authorize_free_charging: bool = False
    unplug_reason: str = "Local"  # StopTransaction.reason when the plug is pulled
    contactor_delay_s: float = 8.0
    tick_s: float = 1.0
    sample_interval_s: int = 60
    begin_sample: bool = True
    end_sample: str = "meter_values"
    voltage_phase_suffix: str = ""  # "-N" for L1-N
    authorization_cache: bool = True
    drop_after_attempts: bool = True  # give a transaction message up after TransactionMessageAttempts
    replug_after_error: bool = True
    reserve_connector_zero: bool = False
    reboot_required_keys: list[str] = field(default_factory=list)

    # Firmware, diagnostics, data
    firmware_step_s: float = 5.0
    firmware_outcome: str = "Installed"
    firmware_next: str | None = None  # None: the last part counts up
    diagnostics_outcome: str = "Uploaded"
    data_transfer_status: str = "UnknownVendorId"

    # Scenario
    id_tags: list[str] = field(default_factory=list)  # empty: cards drawn from the seed
    pause_s: list[float] = field(default_factory=lambda: [60.0, 900.0])  # between two cars, from-to
    wanted_wh: list[float] = field(default_factory=lambda: [4000.0, 38000.0])  # what a car takes, from-to
    linger_s: list[float] = field(default_factory=lambda: [30.0, 600.0])  # a full car stays plugged, from-to
    error_number: int | None = None  # row of the error table for `faulted`; None: drawn
    journal_length: int = 2000  # exchanges kept in memory

    def __post_init__(self) -> None:
        for name, allowed in OUTCOMES.items():
            if getattr(self, name) not in allowed:
                raise SettingError(f"{name} must be one of {', '.join(map(str, allowed))}, not {getattr(self, name)!r}")
        if unknown := set(self.feature_profiles) - set(FEATURE_PROFILES):
            raise SettingError(f"unknown feature profile {sorted(unknown)[0]!r}")
        self._check_numbers()

    def _check_numbers(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            duration = item.name.endswith("_s") and isinstance(value, int | float) and item.name != "clock_offset_s"
            if duration and not 0 <= value < float("inf"):
                raise SettingError(f"{item.name} cannot be {value}")
        if self.tick_s == 0 or self.journal_length < 1:
            raise SettingError("tick_s and journal_length must be greater than 0")
        if self.connectors < 1 or self.phases not in (1, 3):
            raise SettingError("connectors must be at least 1 and phases 1 or 3")
        for name in ("pause_s", "wanted_wh", "linger_s"):
            bounds = getattr(self, name)
            if len(bounds) != 2 or not 0 <= bounds[0] <= bounds[1]:
                raise SettingError(f"{name} must be two numbers, from and to")

    @property
    def rated_current_a(self) -> int:
        """What the hardware can give per phase."""
        return RATINGS[self.rating]

    @property
    def model(self) -> str:
        """chargePointModel as sent; the 16 A unit's name is a guess."""
        return self.charge_point_model or f"WB_NEXT_EVSE_EU_{self.rating}"

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Settings":
        """Build from parsed JSON. Raises SettingError for unknown names and wrong types."""
        hints = typing.get_type_hints(cls)
        known = {item.name for item in fields(cls)}
        for name, value in data.items():
            if name not in known:
                raise SettingError(f"unknown setting {name!r}")
            if not _fits(value, hints[name]):
                raise SettingError(f"setting {name!r} cannot be {value!r}")
        return cls(**data)


def _fits(value: Any, hint: Any) -> bool:
    """Whether a JSON value has the type of the setting (an integer is a fine float, a bool is no integer)."""
    if isinstance(hint, types.UnionType):
        return any(_fits(value, part) for part in typing.get_args(hint))
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is list:
        return isinstance(value, list) and all(_fits(item, parts[0]) for item in value)
    if origin is dict:
        return isinstance(value, dict) and all(_fits(item, parts[1]) for item in value.values())
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint)
