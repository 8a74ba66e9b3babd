"""Redis: the job queue, presence of chargers, calls to a charger with a deadline, change events.

Keys: `own:<identity>` = `<node>:<token>` with expiry · `cmd:<node>` a list of commands · channel `events`.
"""

from collections.abc import Iterable
from typing import Any

import orjson
from redis import BlockingConnectionPool, Redis
from redis.exceptions import RedisError
from rq import Queue

from wcc.clock import now_ms
from wcc.errors import ChargerOffline

EVENTS = "events"
COMMAND_KEEP_S = 120  # a list nobody reads must not live for ever

# Deletes a presence key only while it is still ours: a newer socket may have taken it over.
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"
# Renews a key that is ours or gone (Redis may have restarted); 0 when somebody else's.
_REFRESH = (
    "local held = redis.call('get', KEYS[1]) if held and held ~= ARGV[1] then return 0 end"
    " redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2]) return 1"
)

Changes = dict[str, list[int]]  # kind of thing → ids


def connect(url: str, blocking: bool = False) -> "Redis":
    """A client. `blocking` ones (BLPOP, pub/sub) wait without a socket time-out, which redis-py would set to 5 s."""
    options: dict[str, Any] = {
        "socket_timeout": None if blocking else 5,
        "health_check_interval": 0 if blocking else 30,
    }
    return Redis(connection_pool=BlockingConnectionPool.from_url(url, max_connections=20, timeout=10, **options))


_shared: dict[str, "Redis"] = {}


def configure(url: str) -> None:
    """Set the Redis of this process; `shared()` gives its client from then on."""
    _shared["redis"] = connect(url)


def shared() -> "Redis":
    """The client of this process."""
    return _shared["redis"]


def queue(redis: "Redis", name: str = "operations") -> Queue:
    """RQ queue: `operations` for jobs of milliseconds, `default` for everything that may take long."""
    return Queue(name, connection=redis)


def ready(redis: "Redis") -> bool:
    """Whether Redis answers."""
    try:
        return bool(redis.ping())
    except RedisError:
        return False


# presence


def claim(redis: "Redis", owners: Iterable[tuple[str, str]], node: str, expiry_s: float) -> None:
    """Say that this node holds these (identity, token)s, in one pipeline. The newest claim wins."""
    pipe = redis.pipeline(transaction=False)
    for identity, token in owners:
        pipe.set(f"own:{identity}", f"{node}:{token}", px=int(expiry_s * 1000))
    pipe.execute()


def refresh(redis: "Redis", owners: list[tuple[str, str]], node: str, expiry_s: float) -> list[tuple[str, str]]:
    """Renew this node's presences; gives those that another socket has taken meanwhile. One pipeline."""
    pipe = redis.pipeline(transaction=False)
    for identity, token in owners:
        pipe.eval(_REFRESH, 1, f"own:{identity}", f"{node}:{token}", int(expiry_s * 1000))
    return [owner for owner, kept in zip(owners, pipe.execute(), strict=True) if not kept]


def release(redis: "Redis", identity: str, node: str, token: str) -> None:
    """Give up a presence, unless another socket has taken it since."""
    redis.eval(_RELEASE, 1, f"own:{identity}", f"{node}:{token}")


def owner(redis: "Redis", identity: str) -> str | None:
    """Name of the node that holds the charger's socket, or None."""
    value: Any = redis.get(f"own:{identity}")
    return value.decode().rpartition(":")[0] if value else None


def present(redis: "Redis", identities: list[str]) -> set[str]:
    """Which of these chargers some node holds a socket of."""
    if not identities:
        return set()
    values: Any = redis.mget([f"own:{identity}" for identity in identities])
    return {identity for identity, value in zip(identities, values, strict=True) if value}


# commands


def send_call(
    redis: "Redis",
    identity: str,
    organization_id: int,
    operation_id: int,
    message_id: str,
    action: str,
    payload: str,
    deadline_ms: int,
) -> None:
    """Hand a CALL to the node that owns the charger; `payload` is JSON text. Raises ChargerOffline when none does."""
    node = owner(redis, identity)
    if node is None:
        raise ChargerOffline(identity)
    command = {
        "identity": identity,
        "organization": organization_id,
        "operation": operation_id,
        "id": message_id,
        "action": action,
        "payload": payload,
        "deadline_ms": deadline_ms,
    }
    pipe = redis.pipeline()
    pipe.rpush(f"cmd:{node}", orjson.dumps(command))
    pipe.expire(f"cmd:{node}", COMMAND_KEEP_S)
    pipe.execute()


def next_command(redis: "Redis", node: str, wait_s: float = 5) -> dict[str, Any] | None:
    """The next command for this node that has not expired; None when there was none in time. `redis` is a blocking one."""
    taken: Any = redis.blpop([f"cmd:{node}"], timeout=wait_s)
    if taken is None:
        return None
    command: dict[str, Any] = orjson.loads(taken[1])
    return command if command["deadline_ms"] > now_ms() else {**command, "expired": True}


# who follows a station's messages

WATCHED = "watched"


def watch(redis: "Redis", charge_point_id: int, seconds: float) -> None:
    """Say that somebody looks at a station's messages, for so long."""
    now = now_ms()
    pipe = redis.pipeline(transaction=False)
    pipe.zremrangebyscore(WATCHED, 0, now)
    pipe.zadd(WATCHED, {str(charge_point_id): now + seconds * 1000})
    pipe.execute()


def watched(redis: "Redis") -> set[int]:
    """Ids of the stations whose messages somebody looks at."""
    found: Any = redis.zrangebyscore(WATCHED, now_ms(), "+inf")
    return {int(id) for id in found}


# change events


def publish(redis: "Redis", organization_id: int, changes: Changes) -> None:
    """Tell every browser of an organization which things changed: {"session": [17], "operation": [4]}. Ids only, no data."""
    redis.publish(EVENTS, orjson.dumps([organization_id, changes]))


def publish_all(redis: "Redis", changes: dict[int, Changes]) -> None:
    """Publish for several organizations in one round trip."""
    pipe = redis.pipeline(transaction=False)
    for organization_id, changed in changes.items():
        pipe.publish(EVENTS, orjson.dumps([organization_id, changed]))
    pipe.execute()
