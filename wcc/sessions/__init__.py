"""The room of charging sessions (chapter 4)."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add this room's pages."""
    from wcc.sessions.views import pages

    app.register_blueprint(pages)
