"""What chargers report of sessions: starts, stops, samples; set by set, on a bare connection."""

from typing import Any, NamedTuple

from sqlalchemy import Connection

from wcc.chargepoints.record import Move
from wcc.sessions import statements as sql
from wcc.tags.record import Verdict, judge

Rows = list[tuple[Any, ...]]
Touched = list[tuple[int, int]]  # (organization, session)


class Start(NamedTuple):
    """A StartTransaction as read. `start_key` is the same for a repetition of it; `reference` is made up anew each time."""

    charge_point_id: int
    organization_id: int
    connector: int
    id_tag: str
    folded: str
    meter_start_wh: int
    reservation_id: int | None
    at_ms: int
    late: bool
    arrived_ms: int
    reference: str
    start_key: str


class Stop(NamedTuple):
    """A StopTransaction as read. `transaction` is the id in text, of any size, empty where none could be read."""

    charge_point_id: int
    organization_id: int
    transaction: str
    id_tag: str | None
    folded: str | None
    meter_stop_wh: int | None
    reason: str
    at_ms: int
    late: bool
    arrived_ms: int
    samples: Rows


class Opened(NamedTuple):
    """The session of a start; `fresh` unless the charger only repeated it."""

    id: int
    verdict: Verdict
    fresh: bool


def start_key(charge_point_id: int, connector: int | None, at_ms: int | None, folded: str, meter: int | None) -> str:
    """What makes two StartTransactions the same one: charger, connector, stated time, tag, meter. The message id differs."""
    return sql.digest(charge_point_id, connector, at_ms, folded, meter)


def start_sessions(conn: Connection, starts: list[Start]) -> list[Opened]:
    """Open a session per start, once however often it is repeated; on whatever connector, with whatever tag. Never refuses."""
    stations = {row.id: row for row in sql.STATIONS(conn, [(start.charge_point_id,) for start in starts])}
    tags = {(row.org, row.folded): row for row in sql.TAGS(conn, [(start.organization_id, start.folded) for start in starts])}
    places = [(start.charge_point_id, start.connector) for start in starts]
    connectors = {(row.charge_point_id, row.number): row for row in sql.CONNECTORS(conn, places)}
    rows, verdicts = [], []
    for start in starts:
        station, tag = stations[start.charge_point_id], tags.get((start.organization_id, start.folded))
        connector = connectors.get((start.charge_point_id, start.connector))
        verdict = _verdict(station, tag, start)
        verdicts.append(verdict)
        rows.append(_session_row(start, station, tag, connector, verdict[0]))
    sql.INSERT(conn, rows)
    found = {row.start_key: row for row in sql.BY_KEY(conn, [(start.start_key,) for start in starts])}
    opened = []
    for start, verdict in zip(starts, verdicts, strict=True):
        row = found[start.start_key]
        fresh = row.reference == start.reference
        opened.append(Opened(row.id, verdict if fresh else (row.authorization, None, None), fresh))
    _open_connectors(
        conn,
        [(start, session) for start, session in zip(starts, opened, strict=True) if session.fresh],
    )
    return opened


def _verdict(station: Any, tag: Any, start: Start) -> Verdict:
    facts = (tag.blocked, tag.expires_at, tag.parent) if tag else None
    return judge((station.active, station.free_charging, station.free_charging_tag), facts, start.folded, start.at_ms)


def _session_row(start: Start, station: Any, tag: Any, connector: Any, status: str) -> tuple[Any, ...]:
    free = start.folded == station.free_charging_tag.casefold()
    person = station if free else tag  # free charging counts for the user the station is assigned to (R3.8)
    who = [getattr(person, name, None) for name in sql.PERSON]
    plugged_ms = connector.changed_at if connector and connector.status == "Preparing" and connector.changed_at <= start.at_ms else None
    return (
        start.reference,
        start.start_key,
        start.organization_id,
        start.charge_point_id,
        start.connector,
        start.id_tag,
        start.folded,
        tag.tag_id if tag else None,
        status,
        start.reservation_id,
        tag.alias if tag else None,
        tag.type if tag else None,
        *who,
        *(getattr(station, name) for name in sql.SITE),
        start.at_ms,
        start.arrived_ms,
        start.late,
        start.meter_start_wh,
        plugged_ms,
    )


