"""RQ jobs of the connection doctor."""

from sqlalchemy import delete, func, select

from wcc.clock import DAY_MS, from_ms, now_ms
from wcc.db import writing
from wcc.models import ConnectionAttempt

BATCH = 500
MOST = 100_000  # rows in all, whatever their age


def drop_old(days: int) -> int:
    """Forget attempts older than so many days, and the oldest of too many; returns how many."""
    dropped = 0
    while True:
        old = select(ConnectionAttempt.id).where(ConnectionAttempt.at < from_ms(now_ms() - days * DAY_MS)).limit(BATCH)
        with writing() as session:
            many = (session.scalar(select(func.count()).select_from(ConnectionAttempt)) or 0) - MOST
            surplus = select(ConnectionAttempt.id).order_by(ConnectionAttempt.at).limit(min(max(many, 0), BATCH))
            ids = [*session.scalars(old), *session.scalars(surplus)]
            session.execute(delete(ConnectionAttempt).where(ConnectionAttempt.id.in_(ids)))
        dropped += len(set(ids))
        if len(ids) < BATCH:
            return dropped
