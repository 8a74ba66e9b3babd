"""Portals that ask for the captcha, mail servers that take mail, and the worker's part done in the test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from flask import Flask
from flask.testing import FlaskClient

from wcc import bus
from wcc.config import Settings


class Inbox(Message):
    """Keeps what arrives."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Any] = []

    def handle_message(self, message: Any) -> None:
        self.mails.append(message)


@pytest.fixture
def smtp() -> Iterator[tuple[Inbox, str]]:
    """A real SMTP server: what it took, and its address."""
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=_free_port())
    controller.start()
    yield inbox, f"smtp://127.0.0.1:{controller.port}"
    controller.stop()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def asking(portal: Callable[..., Flask]) -> FlaskClient:
    """A browser at a portal that asks for the captcha."""
    return portal(captcha=True).test_client()


@pytest.fixture
def work(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Does the mail jobs that are queued, as the worker would; gives how many there were."""
    queue = bus.queue(bus.shared(), "default")
    queue.empty()

    def do(**environment: str) -> int:
        given = {"WCC_INSTANCE": str(settings.instance), "DATABASE_URL": settings.database, "REDIS_URL": settings.redis, **environment}
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        jobs = queue.jobs
        for job in jobs:
            job.perform()
            job.delete()
        return len(jobs)

    return do