def _open_connectors(conn: Connection, fresh: list[tuple[Start, Opened]]) -> None:
    """Point connectors at their new session, flag the one that a start came upon, join stops that came before their start."""
    if not fresh:
        return
    sql.STOP_MISSING(
        conn,
        [(start.charge_point_id, start.connector, start.at_ms, session.id) for start, session in fresh],
    )
    sql.OPEN_CONNECTOR(
        conn,
        [(start.charge_point_id, start.organization_id, start.connector, session.id) for start, session in fresh],
    )
    orphans = sql.EARLY_STOPS(
        conn,
        [(session.id, start.charge_point_id, start.at_ms, start.meter_start_wh) for start, session in fresh],
    )
    ends: dict[int, Any] = {}
    for row in orphans:  # the earliest stop after the start is its own
        ends.setdefault(row.session_id, row)
    sql.STOP(conn, [_end_row(session_id, row, True) for session_id, row in ends.items()])
    sql.CLOSE_CONNECTOR(conn, [(session_id,) for session_id in ends])
    sql.JOIN_ORPHAN(conn, [(row.orphan_id, session_id) for session_id, row in ends.items()])


def _end_row(session_id: int, stop: Any, guessed: bool) -> tuple[Any, ...]:
    return (
        session_id,
        stop.at_ms,
        stop.arrived_ms,
        stop.late,
        stop.meter_stop_wh,
        stop.reason,
        stop.id_tag,
        guessed,
    )


def stop_sessions(conn: Connection, stops: list[Stop]) -> Touched:
    """End the sessions that the stops name. The first stop of a session wins; ids ≤ 0 are matched to the charger's latest start
    without a stop and marked as guessed; what fits none is kept as an orphan and ends nothing.
    """
    named = [int(stop.transaction) for stop in stops if stop.transaction and 0 < int(stop.transaction) < 2**31]
    known = {row.id: row for row in sql.BY_ID(conn, [(id,) for id in named])}
    nameless = [(stop.charge_point_id, stop.at_ms) for stop in stops if stop.transaction and int(stop.transaction) <= 0]
    latest = {(row.charge_point_id, row.at_ms): row.id for row in sql.LATEST_OPEN(conn, nameless)}
    repeats = {(row.charge_point_id, row.at_ms, row.meter_stop_wh): row.id for row in sql.GUESSED(conn, nameless)}
    ends, orphans, touched, data = [], [], [], []
    for stop in stops:
        session_id, guessed, over = _match(stop, known, latest, repeats)
        if session_id is None:
            orphans.append(stop)
            continue
        if not over:
            ends.append(_end_row(session_id, stop, guessed))
        touched.append((stop.organization_id, session_id))
        data.append((stop.charge_point_id, stop.organization_id, -1, session_id, stop.samples))
    store_samples(conn, data)
    sql.STOP(conn, ends)
    sql.CLOSE_CONNECTOR(conn, [(end[0],) for end in ends])
    sql.ORPHAN(conn, [_orphan_row(stop) for stop in orphans])
    return touched


def _match(stop: Stop, known: dict[int, Any], latest: dict[Any, int], repeats: dict[Any, int]) -> tuple[int | None, bool, bool]:
    """(session, guessed, already stopped) of a stop."""
    if not stop.transaction:
        return None, False, False
    number = int(stop.transaction)
    if number <= 0:
        if repeated := repeats.get((stop.charge_point_id, stop.at_ms, stop.meter_stop_wh)):
            return repeated, True, True
        return latest.get((stop.charge_point_id, stop.at_ms)), True, False
    session = known.get(number)
    if session is None or session.charge_point_id != stop.charge_point_id:
        return None, False, False
    return number, False, session.stopped_at is not None


