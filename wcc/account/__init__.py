"""The room of the own account: sign in, sign out, language (chapter 1)."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add this room's pages and tell Flask-Login who is who."""
    from wcc.account import own_views, second_step_views, second_views, token_views, views, welcome_views  # noqa: F401 (they hang their pages on the blueprint)
    from wcc.account.door import logins, pages
    from wcc.limits import limiter

    app.register_blueprint(pages)
    logins.init_app(app)
    limiter.init_app(app)
