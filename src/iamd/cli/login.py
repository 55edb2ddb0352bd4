"""The command `iamd login`: a link that opens the console, signed in."""

import os
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import click

from iamd.cli.own_pages import Key, ask, key_of_environment, key_of_root, refused
from iamd.cli.servers import server_to_ask
from iamd.cli.state import ServerState

PATH: Final = "/_iamd/console-link"


@click.command(name="login", short_help="Sign in to the console with a link.")
@click.option("--port", type=int, help="Which server, if several are running.")
@click.option("--env", "of_environment", is_flag=True, help="With the credentials of the environment.")
@click.option("--endpoint-url", metavar="URL", help="Which server, if not one of `iamd dev`; implies --env.")
@click.option("--open", "opens", is_flag=True, help="Open it in a browser at once.")
def command(port: int | None, of_environment: bool, endpoint_url: str | None, opens: bool) -> None:
    """
    Print a link that opens the console, signed in as whoever asks for it.

    That is the root user of the server's account, or with --env whoever the AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
    AWS_SESSION_TOKEN of the environment belong to: a user, or a session of a role.

    The link is good once, and for 15 minutes; the console session ends after 12 hours, or with the temporary credentials. Do
    not pass it on: whoever opens it is you.
    """
    if endpoint_url is not None:
        key = key_of_environment()
        server = _named(endpoint_url, key)
    else:
        server = server_to_ask(os.environ, port)
        key = key_of_environment() if of_environment else key_of_root(server)
    status, page = ask(server, key, "POST", PATH)
    if status != HTTPStatus.OK:
        raise refused(status, page)
    link = (endpoint_url or server.endpoint).rstrip("/") + page["path"]
    click.echo(link)
    if opens:
        import webbrowser

        webbrowser.open(link)


def _named(text: str, key: Key) -> ServerState:
    """
    Return the server at a URL, which need not be of this machine.

    Raises:
        BadParameter: It is none.
    """
    url = urlsplit(text)
    ports = {"http": 80, "https": 443}
    if url.scheme not in ports or url.hostname is None or url.path not in {"", "/"}:
        raise click.BadParameter("--endpoint-url is `https://HOST` or `http://HOST:PORT`")
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    return ServerState(
        endpoint=f"{url.scheme}://{host}:{url.port or ports[url.scheme]}",
        region="us-east-1",
        account_id="",
        access_key_id=key[0],
        secret_access_key=key[1],
        pid=0,
    )
