"""The command `iamd env`: what connects a shell or a program to the running server, in the form that it reads."""

import json
import os
from collections.abc import Callable, Mapping
from typing import Final

import click

from iamd.cli.connect import CLEARED, variables
from iamd.cli.shells import FORMS, Form
from iamd.cli.state import ServerState, find_server


def _form(form: Form) -> Callable[[ServerState], str]:
    return lambda server: form(variables(server), CLEARED)


def _aws_config(server: ServerState) -> str:
    return "\n".join(
        (
            "# For ~/.aws/config; use it with AWS_PROFILE=iamd or --profile iamd.",
            "[profile iamd]",
            f"region = {server.region}",
            f"endpoint_url = {server.endpoint}",
            f"aws_access_key_id = {server.access_key_id}",
            f"aws_secret_access_key = {server.secret_access_key.reveal()}",
        )
    )


def _terraform(server: ServerState) -> str:
    def quote(text: str) -> str:
        # In HCL `${` and `%{` begin a template; doubled, they stand for themselves.
        return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")

    return "\n".join(
        (
            'provider "aws" {',
            f"  region     = {quote(server.region)}",
            f"  access_key = {quote(server.access_key_id)}",
            f"  secret_key = {quote(server.secret_access_key.reveal())}",
            "",
            "  skip_metadata_api_check = true",
            "",
            "  endpoints {",
            f"    iam           = {quote(server.endpoint)}",
            f"    organizations = {quote(server.endpoint)}",
            f"    sts           = {quote(server.endpoint)}",
            "  }",
            "}",
        )
    )


FORMATS: Final[Mapping[str, Callable[[ServerState], str]]] = {
    **{name: _form(form) for name, form in FORMS.items()},
    "aws-config": _aws_config,
    "terraform": _terraform,
}


@click.command(short_help="Print what connects a shell or a program to the running server.")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="sh",
    show_default=True,
    help="How to write it.",
)
@click.option("--port", type=int, help="Which server, if several are running.")
def command(form: str, port: int | None) -> None:
    """
    Print what connects a shell or a program to the running server.

    The text holds the secret access key of the account's root user.

    \b
    sh:          eval "$(iamd env)"
    fish:        iamd env --format fish | source
    PowerShell:  iamd env --format powershell | Out-String | Invoke-Expression
    """  # noqa: D301  \b is click's mark for lines to leave as they are
    click.echo(FORMATS[form](find_server(os.environ, port)))
