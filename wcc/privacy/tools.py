"""What this portal keeps in a browser, and the tools that one may switch on. All of it is our own: nobody else is called."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import lazy_gettext as _

CHOICE_COOKIE = "wcc-privacy"
CHOICE_DAYS = 365
PAGES_KEPT_DAYS = 400
ERRORS_KEPT_DAYS = 30


@dataclass(frozen=True)
class Tool:
    """Something that one may switch on. `gathers` and `kept` say what it keeps and for how long."""

    key: str
    label: str
    purpose: str
    gathers: str
    kept: str


@dataclass(frozen=True)
class Kept:
    """Something that a browser keeps for us and that the portal cannot do without."""

    name: str
    form: str
    purpose: str
    lifetime: str


TOOLS = (
    Tool(
        "statistics",
        _("Usage statistics"),
        _("Tells the operator of this portal which pages are used, so that they can be improved."),
        _("One more is counted for the page and the day. Neither who you are nor your address nor what is on the page is kept."),
        _("Counts are deleted after %(days)s days.", days=PAGES_KEPT_DAYS),
    ),
    Tool(
        "errors",
        _("Error reports"),
        _("Tells the operator of this portal when a page fails in your browser, so that it can be mended."),
        _("The error message, the place in our script, the page and the kind of browser are kept, but not who you are."),
        _("Reports are deleted after %(days)s days.", days=ERRORS_KEPT_DAYS),
    ),
)
KEYS = tuple(tool.key for tool in TOOLS)

NECESSARY = (
    Kept(
        "wcc",
        _("Cookie"),
        _("Keeps you signed in, keeps the language chosen before signing in, and protects forms against forgery."),
        _("Until the browser is closed; a sign-in ends earlier by signing out, or when it is not used for long."),
    ),
    Kept(
        CHOICE_COOKIE,
        _("Cookie"),
        _("Keeps what you chose on this page. It is set only when you switch something."),
        _("%(days)s days", days=CHOICE_DAYS),
    ),
    Kept(
        "wcc-theme",
        _("Local storage"),
        _("Keeps whether you want light or dark pages. It is set only when you choose one, and is not sent to us."),
        _("Until you delete it in your browser."),
    ),
)


def read(text: str | None) -> frozenset[str] | None:
    """The tools that a kept choice names; None where nothing was ever chosen. Unknown words are left out."""
    return None if text is None else frozenset(KEYS) & frozenset(text.split("."))


def written(on: Iterable[str]) -> str:
    """A choice as it is kept in the cookie and on the user: `statistics.errors`; empty where all is off."""
    chosen = set(on)
    return ".".join(key for key in KEYS if key in chosen)
