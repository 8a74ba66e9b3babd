"""The room of charge points and their connectors (chapter 3)."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add this room's pages."""
    from wcc.chargepoints import credential_views  # noqa: F401 (it hangs its pages on the blueprint)
    from wcc.chargepoints.views import pages

    app.register_blueprint(pages)
