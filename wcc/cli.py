"""The `wcc` command. Everything heavy is imported by the command that needs it, so that `wcc --help` is quick."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wcc import cli_api
from wcc.commandline import Commands, make_app, moment, password_for, settings

if TYPE_CHECKING:
    from wcc.config import Settings
    from wcc.models import Organization

PASSWORD_HELP = "`-` asks for it, or reads it from standard input; otherwise one is made."

cli = Commands(
    name="wcc",
    help="WCC: a portal for charging stations, with the central system behind it.",
    create_app=make_app,
    add_default_commands=False,
    add_version_option=False,
    load_dotenv=False,
    context_settings={
        "auto_envvar_prefix": None,
        "help_option_names": ["-h", "--help"],
    },
)
cli.add_command(click.Group("db", help="Database migrations: `wcc db upgrade` makes or updates the tables."))
cli.add_command(cli_api.token)
cli.add_command(cli_api.operation)
cli.params.clear()  # --app and --debug choose another application: there is only this one


@cli.command(with_appcontext=False)
@click.option("--demo", is_flag=True, help="Seed an empty database with a demo fleet and run its chargers.")
def up(demo: bool) -> None:
    """Run everything: valkey, web, workers, cron."""
    from wcc.up import run

    sys.exit(run(demo))


@cli.command(with_appcontext=False)
def web() -> None:
    """Run the web process: portal and chargers."""
    # A fresh process: gevent must patch before anything else is imported, and Flask is here already.
    os.execv(sys.executable, [sys.executable, "-m", "wcc.server"])


@cli.command(with_appcontext=False)
@click.argument("queues", nargs=-1, metavar="[QUEUE]...")
def worker(queues: tuple[str, ...]) -> None:
    """Run a worker for the QUEUEs (operations, default); without any, for both."""
    from wcc.worker import main

    sys.exit(main(list(queues)))


@cli.command(with_appcontext=False)
def cron() -> None:
    """Run what has to happen at times."""
    from wcc.cron import main

    sys.exit(main())


@cli.command()
@click.option("--if-empty", is_flag=True, help="Do nothing, successfully, when there are organizations already.")
def seed(if_empty: bool) -> None:
    """Fill an empty database with a demo organization: stations, people, tags, three months of sessions."""
    from wcc.demo import has_organizations, seed

    if if_empty and has_organizations():
        return
    click.echo(seed())


@cli.group()
def user() -> None:
    """People who sign in."""


@user.command("create")
@click.argument("email")
@click.option("--admin", "role", flag_value="administrator", help="Administrator of the organization.")
@click.option("--operator", "role", flag_value="operator", help="Platform operator: everything in every organization.")
@click.option("--organization", "name", metavar="NAME", help="Made when new; may be left out when there is only one.")
@click.option("--time-zone", default="Europe/Amsterdam", show_default=True, help="Of a new organization.")
@click.option("--password", default="generated", help=PASSWORD_HELP)
@click.option("--invite", is_flag=True, help="Instead of a password, print a link with which the person chooses one.")
@click.option("--first-name", default="")
@click.option("--last-name", default="")
def create_user(
    email: str,
    role: str | None,
    name: str | None,
    time_zone: str,
    password: str,
    invite: bool,
    first_name: str,
    last_name: str,
) -> None:
    """Create a person who can sign in as EMAIL."""
    from wcc.passwords import hash_password, unusable
    from wcc.users import invitations, service

    service.free_email(email)  # before an organization is made for nobody
    secret = "" if invite else password_for(password)
    if not invite:
        service.check_password(secret)
    organization = _organization(name, time_zone)
    hashed = unusable() if invite else hash_password(secret)
    fresh = service.create_user(
        organization,
        email,
        role or "user",
        hashed,
        first_name=first_name,
        last_name=last_name,
    )
    click.echo(f"Created {fresh.email} ({fresh.role}) in {organization.name}.")
    if invite:
        here = settings()
        click.echo(f"Link, for seven days: {_base(here)}/welcome/{invitations.begin(fresh, here.instance)}")
    elif password != "-":
        click.echo(f"Password: {secret}")
        click.echo("It is shown only now.")


@user.command("second-step-off")
@click.argument("email")
def switch_second_step_off(email: str) -> None:
    """Let EMAIL, who lost phone, passkey and recovery codes, sign in by the password alone. They are told by e-mail."""
    from wcc.users.second_factor import take_off
    from wcc.users.service import anybody

    person = anybody(email)
    done = take_off(None, person)
    click.echo(f"The second step of {person.email} is switched off." if done else f"{person.email} has no second step.")


def _organization(name: str | None, time_zone: str) -> "Organization":
    """The named organization, made when it is new."""
    from wcc.errors import NotFound
    from wcc.organizations import service
    from wcc.users.service import find_organization

    try:
        return find_organization(name)
    except NotFound:
        return service.create(name or "", time_zone)


@cli.group("charge-point")
def charge_point() -> None:
    """Charging stations."""


@charge_point.command("add")
@click.argument("identity")
@click.option("--organization", "name", metavar="NAME", help="May be left out when there is only one.")
@click.option("--user", "email", metavar="EMAIL", help="The user it is assigned to.")
@click.option("--password", default="generated", help=PASSWORD_HELP)
@click.option("--description", default="")
def add_charge_point(identity: str, name: str | None, email: str | None, password: str, description: str) -> None:
    """Let the station with charge point ID IDENTITY in, and print what to type into it."""
    from wcc.chargepoints import service
    from wcc.config import cipher
    from wcc.users.service import assign, find_organization, find_user

    here = settings()
    organization = find_organization(name)
    person = find_user(email, organization) if email else None
    secret = None if password == "generated" else password_for(password)
    fresh, clear = service.add_charge_point(
        organization.id,
        identity,
        secret,
        cipher=cipher(here.instance),
        description=description,
    )
    if person:
        assign(fresh, person)
    click.echo(f"Added {fresh.identity} to {organization.name}. Type into the charger:")
    for label, value in _lines_to_type(here, fresh.identity, clear):
        click.echo(f"  {label:<22}{value}")


def _base(settings: "Settings") -> str:
    """Address of this portal."""
    return (settings.public_url or f"http://{settings.host}:{settings.port}").rstrip("/")


def _lines_to_type(settings: "Settings", identity: str, password: str) -> list[tuple[str, str]]:
    """What a charger asks for: most take the address up to `/ocpp` and append their ID, some want it whole."""
    from urllib.parse import quote

    address = _base(settings).replace("http", "ws", 1) + "/ocpp"
    return [
        ("Server address", address),
        ("or, with the ID", f"{address}/{quote(identity, safe='')}"),
        ("Charge point ID", identity),
        ("User name", identity),
        ("Password", password),
        ("OCPP version", "1.6 JSON (ocpp1.6)"),
    ]


@cli.group()
def tag() -> None:
    """Authorization tags."""


@tag.command("add")
@click.argument("text", metavar="TAG")
@click.option("--organization", "name", metavar="NAME", help="May be left out when there is only one.")
@click.option("--virtual", is_flag=True, help="Not a card: for remote starts.")
@click.option("--user", "email", metavar="EMAIL", help="Whom sessions with it belong to.")
@click.option("--alias", default="")
@click.option("--expires", metavar="TIME", help="Refused from then on: 2027-01-31T18:00+01:00 (UTC unless said).")
def add_tag(
    text: str,
    name: str | None,
    virtual: bool,
    email: str | None,
    alias: str,
    expires: str | None,
) -> None:
    """Add the card or virtual tag TAG."""
    from wcc.tags.service import add_tag
    from wcc.users import service

    organization = service.find_organization(name)
    person = service.find_user(email, organization) if email else None
    fresh = add_tag(
        organization,
        text,
        virtual=virtual,
        user=person,
        alias=alias,
        expires_at=moment(expires),
    )
    click.echo(f"Added {'virtual tag' if virtual else 'card'} {fresh.tag} to {organization.name}.")


@cli.command(with_appcontext=False)
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Write database, secrets and config.py of this installation to FILE (tar.gz), also while it runs."""
    from wcc.backup import write_backup

    click.echo(write_backup(settings(), file))


@cli.command(with_appcontext=False)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Also over an installation that holds data; that is kept beside it.")
def restore(file: Path, force: bool) -> None:
    """Put back what `wcc backup` wrote to FILE. Nothing may be running."""
    from wcc.backup import restore_backup

    click.echo(restore_backup(settings(), file, force))


def main() -> None:
    """Entry point of the `wcc` program."""
    cli.main(prog_name="wcc")


if __name__ == "__main__":
    main()
