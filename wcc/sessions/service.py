"""What people change about charging sessions."""

from sqlalchemy import select

from wcc.access import sees_session
from wcc.db import writing
from wcc.errors import Invalid, NotFound
from wcc.models import ChargingSession, User
from wcc.sessions.queries import MAX_ID

LONGEST_NOTE = 500


def set_note(user: User, session_id: int, text: str) -> None:
    """Replace a session's note (one line). Whoever sees the session may write it.

    Raises NotFound, and Invalid for a note of more than LONGEST_NOTE characters.
    """
    note = "".join(letter if letter.isprintable() else " " for letter in text).strip()
    if len(note) > LONGEST_NOTE:
        raise Invalid(note=f"longer than {LONGEST_NOTE} characters")
    with writing() as session:
        query = select(ChargingSession).where(ChargingSession.id == session_id, sees_session(user))
        found = session.scalar(query) if session_id <= MAX_ID else None
        if found is None:
            raise NotFound(str(session_id))
        found.note = note
