"""The command `iamd account endpoint`: the VPC endpoints of accounts, and their policies."""

import os
from operator import itemgetter
from typing import Any, Final, TextIO

import click

from iamd.cli.output import Output, output_options
from iamd.cli.own_pages import ask_as_root
from iamd.cli.servers import server_to_ask

PATH: Final = "/_iamd/vpc-endpoints"

_port = click.option("--port", type=int, help="Which server, if several are running.")
_file = click.File(encoding="utf-8")


@click.group(name="endpoint", short_help="Make VPC endpoints, and set their policies.")
def command() -> None:
    """
    Make VPC endpoints, and set their policies.

    What comes through an endpoint needs its policy's leave, besides all else. Which requests do is what the file says
    that the setting vpc_endpoint_routes names.
    """


@command.command("list", short_help="List the endpoints.")
@_port
@output_options
def list_(port: int | None, output: Output) -> None:
    """List the endpoints of all accounts: id, account, VPC and region; for programs with the policies, too."""
    endpoints = _ask(port, "GET", "")["endpoints"]
    output.rows(endpoints, {name: itemgetter(name) for name in ("id", "account", "vpc", "region")})


@command.command("create", short_help="Make an endpoint.")
@_port
@click.option("--account", required=True, metavar="ID", help="Whose it is.")
@click.option("--vpc", required=True, metavar="VPC", help="The VPC that it is in: vpc-, and 17 digits.")
@click.option("--region", help="Where that is.  [default: the server's region]")
@click.option("--id", "id_", metavar="VPCE", help="vpce-, and 17 digits.  [default: a fresh one]")
@click.option(
    "--policy", type=_file, metavar="FILE", help="File with its policy.  [default: everything is allowed]"
)
def create(
    port: int | None, account: str, vpc: str, region: str | None, id_: str | None, policy: TextIO | None
) -> None:
    """Make an endpoint, and print its id."""
    asked = {
        "account": account,
        "vpc": vpc,
        "region": region,
        "id": id_,
        "policy": None if policy is None else _text(policy),
    }
    made = _ask(port, "POST", "", {name: value for name, value in asked.items() if value is not None})
    click.echo(made["id"])


@command.command("show", short_help="Print the policy of an endpoint.")
@_port
@click.argument("endpoint")
def show(endpoint: str, port: int | None) -> None:
    """Print the policy of ENDPOINT, as it was given."""
    click.echo(_ask(port, "GET", f"/{endpoint}")["policy"])


@command.command("set-policy", short_help="Give an endpoint another policy.")
@_port
@click.argument("endpoint")
@click.argument("file", type=_file)
def set_policy(endpoint: str, file: TextIO, port: int | None) -> None:
    """Make what is in FILE the policy of ENDPOINT, from the next request on. A hyphen is standard input."""
    _ask(port, "PUT", f"/{endpoint}", {"policy": _text(file)})


@command.command("delete", short_help="Delete an endpoint.")
@_port
@click.argument("endpoint")
def delete(endpoint: str, port: int | None) -> None:
    """Delete ENDPOINT. Whatever still comes through it is refused."""
    _ask(port, "DELETE", f"/{endpoint}")


def _ask(port: int | None, method: str, below: str, body: object = None) -> dict[str, Any]:
    return ask_as_root(server_to_ask(os.environ, port), method, PATH + below, body)


def _text(file: TextIO) -> str:
    try:
        return file.read()
    except UnicodeDecodeError as error:
        raise click.ClickException(f"cannot read `{file.name}`: {error}") from None
