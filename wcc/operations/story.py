"""An operation told in plain words: what was sent, what the charger answered, what then happened (R5, ocpp16-rules §5).

The parts that all operations share. What an answer means to one operation stands in that operation's own file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from flask_babel import gettext as _

from wcc import ui
from wcc.clock import utcnow
from wcc.models import ChargingSession, Connector, Operation
from wcc.operations import jobs

EXPIRED = "expired before it could be sent"  # the node's words for a call that waited behind others
# A pop-up stops following after this: what takes longer stands on the operation's page and in the list.
FOLLOWED = timedelta(minutes=10)
# Answers that say yes, each in its operation's word.
YES = ("Accepted", "Scheduled", "Unlocked", "RebootRequired", "AcceptedCanceled", "Success")
# Operations whose answer has no status word: any answer is one.
WORDLESS = ("GetConfiguration", "GetLocalListVersion", "UpdateFirmware", "GetDiagnostics")


@dataclass(frozen=True)
class Step:
    """A line of the story. `tone` is the colour class, `power_w` and `values_at` a live value to show behind the text."""

    text: str
    icon: str
    tone: str
    at: datetime | None = None
    power_w: float | None = None
    values_at: datetime | None = None


@dataclass(frozen=True)
class Notice:
    """What a charger told by itself later: the OCPP action, its status word, the number of the request where it named one,
    and a request for a certificate (PEM).
    """

    kind: str
    name: str
    at: datetime
    request_id: int | None = None
    csr: str | None = None


@dataclass(frozen=True)
class Table:
    """Data of an answer, to read: one heading per column."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Scene:
    """What is known beside the operation itself: its session, the station's connectors, how long a result may take, and the notices
    that came since.
    """

    session: ChargingSession | None = None
    connectors: Sequence[Connector] = ()
    expected: timedelta = timedelta(minutes=3)
    now: datetime = field(default_factory=utcnow)
    notices: Sequence[Notice] = ()

    def connector(self, number: int | None) -> Connector | None:
        """A connector by its OCPP number, as it was last heard."""
        return next((connector for connector in self.connectors if connector.number == number), None)


@dataclass(frozen=True)
class Story:
    """The steps so far. `over`: nothing more is expected, so nobody needs to follow it any longer. `table`: the answer's data."""

    steps: Sequence[Step]
    over: bool
    table: Table | None = None

    @property
    def last(self) -> Step:
        """Where it stands."""
        return self.steps[-1]


def clock(moment: datetime) -> str:
    """Time of day in the organization's zone; with its date when that is not today."""
    return ui.shortly(moment)


def waited_s(operation: Operation) -> int:
    """How long a person is asked to wait for this answer, in seconds."""
    return round((operation.deadline_at - operation.created_at).total_seconds())


def accepted(operation: Operation) -> bool:
    """Whether the charger said that it will do it, now or later."""
    return operation.state == "answered" and (operation.status in YES or wordless(operation))


def wordless(operation: Operation) -> bool:
    """Whether the charger answered, and OCPP has no status word for that."""
    return operation.state == "answered" and operation.status is None and operation.kind in WORDLESS


def may_happen(operation: Operation) -> bool:
    """Whether the charger may still do it, or do it without an answer: it has the call and did not refuse it."""
    return accepted(operation) or operation.state in ("sent", "no_answer")


def opening(operation: Operation, now: datetime) -> list[Step]:
    """The steps that every operation has: sent or not, and the charger's answer or that there was none."""
    steps = [_sending(operation, now)]
    if operation.state in ("answered", "refused"):
        steps.append(_answer(operation))
    elif operation.state == "no_answer" or (operation.state == "sent" and now > operation.deadline_at):
        steps.append(_silence(operation, now))
    return steps


