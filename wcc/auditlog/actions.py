"""What may stand in the audit log, in words."""

from flask_babel import lazy_gettext as _

ACTIONS = {
    "account.signed_in": _("Signed in"),
    "account.signed_out": _("Signed out"),
    "user.added": _("Added a user"),
    "account.invitation_accepted": _("Accepted an invitation"),
    "account.password_reset": _("Set a new password by e-mail"),
    "user.invited": _("Sent an invitation again"),
    "user.invitation_shown": _("Looked at the link of an invitation"),
    "user.edited": _("Edited a user"),
    "user.deleted": _("Deleted a user"),
    "organization.added": _("Added an organization"),
    "organization.edited": _("Edited an organization"),
    "organization.deleted": _("Deleted an organization"),
    "tag.added": _("Added a tag"),
    "tag.edited": _("Edited a tag"),
    "tag.deleted": _("Deleted a tag"),
    "charge_point.added": _("Added a charge point"),
    "charge_point.edited": _("Edited a charge point"),
    "charge_point.secret_shown": _("Looked at the password of a charge point"),
    "charge_point.password_changed": _("Made a new password for a charge point"),
    "outbox.read": _("Read the outbox"),
    "operation.requested": _("Requested an operation"),
    "session.noted": _("Wrote a note to a session"),
    "sessions.exported": _("Exported sessions"),
    "charge_points.exported": _("Exported charge points"),
    "meter_values.exported": _("Exported meter values"),
}

# What `detail` may name: fields, roles, remote operations.
WORDS = {
    "name": _("Name"),
    "time_zone": _("Time zone"),
    "currency": _("Currency"),
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
