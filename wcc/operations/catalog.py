"""The remote operations: one module of one shape each. Adding one is a file like `reset.py`, a template and a line here."""

from typing import Protocol

from wcc.models import Operation
from wcc.operations import change_availability, plain, remote_start, remote_stop, reset
from wcc.operations.form import Call, Station, Values
from wcc.operations.story import Scene, Story


class Kind(Protocol):
    """What each operation's module has. ACTION is OCPP's name; NAME that of its page, template and endpoint."""

    ACTION: str
    NAME: str
    LABEL: str
    TITLE: str
    SENDS: str

    def initial(self, station: Station | None, asked: Values) -> dict[str, str]: ...

    def build_call(self, station: Station, values: Values) -> Call: ...

    def note(self, station: Station, values: Values) -> str | None: ...

    def confirm(self, station: Station, values: Values) -> str | None: ...

    def title(self, operation: Operation) -> str: ...

    def tell(self, operation: Operation, scene: Scene) -> Story: ...


KINDS: tuple[Kind, ...] = (remote_start, remote_stop, reset, change_availability)
BY_NAME = {kind.NAME: kind for kind in KINDS}
BY_ACTION = {kind.ACTION: kind for kind in KINDS}


def title(operation: Operation) -> str:
    """Name of an operation in lists and pop-ups; OCPP's own for one without a page."""
    return BY_ACTION.get(operation.kind, plain).title(operation)


def explain(operation: Operation, scene: Scene) -> Story:
    """An operation in plain words, whatever the charger answered."""
    return BY_ACTION.get(operation.kind, plain).tell(operation, scene)
