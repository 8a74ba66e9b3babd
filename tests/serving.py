"""The real web process (`python -m wcc.server`) under test, in a process of its own."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from tests.people import add
from wcc.config import cipher
from wcc.db import plain_engine
from wcc.lifeline import tied
from wcc.models import ChargePoint, Organization

READY_S = 120


class Server:
    """A web process in a folder of its own. Stopped and started again it keeps its port and its database."""

    def __init__(self, folder: Path, redis_url: str, environment: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.database_url = (environment or {}).get("DATABASE_URL", f"sqlite:///{folder / 'wcc.sqlite'}")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("WCC_")},
            "WCC_INSTANCE": str(folder),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": redis_url,
            "PORT": "0",
            "WCC_NODE": f"node-{uuid.uuid4().hex[:8]}",
            "WCC_DRAIN_S": "0",
            "WCC_CAPTCHA": "0",
            "WCC_LOGIN_ATTEMPTS": "1000 per minute",
            "WCC_ACCOUNT_ATTEMPTS": "1000 per minute",
            "WCC_SECOND_STEP_ATTEMPTS": "1000 per minute",
            "WCC_RESET_MAILS": "1000 per minute",
            **(environment or {}),
        }
        self.engine: Engine = plain_engine(self.database_url)
        self.process: subprocess.Popen[bytes] | None = None
        self.port = 0
        self.log = folder / f"web-{uuid.uuid4().hex[:6]}.log"

    @classmethod
    @contextmanager
    def started(cls, folder: Path, redis_url: str, **environment: str) -> Iterator["Server"]:
        """A server that runs for a block."""
        made = cls(folder, redis_url, environment)
        made.start()
        try:
            yield made
        finally:
            made.stop()

    @property
    def url(self) -> str:
        """Where chargers connect, without the identity."""
        return f"ws://127.0.0.1:{self.port}/ocpp"

    @property
    def web(self) -> str:
        """Where people go."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start and wait until it is ready."""
        before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "wcc.server"],
                env=self.environment,
                stdout=out,
                stderr=out,
                preexec_fn=tied(),
            )
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended:\n{self.log_text()}")
            for line in self.log.read_text()[before:].splitlines():
                if "event='listening'" in line:
                    self.port = int(line.rpartition(":")[2].rstrip("'"))
                    self.environment["PORT"] = str(self.port)
            if self.port and self.status("/health/ready") == 200:
                return
            time.sleep(0.02)
        raise AssertionError(f"the server was not ready in time:\n{self.log_text()}")

    def status(self, path: str) -> int:
        """HTTP status of a GET; 0 when nothing listens."""
        try:
            with urllib.request.urlopen(self.web + path, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def kill(self) -> None:
        """`kill -9`, as the out-of-memory killer does."""
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """SIGTERM, and wait for the end."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        self.engine.dispose()

    def log_text(self) -> str:
        """All that it has logged."""
        return self.log.read_text()

    def sql(self, query: str, **parameters: Any) -> list[Any]:
        """Rows of a query on its database."""
        with self.engine.connect() as conn:
            return list(conn.execute(text(query), parameters).fetchall())

    def organization(self) -> int:
        """Id of an organization to put stations into."""
        found = self.sql("SELECT id FROM organization ORDER BY id LIMIT 1")
        return int(found[0][0]) if found else int(add(self.engine, Organization, name="Organization S"))

    def add_charge_point(
        self,
        identity: str | None = None,
        password: bytes | str | None = None,
        **columns: Any,
    ) -> str:
        """Add a station; returns its identity."""
        name = identity or f"CP-{uuid.uuid4().hex[:10]}"
        if password is not None:
            clear = password.encode() if isinstance(password, str) else password
            columns["password"] = cipher(self.folder).encrypt(clear)
        columns.setdefault("organization_id", self.organization())
        add(self.engine, ChargePoint, identity=name, **columns)
        return name
