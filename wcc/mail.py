"""The only door to SMTP. Without a server a mail is put into `instance/outbox/`, where `/outbox` shows it.

A mail has a subject and two templates, `mail/<name>.html` and `mail/<name>_text.html`, in the reader's language.
"""

import os
import secrets
import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parsedate_to_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flask import render_template
from flask_babel import LazyString, force_locale
from redis.exceptions import RedisError
from rq import Retry

from wcc import bus
from wcc.clock import now_ms, utcnow
from wcc.config import Settings
from wcc.errors import Unavailable

TIMEOUT_S = 20
JOB_TIMEOUT_S = 60
JOB_KEPT_S = 60
SHOWN = 50  # mails of the outbox
KEPT = 200


def compose(settings: Settings, to: str, language: str, subject: LazyString, template: str, **context: object) -> EmailMessage:
    """A mail as text and HTML. Needs an app context, but no request."""
    message = EmailMessage(policy=policy.SMTP)
    with force_locale(language):
        message["Subject"] = str(subject)
        plain = render_template(f"mail/{template}_text.html", **context)
        rich = render_template(f"mail/{template}.html", subject=str(subject), language=language, **context)
    message["From"] = sender(settings)
    message["To"] = to
    message["Date"] = format_datetime(utcnow())
    message["Message-ID"] = make_msgid(domain=sender(settings).rpartition("@")[2].rstrip(">"))
    message["Content-Language"] = language
    message["Auto-Submitted"] = "auto-generated"  # no out-of-office answers
    message.set_content(plain)
    message.add_alternative(rich, subtype="html")
    return message


def sender(settings: Settings) -> str:
    """The address that mails come from."""
    return settings.mail_from or f"no-reply@{urlsplit(settings.public_url).hostname or 'localhost'}"


def send(settings: Settings, message: EmailMessage) -> None:
    """Give a mail to the SMTP server, or put it into the outbox where there is none. Raises OSError or SMTPException."""
    if not settings.smtp_url:
        _keep(settings.instance / "outbox", message)
        return
    parts = urlsplit(settings.smtp_url)
    secure = parts.scheme == "smtps"
    host, port = parts.hostname or "localhost", parts.port or (465 if secure else 25)
    context = ssl.create_default_context()
    with (
        smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=context) if secure else smtplib.SMTP(host, port, timeout=TIMEOUT_S) as smtp
    ):
        smtp.ehlo()
        if not secure and smtp.has_extn("starttls"):
            smtp.starttls(context=context)
        if parts.username:
            smtp.login(unquote(parts.username), unquote(parts.password or ""))
        smtp.send_message(message)


def _keep(folder: Path, message: EmailMessage) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{now_ms()}-{secrets.token_hex(4)}"
    hidden = folder / f".{name}"
    with os.fdopen(os.open(hidden, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(message.as_bytes())
    hidden.rename(folder / f"{name}.eml")  # appears whole or not at all
    for old in sorted(folder.glob("*.eml"), reverse=True)[KEPT:]:
        old.unlink(missing_ok=True)


@dataclass(frozen=True)
class Kept:
    """A mail of the outbox; `text` is its plain form."""

    to: str
    subject: str
    sent_at: datetime
    text: str


def outbox(settings: Settings) -> Iterator[Kept]:
    """The newest mails of the outbox, newest first."""
    for path in sorted((settings.instance / "outbox").glob("*.eml"), reverse=True)[:SHOWN]:
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        body = message.get_body(("plain",))
        text = body.get_content() if body else ""
        yield Kept(str(message["To"]), str(message["Subject"]), parsedate_to_datetime(str(message["Date"])), text)


def send_later(job: str, *arguments: object) -> None:
    """Have a worker write and send a mail; `job` names the function that does. Raises Unavailable without a queue."""
    try:
        bus.queue(bus.shared(), "default").enqueue(
            job, *arguments, job_timeout=JOB_TIMEOUT_S, result_ttl=JOB_KEPT_S, failure_ttl=JOB_KEPT_S, retry=Retry(max=2)
        )
    except RedisError as error:
        raise Unavailable("mail") from error
