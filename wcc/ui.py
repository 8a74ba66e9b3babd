"""What every page shares: page or fragment, menu, icons, language and time zone, the formats of numbers and times."""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, render_template, request, session
from flask_babel import format_currency, format_datetime, format_decimal, get_locale, lazy_gettext
from flask_login import current_user
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from wcc import units
from wcc.config import ROOT
from wcc.errors import NotAllowed, NotFound
from wcc.models import User

LANGUAGES = {"en": "English", "nl": "Nederlands"}


def me() -> User:
    """The signed-in user of this request."""
    user: User = current_user.user
    return user


def page_or_fragment(page: str, fragment: str, **context: object) -> str:
    """The whole page, or only its fragment when htmx asks: one URL for both."""
    return render_template(fragment if request.headers.get("HX-Request") == "true" else page, **context)


@dataclass(frozen=True)
class Entry:
    """A line of the menu; `children` make it a group."""

    label: str
    endpoint: str = ""
    icon: str = ""
    children: tuple["Entry", ...] = ()


_ = lazy_gettext
MENU = (
    Entry(_("Dashboard"), "dashboard.index", "layout-dashboard"),
    Entry(
        _("ChargePoints"),
        "",
        "charging-pile",
        (Entry(_("Overview"), "chargepoints.index"), Entry(_("Connectors"), "chargepoints.connectors")),
    ),
    Entry(_("Charging Session"), "sessions.index", "bolt"),
    Entry(
        _("Operations"),
        "",
        "player-play",
        (
            Entry(_("Remote start"), "operations.remote_start"),
            Entry(_("Remote stop"), "operations.remote_stop"),
            Entry(_("Reset"), "operations.reset"),
            Entry(_("Change availability"), "operations.change_availability"),
        ),
    ),
)


@cache
def _icons() -> dict[str, str]:
    found: dict[str, str] = json.loads((ROOT / "wcc" / "static" / "vendor" / "icons.json").read_text())
    return found


def icon(name: str, classes: str = "") -> Markup:
    """An icon inlined as SVG; hidden from screen readers, since a word always stands beside it."""
    return Markup('<svg class="icon {}" viewBox="0 0 24 24" aria-hidden="true">{}</svg>').format(classes, Markup(_icons()[name]))


def locale() -> str:
    """Language of the request: the user's, else the one chosen here, else the browser's."""
    if current_user and current_user.is_authenticated:
        return me().language if me().language in LANGUAGES else "en"
    return session.get("language") or request.accept_languages.best_match(list(LANGUAGES)) or "en"


def time_zone() -> str:
    """Time zone in which times are shown: the organization's."""
    return me().organization.time_zone if current_user and current_user.is_authenticated else "UTC"


def local(moment: datetime) -> datetime:
    """An aware time in the organization's time zone."""
    return moment.astimezone(ZoneInfo(time_zone()))


def kwh(energy_wh: int | None) -> str:
    """Energy as people read it: `35.13 kWh`; – where unknown."""
    return "–" if energy_wh is None else f"{format_decimal(units.kwh(energy_wh), '#,##0.00')} kWh"


def kw(power_w: float | None) -> str:
    """Power as people read it: `11.49 kW`; – where unknown."""
    return "–" if power_w is None else f"{format_decimal(round(power_w / 1000, 2), '#,##0.00')} kW"


def money(amount: Decimal | None, currency: str | None) -> str:
    """An amount with its currency; – where there is none."""
    return "–" if amount is None or currency is None else format_currency(amount, currency)


def when(moment: datetime | None, form: str = "d MMM yyyy, HH:mm:ss") -> str:
    """A time in the organization's zone and the user's language; – where unknown."""
    return "–" if moment is None else format_datetime(moment, form)


def utc(moment: datetime | None) -> str:
    """The exact UTC, shown on hover."""
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def init_app(app: Flask) -> None:
    """Give templates their words and translate errors into pages."""
    app.jinja_env.globals.update(icon=icon, MENU=MENU, LANGUAGES=LANGUAGES, get_locale=get_locale)
    app.jinja_env.filters.update(kwh=kwh, kw=kw, money=money, when=when, utc=utc, local=local)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(lambda: {"brand": current_app.config["SETTINGS"].brand_name})
    app.register_error_handler(NotFound, lambda error: _error(404))
    app.register_error_handler(NotAllowed, lambda error: _error(403))
    app.register_error_handler(HTTPException, lambda error: _error(error.code or 500))


def _error(code: int) -> tuple[str, int]:
    g.pop("_flashes", None)
    return render_template("error.html", code=code), code
