"""SendLocalList: the tags that the charger decides about by itself, also offline.

A line is a tag, `tag;status`, `tag;status;parent tag` or, in a differential list, `tag;delete`. Of a tag that the portal knows, its
parent and its expiry go along.
"""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from wcc.clock import to_ms, wire
from wcc.errors import Invalid
from wcc.operations.declared import Declared, Found
from wcc.operations.fields import Choice, Long, Whole
from wcc.operations.form import Station, Values

STATUSES = ("Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx")
DELETE = "delete"
LONGEST = 20


class _Tags(Long):
    """The tags; at first those that are valid at the station."""

    def first(self, station: Station | None, asked: Values) -> str:
        return "\n".join(tag.tag for tag in station.tags) if station else ""


def _payload(kind: Declared, found: Found, station: Station) -> dict[str, Any]:
    sent = {"listVersion": found["listVersion"], "updateType": found["updateType"]}
    lines = [line.strip() for line in (found["tags"] or "").splitlines() if line.strip()]
    entries = [_entry(line, found["updateType"] == "Differential", station) for line in lines]
    if len({entry["idTag"].casefold() for entry in entries}) < len(entries):
        raise Invalid(tags=_("A tag stands here more than once."))
    return {**sent, "localAuthorizationList": entries} if entries else sent


def _entry(line: str, differential: bool, station: Station) -> dict[str, Any]:
    tag, word, parent, *more = [part.strip() for part in [*line.split(";"), "", ""]][: max(3, line.count(";") + 1)]
    status = next((status for status in STATUSES if status.lower() == (word or "Accepted").lower()), None)
    if not tag or more or len(tag) > LONGEST or len(parent) > LONGEST:
        raise Invalid(tags=_("Not understood: %(line)s", line=line[:60]))
    if word.lower() == DELETE and differential and not parent:
        return {"idTag": tag}
    if status is None:
        raise Invalid(tags=_("Not understood: %(line)s", line=line[:60]))
    known = next((each for each in station.tags if each.folded == tag.casefold()), None)
    info: dict[str, Any] = {"status": status}
    if known and known.expires_at:
        info["expiryDate"] = wire(to_ms(known.expires_at))
    if parent or (known and known.parent):
        info["parentIdTag"] = parent or (known.parent if known else None)
    return {"idTag": tag, "idTagInfo": info}


KIND = Declared(
    ACTION="SendLocalList",
    NAME="send_local_list",
    LABEL=_l("Send the list of tags"),
    DOES=_l("Gives the charger the tags that it decides about by itself, also while it is offline."),
    PROFILE="LocalAuthListManagement",
    FIELDS=(
        Choice(
            name="updateType",
            label=_l("Kind of list"),
            default="Full",
            options={
                "Full": (_l("Full"), _l("Replaces the whole list. With no tags it empties it.")),
                "Differential": (_l("Differential"), _l("Adds, changes and deletes only the tags that are named.")),
            },
        ),
        Whole(name="listVersion", label=_l("Version of the list"), lowest=1, fresh=True, help=_l("Higher than the one before")),
        _Tags(
            name="tags",
            label=_l("Tags"),
            required=False,
            most=100_000,
            help=_l("One per line: the tag; or tag;Blocked; or tag;Accepted;parent tag; in a differential list also tag;delete"),
        ),
    ),
    payload=_payload,
    replies={
        "Accepted": _l("It uses the list from now on"),
        "Failed": _l("It could not take the list. Send it in full, or with fewer tags"),
        "NotSupported": _l("It keeps no list of tags"),
        "VersionMismatch": _l("The version is not higher than the one that it has: send the list in full"),
    },
)
