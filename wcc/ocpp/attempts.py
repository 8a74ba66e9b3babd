"""Attempts to connect that failed, counted in the node before they are stored: a flood of them costs a bounded number of rows.

One row per identity, address and reason in an hour. When there are MOST of them in an hour, further ones are counted together:
first without their address, then without their identity.
"""

from wcc.clock import now_ms

HOUR_MS = 3_600_000
MOST = 1_000
MOST_WITHOUT_ADDRESS = 1_500
Key = tuple[str, str, str]
Row = tuple[str, str, str, int, str, int, int, int]


def shown_identity(identity: str) -> str:
    """An identity as it may be kept: no control characters, and nothing after a colon, where some put the password."""
    head, colon, _ = identity.partition(":")
    return "".join(letter for letter in head if letter.isprintable()).encode("utf-8", "ignore").decode()[:250] + ("…" if colon else "")


class Attempts:
    """What is to be stored of refused and broken connections."""

    def __init__(self) -> None:
        self._hour = 0
        self._seen: set[Key] = set()
        self._waiting: dict[Key, list[int]] = {}
        self._details: dict[Key, str] = {}

    def note(self, identity: str, address: str, reason: str, detail: str = "") -> None:
        """Count one attempt."""
        now = now_ms()
        if now // HOUR_MS != self._hour:
            self._hour, self._seen = now // HOUR_MS, set()
        key = self._place((shown_identity(identity), address[:45], reason))
        self._seen.add(key)
        entry = self._waiting.setdefault(key, [0, now, now])
        entry[0] += 1
        entry[2] = now
        self._details[key] = detail[:200]

    def _place(self, key: Key) -> Key:
        identity, _, reason = key
        if key in self._seen or len(self._seen) < MOST:
            return key
        shorter = (identity, "", reason)
        if shorter in self._seen or len(self._seen) < MOST_WITHOUT_ADDRESS:
            return shorter
        return ("", "", reason)

    def take(self) -> list[Row]:
        """(identity, address, reason, hour, detail, count, first, last) of what came since the last time."""
        rows = [
            (*key, first // HOUR_MS, self._details[key].replace("\0", ""), count, first, last)
            for key, (count, first, last) in self._waiting.items()
        ]
        self._waiting, self._details = {}, {}
        return rows
