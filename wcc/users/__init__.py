"""The room of people and organizations (R1.4, R1.5)."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add this room's pages."""
    from wcc.users import second_views  # noqa: F401 (it hangs its pages on the blueprint)
    from wcc.users.views import pages

    app.register_blueprint(pages)
