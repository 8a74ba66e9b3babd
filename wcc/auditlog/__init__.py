"""The room of the audit log: the page; entries are written by `wcc.audit`."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add this room's page."""
    from wcc.auditlog.views import pages

    app.register_blueprint(pages)
