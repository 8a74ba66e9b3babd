"""Writes visits as the ledger would have: each message of a charger goes through the `record` of its room."""

import random
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from wcc.chargepoints import record as chargepoints
from wcc.clock import to_ms
from wcc.demo.fleet import STATIONS
from wcc.demo.power import CONTACTOR_S, Charge, Sample, charge
from wcc.demo.visits import ZONE, Update, Visit
from wcc.sessions import record as sessions
from wcc.tags.service import fold

NODE = "main"
VENDOR = "Webasto"
ON_THE_WAY_MS = 180  # from the charger's clock to our arrival time
REPLUG = ("Other", "EVCommunicationError", "PB09", "error control pilot - car communication error")

StatusRow = tuple[Any, ...]


class History:
    """Applies events batch by batch; a batch holds at most one event of each station."""

    def __init__(self, conn: Connection, stations: list[int], organization_id: int, rng: random.Random) -> None:
        self.conn = conn
        self.stations = stations  # ids, in the order of STATIONS
        self.organization_id = organization_id
        self.rng = rng
        self.firmware = [station.updated_from or station.firmware for station in STATIONS]
        self.registers_wh = [float(station.register_wh) for station in STATIONS]

    def begin(self, at: datetime) -> None:
        """The stations connect and boot for the first time."""
        for number in range(len(STATIONS)):
            self._boot(number, to_ms(at) + number * 1700)

    def end(self, at: datetime) -> None:
        """The stations go: the live chargers come in their place."""
        at_ms = to_ms(at)
        tokens = [(id, self.organization_id, self._token(id), "end of history", at_ms, at_ms) for id in self.stations]
        chargepoints.disconnected(self.conn, tokens)

    def apply(self, events: Iterable[Visit | Update]) -> None:
        """Write events that come in the order of their start."""
        for batch in _batches(events):
            for event in batch:
                if isinstance(event, Update):
                    self.firmware[event.station] = STATIONS[event.station].firmware
                    self._boot(event.station, to_ms(event.started))
            self._visits([event for event in batch if isinstance(event, Visit)])

    def _visits(self, visits: list[Visit]) -> None:
        self._statuses([[self._status(visit.station, "Preparing", visit.plugged_in)] for visit in visits])
        starts = [self._start(visit) for visit in visits]
        opened = sessions.start_sessions(self.conn, starts)
        charges = [self._charge(visit, session) for visit, session in zip(visits, opened, strict=True)]
        self._statuses([self._during(visit, drawn) for visit, drawn in zip(visits, charges, strict=True)])
        told = list(zip(visits, starts, opened, charges, strict=True))
        sessions.store_samples(self.conn, [self._samples(visit, start, session.id, drawn) for visit, start, session, drawn in told])
        for visit in visits:
            if visit.reason == "PowerLoss":
                self._power_loss(visit)
        sessions.stop_sessions(self.conn, [self._stop(visit, start, session.id, drawn) for visit, start, session, drawn in told])
        self._statuses([self._after(visit) for visit in visits])

    def _boot(self, number: int, at_ms: int, status: str = "Available") -> None:
        id, station = self.stations[number], STATIONS[number]
        model = f"WB_NEXT_EVSE_EU_{station.rating}"
        chargepoints.connected(self.conn, [(id, self.organization_id, NODE, self._token(id), at_ms)])
        absent = (None,) * 5  # box, meter, meter type, ICCID, IMSI: a NEXT sends none of them
        boot = (id, self.organization_id, at_ms + 400, VENDOR, model, self.firmware[number], station.identity, *absent)
        chargepoints.boots(self.conn, [boot])
        self._report([self._row(number, 0, "Available", at_ms + 900)])
        self._report([self._row(number, 1, status, at_ms + 1200)])

    def _power_loss(self, visit: Visit) -> None:
        """The station goes without a word and boots when the power is back."""
        id, gone_ms = self.stations[visit.station], to_ms(visit.stopped)
        lost = (id, self.organization_id, self._token(id), "no answer to pings", gone_ms, gone_ms + 135_000)
        chargepoints.disconnected(self.conn, [lost])
        back_ms = (gone_ms + to_ms(visit.plugged_out)) // 2
        self._boot(visit.station, back_ms, "Preparing")  # the car is still plugged in

    def _token(self, id: int) -> str:
        return f"history-{id}"

    def _start(self, visit: Visit) -> sessions.Start:
        id, at_ms, folded = self.stations[visit.station], to_ms(visit.started), fold(visit.tag)
        meter = int(self.registers_wh[visit.station])
        return sessions.Start(
            charge_point_id=id,
            organization_id=self.organization_id,
            connector=1,
            id_tag=visit.tag,
            folded=folded,
            meter_start_wh=meter,
            reservation_id=None,
            at_ms=at_ms,
            late=False,
            arrived_ms=at_ms + ON_THE_WAY_MS,
            reference=str(UUID(int=self.rng.getrandbits(128), version=4)),
            start_key=sessions.start_key(id, 1, at_ms, folded, meter),
        )

    def _charge(self, visit: Visit, session: sessions.Opened) -> Charge:
        """What flows; nothing into the car of a card that is refused."""
        wanted = visit.wanted_wh if session.verdict[0] == "Accepted" else 0.0
        local = visit.started.astimezone(ZONE)
        pause = tuple((moment - visit.started).total_seconds() for moment in visit.pause) if visit.pause else None
        seconds = (visit.stopped - visit.started).total_seconds()
        limit = STATIONS[visit.station].limit_a
        return charge(visit.car, limit, wanted, seconds, local.hour + local.minute / 60, pause, self.rng)  # type: ignore[arg-type]

    def _during(self, visit: Visit, drawn: Charge) -> list[StatusRow]:
        """Statuses while the session runs."""
        length_s = (visit.stopped - visit.started).total_seconds()
        moments: list[tuple[float, str]] = []
        if drawn.energies_wh[-1] > 0 and length_s > CONTACTOR_S:
            moments.append((CONTACTOR_S, "Charging"))
        for moment, status in zip(visit.pause or (), ("SuspendedEVSE", "Charging"), strict=False):
            moments.append(((moment - visit.started).total_seconds(), status))
        full = drawn.full_at_s
        if full is not None and full < length_s:
            moments = [(second, status) for second, status in moments if second < full] + [(full, "SuspendedEV")]
        start_ms = to_ms(visit.started)
        return [self._row(visit.station, 1, status, start_ms + int(second * 1000)) for second, status in moments]

    def _samples(self, visit: Visit, start: sessions.Start, session_id: int, drawn: Charge) -> tuple[Any, ...]:
        """A sample at the start and one every five minutes; the last minute is left to the stop."""
        offered = float(STATIONS[visit.station].limit_a)
        length_s = (visit.stopped - visit.started).total_seconds()
        register = self.registers_wh[visit.station]
        samples = [(start.at_ms + 500, int(register), *(None,) * 12, True)]
        samples += [_sample(start.at_ms, register, seen, offered) for seen in drawn.samples if seen.second < length_s - 1]
        return (start.charge_point_id, self.organization_id, 1, session_id, samples)

    def _stop(self, visit: Visit, start: sessions.Start, session_id: int, drawn: Charge) -> sessions.Stop:
        at_ms = to_ms(visit.stopped)
        self.registers_wh[visit.station] += drawn.energy_at((visit.stopped - visit.started).total_seconds())
        meter = int(self.registers_wh[visit.station])
        carded = visit.reason == "Local" and start.folded[0] != "#"
        delay_ms = (to_ms(visit.plugged_out) - at_ms) // 2 + 2000 if visit.reason == "PowerLoss" else ON_THE_WAY_MS
        return sessions.Stop(
            charge_point_id=start.charge_point_id,
            organization_id=self.organization_id,
            transaction=str(session_id),
            id_tag=visit.tag if carded else None,
            folded=start.folded if carded else None,
            meter_stop_wh=meter,
            reason=visit.reason,
            at_ms=at_ms,
            late=False,
            arrived_ms=at_ms + delay_ms,
            samples=[(at_ms, meter, *(None,) * 12, False)],
        )

    def _after(self, visit: Visit) -> list[StatusRow]:
        """From the end of the session until the plug is out."""
        rows = []
        if visit.reason == "Other":
            at_ms = to_ms(visit.stopped)
            rows.append(self._row(visit.station, 1, "Faulted", at_ms + 400, *REPLUG[1:]))
        elif visit.reason != "PowerLoss":
            rows.append(self._row(visit.station, 1, "Finishing", to_ms(visit.stopped) + 600))
        return [*rows, self._status(visit.station, "Available", visit.plugged_out)]

    def _status(self, number: int, status: str, at: datetime) -> StatusRow:
        return self._row(number, 1, status, to_ms(at))

    def _row(
        self,
        number: int,
        connector: int,
        status: str,
        at_ms: int,
        error: str = "NoError",
        code: str | None = None,
        info: str | None = None,
    ) -> StatusRow:
        vendor = VENDOR if code else None
        arrived = at_ms + ON_THE_WAY_MS
        return (
            self.stations[number],
            self.organization_id,
            connector,
            status,
            error,
            code,
            vendor,
            info,
            at_ms,
            arrived,
        )

    def _statuses(self, rows: list[list[StatusRow]]) -> None:
        """Each visit's statuses in their order; of a station only one at a time."""
        for rank in range(max((len(row) for row in rows), default=0)):
            self._report([row[rank] for row in rows if rank < len(row)])

    def _report(self, rows: list[StatusRow]) -> None:
        sessions.follow_statuses(self.conn, chargepoints.statuses(self.conn, rows))


def _batches(events: Iterable[Visit | Update]) -> Iterator[list[Visit | Update]]:
    """Runs of events, each of another station."""
    batch: list[Visit | Update] = []
    for event in events:
        if any(event.station == other.station for other in batch):
            yield batch
            batch = []
        batch.append(event)
    if batch:
        yield batch


def _sample(start_ms: int, register_wh: float, seen: Sample, offered_a: float) -> tuple[Any, ...]:
    amps = [round(current, 1) for current in seen.currents_a]
    volts = [round(voltage, 1) for voltage in seen.voltages_v]
    readings = (
        int(register_wh + seen.energy_wh),
        float(round(seen.power_w)),
        None,
        offered_a,
        *amps,
        *volts,
        None,
        None,
    )
    return (start_ms + seen.second * 1000, *readings, None, False)
