"""Waiting for a charger's answer, without holding the loop, a connection or a transaction meanwhile."""

from time import monotonic

import gevent

from wcc.operations import queries

OPEN = ("pending", "sent")
FIRST_S, LONGEST_S = 0.02, 0.5  # between two looks: an answer is noticed soon, and who waits long costs little


def until_over(operation_id: int, wait_s: float) -> bool:
    """Look at the row until the operation is over or `wait_s` have passed; whether it is. The session of the request or command
    is let go before each pause: rows read earlier are detached."""
    until, pause_s = monotonic() + wait_s, FIRST_S
    while queries.state(operation_id) in OPEN:
        left_s = until - monotonic()
        if left_s <= 0:
            return False
        gevent.sleep(min(pause_s, left_s))
        pause_s = min(pause_s * 1.5, LONGEST_S)
    return True
