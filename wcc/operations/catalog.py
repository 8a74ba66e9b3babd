"""The remote operations, one file each. Adding one is a file like `unlock_connector.py` and a line here.

Most are declared (`declared.Declared`); those whose story is long are modules of the same shape, such as `reset.py`.
"""

from collections.abc import Sequence
from typing import Protocol

from flask_babel import lazy_gettext as _l

from wcc.models import Operation
from wcc.operations import (
    cancel_reservation,
    certificate_signed,
    change_availability,
    change_configuration,
    clear_cache,
    clear_charging_profile,
    data_transfer,
    delete_certificate,
    extended_trigger_message,
    get_composite_schedule,
    get_configuration,
    get_diagnostics,
    get_installed_certificate_ids,
    get_local_list_version,
    get_log,
    install_certificate,
    remote_start,
    remote_stop,
    reserve_now,
    reset,
    send_local_list,
    set_charging_profile,
    signed_update_firmware,
    trigger_message,
    unlock_connector,
    update_firmware,
)
from wcc.operations.fields import Field
from wcc.operations.form import Call, Station, Values
from wcc.operations.story import Scene, Story


class Kind(Protocol):
    """What each operation has. ACTION is OCPP's name; NAME that of its page and endpoint; DOES says in a sentence what it does;
    PROFILE is the group that it is listed in.
    """

    @property
    def ACTION(self) -> str: ...  # noqa: N802

    @property
    def NAME(self) -> str: ...  # noqa: N802

    @property
    def LABEL(self) -> str: ...  # noqa: N802

    @property
    def TITLE(self) -> str: ...  # noqa: N802

    @property
    def SENDS(self) -> str: ...  # noqa: N802

    @property
    def DOES(self) -> str: ...  # noqa: N802

    @property
    def PROFILE(self) -> str: ...  # noqa: N802

    @property
    def FIELDS(self) -> Sequence[Field]: ...  # noqa: N802

    def initial(self, station: Station | None, asked: Values) -> dict[str, str]: ...

    def build_call(self, station: Station, values: Values) -> Call: ...

    def note(self, station: Station, values: Values) -> str | None: ...

    def confirm(self, station: Station, values: Values) -> str | None: ...

    def title(self, operation: Operation) -> str: ...

    def tell(self, operation: Operation, scene: Scene) -> Story: ...


# The manual's own, which stand in the menu; then OCPP's others by feature profile, then the security extension.
FIRST: tuple[Kind, ...] = (remote_start, remote_stop, reset, change_availability)
KINDS: tuple[Kind, ...] = (
    *FIRST,
    unlock_connector.KIND,
    clear_cache.KIND,
    get_configuration.KIND,
    change_configuration.KIND,
    data_transfer.KIND,
    trigger_message.KIND,
    reserve_now.KIND,
    cancel_reservation.KIND,
    get_local_list_version.KIND,
    send_local_list.KIND,
    set_charging_profile.KIND,
    clear_charging_profile.KIND,
    get_composite_schedule.KIND,
    update_firmware.KIND,
    get_diagnostics.KIND,
    extended_trigger_message.KIND,
    get_log.KIND,
    certificate_signed.KIND,
    install_certificate.KIND,
    get_installed_certificate_ids.KIND,
    delete_certificate.KIND,
    signed_update_firmware.KIND,
)
# OCPP's feature profiles: name → heading and icon.
PROFILES = {
    "Core": (_l("Charging and settings"), "player-play"),
    "RemoteTrigger": (_l("Messages on request"), "mail"),
    "Reservation": (_l("Reservation"), "calendar"),
    "LocalAuthListManagement": (_l("List of tags in the charger"), "id"),
    "SmartCharging": (_l("Limits of the charging power"), "gauge"),
    "FirmwareManagement": (_l("Firmware and diagnostics"), "cpu"),
    "Security": (_l("Security extension"), "certificate"),
}
BY_NAME = {kind.NAME: kind for kind in KINDS}
BY_ACTION = {kind.ACTION: kind for kind in KINDS}


def by_profile() -> list[tuple[str, str, list[Kind]]]:
    """All kinds, grouped: heading, icon, kinds."""
    return [(str(word), icon, [kind for kind in KINDS if name == kind.PROFILE]) for name, (word, icon) in PROFILES.items()]


def title(operation: Operation) -> str:
    """Name of an operation in lists and pop-ups."""
    return BY_ACTION[operation.kind].title(operation)


def explain(operation: Operation, scene: Scene) -> Story:
    """An operation in plain words, whatever the charger answered."""
    return BY_ACTION[operation.kind].tell(operation, scene)
