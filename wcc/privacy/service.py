"""Keeps a person's choice, counts pages and takes error reports (R1.6a)."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Date, bindparam, delete, text

from wcc.clock import utcnow
from wcc.db import writing
from wcc.models import BrowserError, PageView, User
from wcc.privacy import tools

ERRORS_KEPT = 1_000  # the newest: a flood pushes out older reports, and fills no disk

_COUNT = text(
    "INSERT INTO page_view (day, endpoint, count) VALUES (:day, :endpoint, 1) "
    "ON CONFLICT (day, endpoint) DO UPDATE SET count = page_view.count + 1"
).bindparams(bindparam("day", type_=Date))


def keep_choice(user: User, choice: str) -> None:
    """Keep what a signed-in person chose, as `tools.written` has it."""
    with writing():
        user.privacy = choice


def count_page(endpoint: str) -> None:
    """One more opening of a page today (UTC); exact however many are counted at once."""
    with writing() as session:
        session.execute(_COUNT, {"day": utcnow().date(), "endpoint": endpoint[:100]})


def _plain(told: Any, most: int) -> str:
    """A word of a report, fit to be kept: printable, no lone surrogates, so long at most."""
    letters = "".join(letter if letter.isprintable() else " " for letter in str(told or "")[: most * 2])
    return letters.encode("utf-8", "ignore").decode()[:most].strip()


def take_error(message: Any, source: Any, page: str, browser: str) -> None:
    """Keep what a browser told about an error in our scripts; of the newest ERRORS_KEPT only."""
    fresh = BrowserError(message=_plain(message, 500), source=_plain(source, 200), page=page[:100], browser=_plain(browser, 200))
    with writing() as session:
        session.add(fresh)
        session.flush()
        session.execute(delete(BrowserError).where(BrowserError.id <= fresh.id - ERRORS_KEPT))


def drop_old() -> int:
    """Delete counts and reports that are older than the privacy page promises; returns how many."""
    now = utcnow()
    with writing() as session:
        pages = session.execute(delete(PageView).where(PageView.day < (now - timedelta(days=tools.PAGES_KEPT_DAYS)).date()))
        errors = session.execute(delete(BrowserError).where(BrowserError.at < now - timedelta(days=tools.ERRORS_KEPT_DAYS)))
        return int(pages.rowcount + errors.rowcount)  # type: ignore[attr-defined]
