"""RQ jobs of people."""

import structlog
from flask_babel import lazy_gettext as _

from wcc import mail
from wcc.config import load
from wcc.db import db
from wcc.models import User
from wcc.users import invitations

log = structlog.get_logger()


def send_invitation(user_id: int, by_id: int | None, address: str) -> None:
    """Mail a person who is invited the link to `address`/<word>, in the name of who invites them (None: of the organization).

    Does nothing for a user who does not exist or has accepted in the meantime.
    """
    person = db.session.get(User, user_id)
    if person is None or person.invited_until is None:
        return
    settings = load()
    by = db.session.get(User, by_id) if by_id is not None else None
    message = mail.compose(
        settings,
        person.email,
        person.language,
        _("You are invited to %(brand)s", brand=settings.brand_name),
        "invitation",
        name=person.name,
        by=by.name if by else "",
        organization=(by or person).organization.name,
        link=f"{address}/{invitations.word(settings.instance, person)}",
    )
    mail.send(settings, message)
    log.info("invitation sent", user=person.id)
