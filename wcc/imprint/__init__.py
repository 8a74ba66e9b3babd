"""The room of the imprint: who hosts this portal (R1.6b)."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add this room's page."""
    from wcc.imprint.views import pages

    app.register_blueprint(pages)
