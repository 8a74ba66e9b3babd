"""The room of people and organizations (R1.4, R1.5)."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add this room's pages."""
    from wcc.users.views import pages

    app.register_blueprint(pages)
