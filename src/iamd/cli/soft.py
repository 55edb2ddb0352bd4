"""The commands `iamd soft …`: what the gateway has let through in soft mode."""

import json
import os
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

import click

from iamd.cli import names, own_pages
from iamd.cli.own_pages import key_of_environment, key_of_root, refused
from iamd.cli.servers import server_to_ask

PATH: Final = "/_iamd/soft/"


@click.group(short_help="Say what the gateway has let through in soft mode.")
def command() -> None:
    """Say what the gateway has let through in soft mode."""


@command.command(short_help="Print the policy that would have been needed.")
@click.option("--port", type=int, help="Which server, if several are running.")
@click.option(
    "--env", "of_environment", is_flag=True, help="Ask with the AWS credentials of the environment."
)
@click.option(
    "--role",
    metavar="NAME",
    shell_complete=names.roles_of_server,
    help="Only what sessions of this role have asked for.",
)
@click.option(
    "--user", metavar="NAME", shell_complete=names.users_of_server, help="Only what this user has asked for."
)
def report(port: int | None, role: str | None, user: str | None, *, of_environment: bool) -> None:
    """
    Print the policy that would have been needed.

    It allows what was let through in the last day for want of an Allow, on the resources that were asked for, and nothing
    else. Read it before you attach it. What an explicit Deny is against is not in it.

    \b
    iamd soft report --role etl
    """  # noqa: D301  \b is click's mark for lines to leave as they are
    if role and user:
        raise click.UsageError("--role and --user exclude each other")
    kind, name = ("role", role) if role else ("user", user)
    path = PATH + (f"{kind}/{quote(name, safe='')}" if name else "")
    server = server_to_ask(os.environ, port)
    key = key_of_environment() if of_environment else key_of_root(server)
    status, page = own_pages.ask(server, key, "GET", path)
    if status != HTTPStatus.OK:
        raise refused(status, page)
    click.echo(json.dumps(page, indent=2))
