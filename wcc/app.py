"""create_app(): the only file that knows every room."""

from typing import Any

import gevent.monkey
import structlog
from flask import Flask, Response, request
from flask_babel import Babel
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from htmx_flask import Htmx

from wcc import (
    account,
    api,
    audit,
    auditlog,
    bus,
    chargepoints,
    dashboard,
    doctor,
    groups,
    imprint,
    live,
    menu,
    messagelog,
    operations,
    organizations,
    privacy,
    sessions,
    sharing,
    tags,
    ui,
    users,
)
from wcc.config import ROOT, Settings, load, secret
from wcc.db import db, engine_options
from wcc.proxies import NamedProxies

log = structlog.get_logger()

csrf = CSRFProtect()
migrate = Migrate()

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "media-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
ROOMS = (
    account,
    dashboard,
    chargepoints,
    messagelog,
    doctor,
    sharing,
    sessions,
    operations,
    tags,
    users,
    groups,
    organizations,
    auditlog,
    privacy,
    imprint,
    api,
)


def _configuration(settings: Settings) -> dict[str, Any]:
    """What Flask and its extensions want to know."""
    return {
        "SETTINGS": settings,
        "SECRET_KEY": secret(settings.instance, "session-key"),
        "SQLALCHEMY_DATABASE_URI": settings.database,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings.database, cooperative=gevent.monkey.is_module_patched("socket")),
        "SESSION_COOKIE_NAME": "wcc",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.secure_cookies or settings.public_url.startswith("https://"),
        "WTF_CSRF_TIME_LIMIT": None,  # a dashboard stays open all day
        "WTF_CSRF_SSL_STRICT": False,  # the Origin is behind a proxy; SameSite and the token do the work
        "MAX_CONTENT_LENGTH": 2 * 1024 * 1024,
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "wcc" / "translations"),
        "BABEL_DEFAULT_LOCALE": "en",
        "RATELIMIT_STORAGE_URI": settings.redis.replace("unix://", "redis+unix://"),
    }


def create_app(settings: Settings | None = None) -> Flask:
    """The portal as a WSGI application. Chargers need `wcc.server`, which adds `/ocpp/<identity>`."""
    settings = settings or load()
    app = Flask("wcc", root_path=str(ROOT / "wcc"), instance_path=str(settings.instance))
    app.config.update(_configuration(settings))
    app.wsgi_app = NamedProxies(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "wcc" / "migrations"), render_as_batch=True)
    bus.configure(settings.redis)
    app.extensions["live"] = live.Hub(settings.redis)
    csrf.init_app(app)
    Htmx(app)
    Babel(app, locale_selector=ui.locale, timezone_selector=ui.time_zone)
    ui.init_app(app)
    menu.init_app(app)
    for room in ROOMS:
        room.init_app(app)
    app.before_request(_origin)
    app.after_request(_headers)
    return app


def _origin() -> None:
    audit.address.set(request.remote_addr or "")


def _headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    response.vary.add("HX-Request")
    if not request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response
