"""RQ jobs of the own account."""

import structlog
from flask_babel import lazy_gettext as _

from wcc import mail
from wcc.account import resets, service
from wcc.config import load
from wcc.db import db
from wcc.models import User

log = structlog.get_logger()


def drop_old(days: int) -> int:
    """Delete the sign-ins that were not used for so many days; returns how many."""
    return service.drop_old_sign_ins(days)


def send_reset(user_id: int, address: str) -> None:
    """Mail a person the link to `address`/<word>, where a new password is set. Does nothing for a user who does not exist."""
    user = db.session.get(User, user_id)
    if user is None:
        return
    settings = load()
    link = f"{address}/{resets.token(settings.instance, user)}"
    message = mail.compose(settings, user.email, user.language, _("Reset your password"), "reset_password", name=user.name, link=link)
    mail.send(settings, message)
    log.info("mail for a forgotten password sent", user=user.id)
