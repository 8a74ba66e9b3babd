"""The room of the dashboard (R2.2)."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add this room's pages."""
    from wcc.dashboard.views import pages

    app.register_blueprint(pages)
