"""What the commands share: the group that turns errors into one line, the app, and words made values."""

import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
from flask.cli import FlaskGroup

from wcc.errors import WccError

if TYPE_CHECKING:
    from flask import Flask

    from wcc.config import Settings


class Refused(click.ClickException):
    """Something that cannot be done as asked: one line, exit code 2."""

    exit_code = 2


class Commands(FlaskGroup):
    """The commands of this file; typed errors and database trouble become one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names for `--help`; asking the app for more would load all of it."""
        return sorted(self.commands)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of this name."""
        return self.commands.get(name)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """The command to run; Flask-Migrate's `db` is imported here, and stands in `commands` only for its help line."""
        if args[0] == "db":
            from flask_migrate.cli import db

            return "db", db, args[1:]
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Raises Refused for what a person can mend."""
        try:
            return super().invoke(ctx)
        except WccError as error:
            raise Refused(str(error)) from error
        except Exception as error:
            sentence = _database_trouble(error)
            if sentence is None:
                raise
            raise Refused(sentence) from error


def _database_trouble(error: Exception) -> str | None:
    """What to do about a database that cannot be reached or has no tables yet; None for any other error."""
    from sqlalchemy.exc import (
        ArgumentError,
        NoSuchModuleError,
        OperationalError,
        ProgrammingError,
    )

    if isinstance(error, OperationalError | ProgrammingError):
        first = str(error.orig).splitlines()[0]
        missing = "no such table" in first or "does not exist" in first
        return f"the database says: {first}{'; run `wcc db upgrade` first' if missing else ''}"
    if isinstance(error, ArgumentError | NoSuchModuleError | ModuleNotFoundError) and os.environ.get("DATABASE_URL"):
        return f"DATABASE_URL cannot be used: {error}"
    return None


def make_app() -> "Flask":
    from wcc.app import create_app

    try:
        return create_app()
    except SystemExit as error:  # a setting that cannot be read
        raise Refused(str(error)) from error


def settings() -> "Settings":
    from wcc import config

    try:
        return config.load()
    except SystemExit as error:
        raise Refused(str(error)) from error


def password_for(wish: str) -> str:
    """The password that `--password` stands for; never one from the command line, which other users can read."""
    if wish == "generated":
        from wcc.chargepoints.service import generate_password

        return generate_password()
    if wish != "-":
        raise Refused("--password: others can see the command line; give `-` and type it")
    if sys.stdin.isatty():
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return typed
    return sys.stdin.readline().rstrip("\r\n")


def moment(text: str | None) -> datetime | None:
    """An ISO time from the command line; UTC where it names no offset."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"{text!r} is no time such as 2027-01-31T18:00+01:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
