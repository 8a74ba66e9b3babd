"""Why a charger was refused or its connection broke, in words, and what to do about it. Codes are those that the endpoint notes."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _

STEPS = ("reached", "identity", "subprotocol", "password", "boot", "clock", "status")


@dataclass(frozen=True)
class Reason:
    """`step`: the one of STEPS that fails; empty for a connection that broke later."""

    title: str
    advice: str
    step: str = ""


REASONS = {
    "no_identity": Reason(
        _("No charge point ID in the address"),
        _("Type the server address up to /ocpp and the ID into its own field. A charger without such a field wants both: …/ocpp/ID."),
        "identity",
    ),
    "unknown": Reason(
        _("Unknown charge point ID"),
        _("Compare the ID in the charger with the one here letter by letter, capitals too. If it is new, add it."),
        "identity",
    ),
    "subprotocol": Reason(
        _("Does not offer ocpp1.6"),
        _("Choose OCPP 1.6J (also called 1.6 JSON) in the charger: not SOAP, not 1.5 and not 2.0.1."),
        "subprotocol",
    ),
    "no_password": Reason(
        _("No password was sent"),
        _("Type the password into the charger. Its field may be named AuthorizationKey or Basic Auth; choose security profile 1."),
        "password",
    ),
    "bad_authorization": Reason(
        _("The password was sent in an unknown way"),
        _("The charger must use HTTP Basic authentication: choose security profile 1, or look for a newer firmware."),
        "password",
    ),
    "wrong_user": Reason(
        _("The user name is not the charge point ID"),
        _("Where the charger asks for a user name, type the charge point ID exactly as it is here."),
        "password",
    ),
    "wrong_password": Reason(
        _("Wrong password"),
        _("Copy the password from here into the charger once more. Some chargers take 20 characters at most: then make a shorter one."),
        "password",
    ),
    "bad_key": Reason(
        _("The password that is kept here cannot be read"),
        _("Make a new password for this charge point and type it into the charger."),
        "password",
    ),
    "no_websocket": Reason(
        _("Not a websocket"),
        _("A browser, or a charger set to SOAP? Choose OCPP-J. A proxy on the way must pass on the headers Upgrade and Connection."),
        "reached",
    ),
    "bad_handshake": Reason(
        _("A faulty websocket request"),
        _("The firmware or a proxy on the way does not keep to RFC 6455: look for a newer firmware, check the proxy."),
        "reached",
    ),
    "tls": Reason(
        _("TLS on a port without it"),
        _("The charger uses wss:// where this server speaks ws://. Type ws://, or put a proxy with a certificate before this server."),
        "reached",
    ),
    "slow": Reason(
        _("The request did not come to an end in time"),
        _("Check the charger's network: cable, mobile signal, firewall."),
        "reached",
    ),
    "not_ready": Reason(
        _("This server was not ready"),
        _("Nothing to do at the charger: it comes back by itself, and keeps what it has to report until then."),
        "reached",
    ),
    "lost": Reason(
        _("The connection was lost"),
        _("Power, cable, mobile signal or router. If it breaks after regular times, set WebSocketPingInterval to 60 in the charger."),
    ),
    "silent": Reason(
        _("The charger fell silent"),
        _("The line was open but nothing came, not even an answer to a ping. Check its network; restart it."),
    ),
    "replaced": Reason(
        _("A newer connection took its place"),
        _("Normal after a power cut or a change of network. If it goes on, two chargers have the same ID: give each its own."),
    ),
    "flood": Reason(
        _("Too many messages without waiting for answers"),
        _("A fault of the firmware: look for a newer one."),
    ),
    "unreadable": Reason(
        _("Too many unreadable messages"),
        _("They are in the message log. Check that the charger is set to OCPP 1.6 JSON, and look for a newer firmware."),
    ),
    "protocol": Reason(
        _("Broken websocket frames"),
        _("The firmware or a proxy on the way damages messages: look for a newer firmware, check the proxy."),
    ),
    "too_large": Reason(
        _("A message was too large"),
        _("Choose fewer measurands or longer intervals in the charger. The operator of this portal can allow larger messages."),
    ),
}
OTHER = Reason(_("Another reason"), _("Look at the message log and at the log of this server."))

# Details of a wrong password that is nearly the right one.
HINTS = {
    "empty": _("It was empty."),
    "around": _("It was the right one with a space, a quote or a line break around it."),
    "case": _("It was the right one but for capitals and small letters."),
    "base64": _("It was the right one in base64: type it as it is shown here."),
    "hex": _("It was the right one in another hexadecimal form: type it without spaces, colons and 0x."),
    "cut": _("It was only the beginning of the right one: the charger cuts it off. Make a shorter one."),
}


def find(code: str) -> Reason:
    """A reason by its code."""
    return REASONS.get(code, OTHER)


def hint(reason: str, detail: str) -> str:
    """What more is known: words for a wrong password, else the technical detail as it is."""
    return str(HINTS.get(detail, "")) if reason == "wrong_password" else detail
