"""The command `iamd graph`: who may become whom."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import click

from iamd.cli import names
from iamd.cli.own_pages import Pages, key_of_environment, key_of_root, refused
from iamd.cli.servers import server_to_ask
from iamd.cli.terminal import printable

if TYPE_CHECKING:
    from iamd.trust.accounts import MappedAccount

PATH: Final = "/_iamd/trust-graph"

_SECONDS: Final = 600.0
_STDIN: Final = "-"

Json = dict[str, Any]


class UnreadableFileError(click.ClickException):
    """A file that is named cannot be read."""

    exit_code = 2


@click.command(short_help="Draw who may become whom.")
@click.option("--port", type=int, help="Which server, if several are running.")
@click.option(
    "--env", "of_environment", is_flag=True, help="Ask with the AWS credentials of the environment."
)
@click.option(
    "--account", "account_id", metavar="ID", help="One that a seed has made, with its root's access key."
)
@click.option(
    "--profile",
    metavar="NAME",
    shell_complete=names.profiles,
    help="An account of AWS, or of any server, through its API, with this profile of ~/.aws/config.",
)
@click.option(
    "--from", "source", metavar="NAME|ARN", help="Only the roles that this one may become, one after another."
)
@click.option(
    "--escalations",
    is_flag=True,
    help="Also who may become others by changing what is there: keys, passwords, policies, groups.",
)
@click.option("--role", metavar="NAME|ARN", help="Only those who may become this role, one after another.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "mermaid", "dot", "json"]),
    default="text",
    show_default=True,
    help="How to write it.",
)
@click.argument("files", metavar="[FILE]...", nargs=-1)
def command(  # noqa: PLR0913  one for each option
    files: tuple[str, ...],
    *,
    port: int | None,
    of_environment: bool,
    account_id: str | None,
    profile: str | None,
    source: str | None,
    role: str | None,
    escalations: bool,
    form: str,
) -> None:
    """
    Draw who may become whom: users, roles, services, identity providers and other accounts, and the roles that they may
    assume.

    An edge is there when the trust policy of the role, the policies and the boundary of whoever asks, and those of the
    organization allow it. It holds always, or under the conditions that are told with it.

    With --escalations there are others, =>: to whoever one can make oneself, by keys or a password for a user, the trust policy
    of a role, a role handed to a service, a group, policies, or the metadata of a SAML provider.

    Without a FILE, it is about an account of the running server, or with --profile about one of AWS. A FILE is what
    `aws iam get-account-authorization-details` prints, an export of `iamd export`, or Terraform state; - is standard input;
    several are drawn together.

    \b
    iamd graph --role deploy
    iamd graph --profile work --from ann
    iamd graph --format dot | dot -Tsvg -o trust.svg
    aws iam get-account-authorization-details | iamd graph --format mermaid -
    """  # noqa: D301  \b is click's mark for lines to leave as they are
    of_server = port is not None or of_environment or account_id is not None
    if bool(files) + of_server + (profile is not None) > 1:
        raise click.UsageError("of a FILE, of --profile, and of --port, --env and --account one at a time")
    if files or profile is not None:
        graph = _of_accounts(files, profile, source, role, escalations=escalations)
    else:
        graph = _of_server(
            port, account_id, source, role, of_environment=of_environment, escalations=escalations
        )
    if form != "json":
        for note in graph["notes"]:
            click.echo(f"iamd graph: {printable(note)}", err=True)
    click.echo(_written(graph, form), nl=False)


def _of_server(
    port: int | None,
    account_id: str | None,
    source: str | None,
    role: str | None,
    *,
    of_environment: bool,
    escalations: bool,
) -> Json:
    server = server_to_ask(os.environ, port)
    key = key_of_environment() if of_environment else key_of_root(server, account_id)
    asked = {"from": source, "to": role, "escalations": "true" if escalations else None}
    query = "&".join(f"{name}={quote(at, safe='')}" for name, at in asked.items() if at)
    with Pages(server, key, seconds=_SECONDS) as pages:
        status, graph = pages.ask("GET", f"{PATH}?{query}" if query else PATH)
    if status != HTTPStatus.OK:
        raise refused(status, graph)
    return graph


def _of_accounts(
    files: tuple[str, ...], profile: str | None, source: str | None, role: str | None, *, escalations: bool
) -> Json:
    from iamd.cli.account_details import asked_accounts
    from iamd.cli.aws import Aws
    from iamd.exchange.strict_yaml import FileFormatError
    from iamd.trust.graph import UnknownNodeError, around, trust_graph, without_idle
    from iamd.trust.telling import graph_json

    try:
        accounts = _of_files(files) if profile is None else asked_accounts(Aws(profile=profile))
    except FileFormatError as error:
        raise UnreadableFileError(printable(str(error))) from None
    graph = trust_graph(accounts, escalations=escalations)
    try:
        return graph_json(
            around(graph, source=source, target=role) if source or role else without_idle(graph)
        )
    except UnknownNodeError as error:
        raise click.ClickException(printable(str(error))) from None


def _of_files(files: tuple[str, ...]) -> "list[MappedAccount]":
    from iamd.catalogue.managed_policies import AwsManagedPolicies
    from iamd.exchange.mapped_files import mapped_accounts

    return mapped_accounts(_values(files), AwsManagedPolicies.load())


def _values(files: tuple[str, ...]) -> Iterator[tuple[Path, Any]]:
    from iamd.exchange.import_files import json_values, json_values_of
    from iamd.exchange.strict_yaml import FileFormatError

    for file in files:
        path = Path(file)
        if file != _STDIN:
            yield from ((path, value) for value in json_values(path))
            continue
        try:
            text = sys.stdin.buffer.read().decode()
        except UnicodeDecodeError as error:
            raise FileFormatError(f"cannot read standard input: {error}") from error
        yield from ((path, value) for value in json_values_of(text, "standard input"))


def _written(graph: Json, form: str) -> str:
    if form == "json":
        return json.dumps(graph, indent=2) + "\n"
    from iamd.trust import drawing

    written: Mapping[str, Callable[[Json], str]] = {
        # What somebody has written into a policy may make no line of its own.
        "text": lambda graph: "".join(f"{printable(line)}\n" for line in drawing.lines(graph)),
        "mermaid": drawing.mermaid,
        "dot": drawing.dot,
    }
    return written[form](graph)
