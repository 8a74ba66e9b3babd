"""The room of groups: which stations and people are in them, and which one somebody looks at (R1.6d, R7.3)."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add this room's pages."""
    from wcc.groups.views import pages

    app.register_blueprint(pages)
