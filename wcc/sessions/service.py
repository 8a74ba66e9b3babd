"""What people change about charging sessions."""

from sqlalchemy import select

from wcc import audit
from wcc.access import may_change, sees_session
from wcc.db import writing
from wcc.errors import Invalid, NotAllowed, NotFound
from wcc.models import ChargingSession, User
from wcc.sessions.queries import MAX_ID

LONGEST_NOTE = 500


def set_note(user: User, session_id: int, text: str) -> None:
    """Replace a session's note (one line). Whoever sees the session may write it, but who may change nothing.

    Raises NotFound, NotAllowed, and Invalid for a note of more than LONGEST_NOTE characters.
    """
    note = "".join(letter if letter.isprintable() else " " for letter in text).strip()
    if len(note) > LONGEST_NOTE:
        raise Invalid(note=f"longer than {LONGEST_NOTE} characters")
    with writing() as session:
        query = select(ChargingSession).where(ChargingSession.id == session_id, sees_session(user))
        found = session.scalar(query) if session_id <= MAX_ID else None
        if found is None:
            raise NotFound(str(session_id))
        if not may_change(user):
            raise NotAllowed(str(session_id))
        found.note = note
        audit.note(user, "session.noted", str(session_id), organization_id=found.organization_id)
