"""RQ jobs of the own account."""

import structlog
from flask_babel import force_locale
from flask_babel import lazy_gettext as _

from wcc import mail
from wcc.account import resets, service
from wcc.config import load
from wcc.db import db
from wcc.models import User

log = structlog.get_logger()

# What a person is told by e-mail of their second step, so that they notice what they have not done themselves.
NEWS = {
    "app_set_up": _("An authenticator app was set up as second step of your sign-in."),
    "app_removed": _("The authenticator app was removed from your sign-in."),
    "passkey_added": _("A passkey was added as second step of your sign-in."),
    "passkey_removed": _("A passkey was removed from your sign-in."),
    "codes_made": _("New recovery codes were made for your sign-in; the old ones are worth nothing now."),
    "code_used": _("Somebody signed in with your password and one of your recovery codes."),
    "off": _("The second step of your sign-in was switched off: the password alone signs in now."),
    "taken_off": _("An administrator switched off the second step of your sign-in: the password alone signs in now."),
    "guessed": _("Somebody typed your password and then failed at the second step several times."),
}


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


def send_second_step(user_id: int, what: str) -> None:
    """Mail a person one of `NEWS`. Does nothing for a user who does not exist."""
    user = db.session.get(User, user_id)
    if user is None:
        return
    settings, subject = load(), _("The second step of your sign-in")
    with force_locale(user.language):
        news = str(NEWS[what])
    message = mail.compose(settings, user.email, user.language, subject, "second_step", name=user.name, email=user.email, news=news)
    mail.send(settings, message)
    log.info("mail about a second step sent", user=user.id, what=what)
