"""The room of authorization tags (R3.6)."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add this room's pages."""
    from wcc.tags.views import pages

    app.register_blueprint(pages)
