"""The room of the connection doctor: why chargers are refused or lost, and what to type into them."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add this room's pages."""
    from wcc.doctor.views import pages, station_pages

    app.register_blueprint(pages)
    app.register_blueprint(station_pages)
