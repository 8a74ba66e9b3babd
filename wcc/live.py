"""Live updates: one Redis subscription per process, one bounded queue per browser, server-sent events.

An event says only what kind of thing changed and its id; the page fetches the fragment again under its own rights.
"""

from collections.abc import Callable, Iterator
from typing import Any

import gevent
import orjson
import structlog
from gevent.queue import Empty, Full, Queue
from redis import Redis
from redis.exceptions import RedisError

from wcc import bus

log = structlog.get_logger()

QUEUE_SIZE = 200
KEEPALIVE_S = 15
GATHER_S = 0.25
Filter = Callable[[bus.Changes], bus.Changes]


class Hub:
    """Hands what is published to the browsers of this process."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.queues: dict[Queue, int | None] = {}
        self.greenlet: gevent.Greenlet | None = None

    def _run(self) -> None:
        while True:
            try:
                self._listen(bus.connect(self.url, blocking=True))
            except RedisError as error:
                log.warning("live updates interrupted", error=str(error))
            gevent.sleep(1)

    def _listen(self, redis: "Redis") -> None:
        subscription: Any = redis.pubsub()
        subscription.subscribe(bus.EVENTS)
        for message in subscription.listen():
            if message["type"] == "subscribe":  # from now on nothing is lost, but until now: everyone looks again
                self._tell(None, {"refresh": [0]})
            else:
                organization_id, changes = orjson.loads(message["data"])
                self._tell(organization_id, changes)

    def _tell(self, organization_id: int | None, changes: bus.Changes) -> None:
        for queue, wanted in list(self.queues.items()):
            if wanted is None or organization_id is None or wanted == organization_id:
                try:
                    queue.put_nowait(changes)
                except Full:  # a browser that does not read: it refreshes everything when it does
                    while not queue.empty():
                        queue.get_nowait()
                    queue.put_nowait({"refresh": [0]})

    def stream(self, organization_id: int | None, only: Filter) -> Iterator[str]:
        """Server-sent events for one browser; `organization_id` None = all of them. `only` drops what it may not see."""
        if self.greenlet is None:
            self.greenlet = gevent.spawn(self._run)
        queue: Queue = Queue(QUEUE_SIZE)
        self.queues[queue] = organization_id
        try:
            yield "retry: 2000\nevent: hello\ndata: {}\n\n"
            while True:
                try:
                    changes = queue.get(timeout=KEEPALIVE_S)
                except Empty:
                    yield ": still here\n\n"
                    continue
                gevent.sleep(GATHER_S)  # one look-up of rights for all that happens within a moment
                if visible := only(_merged(changes, queue)):
                    yield f"event: change\ndata: {orjson.dumps(visible).decode()}\n\n"
        finally:
            del self.queues[queue]


def _merged(changes: bus.Changes, queue: Queue) -> bus.Changes:
    """What came first and all that waits behind it, as one; each id once."""
    gathered = {kind: dict.fromkeys(ids) for kind, ids in changes.items()}
    while not queue.empty():
        for kind, ids in queue.get_nowait().items():
            gathered.setdefault(kind, {}).update(dict.fromkeys(ids))
    return {kind: list(ids) for kind, ids in gathered.items()}
