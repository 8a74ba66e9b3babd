"""The room of remote operations (chapter 5)."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add this room's pages."""
    from wcc.operations.views import pages

    app.register_blueprint(pages)
