"""An operation that has no page of its own: OCPP's name for it, and what the charger answered."""

from flask_babel import gettext as _

from wcc.models import Operation
from wcc.operations import story
from wcc.operations.story import Scene, Step, Story


def title(operation: Operation) -> str:
    """Its name in lists: OCPP's."""
    return operation.kind


def tell(operation: Operation, scene: Scene) -> Story:
    """The operation in plain words. Its answer is all that is known of it; some answers have no status word."""
    steps = story.opening(operation, scene.now)
    if operation.state == "answered" and operation.status is None:
        steps[-1] = Step(_("The charger answered"), icon="check", tone="avail", at=operation.answered_at)
    over = operation.state in ("answered", "refused", "offline", "failed")
    return Story(steps, over or story.given_up(operation, scene, story.FOLLOWED))
