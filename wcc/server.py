"""The web process: portal, live changes and chargers on one port. `python -m wcc.server`, or `wcc web`."""

from gevent import config, monkey

monkey.patch_all()
config.track_greenlet_tree = False  # a debugging aid that costs every charger a kilobyte

import gc
import logging
import signal
import sys
from typing import Any

import gevent
import structlog
from flask import Flask, Response
from gevent.pywsgi import WSGIServer
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from wcc import bus, masks
from wcc.app import create_app
from wcc.config import Settings, load
from wcc.db import db
from wcc.ocpp.handler import Handler
from wcc.ocpp.node import Node

log = structlog.get_logger()


class Server(WSGIServer):
    """pywsgi with our handler; `node` serves the chargers."""

    def __init__(self, settings: Settings, app: Flask, node: Node) -> None:
        super().__init__(
            (settings.host, settings.port),
            app,
            handler_class=Handler,
            log=None,
            error_log=_ErrorLog(),
        )
        self.node = node


class _ErrorLog:
    """pywsgi's complaints, in our log."""

    def write(self, words: str) -> None:
        if words.strip():
            log.warning("http", message=masks.request(words.strip()[:500]))

    def flush(self) -> None:
        pass


def _add_health(app: Flask, node: Node) -> None:
    @app.get("/health/live")
    def live() -> Response:
        return Response("alive\n", mimetype="text/plain")

    @app.get("/health/ready")
    def ready() -> Response:
        problems = []
        try:
            db.session.execute(text("SELECT 1"))
        except SQLAlchemyError as error:
            problems.append(f"database: {type(error).__name__}")
        if not bus.ready(bus.shared()):
            problems.append("redis: no answer")
        if not node.open_for_chargers:
            problems.append("chargers: not let in")
        return Response(
            "\n".join(problems or ["ready"]) + "\n",
            503 if problems else 200,
            mimetype="text/plain",
        )


def set_up_logs(level: str) -> None:
    """One line per event on standard error."""
    logging.basicConfig(level=level, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    numeric = logging.getLevelName(level)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(numeric if isinstance(numeric, int) else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
    )


def main() -> None:
    """Serve until SIGTERM or SIGINT, then let the chargers go."""
    settings = load()
    set_up_logs(settings.log_level)
    app = create_app(settings)
    with app.app_context():
        engine = db.engine
    node = Node(settings, engine)
    node.start()
    _add_health(app, node)
    server = Server(settings, app, node)

    def stop(*_: Any) -> None:
        log.info("node stops", node=node.name)
        server.close()
        node.drain()
        done.set()

    done = gevent.event.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(sign, lambda: gevent.spawn(stop))
    server.start()
    gc.freeze()  # what is loaded stays: collecting it again and again took a tenth of the time
    gc.set_threshold(20_000, 20, 50)
    log.info("listening", address=f"http://{settings.host}:{server.server_port}")
    done.wait()


if __name__ == "__main__":
    main()
