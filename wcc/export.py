"""Rows as files: CSV as a stream in constant memory, XLS at once for up to XLS_LIMIT rows.

CSV is what Excel opens by a double click: UTF-8 with a byte order mark, CRLF, and separator, decimal mark and order of dates
of the user's language (English: `,` and `2026-11-17 14:31:02`, German: `;`, `0,5` and `17.11.2026 14:31:02`). Numbers carry no
unit and no thousands mark; times are in the organization's time zone. In XLS numbers are numbers and times are dates.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import xlwt

from wcc.db import in_thread
from wcc.errors import WccError

Cell = str | int | float | Decimal | datetime | None

XLS_LIMIT = 5_000  # rows made while a person waits
SHEET_ROWS = 65_535  # BIFF8 has 65 536; one is the header
MAX_CELL = 32_767
_CSV_BYTES = 32_768  # text gathered before it is sent
_FLUSH_ROWS = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class _Form:
    """How a language writes what a file holds: `date` is strftime's, `excel` the same in Excel's own letters."""

    separator: str = ","
    mark: str = "."
    date: str = "%Y-%m-%d %H:%M:%S"
    excel: str = "yyyy-mm-dd hh:mm:ss"


_ENGLISH = _Form()
_FORMS = {
    "nl": _Form(";", ",", "%d-%m-%Y %H:%M:%S", "dd-mm-yyyy hh:mm:ss"),
    "de": _Form(";", ",", "%d.%m.%Y %H:%M:%S", "dd.mm.yyyy hh:mm:ss"),
    "fr": _Form(";", ",", "%d/%m/%Y %H:%M:%S", "dd/mm/yyyy hh:mm:ss"),
}
_CSV_TYPE = "text/csv; charset=utf-8"
_XLS_TYPE = "application/vnd.ms-excel"
TYPES = {"csv": _CSV_TYPE, "xls": _XLS_TYPE}


class TooManyRows(WccError):
    """More rows than XLS can be made of while a person waits; CSV has no such bound."""


def defused(text: str) -> str:
    """A cell that a spreadsheet would take for a formula (it may come from a charger), made text by an apostrophe."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def file_name(what: str, form: str, moment: datetime, zone: str) -> str:
    """Name of a download: `sessions-2026-11-24.csv`, dated in the organization's zone; ASCII only."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", what).strip("-")
    return f"{plain}-{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d}.{form}"


def headers(what: str, form: str, moment: datetime, zone: str) -> dict[str, str]:
    """Response headers of a download."""
    return {
        "Content-Type": TYPES[form],
        "Content-Disposition": f'attachment; filename="{file_name(what, form, moment, zone)}"',
    }


def _csv_cell(cell: Cell, zone: ZoneInfo, form: _Form) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.astimezone(zone).strftime(form.date)
    if isinstance(cell, str):
        return defused(cell)
    return (f"{cell:f}" if isinstance(cell, Decimal) else str(cell)).replace(".", form.mark)


def csv_stream(header: Sequence[str], rows: Iterable[Sequence[Cell]], zone: str, language: str) -> Iterator[bytes]:
    """CSV in pieces of about 32 kB; `rows` may be endless. Header labels are given in the user's language."""
    form, local = _FORMS.get(language, _ENGLISH), ZoneInfo(zone)
    text = io.StringIO("\ufeff")
    text.seek(0, io.SEEK_END)
    writer = csv.writer(text, delimiter=form.separator, lineterminator="\r\n")
    writer.writerow([defused(label) for label in header])
    for row in rows:
        writer.writerow([_csv_cell(cell, local, form) for cell in row])
        if text.tell() > _CSV_BYTES:
            yield text.getvalue().encode("utf-8", "replace")
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode("utf-8", "replace")


class _Book:
    """An XLS workbook that begins a new sheet when one is full."""

    def __init__(self, header: Sequence[str], title: str, form: _Form) -> None:
        self.book = xlwt.Workbook(encoding="utf-8")
        self.header = [defused(label) for label in header]
        self.title = re.sub(r"[\[\]:\\/?*']", " ", title).strip()[:25] or "1"
        self.bold = xlwt.easyxf("font: bold on")
        self.date = xlwt.easyxf(num_format_str=form.excel)
        self.exact = xlwt.easyxf(num_format_str="0.00##")
        self.sheets = 0
        self.row = SHEET_ROWS + 1

    def _begin(self) -> None:
        self.sheets += 1
        self.sheet = self.book.add_sheet(self.title if self.sheets == 1 else f"{self.title} {self.sheets}")
        self.sheet.set_panes_frozen(True)
        self.sheet.set_horz_split_pos(1)
        for column, label in enumerate(self.header):
            self.sheet.write(0, column, label, self.bold)
            self.sheet.col(column).width = 256 * min(max(len(label) + 2, 20), 40)
        self.row = 1

    def add(self, row: Sequence[Cell], zone: ZoneInfo) -> None:
        if self.row > SHEET_ROWS:
            self._begin()
        for column, cell in enumerate(row):
            if isinstance(cell, datetime):
                self.sheet.write(
                    self.row,
                    column,
                    cell.astimezone(zone).replace(tzinfo=None),
                    self.date,
                )
            elif isinstance(cell, Decimal):
                self.sheet.write(self.row, column, cell, self.exact)
            elif isinstance(cell, str):
                self.sheet.write(
                    self.row,
                    column,
                    defused(cell).encode("utf-8", "replace").decode()[:MAX_CELL],
                )
            elif cell is not None:
                self.sheet.write(self.row, column, cell)
        self.row += 1
        if self.row % _FLUSH_ROWS == 0:
            self.sheet.flush_row_data()

    def content(self) -> bytes:
        if not self.sheets:
            self._begin()
        file = io.BytesIO()
        self.book.save(file)
        return file.getvalue()


def xls_bytes(header: Sequence[str], rows: Iterable[Sequence[Cell]], zone: str, title: str, language: str) -> bytes:
    """An XLS file, with a new sheet after 65 535 rows; blocks while it works, so only in a job or through `xls_now`."""
    book, local = _Book(header, title, _FORMS.get(language, _ENGLISH)), ZoneInfo(zone)
    for row in rows:
        book.add(row, local)
    return book.content()


def xls_now(header: Sequence[str], rows: Iterable[Sequence[Cell]], zone: str, title: str, language: str) -> bytes:
    """An XLS file made in a thread while the person waits. Raises TooManyRows above XLS_LIMIT rows."""
    kept: list[Sequence[Cell]] = []
    for row in rows:
        if len(kept) == XLS_LIMIT:
            raise TooManyRows(XLS_LIMIT)
        kept.append(row)
    content: bytes = in_thread(xls_bytes, [str(label) for label in header], kept, zone, title, language)
    return content
