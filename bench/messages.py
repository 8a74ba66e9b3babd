"""What a bench charger says: one car after another at a three-phase station that reports eight values a sample."""

import time
from datetime import UTC, datetime
from uuid import uuid4

BOOT, STATUS, START, METER, HEARTBEAT, AUTHORIZE, STOP = range(7)
# How a charger opens before it is measured, and what it repeats: three quarters are MeterValues, a new session every 40 messages.
OPENING = (BOOT, STATUS, START)
IDLE_OPENING = (BOOT, STATUS)
CYCLE = (
    *(METER,) * 8, STATUS, *(METER,) * 3, HEARTBEAT, *(METER,) * 6, AUTHORIZE, *(METER,) * 2, HEARTBEAT, *(METER,) * 7,
    STATUS, *(METER,) * 4, HEARTBEAT, STOP, AUTHORIZE, STATUS, START,
)  # fmt: skip
ID_TAGS = tuple(f"BENCH{number:04d}" for number in range(20))

_STATUSES = (b"Charging", b"SuspendedEV", b"Charging")
_BOOT = (
    b'[2,"%b","BootNotification",{"chargePointVendor":"Webasto","chargePointModel":"WB_NEXT_EVSE_EU_32A",'
    b'"chargePointSerialNumber":"%b","firmwareVersion":"3.1.16"}]'
)
_STATUS = b'[2,"%b","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"%b","timestamp":"%b"}]'
_START = b'[2,"%b","StartTransaction",{"connectorId":1,"idTag":"%b","meterStart":%d,"timestamp":"%b"}]'
_STOP = b'[2,"%b","StopTransaction",{"transactionId":%d,"idTag":"%b","meterStop":%d,"timestamp":"%b","reason":"Local"}]'
_HEARTBEAT = b'[2,"%b","Heartbeat",{}]'
_AUTHORIZE = b'[2,"%b","Authorize",{"idTag":"%b"}]'


def _sampled(value: bytes, measurand: bytes, unit: bytes, phase: bytes = b"") -> bytes:
    where = b'"phase":"%b",' % phase if phase else b""
    return b'{"value":"%b","context":"Sample.Periodic","format":"Raw","measurand":"%b",%b"location":"Outlet","unit":"%b"}' % (
        value,
        measurand,
        where,
        unit,
    )


_METER = (
    b'[2,"%%b","MeterValues",{"connectorId":1,"transactionId":%%d,"meterValue":[{"timestamp":"%%b","sampledValue":[%b]}]}]'
    % b",".join(
        [
            _sampled(b"%d", b"Energy.Active.Import.Register", b"Wh"),
            _sampled(b"%d", b"Power.Active.Import", b"W"),
            *(_sampled(b"16.0", b"Current.Import", b"A", phase) for phase in (b"L1", b"L2", b"L3")),
            *(_sampled(b"231.4", b"Voltage", b"V", phase) for phase in (b"L1", b"L2", b"L3")),
        ]
    )
)


class Clock:
    """Timestamps of one charger on the wire; never the same twice, or they would be taken for repeats."""

    __slots__ = ("_last_ms", "_second", "_text")

    def __init__(self) -> None:
        self._last_ms = 0
        self._second = 0
        self._text = b""

    def stamp(self) -> bytes:
        """Now, or one millisecond after the previous stamp."""
        now_ms = self._last_ms = max(int(time.time() * 1000), self._last_ms + 1)
        second, milliseconds = divmod(now_ms, 1000)
        if second != self._second:
            self._second = second
            self._text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S").encode()
        return b"%b.%03dZ" % (self._text, milliseconds)


class Script:
    """The messages of one charger, in order; `transaction_id` must be set from the reply to each start."""

    __slots__ = ("_clock", "_count", "_id_prefix", "_identity", "_number", "_position", "energy_wh", "kind", "message_id", "transaction_id")

    def __init__(self, identity: str, number: int) -> None:
        self._identity = identity.encode()
        self._number = number
        self._id_prefix = str(uuid4())[:24].encode()
        self._clock = Clock()
        self._count = 0
        # Chargers must not all begin a session at once, and none between the stop and the start: the opening has begun one.
        self._position = number * 7 % CYCLE.index(STOP)
        self.energy_wh = 1_000_000 + number * 1000
        self.transaction_id = 0
        self.kind = BOOT
        self.message_id = b""

    def next(self) -> bytes:
        """The next CALL of the cycle. A stop comes only while a session runs, a start only while none does."""
        kind = CYCLE[self._position % len(CYCLE)]
        self._position += 1
        return self.build(kind)

    def build(self, kind: int) -> bytes:
        """One CALL of this kind, under a fresh `message_id`."""
        self._count += 1
        self.kind = kind
        self.message_id = identifier = self._id_prefix + b"%012x" % self._count
        if kind == METER:
            self.energy_wh += 3
            return _METER % (identifier, self.transaction_id, self._clock.stamp(), self.energy_wh, 11_000 + self._count % 90)
        tag = ID_TAGS[self._number % len(ID_TAGS)].encode()
        if kind == STATUS:
            return _STATUS % (identifier, _STATUSES[self._count % 3], self._clock.stamp())
        if kind == HEARTBEAT:
            return _HEARTBEAT % identifier
        if kind == AUTHORIZE:
            return _AUTHORIZE % (identifier, tag)
        if kind == STOP:
            return _STOP % (identifier, self.transaction_id, tag, self.energy_wh, self._clock.stamp())
        if kind == START:
            return _START % (identifier, tag, self.energy_wh, self._clock.stamp())
        return _BOOT % (identifier, self._identity[:25])
