"""Exports of the table of sessions (R4.1c)."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
import xlrd

from tests.sessions.conftest import START
from wcc import export as files


def rows_of(answer, delimiter=","):
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def sheet_of(answer):
    assert answer.status_code == 200 and answer.mimetype == "application/vnd.ms-excel"
    return xlrd.open_workbook(file_contents=answer.data).sheet_by_index(0)


def test_csv_holds_the_filtered_set_over_all_pages_in_the_tables_order(client_for, make, both_databases):
    wanted = [make(id_tag="VT-1") for _ in range(25)][::-1]
    make(id_tag="VT-2")
    answer = client_for("alice").get("/sessions/export?format=csv&by=tag&value=vt-1&after=ignored&size=10", buffered=True)
    header, *rows = rows_of(answer)
    assert header == [
        "ID",
        "CP ID",
        "RFID Tag",
        "Start Time",
        "Stop Time",
        "Duration",
        "Charged Energy (kWh)",
        "Charged Energy (Wh)",
        "First Name",
        "Last Name",
        "Status",
        "Costs per kWh",
    ]
    assert [int(row[0]) for row in rows] == wanted
    assert answer.data.startswith(b"\xef\xbb\xbf") and answer.headers["Content-Disposition"].startswith('attachment; filename="sessions-')


def test_many_batches_have_neither_gaps_nor_repeats(client_for, make, monkeypatch):
    from wcc import tables

    wanted = [make() for _ in range(7)]
    plain = tables.batches
    monkeypatch.setattr("wcc.sessions.queries.batches", lambda *arguments: plain(*arguments, size=2))
    rows = rows_of(client_for("alice").get("/sessions/export?sort=started", buffered=True))[1:]
    assert [int(row[0]) for row in rows] == wanted


@pytest.mark.parametrize(
    ("language", "started", "day", "excel"),
    [
        ("nl", "Starttijd", "02-03-2026", "dd-mm-yyyy hh:mm:ss"),
        ("de", "Startzeit", "02.03.2026", "dd.mm.yyyy hh:mm:ss"),
        ("fr", "Heure de début", "02/03/2026", "dd/mm/yyyy hh:mm:ss"),
    ],
)
def test_files_speak_the_users_language(client_for, make, language, started, day, excel):
    make(energy_wh=35_134, price_per_kwh=Decimal("0.30"))
    client = client_for("alice")
    client.post("/language", data={"language": language})
    header, row = rows_of(client.get("/sessions/export?format=csv", buffered=True), ";")
    assert row[header.index(started)] == f"{day} 10:00:00" and "35,13" in row and "0:1:0:0" in row
    answer = client.get("/sessions/export?format=xls", buffered=True)
    book = xlrd.open_workbook(file_contents=answer.data, formatting_info=True)
    column = book.sheet_by_index(0).row_values(0).index(started)
    cell = book.sheet_by_index(0).cell(1, column)
    assert book.format_map[book.xf_list[cell.xf_index].format_key].format_str == excel


def test_xls_has_numbers_as_numbers_and_times_as_local_dates(client_for, make):
    session = make(energy_wh=35_134, price_per_kwh=Decimal("0.30"), first_name="Felix")
    sheet = sheet_of(client_for("alice").get("/sessions/export?format=xls", buffered=True))
    cells = dict(zip(sheet.row_values(0), sheet.row(1), strict=True))
    assert (cells["ID"].value, cells["Charged Energy (kWh)"].value, cells["Charged Energy (Wh)"].value) == (
        session,
        35.13,
        35134,
    )
    assert cells["Costs per kWh"].value == 0.3 and cells["First Name"].value == "Felix" and cells["Status"].value == "Completed"
    assert cells["Start Time"].ctype == xlrd.XL_CELL_DATE
    assert xlrd.xldate_as_datetime(cells["Start Time"].value, 0).isoformat() == "2026-03-02T10:00:00"


@pytest.mark.parametrize("bad", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1+1"])
def test_what_a_charger_calls_itself_is_no_formula(client_for, make, bad):
    make(id_tag=bad, first_name=bad)
    client = client_for("alice")
    assert rows_of(client.get("/sessions/export?format=csv", buffered=True))[1][2] == f"'{bad}"
    assert sheet_of(client.get("/sessions/export?format=xls", buffered=True)).cell_value(1, 8) == f"'{bad}"


def test_too_many_rows_for_xls_are_said_and_csv_is_offered(client_for, make, monkeypatch):
    monkeypatch.setattr(files, "XLS_LIMIT", 2)
    for _ in range(3):
        make()
    client = client_for("alice")
    answer = client.get("/sessions/export?format=xls&cp=ALICE", follow_redirects=True, buffered=True)
    assert "holds up to 2 sessions" in answer.text and "CSV" in answer.text and answer.request.args["cp"] == "ALICE"
    assert len(rows_of(client.get("/sessions/export?format=csv", buffered=True))) == 4


def test_a_filter_that_cannot_be_read_is_said_and_not_exported(client_for, make):
    make()
    answer = client_for("alice").get("/sessions/export?from=soon", buffered=True)
    assert answer.status_code == 302 and answer.location.startswith("/sessions/?")


def test_charlie_exports_nothing_of_alices(client_for, make):
    make()
    client = client_for("charlie")
    assert len(rows_of(client.get("/sessions/export", buffered=True))) == 1
    assert sheet_of(client.get("/sessions/export?format=xls", buffered=True)).nrows == 1


def test_a_user_exports_only_the_own_sessions(client_for, make):
    make()
    own = make(cp="BOBS-1", started_at=START + timedelta(days=1))
    assert [row[0] for row in rows_of(client_for("bob").get("/sessions/export", buffered=True))[1:]] == [str(own)]


def test_more_rows_than_a_sheet_holds_fill_a_second_one():
    content = files.xls_bytes(["Number"], ([number] for number in range(files.SHEET_ROWS + 10)), "UTC", "Sessions", "en")
    book = xlrd.open_workbook(file_contents=content)
    assert [sheet.nrows for sheet in book.sheets()] == [files.SHEET_ROWS + 1, 11]
    total = sum(sum(sheet.col_values(0, 1)) for sheet in book.sheets())
    assert total == sum(range(files.SHEET_ROWS + 10))


def test_csv_streams_in_constant_memory():
    import tracemalloc

    def rows():
        for number in range(200_000):
            yield [number, "text", Decimal("1.50")]

    tracemalloc.start()
    size = sum(len(piece) for piece in files.csv_stream(["a", "b", "c"], rows(), "UTC", "en"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 3_000_000 and peak < 1_000_000
