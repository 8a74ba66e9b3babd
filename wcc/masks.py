"""What is taken out of words before they are logged: links that open accounts, chargers' keys."""

import re

_SEALED = re.compile(r"[\w=-]{60,}")  # nothing that a person typed: the word of a link
_KEY = re.compile(r"(AuthorizationKey\W{0,20}(?:value\W{0,20})?)[^\"',}\]]+", re.IGNORECASE)


def request(line: str) -> str:
    """A line of a request without the sealed words in its address."""
    return _SEALED.sub("…", line)


def message(text: str) -> str:
    """A charger's message without the value of its AuthorizationKey (OCPP 1.6 security: the password it connects with)."""
    return _KEY.sub(r"\1…", text)
