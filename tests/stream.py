"""The stream of live changes, as a browser reads it."""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager

from wcc.bus import Changes

PATIENCE_S = 30  # the server says at least every 15 s that it is there


@contextmanager
def changes(port: int, cookie: str) -> Iterator[Iterator[Changes]]:
    """The changes that reach whom this cookie belongs to, in their order, from now on."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    connection.request("GET", "/changes", headers={"Cookie": f"wcc={cookie}"})
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/event-stream")
    events = _events(answer)
    assert next(events) == ("hello", {})  # from here on nothing is missed
    try:
        yield (data for event, data in events if event == "change")
    finally:
        answer.close()
        connection.close()


def _events(answer: http.client.HTTPResponse) -> Iterator[tuple[str, Changes]]:
    event = ""
    while line := answer.readline():
        name, _, value = line.decode().rstrip().partition(": ")
        if name == "event":
            event = value
        elif name == "data":
            yield event, json.loads(value)