def _orphan_row(stop: Stop) -> tuple[Any, ...]:
    return (
        stop.organization_id,
        stop.charge_point_id,
        stop.transaction[:40],
        stop.id_tag,
        stop.at_ms,
        stop.arrived_ms,
        stop.meter_stop_wh,
        stop.reason,
    )


def store_samples(conn: Connection, reports: Rows) -> Touched:
    """Keep samples of (charge point, organization, connector, transaction, samples) rows with the session they name or, where they
    name none, with the one running on that connector at that time; else with the connector. Returns the sessions touched.
    """
    sessions = _owners(conn, reports)
    rows, progress, latest, loose, touched = [], [], [], [], []
    for index, (charge_point_id, organization_id, connector, _, samples) in enumerate(reports):
        owner = sessions[index]
        for sample in samples:
            at_ms, values, extra, begin = (
                sample[0],
                sample[1:-2],
                sample[-2],
                sample[-1],
            )
            if owner is None:
                loose.append((charge_point_id, connector, at_ms, organization_id, *values, extra))
            else:
                rows.append((owner[0], at_ms, organization_id, *values, extra))
                if not begin:
                    progress.append((owner[0], at_ms, values[0], values[1], values[10]))
        if owner is not None:
            connector = owner[1]
            touched.append((organization_id, owner[0]))
        if newest := max(
            (sample for sample in samples if not sample[-1]),
            default=None,
            key=lambda sample: sample[0],
        ):
            latest.append((charge_point_id, organization_id, connector, newest[0], *newest[1:-2]))
    sql.SAMPLE(conn, rows)
    sql.PROGRESS(conn, progress)
    sql.LOOSE_SAMPLE(conn, loose)
    sql.LATEST(conn, latest)
    return touched


# id → (charge point, connector) of sessions: neither ever changes, so a look-up once is enough.
_places: dict[int, tuple[int, int]] = {}
_PLACES_KEPT = 50_000


def _owners(conn: Connection, reports: Rows) -> list[tuple[int, int] | None]:
    """(session, its connector) of each report, None where there is none."""
    unknown = {row[3] for row in reports if row[3] is not None and 0 < row[3] < 2**31 and row[3] not in _places}
    if unknown:
        if len(_places) > _PLACES_KEPT:
            _places.clear()
        for row in sql.BY_ID(conn, [(id,) for id in unknown]):
            _places[row.id] = (row.charge_point_id, row.connector)
    owners: list[tuple[int, int] | None] = []
    nameless: list[tuple[int, tuple[Any, ...]]] = []
    for index, (charge_point_id, _, connector, transaction, samples) in enumerate(reports):
        place = _places.get(transaction) if transaction is not None else None
        owners.append((transaction, place[1]) if place and place[0] == charge_point_id else None)
        if (transaction is None or transaction <= 0) and connector > 0 and samples:
            nameless.append((index, (charge_point_id, connector, samples[0][0])))
    running = {(row.charge_point_id, row.connector, row.at_ms): row.id for row in sql.RUNNING(conn, [key for _, key in nameless])}
    for index, key in nameless:
        if key in running:
            owners[index] = (running[key], key[1])
    return owners


def follow_statuses(conn: Connection, moves: list[Move]) -> Touched:
    """What a status says of the session: SuspendedEV = the car stopped drawing by itself (goal reached), until it draws again;
    the next Available after the end = plugged out.
    """
    moves = [move for move in moves if move.connector > 0]
    running = [move for move in moves if move.session_id is not None]
    sql.GOAL_REACHED(
        conn,
        [(move.session_id, move.at_ms) for move in running if move.after == "SuspendedEV"],
    )
    sql.GOAL_LOST(
        conn,
        [(move.session_id, move.at_ms) for move in running if move.after == "Charging"],
    )
    free = [(move.charge_point_id, move.connector, move.at_ms) for move in moves if move.after == "Available"]
    unplugged = sql.LAST_ENDED(conn, free)
    sql.PLUGGED_OUT(conn, [(row.id, row.at_ms) for row in unplugged])
    touched = [(move.organization_id, move.session_id) for move in running if move.session_id is not None]
    return touched + [(row.organization_id, row.id) for row in unplugged]
