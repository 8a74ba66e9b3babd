"""What is taken out of words before they are logged: links that open accounts, chargers' keys and passwords."""

import json
import re
from typing import Any

_SEALED = re.compile(r"[\w=-]{60,}")  # nothing that a person typed: the word of a link
_KEY = re.compile(r"(AuthorizationKey\W{0,20}(?:value\W{0,20})?)[^\"',}\]]+", re.IGNORECASE)


def request(line: str) -> str:
    """A line of a request without the sealed words in its address."""
    return _SEALED.sub("…", line)


def message(text: str) -> str:
    """A charger's message without the value of its AuthorizationKey (OCPP 1.6 security: the password it connects with)."""
    return _KEY.sub(r"\1…", text)


_SECRETS = ("authorizationkey", "password", "passphrase", "secret")
_TELLTALES = (*_SECRETS, "://", "\\u")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_LOGIN = re.compile(r"(\w+://)[^/\s\"@]*@")
HIDDEN = "…"


def _is_secret(name: Any) -> bool:
    """Whether a configuration key or a field of this name holds a secret."""
    return isinstance(name, str) and any(word in re.sub(r"[\W_]", "", name.lower()) for word in _SECRETS)


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        inner = frame(value) if value[:1] in ("{", "[") else value  # some vendors put JSON into a text
        return _LOGIN.sub(rf"\1{HIDDEN}@", inner)
    if isinstance(value, list):
        return [_masked(item) for item in value]
    if not isinstance(value, dict):
        return value
    keys = {name: item for name, item in value.items() if name.lower() == "key"}
    if any(map(_is_secret, keys.values())):  # a key of the configuration and its value, in whatever order and company
        return {name: item if name in keys or isinstance(item, bool) else HIDDEN for name, item in value.items()}
    return {name: HIDDEN if _is_secret(name) else _masked(item) for name, item in value.items()}


def frame(text: str) -> str:
    """A message as it was on the wire, without the secrets in it: values of keys like AuthorizationKey, logins in addresses.

    What speaks of a secret and is no JSON is not kept at all: nobody knows where in it the secret is.
    """
    low = text.lower()
    if not any(word in low for word in _TELLTALES):  # nearly every message
        return text
    try:
        read = json.loads(text)
        masked = _masked(read)
        return text if masked == read else json.dumps(masked, ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
        return HIDDEN if _is_secret(plain) else _LOGIN.sub(rf"\1{HIDDEN}@", text)
