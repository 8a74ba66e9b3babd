"""The room of the privacy settings: necessary cookies, the two tools that one may switch on, what they gathered (R1.6a)."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add this room's pages, and count pages for those who agreed to it."""
    from wcc.privacy.views import allowed, count_page, pages

    app.register_blueprint(pages)
    app.jinja_env.globals["allowed"] = allowed
    app.after_request(count_page)