def _sending(operation: Operation, now: datetime) -> Step:
    if operation.state == "offline":
        return Step(_("The charger is offline: nothing was sent"), icon="plug-connected-x", tone="fault", at=operation.created_at)
    if operation.state == "failed":
        return Step(_failure(operation.error), icon="alert-triangle", tone="fault", at=operation.created_at)
    if operation.sent_at:
        return Step(_("Sent to the charger"), icon="check", tone="avail", at=operation.sent_at)
    if operation.state in ("answered", "refused"):
        return Step(_("Sent to the charger"), icon="check", tone="avail", at=operation.created_at)
    if operation.state == "no_answer":
        return Step(_("Handed on, but not known to have reached the charger"), icon="clock", tone="warn", at=operation.created_at)
    if now > operation.deadline_at:
        return Step(_("Still waiting to be sent; it will not be sent any more"), icon="clock", tone="warn", at=operation.created_at)
    return Step(_("Waiting to be sent"), icon="clock", tone="info", at=operation.created_at)


def _failure(error: str | None) -> str:
    if error == jobs.NO_QUEUE:
        return _("It could not be sent: the job queue (Redis) does not answer. Nothing was sent")
    if error == jobs.TOO_LATE:
        return _("It was not sent: no worker took it in time. Is `wcc worker operations` running?")
    if error == EXPIRED:
        return _("It was not sent: the charger had not answered earlier calls yet")
    return _("It could not be sent: %(error)s", error=error or _("no reason known"))


def _silence(operation: Operation, now: datetime) -> Step:
    if now < operation.deadline_at:
        return Step(_("The connection ended before an answer came; the charger may still do it"), icon="clock", tone="warn")
    text = _("No answer within %(seconds)s s; the charger may still do it", seconds=waited_s(operation))
    return Step(text, icon="clock", tone="warn", at=operation.deadline_at)


def _answer(operation: Operation) -> Step:
    if operation.state == "refused":
        text = _("The charger answered with an error: %(error)s", error=operation.error or operation.status or _("no reason given"))
        return Step(text, icon="x", tone="fault", at=operation.answered_at)
    if wordless(operation):
        words = _("The charger answered late") if operation.late else _("The charger answered")
        return Step(words, icon="check", tone="avail", at=operation.answered_at)
    status = operation.status or "–"
    text = _("The charger answered: %(status)s", status=status)
    if operation.late:
        text = _("The charger answered late: %(status)s", status=status)
    if operation.status == "Scheduled":
        return Step(text, icon="calendar", tone="reserved", at=operation.answered_at)
    if operation.status in YES:
        return Step(text, icon="check", tone="avail", at=operation.answered_at)
    return Step(text, icon="x", tone="fault", at=operation.answered_at)


def told(steps: list[Step], because: str) -> list[Step]:
    """The steps with an explanation added to the last one."""
    return [*steps[:-1], replace(steps[-1], text=f"{steps[-1].text}. {because}")]


def given_up(operation: Operation, scene: Scene, patience: timedelta) -> bool:
    """Whether a result is no longer expected: so long after the answer, or after the deadline where there was none."""
    return scene.now > (operation.answered_at or operation.deadline_at) + patience


def closed(operation: Operation) -> bool:
    """Whether nothing can come after the opening: it never reached the charger, or the charger said no."""
    return operation.state in ("offline", "failed", "refused") or (operation.state == "answered" and not accepted(operation))


def just_now(moment: datetime | None, scene: Scene) -> bool:
    """Whether what the station says now still tells about that moment."""
    return moment is not None and scene.now < moment + FOLLOWED


def running(session: ChargingSession) -> Step:
    """A session that goes on, with its power as last measured."""
    text, icon, tone = _("Charging since %(time)s"), "bolt", "charging"
    if session.values_at and not session.power_w:
        text, icon, tone = _("In a session since %(time)s; no current flows"), "player-pause", "susp"
    text %= {"time": clock(session.started_at)}
    return Step(text, icon, tone, at=session.started_at, power_w=session.power_w, values_at=session.values_at)


def began(session: ChargingSession) -> Step:
    """When a session that is over began."""
    text = _("Charging since %(time)s", time=clock(session.started_at))
    return Step(text, icon="bolt", tone="charging", at=session.started_at)


def ended(session: ChargingSession) -> Step:
    """How a session ended, with its energy where the charger told it."""
    assert session.stopped_at is not None
    text = _("The session ended at %(time)s", time=clock(session.stopped_at))
    if session.energy_wh is not None:
        text = f"{text} · {ui.kwh(session.energy_wh)}"
    return Step(text, icon="check", tone="avail", at=session.stopped_at)
