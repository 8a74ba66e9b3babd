"""The room of organizations: for the platform operator, who runs the installation."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add this room's pages."""
    from wcc.organizations.views import pages

    app.register_blueprint(pages)
