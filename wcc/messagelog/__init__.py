"""The room of the message log: every OCPP message of a station as it was on the wire."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add this room's pages."""
    from wcc.messagelog.views import pages

    app.register_blueprint(pages)
