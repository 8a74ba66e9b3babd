"""One charger's connection: its reader, one open CALL each way, time-outs and late replies. OCPP-J 1.6 §4; ocpp16-rules §1."""

from collections import deque
from dataclasses import dataclass
from time import monotonic
from typing import Any

import gevent
import orjson
import structlog

from wcc import masks
from wcc.clock import now_ms
from wcc.config import Settings
from wcc.errors import LedgerUnavailable
from wcc.ocpp import frames, schemas
from wcc.ocpp.charger import Charger, Message
from wcc.ocpp.frames import Frame, Unreadable
from wcc.ocpp.ledger import Ledger
from wcc.ocpp.lenient import Missing, Unusable
from wcc.ocpp.message_log import UNREADABLE
from wcc.ocpp.messages.catalog import BY_ACTION
from wcc.ocpp.socket import POLICY, Closed, Socket

log = structlog.get_logger()

GIBBERISH_PER_MINUTE = 50
_valid = {action: schemas.validator(action).is_valid for action in BY_ACTION}


@dataclass(slots=True)
class Call:
    """A CALL of ours: for which operation, and until when its answer is waited for."""

    id: str
    operation: tuple[int, int]  # (organization, operation)
    action: str
    payload: str
    deadline_ms: int
    sent_ms: int = 0
    timer: Any = None


