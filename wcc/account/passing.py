"""What is remembered for some minutes only, in Redis: half a sign-in, an app that is being set up, a challenge to a passkey.

A key is `<kind>:<print of whose>`, so that nothing that opens a door stands among the keys. All raise Unavailable without Redis.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from redis.exceptions import RedisError

from wcc import bus
from wcc.errors import Unavailable


def place(kind: str, whose: str) -> str:
    """The Redis key."""
    return f"{kind}:{hashlib.sha256(whose.encode(errors='replace')).hexdigest()}"


@contextmanager
def _asking(kind: str) -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise Unavailable(kind) from error


def keep(kind: str, whose: str, value: bytes, lives_s: int) -> None:
    """Remember a value for so many seconds, in the place of an older one."""
    with _asking(kind):
        bus.shared().set(place(kind, whose), value, ex=lives_s)


def look(kind: str, whose: str) -> bytes | None:
    """The value, if it is still remembered."""
    with _asking(kind):
        value = bus.shared().get(place(kind, whose))
    return value if isinstance(value, bytes) else None


def take(kind: str, whose: str) -> bytes | None:
    """The value, which is forgotten: of two who ask, one gets it."""
    with _asking(kind):
        value = bus.shared().getdel(place(kind, whose))
    return value if isinstance(value, bytes) else None


def count(kind: str, whose: str, lives_s: int) -> int:
    """How often this was called since the first time, at most so many seconds ago."""
    with _asking(kind):
        made: int = bus.shared().incr(place(kind, whose))
        bus.shared().expire(place(kind, whose), lives_s, nx=True)
    return made
