"""The command `iamd explain`: why a request was denied, and the least change that would allow it."""

import os
import sys
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import click

from iamd.cli import own_pages
from iamd.cli.output import Output, output_options
from iamd.cli.own_pages import Key, key_of_environment, key_of_root
from iamd.cli.servers import server_to_ask
from iamd.cli.state import ServerState

PATH: Final = "/_iamd/decisions/"


@click.command(short_help="Say why a request was denied, and what would allow it.")
@click.option("--port", type=int, help="Which server, if several are running.")
@click.option(
    "--env", "of_environment", is_flag=True, help="Ask with the AWS credentials of the environment."
)
@output_options
@click.argument("decision_id", metavar="ID")
def command(port: int | None, output: Output, decision_id: str, *, of_environment: bool) -> None:
    """
    Say why a request was denied, and what would allow it.

    ID is the decision's: the header x-iamd-decision-id of the denial. It is known for a day, for as long as the server
    runs. The question is asked as the account's root user; of the accounts of a seed, with the keys that it has made;
    with --env, by whoever AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN say.

    \b
    aws iam list-users --debug 2>&1 | grep -o "x-iamd-decision-id': '[^']*"
    iamd explain 3d5f0b5e-6d1c-4f0e-8b57-2a4c7f7f0a55
    """  # noqa: D301  \b is click's mark for lines to leave as they are
    server = server_to_ask(os.environ, port)
    page = ask(server, [key_of_environment()] if of_environment else _keys(server), decision_id)
    if output.takes(page):
        return
    from iamd.cli.explanation import lines, plain

    if not sys.stdout.isatty():
        click.echo(plain(lines(page)))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for line in lines(page):
        console.print(Text.assemble(*line))


def ask(server: ServerState, keys: Iterable[Key], decision_id: str) -> dict[str, Any]:
    """
    Return the page of a decision, as the first of *keys* that may read it.

    Raises:
        ClickException: None may.
    """
    said = ""
    for key in keys:
        status, page = own_pages.ask(server, key, "GET", PATH + quote(decision_id, safe=""))
        if status == HTTPStatus.OK:
            return page
        message = page.get("message") or f"the server answers {status}"
        # That there is no such decision says more than that a key is good for nothing.
        said = message if not said or page.get("__type") == "NoSuchEntity" else said
    raise click.ClickException(f"`{decision_id}`: {said}")


def _keys(server: ServerState) -> Iterator[Key]:
    """Yield the root's key first, and then those of the seed, other accounts before this one."""
    yield key_of_root(server)
    for each in sorted(
        server.seeded, key=lambda each: (each.account_id == server.account_id, each.owner != "root")
    ):
        yield each.access_key_id, each.secret_access_key, None
