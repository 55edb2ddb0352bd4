"""The command `iamd keyring`: the keys that session tokens are sealed with."""

import json
import os
from datetime import datetime
from typing import Any, Final

import click

from iamd.cli.own_pages import ask_as_root
from iamd.cli.servers import server_to_ask

PATH: Final = "/_iamd/keyring"

_NEXT: Final = {
    "staged": "becomes primary",
    "primary": "followed by a new one",
    "retired": "dropped",
}

_port = click.option("--port", type=int, help="Which server, if several are running.")
_json = click.option("--json", "as_json", is_flag=True, help="Write JSON.")


@click.group(name="keyring", short_help="Show and rotate the keys that seal session tokens.")
def command() -> None:
    """
    Show and rotate the keys that seal session tokens.

    A key is staged for a minute, so that every node knows it; then it is primary, and seals; then it is retired, and opens
    what it has sealed until the last of that has expired. Sessions go on whatever happens to the keys.
    """


@command.command("list", short_help="List the keys.")
@_port
@_json
def list_(port: int | None, *, as_json: bool) -> None:
    """List the keys: id, state, since when, and what comes next."""
    _show(ask_as_root(server_to_ask(os.environ, port), "GET", PATH), as_json=as_json)


@command.command("rotate", short_help="Put a new key on its way.")
@_port
@_json
@click.option("--now", "at_once", is_flag=True, help="Seal with the new key at once, and not after a minute.")
def rotate(port: int | None, *, as_json: bool, at_once: bool) -> None:
    """
    Put a new key on its way, and list the keys.

    Sessions that there are go on. With --now, another node may have to look the key up when it first meets it.
    """
    server = server_to_ask(os.environ, port)
    _show(ask_as_root(server, "POST", f"{PATH}/rotate", {"at_once": at_once}), as_json=as_json)


def _show(page: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(page["keys"], indent=2))
        return
    for key in page["keys"]:
        line = f"{key['key_id']}  {key['state']:<7}  since {_time(key['changed_at'])}"
        if key["until"] is not None:
            line += f", {_NEXT[key['state']]} {_time(key['until'])}"
        click.echo(line)


def _time(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S}Z"
