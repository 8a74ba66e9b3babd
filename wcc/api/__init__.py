"""The room of the REST API, version 1: what the other rooms do, for programs. It has no rule of its own about who may what."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add the API. Its requests bring a token and no cookie, so that no other site can make a browser send them: CSRF is no concern."""
    from wcc.api import charge_points, operations, problems, sessions, tags, views  # noqa: F401 (they hang their routes on the blueprint)
    from wcc.api.door import api

    app.extensions["csrf"].exempt(api)
    app.register_blueprint(api)
    app.register_blueprint(views.pages)
    problems.init_app(app)
