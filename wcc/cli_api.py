"""`wcc token` and `wcc operation`: the tokens of the API, and operations, from the shell."""

import sys

import click
from flask import current_app
from flask.cli import AppGroup

from wcc.commandline import Refused

token = AppGroup("token", help="Tokens of the API.")
operation = AppGroup("operation", help="Operations that chargers are asked for.")


@token.command("create")
@click.argument("email")
@click.option("--name", required=True, help="What it is for.")
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice(["read", "write", "operate"]), help="May be said several times; default: read."
)
@click.option("--days", default=90, show_default=True, help="Expires after so many days.")
def create_token(email: str, name: str, scopes: tuple[str, ...], days: int) -> None:
    """Make a token with which a program acts as EMAIL, and print it."""
    from wcc.users import service, tokens

    made, word = tokens.create(None, service.anybody(email), name, scopes or ("read",), days)
    click.echo(f"Token {made.id} of {made.user.email} ({made.scopes}), until {made.expires_at:%Y-%m-%d %H:%M} UTC:")
    click.echo(word)
    click.echo("It is shown only now.")


@token.command("list")
@click.argument("email")
def list_tokens(email: str) -> None:
    """List the tokens of EMAIL."""
    from wcc.users import service, tokens

    for each in tokens.owned(service.anybody(email)):
        used = f"{each.last_used_at:%Y-%m-%d %H:%M}" if each.last_used_at else "never"
        click.echo(f"{each.id}  {each.hint}…  {each.name}  ({each.scopes})  until {each.expires_at:%Y-%m-%d %H:%M}  used {used}")


@token.command("revoke")
@click.argument("number", type=int)
def revoke_token(number: int) -> None:
    """Revoke the token NUMBER, at once."""
    from wcc.users import tokens

    gone = tokens.revoke(None, tokens.find(number))
    click.echo(f"Revoked {gone.name} of {gone.user.email}.")


@operation.command("send")
@click.argument("identity")
@click.argument("kind")
@click.argument("payload", default="{}", metavar="[PAYLOAD-JSON]")
@click.option("--wait", "wait_s", default=0.0, type=click.FloatRange(0, 3600), help="Wait so many seconds for the answer.")
def send_operation(identity: str, kind: str, payload: str, wait_s: float) -> None:
    """Ask the charger IDENTITY for the OCPP operation KIND: send CP-1 Reset '{"type": "Soft"}' --wait 30

    Prints what came of it as JSON. Exit code: 0 answered (or not waited for), 1 not.
    """
    import orjson
    import structlog

    from wcc.operations import queries, service
    from wcc.operations.waiting import until_over

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # what is printed is the answer alone
    try:
        given = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise Refused(f"the payload is no JSON: {error}") from None
    if not isinstance(given, dict):
        raise Refused("the payload must be a JSON object")
    asked = service.send_as_nobody(identity, kind, given, current_app.config["SETTINGS"].call_timeout_s)
    number = asked.id
    if wait_s:
        until_over(number, wait_s)
    told = queries.outcome(number)
    click.echo(orjson.dumps(told).decode())
    sys.exit(0 if told["state"] == "answered" or not wait_s else 1)
