"""The command `iamd keyring`: the keys that session tokens are sealed with, and the one that secrets are stored under."""

import os
from datetime import datetime
from typing import Any, Final

import click

from iamd.cli.output import Output, output_options
from iamd.cli.own_pages import ask_as_root
from iamd.cli.servers import server_to_ask

PATH: Final = "/_iamd/keyring"
MASTER_PATH: Final = "/_iamd/master-key"

_NEXT: Final = {
    "staged": "becomes primary",
    "primary": "followed by a new one",
    "retired": "dropped",
}

_port = click.option("--port", type=int, help="Which server, if several are running.")


@click.group(name="keyring", short_help="Show and rotate the keys that seal session tokens.")
def command() -> None:
    """
    Show and rotate the keys that seal session tokens.

    A key is staged for a minute, so that every node knows it; then it is primary, and seals; then it is retired, and opens
    what it has sealed until the last of that has expired. Sessions go on whatever happens to the keys.

    The master key, under which secrets are kept in the database, is another thing: rotate-master changes it.
    """


@command.command("list", short_help="List the keys.")
@_port
@output_options
def list_(port: int | None, output: Output) -> None:
    """List the keys: id, state, since when, and what comes next."""
    _show(ask_as_root(server_to_ask(os.environ, port), "GET", PATH), output)


@command.command("rotate", short_help="Put a new key on its way.")
@_port
@output_options
@click.option("--now", "at_once", is_flag=True, help="Seal with the new key at once, and not after a minute.")
def rotate(port: int | None, output: Output, *, at_once: bool) -> None:
    """
    Put a new key on its way, and list the keys.

    Sessions that there are go on. While one is on its way, no other is made. With --now, another node may have to look the key
    up when it first meets it.
    """
    server = server_to_ask(os.environ, port)
    _show(ask_as_root(server, "POST", f"{PATH}/rotate", {"at_once": at_once}), output)


@command.command("rotate-master", short_help="Seal the secrets in the database under another master key.")
@_port
@output_options
def rotate_master(port: int | None, output: Output) -> None:
    """
    Seal the secrets in the database under the server's other_master_key, while it goes on serving.

    Give every node the new key first, as other_master_key beside master_key, and start each anew: from then on it opens
    what is sealed under either. This command then has all of them seal under the new key, and seals anew what there
    is. Interrupted, it goes on where it was when it is run again. After it, make the new key the master_key of every node,
    and take other_master_key away. A node without the new key can write nothing meanwhile.
    """
    server = server_to_ask(os.environ, port)
    held = ask_as_root(server, "GET", MASTER_PATH)["held"]
    if len(held) == 1:
        raise click.ClickException(
            "the server holds one master key only: set other_master_key on every node first"
        )
    to = held[-1]
    total = 0
    while True:
        page = ask_as_root(server, "POST", f"{MASTER_PATH}/change", {"to": to})
        total += page["resealed"]
        if not page["left"]:
            break
        click.echo(f"{page['left']} secrets left", err=True)
    if output.takes({"sealing": to, "resealed": total}):
        return
    click.echo(f"{total} secrets are sealed anew, under the master key {to}.")
    click.echo("Make it the master_key of every node now, and take other_master_key away.")


def _show(page: dict[str, Any], output: Output) -> None:
    if output.takes(page["keys"]):
        return
    for key in page["keys"]:
        line = f"{key['key_id']}  {key['state']:<7}  since {_time(key['changed_at'])}"
        if key["until"] is not None:
            line += f", {_NEXT[key['state']]} {_time(key['until'])}"
        click.echo(line)


def _time(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S}Z"