class Connection:
    """Serves one socket of one charger until it closes."""

    __slots__ = (
        "_filled",
        "_gibberish",
        "_tokens",
        "address",
        "broke",
        "charger",
        "ledger",
        "log",
        "open",
        "queue",
        "settings",
        "socket",
        "unanswered",
        "why",
    )

    def __init__(self, charger: Charger, socket: Socket, ledger: Ledger, settings: Settings) -> None:
        self.charger = charger
        self.socket = socket
        self.ledger = ledger
        self.log = ledger.messages
        self.settings = settings
        self.open: Call | None = None
        self.queue: deque[Call] | None = None
        self.unanswered: dict[str, tuple[Call, float]] | None = None
        self._tokens = float(settings.flood_burst)
        self._filled = monotonic()
        self._gibberish: deque[float] | None = None
        self.why = "closed by the charger"
        self.address = ""
        self.broke = ""  # for the connection doctor: one of its reasons where it is not in the close code

    def serve(self) -> None:
        """Read and answer until the socket closes. Whatever was received is stored, even if it can no longer be answered."""
        receive, limit = self.socket.receive, self.settings.max_pipelined
        try:
            while True:
                text = receive()
                if self.socket.waiting > limit:
                    self.cut(POLICY, "too many unanswered messages", "flood")
                    return
                self._slow_down()
                if not self._handle(text):
                    gevent.sleep(0)  # let the others have their turn; who waited for the ledger has done so already
        except Closed:
            pass
        except LedgerUnavailable as error:
            self.why, self.broke = "the database is away", "not_ready"
            log.error("charger sent away", identity=self.charger.identity, error=str(error))
            self.socket.hang_up()  # without a word, so that it keeps its queue and comes back
        finally:
            self._give_up_calls()

    def cut(self, code: int, why: str, broke: str) -> None:
        """Close from our side; `broke` is the connection doctor's reason."""
        self.why, self.broke = why, broke
        log.warning("charger cut", identity=self.charger.identity, code=code, why=why)
        self.socket.close(code, why)

    def _slow_down(self) -> None:
        """A token bucket: a charger above the rate is read more slowly, never cut; a day's offline replay is legal."""
        now = monotonic()
        rate = self.settings.flood_rate
        self._tokens = min(self.settings.flood_burst, self._tokens + (now - self._filled) * rate)
        self._filled = now
        self._tokens -= 1
        if self._tokens < 0:
            gevent.sleep(-self._tokens / rate)

    def _handle(self, text: str) -> bool:
        """Act on one message; whether that meant waiting for the ledger."""
        try:
            frame = frames.parse(text)
        except Unreadable as error:
            self.log.add(self.charger, "in", UNREADABLE, error.id or "", "", text, now_ms(), note=str(error))
            self._unreadable(error, text)
            return False
        if frame is None:
            self.log.add(self.charger, "in", UNREADABLE, "", "", text, now_ms(), note="unknown message type")
            self._deviates("unknown message type")
        elif frame.type == frames.CALL:
            before = self.ledger.reports
            self._take_call(frame, text)
            return self.ledger.reports != before
        else:
            self._replied(frame, text)
        return False

    def _take_call(self, frame: Frame, text: str) -> None:
        """Answer a CALL and log both."""
        action = frame.body[0] if frame.body and isinstance(frame.body[0], str) else ""
        arrived_ms = now_ms()
        self.log.add(self.charger, "in", frames.CALL, frame.id, action, text, arrived_ms)
        reply = self._called(frame, text)
        self._answer(reply)
        kind = frames.ERROR if reply.startswith(b"[4") else frames.RESULT
        now = now_ms()
        self.log.add(self.charger, "out", kind, frame.id, action, reply, now, now - arrived_ms)

    def _answer(self, reply: bytes) -> None:
        try:
            self.socket.send(reply)
        except Closed:  # the report is stored; the charger will repeat it and get the same answer
            pass

    def _unreadable(self, error: Unreadable, text: str) -> None:
        log.warning(
            "unreadable message",
            identity=self.charger.identity,
            why=str(error),
            text=masks.message(text[:500]),
        )
        if self._gibberish is None:
            self._gibberish = deque(maxlen=GIBBERISH_PER_MINUTE)
        self._gibberish.append(monotonic())
        if len(self._gibberish) == GIBBERISH_PER_MINUTE and self._gibberish[0] > monotonic() - 60:
            self.cut(POLICY, "too many unreadable messages", "unreadable")
        elif error.id is not None:
            reply = frames.error(error.id, error.code, str(error))
            self._answer(reply)
            self.log.add(self.charger, "out", frames.ERROR, error.id, "", reply, now_ms())

    def _called(self, frame: Frame, text: str) -> bytes:
        """The reply to a CALL, after its report is committed."""
        body = frame.body
        if not body or not isinstance(body[0], str):
            return frames.error(frame.id, "FormationViolation", "no action")
        action = body[0]
        message = BY_ACTION.get(action)
        if message is None:
            self._deviates(f"unknown action {action[:60]}")
            return frames.error(frame.id, "NotImplemented", f"unknown action {action[:60]}")
        if len(body) < 2:
            return frames.error(frame.id, "ProtocolError", "no payload")
        payload = body[1]
        if not isinstance(payload, dict):
            return frames.error(frame.id, "TypeConstraintViolation", "the payload is not an object")
        if not _valid[action](payload):
            self._deviates(f"{action}: {schemas.problem(action, payload)}"[:300])
        try:
            report = message.read(Message(self.charger, payload, text, now_ms()))
        except Missing as error:
            return frames.error(frame.id, "ProtocolError", f"{error} is missing")
        except Unusable as error:
            return frames.error(frame.id, "TypeConstraintViolation", f"{error} cannot be read")
        except Exception:  # a report that we fail to read is kept raw: nothing a charger says may be lost or end its link
            log.exception("message not read", identity=self.charger.identity, action=action)
            result = self.ledger.put(f"unread {action}", (self.charger.id, self.charger.organization_id, text))
            return frames.result(frame.id, message.answer(result))
        result = self.ledger.put(action, report) if message.record is not None else None
        return frames.result(frame.id, message.answer(result))

    def _deviates(self, what: str) -> None:
        """Log each oddity of a charger once per connection."""
        if what not in self.charger.deviations and len(self.charger.deviations) < 100:
            self.charger.deviations.add(what)
            log.info("charger deviates", identity=self.charger.identity, what=what)

    # calls of ours

    def call(self, call: Call) -> None:
        """Send a CALL as soon as none is open; its outcome goes to the ledger."""
        if self.open is not None:
            self.queue = self.queue or deque()
            self.queue.append(call)
            return
        self._send(call)

    def _send(self, call: Call) -> None:
        organization_id, operation_id = call.operation
        if call.deadline_ms <= now_ms():
            self._undelivered(call, "failed", "expired before it could be sent")
            self._next()
            return
        self.open = call
        call.timer = gevent.spawn_later((call.deadline_ms - now_ms()) / 1000, self._timed_out, call)
        self.ledger.post("operation sent", (organization_id, operation_id, now_ms()))
        text = frames.call(call.id, call.action, call.payload)
        call.sent_ms = now_ms()
        self.log.add(self.charger, "out", frames.CALL, call.id, call.action, text, call.sent_ms)
        try:
            self.socket.send(text)
        except Closed:
            pass  # the reader notices and gives up all calls

    def _next(self) -> None:
        self.open = None
        if self.queue:
            self._send(self.queue.popleft())

    def _timed_out(self, call: Call) -> None:
        """The person stops waiting, the next CALL may go; the id is kept, since a late reply still counts (quirk 39)."""
        organization_id, operation_id = call.operation
        self.ledger.post("operation unanswered", (organization_id, operation_id, now_ms()))
        now = monotonic()
        kept = self.unanswered or {}
        self.unanswered = {id: entry for id, entry in kept.items() if entry[1] > now}
        self.unanswered[call.id] = (call, now + self.settings.late_reply_s)
        if self.open is call:
            self._next()

    def _replied(self, frame: Frame, text: str) -> None:
        call = self.open
        in_time = call is not None and call.id == frame.id
        if not in_time:
            call = (self.unanswered or {}).pop(str(frame.id), (None, 0))[0]
        now = now_ms()
        took_ms = now - call.sent_ms if call else None
        self.log.add(self.charger, "in", frame.type, frame.id, call.action if call else "", text, now, took_ms)
        if call is None:
            self._deviates("reply to no call of ours")
            return
        if call.timer is not None:
            call.timer.kill(block=False)
        self.ledger.post("operation answered", (*call.operation, now_ms(), *outcome(frame)))
        if in_time:
            self._next()

    def _undelivered(self, call: Call, state: str, why: str) -> None:
        self.ledger.post("operation undelivered", (*call.operation, now_ms(), state, why))

    def _give_up_calls(self) -> None:
        """The socket is gone: what was sent stays unanswered, what was not is offline."""
        if self.open is not None:
            if self.open.timer is not None:
                self.open.timer.kill(block=False)
            self.ledger.post("operation unanswered", (*self.open.operation, now_ms()))
            self.open = None
        for call in self.queue or ():
            self._undelivered(call, "offline", "the connection was lost")
        self.queue = None


def outcome(frame: Frame) -> tuple[str, str | None, str | None, str | None]:
    """(state, status, reply as JSON text without secrets, error) of a charger's answer, whatever its shape."""
    body = frame.body
    if frame.type == frames.RESULT:
        payload = body[0] if body and isinstance(body[0], dict) else {}
        status = payload.get("status")
        return (
            "answered",
            str(status)[:50] if status is not None else None,
            masks.frame(orjson.dumps(payload).decode()),
            None,
        )
    words = [str(part) for part in body[:2] if part not in (None, "")]
    return (
        "refused",
        words[0][:50] if words else None,
        masks.frame(orjson.dumps(body).decode()),
        ": ".join(words)[:500] or "no reason given",
    )
