"""What every page shares: page or fragment, menu, icons, language and time zone, the formats of numbers and times."""

import json
import re
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import (
    format_currency,
    format_date,
    format_datetime,
    format_decimal,
    get_locale,
    gettext,
)
from flask_login import current_user
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from wcc import access, statuses, units
from wcc.clock import now_ms, to_ms, utcnow
from wcc.config import ROOT, Settings
from wcc.errors import NotAllowed, NotFound
from wcc.models import User

LANGUAGES = {"en": "English", "nl": "Nederlands", "de": "Deutsch", "fr": "Français"}
_DAY = re.compile(r"\bd\b")


def me() -> User:
    """The signed-in user of this request."""
    user: User = current_user.user
    return user


def signed_in() -> bool:
    """Whether this request has a user; false too where there is no request."""
    return bool(current_user and current_user.is_authenticated)


def outbox_open() -> bool:
    """Whether this user may read the mails of the outbox here."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.outbox and not settings.smtp_url and signed_in() and access.may_read_outbox(me())


def is_fragment() -> bool:
    """Whether htmx asks for a part of a page (a restored history entry is a whole one)."""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


def page_or_fragment(page: str, fragment: str, **context: object) -> str:
    """The whole page, or only its fragment when htmx asks: one URL for both."""
    return render_template(fragment if is_fragment() else page, **context)


@cache
def _icons() -> dict[str, str]:
    found: dict[str, str] = json.loads((ROOT / "wcc" / "static" / "vendor" / "icons.json").read_text())
    return found


def icon(name: str, classes: str = "") -> Markup:
    """An icon inlined as SVG; hidden from screen readers, since a word always stands beside it."""
    return Markup('<svg class="icon {}" viewBox="0 0 24 24" aria-hidden="true">{}</svg>').format(classes, Markup(_icons()[name]))


def locale() -> str:
    """Language of the request: the user's, else the one chosen here, else the browser's."""
    if signed_in():
        return me().language if me().language in LANGUAGES else "en"
    return session.get("language") or request.accept_languages.best_match(list(LANGUAGES)) or "en"


def time_zone() -> str:
    """Time zone in which times are shown: the organization's."""
    return me().organization.time_zone if signed_in() else "UTC"


def local(moment: datetime) -> datetime:
    """An aware time in the organization's time zone."""
    return moment.astimezone(ZoneInfo(time_zone()))


def number(value: float | Decimal | None, pattern: str = "#,##0.##") -> str:
    """A number in the user's language; – where unknown."""
    return "–" if value is None else format_decimal(value, pattern)


def kwh(energy_wh: int | None) -> str:
    """Energy as people read it: `35.13 kWh`; – where unknown."""
    return "–" if energy_wh is None else f"{format_decimal(units.kwh(energy_wh), '#,##0.00')} kWh"


def kw(power_w: float | None) -> str:
    """Power as people read it: `11.49 kW`; – where unknown."""
    return "–" if power_w is None else f"{format_decimal(round(power_w / 1000, 2), '#,##0.00')} kW"


def money(amount: Decimal | None, currency: str | None) -> str:
    """An amount with its currency; – where there is none."""
    return "–" if amount is None or currency is None else format_currency(amount, currency)


def pattern(form: str) -> str:
    """A pattern of dates as the user's language writes them: `d MMM` is `24 Nov`, in German `24. Nov.`."""
    return _DAY.sub("d.", form) if str(get_locale()) == "de" else form


def when(moment: datetime | None, form: str = "d MMM yyyy, HH:mm:ss") -> str:
    """A time in the organization's zone and the user's language; – where unknown."""
    return "–" if moment is None else format_datetime(moment, pattern(form))


def on(day: date, form: str = "d MMM yyyy") -> str:
    """A day in the user's language."""
    text: str = format_date(day, pattern(form))
    return text


def shortly(moment: datetime | None) -> str:
    """A time in as few words as needed: `14:02` today, `24 Nov, 14:02` this year; – where unknown."""
    if moment is None:
        return "–"
    here, today = local(moment), local(utcnow())
    if here.date() == today.date():
        return when(moment, "HH:mm")
    return when(moment, "d MMM, HH:mm" if here.year == today.year else "d MMM yyyy, HH:mm")


def age(moment: datetime | None) -> str:
    """How long ago, in one or two units: `4 s`, `5 min`, `3 h 5 min`, `21 h`, `2 d`. The browser counts it on (app.js)."""
    if moment is None:
        return ""
    seconds = max(now_ms() - to_ms(moment), 0) // 1000
    second, minute, hour, day = age_units()
    minutes, hours = seconds // 60, seconds // 3600
    if seconds < 60:
        return f"{seconds} {second}"
    if minutes < 60:
        return f"{minutes} {minute}"
    if hours < 10:
        return f"{hours} {hour} {minutes % 60} {minute}"
    return f"{hours} {hour}" if hours < 48 else f"{hours // 24} {day}"


def age_units() -> tuple[str, str, str, str]:
    """Short words for second, minute, hour and day."""
    return gettext("s"), gettext("min"), gettext("h"), gettext("d")


def utc(moment: datetime | None) -> str:
    """The exact UTC, shown on hover."""
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def inside(target: str | None) -> str:
    """Where to go after a form: only to a path of ours, never to another host; to the dashboard where nothing is said."""
    parts = urlsplit(target or "")
    plain = target and target.startswith("/") and not target.startswith(("//", "/\\")) and "\\" not in target
    return target if plain and target and not parts.netloc and not parts.scheme else url_for("dashboard.index")


def back_here() -> str:
    """Path to come back to after a form of the shell: this page, or, in a fragment or an error, the dashboard."""
    return request.full_path.rstrip("?") if request.method == "GET" and not is_fragment() else url_for("dashboard.index")


def init_app(app: Flask) -> None:
    """Give templates their words and translate errors into pages."""
    app.jinja_env.globals.update(
        icon=icon,
        LANGUAGES=LANGUAGES,
        get_locale=get_locale,
        statuses=statuses,
        me=me,
        signed_in=signed_in,
        outbox_open=outbox_open,
    )
    app.jinja_env.globals.update(
        back_here=back_here,
        now=utcnow,
        now_ms=now_ms,
        age_units=age_units,
        time_zone=time_zone,
    )
    app.jinja_env.filters.update(kwh=kwh, kw=kw, money=money, number=number, ms=to_ms)
    app.jinja_env.filters.update(when=when, shortly=shortly, age=age, utc=utc, local=local)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["brand"] = app.config["SETTINGS"].brand_name
    app.register_error_handler(NotFound, lambda error: _error(404))
    app.register_error_handler(NotAllowed, lambda error: _error(403))
    app.register_error_handler(HTTPException, http_error)


def http_error(error: HTTPException) -> ResponseReturnValue:
    """The page for an error of HTTP."""
    code = error.code or 500
    return error.get_response() if code < 400 else _error(code)  # a redirect is an HTTPException too


def _error(code: int) -> tuple[str, int]:
    """What happened and what to do, as a page; to htmx as plain words, which its pop-up shows."""
    g.pop("_flashes", None)
    return render_template("_error.html" if is_fragment() else "error.html", code=code), code
