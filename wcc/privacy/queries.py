"""What the tools gathered, for the platform operator only."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import case, func, select

from wcc.clock import utcnow
from wcc.db import db
from wcc.errors import NotAllowed
from wcc.models import BrowserError, PageView, User

NEWEST = 100


@dataclass(frozen=True)
class Opened:
    """How often a page was opened, on the last 7 and the last 30 days (UTC, today included)."""

    endpoint: str
    week: int
    month: int


def _only_operators(user: User) -> None:
    if user.role != "operator":
        raise NotAllowed("privacy")


def opened(user: User) -> list[Opened]:
    """Pages by how often they were opened, most first. Raises NotAllowed for anyone but an operator."""
    _only_operators(user)
    today = utcnow().date()
    week = func.sum(case((PageView.day > today - timedelta(days=7), PageView.count), else_=0))
    month = func.sum(PageView.count)
    statement = select(PageView.endpoint, week, month).where(PageView.day > today - timedelta(days=30))
    rows = db.session.execute(statement.group_by(PageView.endpoint).order_by(month.desc(), PageView.endpoint))
    return [Opened(endpoint, int(in_week), int(in_month)) for endpoint, in_week, in_month in rows]


def errors(user: User) -> list[BrowserError]:
    """The newest reports, newest first. Raises NotAllowed for anyone but an operator."""
    _only_operators(user)
    return list(db.session.scalars(select(BrowserError).order_by(BrowserError.id.desc()).limit(NEWEST)))
