"""The room of remote operations (chapter 5)."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add this room's pages; let templates list all operations."""
    from wcc.operations import catalog
    from wcc.operations.views import pages

    app.register_blueprint(pages)
    app.jinja_env.globals.update(operation_profiles=catalog.by_profile)
