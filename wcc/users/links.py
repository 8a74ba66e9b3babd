"""Where links in mails lead."""

from urllib.parse import urlsplit

from flask import current_app, request

from wcc.config import Settings

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def root() -> str | None:
    """Address of this portal, without a slash at its end. Not wherever a request says that it was sent to: that would mail
    people links of an attacker's choice. None where no address is set."""
    settings: Settings = current_app.config["SETTINGS"]
    found = settings.public_url or (request.host_url if urlsplit(request.host_url).hostname in _LOOPBACK else "")
    return found.rstrip("/") or None
