"""What the two tools of the privacy settings gather: counts of pages and errors of browsers. Neither names a person (R1.6a)."""

from datetime import date, datetime

from sqlalchemy import Date, String
from sqlalchemy.orm import Mapped, mapped_column

from wcc.clock import utcnow
from wcc.db import Base, Id, UtcMs


class PageView(Base):
    """How often a page was opened on a day (UTC), by those who agreed to be counted. `endpoint` is the page, not its address."""

    __tablename__ = "page_view"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    endpoint: Mapped[str] = mapped_column(String(100), primary_key=True)
    count: Mapped[int]


class BrowserError(Base):
    """An error in a script of ours, as a browser told it. `source` is the script with its line, `page` an endpoint."""

    __tablename__ = "browser_error"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcMs, default=utcnow, index=True)
    message: Mapped[str] = mapped_column(String(500))
    source: Mapped[str] = mapped_column(String(200), default="")
    page: Mapped[str] = mapped_column(String(100), default="")
    browser: Mapped[str] = mapped_column(String(200), default="")
