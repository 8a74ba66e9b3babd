"""One charging session at a connector: from StartTransaction over the flow of energy to StopTransaction."""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ocpp.v16 import call

from simulator import clock
from simulator.car import MIN_CURRENT_A
from simulator.connector import Connector, Waiting
from simulator.meter import ENERGY
from simulator.outbox import Entry, Transaction

if TYPE_CHECKING:
    from simulator.station import Station

log = logging.getLogger("simulator")


class Session:
    """A running transaction. `begin` and `end` return when the central system answered, or at once when offline."""

    def __init__(self, charger: "Station", connector: Connector, who: Waiting) -> None:
        self.charger = charger
        self.connector = connector
        self.who = who
        self.blocked = False  # refused by the central system, but not to be stopped for it
        self.transaction = Transaction(
            connector=connector.number,
            id_tag=who.id_tag,
            meter_start=connector.meter.reading_wh,
            started=charger.clock.now(),
            parent_id_tag=who.parent_id_tag,
            reservation_id=who.reservation_id,
        )
        self._start: Entry | None = None
        self._flowing: asyncio.Task[None] | None = None
        self._ending = False
        self._sampled_at = self.transaction.started
        self._flowed_at = self.transaction.started

    async def begin(self) -> None:
        """Report the start and let the energy flow."""
        transaction = self.transaction
        log.info("%s connector %d: session of %s", self.charger.identity, self.connector.number, transaction.id_tag)
        if self.who.charging_profile:
            self.charger.profiles.install(self.connector.number, self.who.charging_profile, self.charger.clock.now())
        start = call.StartTransaction(
            connector_id=self.connector.number,
            id_tag=transaction.id_tag,
            meter_start=transaction.meter_start,
            timestamp=clock.text(transaction.started),
            reservation_id=transaction.reservation_id,
        )
        self._start = entry = self.charger.outbox.put(start, transaction)
        self.charger.remember()
        if self.charger.settings.begin_sample:
            self._send_values(transaction.started, "Transaction.Begin", [ENERGY])
        self._flowing = self.charger.spawn(self._flow(entry))
        await self.charger.outbox.settled(entry)

    async def refused(self, status: str) -> None:
        """The central system did not accept the tag in StartTransaction.conf."""
        log.info("%s transaction refused: %s", self.charger.identity, status)
        if self.charger.configuration.flag("StopTransactionOnInvalidId"):
            await self.end("DeAuthorized")
        else:
            self.blocked = True

    async def end(self, reason: str, id_tag: str | None = None, finishing: bool = True) -> None:
        """Stop the transaction; harmless when it is already stopping."""
        if self._ending:
            return
        self._ending = True
        if self._start is None:  # StartTransaction was never sent
            self.connector.session = None
            return
        if self._flowing:
            self._flowing.cancel()
        self._advance(self._limit())
        self.connector.meter.stop()
        entry = self._put_stop(reason, id_tag)
        self.connector.session = None
        self.charger.profiles.end_transaction(self.connector.number)
        self.charger.remember()
        await self.charger.outbox.settled(entry)
        if finishing:
            await self.charger.report(self.connector, "Finishing")
        await self.charger.session_ended(self.connector)

    def _put_stop(self, reason: str, id_tag: str | None) -> Entry:
        now = self.charger.clock.now()
        transaction, settings = self.transaction, self.charger.settings
        data = self._stop_data(now)
        if settings.end_sample == "meter_values":
            self._send_values(now, "Transaction.End", [ENERGY])
        elif settings.end_sample == "transaction_data":
            data = [self._values(now, "Transaction.End", [ENERGY]), *data]
        stop = call.StopTransaction(
            meter_stop=self.connector.meter.reading_wh,
            timestamp=clock.text(now),
            transaction_id=0,  # filled in when it is sent
            reason=reason,
            id_tag=id_tag,
            transaction_data=data or None,
        )
        log.info("%s session ends: %s, %d Wh", self.charger.identity, reason, transaction.energy_wh)
        return self.charger.outbox.put(stop, transaction)

    def _stop_data(self, now: datetime) -> list[dict[str, Any]]:
        wanted = self.charger.configuration.listed("StopTxnSampledData")
        return [self._values(now, "Transaction.End", wanted)] if wanted else []

    async def _flow(self, start: Entry) -> None:
        """Let energy flow until cancelled, with statuses and samples as they become due."""
        settings = self.charger.settings
        # Between StartTransaction and the contactor closing some seconds pass without current.
        await self.charger.outbox.settled(start)
        await self.charger.clock.sleep(settings.contactor_delay_s)
        self._flowed_at = self.charger.clock.now()
        # Never tick more than twenty times a real second, however fast the simulated time runs.
        tick_s = max(settings.tick_s, 0.05 * self.charger.clock.speed)
        while True:
            limit_a = self._limit()
            self._show(limit_a)
            await self.charger.clock.sleep(tick_s)
            self._advance(limit_a)
            self._sample()

    def _limit(self) -> float:
        return 0.0 if self.blocked else self.charger.limit_a(self.connector)

    def _advance(self, limit_a: float) -> None:
        now = self.charger.clock.now()
        flowing = self.connector.status in ("Charging", "SuspendedEV")
        if flowing:
            elapsed = (now - self._flowed_at).total_seconds()
            self.connector.meter.flow(self.connector.car, limit_a, elapsed)
        else:
            self.connector.meter.stop()
        self._flowed_at = now
        self.transaction.energy_wh = self.connector.meter.reading_wh - self.transaction.meter_start
        self.charger.watch.notify()

    def _show(self, limit_a: float) -> None:
        """Report who, if anyone, holds the charging up."""
        car = self.connector.car
        status, info = "Charging", None
        if limit_a < MIN_CURRENT_A:
            status = "SuspendedEVSE"
        elif car is None or car.full:
            status, info = "SuspendedEV", "goal reached"
        if status != self.connector.status:
            self.charger.report_soon(self.connector, status, info)

    def _sample(self) -> None:
        interval_s = self.charger.configuration.number("MeterValueSampleInterval")
        due = self._sampled_at + timedelta(seconds=interval_s)
        now = self.charger.clock.now()
        if interval_s and now >= due:
            # Keep the rhythm, but never make up for missed samples.
            self._sampled_at = due if now - due < timedelta(seconds=interval_s) else now
            self._send_values(now, "Sample.Periodic", self.charger.configuration.listed("MeterValuesSampledData"))
            self.charger.remember()

    def _values(self, moment: datetime, context: str, measurands: list[str]) -> dict[str, Any]:
        sampled = self.connector.meter.sample(measurands, context, self._limit())
        return {"timestamp": clock.text(moment), "sampled_value": sampled}

    def _send_values(self, moment: datetime, context: str, measurands: list[str]) -> None:
        if not measurands:
            return
        values = call.MeterValues(
            connector_id=self.connector.number,
            meter_value=[self._values(moment, context, measurands)],
            transaction_id=0,  # filled in when it is sent
        )
        self.charger.outbox.put(values, self.transaction)

    def send_clock_aligned(self, moment: datetime, measurands: list[str]) -> None:
        """Queue a Sample.Clock for `moment`, the start of its interval."""
        self._send_values(moment, "Sample.Clock", measurands)
