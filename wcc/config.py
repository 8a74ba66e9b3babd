"""Every setting: its default, its unit, its environment variable.

Order of precedence: environment variable, then `instance/config.py` (upper-case names without the prefix), then the default.
Secrets are generated into `instance/secrets/` (mode 0600) on first use and are never settings.
"""

import os
import runpy
import secrets
import socket
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parent.parent


def _setting(default: Any, doc: str, env: str | None = None) -> Any:
    return field(default=default, metadata={"doc": doc, "env": env})


@dataclass(frozen=True)
class Settings:
    """One installation's settings. Durations in seconds (`_s`) or milliseconds (`_ms`), sizes in bytes."""

    instance: Path = _setting(
        ROOT / "instance",
        "folder of this installation: database, secrets, valkey",
        "WCC_INSTANCE",
    )
    database_url: str = _setting("", "SQLAlchemy address; empty: SQLite in the instance folder", "DATABASE_URL")
    redis_url: str = _setting("", "Redis address; empty: `wcc up` starts an embedded valkey", "REDIS_URL")
    host: str = _setting("127.0.0.1", "address that the web process listens on", "HOST")
    port: int = _setting(5000, "port that the web process listens on", "PORT")
    node: str = _setting(
        "",
        "name of this web process among several; empty: made up at start",
        "WCC_NODE",
    )
    public_url: str = _setting(
        "",
        "address under which people and chargers reach us; empty: as they asked for it",
    )
    brand_name: str = _setting("WCC", "product name shown in the portal")
    secure_cookies: bool = _setting(False, "cookies only over https; also where the public address is https")
    trusted_proxies: str = _setting("", "addresses or networks of reverse proxies whose X-Forwarded-* are believed: 10.0.0.0/8, ::1")
    log_level: str = _setting("INFO", "DEBUG, INFO, WARNING or ERROR")
    # the OCPP endpoint
    heartbeat_interval_s: int = _setting(300, "told to chargers in BootNotification.conf")
    call_timeout_s: float = _setting(30.0, "how long a person waits for a charger's answer")
    late_reply_s: float = _setting(600.0, "how long a late answer still updates its operation")
    header_timeout_s: float = _setting(20.0, "time a client has to send its request headers")
    ping_after_s: float = _setting(45.0, "silence after which a charger is pinged")
    dead_after_s: float = _setting(135.0, "silence after which a charger that has ever ponged is gone")
    watchdog_s: float = _setting(15.0, "how often the sockets are looked at")
    max_message_bytes: int = _setting(131_072, "largest OCPP message taken; a station may be allowed up to 1 MiB")
    flood_rate: float = _setting(20.0, "messages a second above which a charger is slowed")
    flood_burst: int = _setting(100, "messages a charger may send at once before it is slowed")
    max_pipelined: int = _setting(200, "unanswered CALLs after which a charger is cut (1008)")
    ledger_window_ms: float = _setting(10.0, "how long reports are gathered before a commit")
    ledger_batch: int = _setting(500, "most reports in one commit")
    ledger_hold_s: float = _setting(20.0, "how long replies are held while the database is gone")
    presence_s: float = _setting(120.0, "expiry of a charger's presence key in Redis")
    drain_s: float = _setting(20.0, "time over which chargers are let go at shutdown")
    # what is written down of the wire
    message_log: bool = _setting(True, "write down the messages between us and chargers")
    message_log_days: int = _setting(7, "days after which logged messages are deleted")
    message_log_rows: int = _setting(10_000, "newest messages of a station that are kept")
    attempt_days: int = _setting(14, "days after which refused and broken connections are forgotten")
    # people
    captcha: bool = _setting(True, "sign-in asks for the characters in a picture")
    login_attempts: str = _setting("10 per minute", "sign-in attempts per address")
    account_attempts: str = _setting("10 per 15 minutes", "wrong passwords per account, with a right captcha")
    second_step_s: int = _setting(300, "time between the right password and the second step of a sign-in")
    second_step_attempts: str = _setting("10 per 15 minutes; 50 per day", "wrong codes and passkeys per account, with the right password")
    captcha_pictures: str = _setting("60 per minute", "captcha pictures and recordings per address")
    reset_mails: str = _setting("5 per hour", "e-mails for a forgotten password, per account")
    invitation_mails: str = _setting("5 per hour", "invitations sent again, per person")
    session_days: int = _setting(14, "days a sign-in lasts without use")
    # the API
    api_requests: str = _setting("600 per minute", "requests to the API per token")
    api_refusals: str = _setting("60 per minute", "requests to the API without a good token, per address")
    # the imprint: who hosts this portal; what is empty is not shown
    imprint_name: str = _setting("", "imprint: name of the site's host")
    imprint_street: str = _setting("", "imprint: street and house number")
    imprint_postal_code: str = _setting("", "imprint: postal code")
    imprint_town: str = _setting("", "imprint: town")
    imprint_country: str = _setting("", "imprint: country")
    imprint_email: str = _setting("", "imprint: e-mail address")
    imprint_website: str = _setting("", "imprint: website, with https://")
    # mail
    smtp_url: str = _setting("", "SMTP server: smtp://user:password@host:587 (STARTTLS where offered) or smtps://…; empty: outbox/")
    mail_from: str = _setting("", "sender of e-mails; empty: no-reply@ and the host of the public address")
    outbox: bool = _setting(False, "operators and administrators may read the mails in outbox/; `wcc up --demo` sets it")
    # sweeps
    sweep_s: int = _setting(30, "how often cron looks for overdue operations and vanished chargers")
    start_expected_s: int = _setting(180, "time after an accepted remote start within which a session should begin")
    worker_poll_s: float = _setting(1.0, "how often a supervisor looks at its processes")

    @property
    def database(self) -> str:
        """SQLAlchemy address of the database."""
        return self.database_url or f"sqlite:///{self.instance / 'wcc.sqlite'}"

    @property
    def redis(self) -> str:
        """Redis address: the given one, or the embedded valkey's socket."""
        from wcc.valkey import address  # brings redis, which a process that is given an address need not load here

        return self.redis_url or address(self.instance / "valkey")

    @property
    def node_name(self) -> str:
        """Name of this web process; unique unless given."""
        return self.node or f"{socket.gethostname()}-{secrets.token_hex(4)}"


