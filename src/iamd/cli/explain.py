"""The command `iamd explain`: why a request was denied, and the least change that would allow it."""

import http.client
import json
import os
import sys
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urlsplit

import click

from iamd.cli.state import NoServerError, ServerState, find_server
from iamd.clock import SystemClock
from iamd.secret import Secret

PATH: Final = "/_iamd/decisions/"

_SECONDS: Final = 10.0

Key = tuple[str, Secret]


@click.command(short_help="Say why a request was denied, and what would allow it.")
@click.option("--port", type=int, help="Which server, if several are running.")
@click.option("--json", "as_json", is_flag=True, help="Print everything, as JSON.")
@click.argument("decision_id", metavar="ID")
def command(port: int | None, *, as_json: bool, decision_id: str) -> None:
    """
    Say why a request was denied, and what would allow it.

    ID is the decision's: the header x-iamd-decision-id of the denial. It is known for a day, for as long as the server
    runs. The question is asked as the account's root user; of the accounts of a seed, with the keys that it has made.

    \b
    aws iam list-users --debug 2>&1 | grep -o "x-iamd-decision-id': '[^']*"
    iamd explain 3d5f0b5e-6d1c-4f0e-8b57-2a4c7f7f0a55
    """  # noqa: D301  \b is click's mark for lines to leave as they are
    page = ask(find_server(os.environ, port), decision_id)
    if as_json:
        click.echo(json.dumps(page, indent=2))
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


def ask(server: ServerState, decision_id: str) -> dict[str, Any]:
    """
    Return the page of a decision.

    Raises:
        ClickException: No account that the state file has a key of may read it.
    """
    said = ""
    for key in _keys(server):
        status, page = _get(server, key, decision_id)
        if status == HTTPStatus.OK:
            return page
        message = page.get("message") or f"the server answers {status}"
        # That there is no such decision says more than that a key is good for nothing.
        said = message if not said or page.get("__type") == "NoSuchEntity" else said
    raise click.ClickException(f"`{decision_id}`: {said}")


def _keys(server: ServerState) -> Iterator[Key]:
    """Yield the root's key first, and then those of the seed, other accounts before this one."""
    yield server.access_key_id, server.secret_access_key
    for each in sorted(
        server.seeded, key=lambda each: (each.account_id == server.account_id, each.owner != "root")
    ):
        yield each.access_key_id, each.secret_access_key


def _get(server: ServerState, key: Key, decision_id: str) -> tuple[int, dict[str, Any]]:
    from iamd.http import Request
    from iamd.sigv4.sign import Credentials, sign

    url = urlsplit(server.endpoint)
    path = PATH + quote(decision_id, safe="")
    request = sign(
        Request(method="GET", raw_path=path.encode(), headers=((b"host", url.netloc.encode()),)),
        Credentials(access_key_id=key[0], secret_access_key=key[1]),
        region=server.region,
        service="iam",
        at=SystemClock().real(),
    )
    connect = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = connect(url.hostname or "", server.port, timeout=_SECONDS)
    try:
        connection.request("GET", path, headers={n.decode(): v.decode() for n, v in request.headers})
        answer = connection.getresponse()
        page = json.loads(answer.read())
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise NoServerError(f"the server at {server.endpoint} does not answer: {error!r}") from None
    finally:
        connection.close()
    return answer.status, page
