"""GetConfiguration. Without keys it asks for all; some chargers take only a few keys at once (GetConfigurationMaxKeys)."""

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from wcc.errors import Invalid
from wcc.operations.declared import Declared, Found, Reply, rows
from wcc.operations.fields import Long
from wcc.operations.form import Station
from wcc.operations.story import Table

LONGEST = 50  # characters of a key
SECRET = "authorizationkey"


def _payload(kind: Declared, found: Found, station: Station) -> dict[str, Any]:
    keys = [key for key in re.split(r"[\s,]+", found["keys"] or "") if key]
    if any(len(key) > LONGEST for key in keys):
        raise Invalid(keys=_("A key has at most %(most)s characters.", most=LONGEST))
    return {"key": list(dict.fromkeys(keys))} if keys else {}


def _said(reply: Reply) -> tuple[str, Table | None]:
    told = rows(reply.get("configurationKey"))
    unknown = reply.get("unknownKey")
    unknown = [str(key) for key in unknown] if isinstance(unknown, list) else []
    sentence = ngettext("It told %(num)s key", "It told %(num)s keys", len(told))
    if unknown:
        sentence = f"{sentence}. " + _("It does not know %(keys)s", keys=", ".join(unknown))
    lines = [(str(row.get("key", "")), _value(row), _("no") if row.get("readonly") else _("yes")) for row in told]
    return sentence, Table((_("Key"), _("Value"), _("Can be changed")), lines) if lines else None


def _value(row: Reply) -> str:
    if "value" not in row:
        return "–"
    return "…" if str(row.get("key", "")).lower() == SECRET else str(row["value"])


KIND = Declared(
    ACTION="GetConfiguration",
    NAME="get_configuration",
    LABEL=_l("Read the configuration"),
    DOES=_l("The charger tells its settings: all of them, or those that you name."),
    PROFILE="Core",
    FIELDS=(Long(name="keys", label=_l("Keys"), required=False, most=5000, help=_l("One per line. Leave it empty to read all.")),),
    payload=_payload,
    said=_said,
)
