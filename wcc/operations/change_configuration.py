"""ChangeConfiguration. The value is always a text. AuthorizationKey is the password that the charger connects with (case 073)."""

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wcc.errors import Invalid
from wcc.operations.declared import Declared, Found
from wcc.operations.fields import Field
from wcc.operations.form import Station, Values

KEY = "authorizationkey"
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){16,20}")  # 16–20 bytes


class _Value(Field):
    """The value; it may be empty, since for some keys that is one."""

    def read(self, values: Values, station: Station) -> str:
        text = values.get(self.name, "").strip()
        return self.meant(text, values, station) if text else ""


def _payload(kind: Declared, found: Found, station: Station) -> dict[str, Any]:
    if found["key"].lower() == KEY and not _HEX.fullmatch(found["value"]):
        raise Invalid(value=_("This password is sent as 32 to 40 hexadecimal digits, an even number: they stand for 16 to 20 bytes."))
    return {"key": found["key"], "value": found["value"]}


def _warn(station: Station, values: Values) -> str | None:
    if values.get("key", "").strip().lower() == "securityprofile":
        return _("A security profile can only be raised. The charger connects anew, and must be able to on that profile.")
    return None


def _tick(station: Station, values: Values) -> str | None:
    if values.get("key", "").strip().lower() != KEY:
        return None
    return _("The charger uses this password from then on. The portal does not take it over: I make sure that it is let in with it.")


KIND = Declared(
    ACTION="ChangeConfiguration",
    NAME="change_configuration",
    LABEL=_l("Change the configuration"),
    DOES=_l("Sets one setting of the charger. Read the configuration first to see its keys."),
    PROFILE="Core",
    FIELDS=(
        Field(name="key", label=_l("Key"), most=50, help=_l("Such as MeterValueSampleInterval")),
        _Value(name="value", label=_l("Value"), required=False, help=_l("A number, a text, or true or false, as the key wants it")),
    ),
    payload=_payload,
    warn=_warn,
    tick=_tick,
    replies={
        "Accepted": _l("The setting is in force"),
        "Rejected": _l("It knows the key, but the value does not fit or the key can only be read"),
        "RebootRequired": _l("The setting is stored and comes into force when the charger restarts"),
        "NotSupported": _l("It does not know this key"),
    },
)
