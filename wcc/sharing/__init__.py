"""The room of sharing: whom a station is assigned to, and whom it is shared with (R3.3c, R7.3)."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add this room's pages."""
    from wcc.sharing.views import pages

    app.register_blueprint(pages)
