"""What may stand in the audit log, in words."""

from flask_babel import lazy_gettext as _

ACTIONS = {
    "account.signed_in": _("Signed in"),
    "account.signed_out": _("Signed out"),
    "second_step.app_set_up": _("Set up an authenticator app"),
    "second_step.app_removed": _("Removed the authenticator app"),
    "second_step.passkey_added": _("Added a passkey"),
    "second_step.passkey_removed": _("Removed a passkey"),
    "second_step.codes_made": _("Made new recovery codes"),
    "second_step.off": _("Switched the own second step off"),
    "second_step.taken_off": _("Switched the second step of somebody off"),
    "user.added": _("Added a user"),
    "user.edited": _("Edited a user"),
    "user.deleted": _("Deleted a user"),
    "tag.added": _("Added a tag"),
    "tag.edited": _("Edited a tag"),
    "tag.deleted": _("Deleted a tag"),
    "charge_point.added": _("Added a charge point"),
    "charge_point.edited": _("Edited a charge point"),
    "operation.requested": _("Requested an operation"),
    "session.noted": _("Wrote a note to a session"),
    "sessions.exported": _("Exported sessions"),
    "charge_points.exported": _("Exported charge points"),
    "meter_values.exported": _("Exported meter values"),
}

# What `detail` may name: fields, roles, ways of the second step, remote operations.
WORDS = {
    "app": _("Authenticator app"),
    "passkey": _("Passkey"),
    "recovery": _("Recovery code"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "mobile_number": _("Mobile number"),
    "employee_number": _("Employee number"),
    "customer_number": _("Customer number"),
    "language": _("Language"),
    "role": _("Role"),
    "operator": _("Platform operator"),
    "administrator": _("Administrator"),
    "readonly": _("Read-only"),
    "user": _("User"),
    "alias": _("RFID Tag alias"),
    "type": _("RFID Tag Type"),
    "note": _("Additional note"),
    "blocked": _("Blocked"),
    "expires_at": _("Expiry time"),
    "user_id": _("User"),
    "description": _("Description"),
    "site": _("Installation site"),
    "street": _("Street"),
    "house_number": _("House number"),
    "zip_code": _("Zip code"),
    "city": _("City"),
    "country": _("Country"),
    "RemoteStartTransaction": _("Remote start charging"),
    "RemoteStopTransaction": _("Remote stop transaction"),
    "Reset": _("Reset"),
    "ChangeAvailability": _("Change availability"),
}


def explain(detail: str) -> str:
    """An entry's detail in words: `first_name, role=readonly` → First name, Role: Read-only."""
    parts = (part.partition("=") for part in detail.split(", "))
    return ", ".join(f"{WORDS.get(name, name)}{': ' if sign else ''}{WORDS.get(value, value)}" for name, sign, value in parts)