def variable(name: str) -> str:
    """Environment variable of a setting: its own standard one, or `WCC_` + its name."""
    metadata = next(f.metadata for f in fields(Settings) if f.name == name)
    return metadata["env"] or f"WCC_{name.upper()}"


def _parse(name: str, kind: type, text: str) -> Any:
    try:
        if kind is bool:
            return {
                "1": True,
                "true": True,
                "yes": True,
                "0": False,
                "false": False,
                "no": False,
                "": False,
            }[text.lower()]
        return kind(text)
    except (ValueError, KeyError):
        raise SystemExit(f"{variable(name)}={text!r}: not a valid {kind.__name__}") from None


def load(environ: dict[str, str] | None = None) -> Settings:
    """Read the settings. Raises SystemExit naming the variable when a value cannot be read."""
    env = dict(os.environ) if environ is None else environ
    instance = Path(env.get("WCC_INSTANCE") or Settings.instance).resolve()
    local = runpy.run_path(str(instance / "config.py")) if (instance / "config.py").exists() else {}
    values: dict[str, Any] = {"instance": instance}
    for f in fields(Settings):
        name, kind = f.name, f.type
        assert isinstance(kind, type)
        if name == "instance":
            continue
        if (text := env.get(variable(name))) is not None:
            values[name] = _parse(name, kind, text)
        elif name.upper() in local:
            values[name] = kind(local[name.upper()])
    return Settings(**values)


def secret(instance: Path, name: str) -> bytes:
    """A secret of this installation, made on first use: `instance/secrets/<name>`, mode 0600."""
    path = instance / "secrets" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f".{name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(Fernet.generate_key())
        try:
            os.link(fresh, path)  # appears whole or not at all, and never replaces another process's
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_bytes()


@cache
def cipher(instance: Path) -> Fernet:
    """Encryption of secrets at rest (chargers' passwords); the key lies outside the database."""
    return Fernet(secret(instance, "encryption-key"))
