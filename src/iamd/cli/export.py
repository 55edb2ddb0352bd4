"""The command `iamd export`: an account of a running server, for `iamd import` or for tools that read AWS's form."""

import json
import os
from http import HTTPStatus
from pathlib import Path
from typing import Final

import click

from iamd.cli.own_pages import Pages, key_of_environment, key_of_root, refused
from iamd.cli.progress import progress
from iamd.cli.servers import server_to_ask
from iamd.cli.terminal import printable

_SECONDS: Final = 600.0

PATHS: Final = {
    "iamd": "/_iamd/export",
    "authorization-details": "/_iamd/export/authorization-details",
}


@click.command(short_help="Write an account to a file, for iamd or for other tools.")
@click.option("--port", type=int, help="Which server, if several are running.")
@click.option(
    "--env", "of_environment", is_flag=True, help="Export with the AWS credentials of the environment."
)
@click.option(
    "--account", "account_id", metavar="ID", help="One that a seed has made, with its root's access key."
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(list(PATHS)),
    default="iamd",
    show_default=True,
    help="What `iamd import` brings back whole, or what `aws iam get-account-authorization-details` prints.",
)
@click.option(
    "-o",
    "--to",
    "target",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Instead of stdout.",
)
def command(
    port: int | None, account_id: str | None, format_: str, target: Path | None, *, of_environment: bool
) -> None:
    """
    Write an account of the running server to a file: the server's own, or the one of the credentials.

    It holds no secrets: no access keys, passwords, seeds of MFA devices or private keys; nor public keys and
    certificates of users. What else the account has and the file has not is told on stderr, and in the file.

    \b
    iamd export -o account.json
    iamd import account.json
    """  # noqa: D301  \b is click's mark for lines to leave as they are
    server = server_to_ask(os.environ, port)
    key = key_of_environment() if of_environment else key_of_root(server, account_id)
    with Pages(server, key, seconds=_SECONDS) as pages, progress("Exporting"):
        status, content = pages.fetch("GET", PATHS[format_])
    if status != HTTPStatus.OK:
        raise refused(status, json.loads(content))
    if format_ == "iamd":
        for note in json.loads(content).get("left_out", ()):
            click.echo(printable(f"{note['where']}: {note['message']}"), err=True)
    if target is None:
        click.echo(content.decode(), nl=False)
    else:
        target.write_bytes(content)
