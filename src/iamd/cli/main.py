"""
The command `iamd`: a group whose commands are imported when they are used.

A command is a module of this package with a click command called ``command``, and one line in `COMMANDS`.  A name that is
a word of Python's own has an underscore behind it.
"""

import gc
import importlib
import keyword
import os
from collections.abc import Mapping
from types import ModuleType
from typing import Final

import click

COMMANDS: Final[Mapping[str, str]] = {
    "account": "Make, list, move and close accounts.",
    "assume": "Assume a role: for a program, a shell or a browser.",
    "audit": "Read and check the audit trail.",
    "backup": "Write everything that the database holds to a file.",
    "config": "Show the settings, and where they come from.",
    "catalogue": "Print which actions and resources the gateway asks for.",
    "completion": "Print the completion script of a shell.",
    "credential-process": "Print credentials for ~/.aws/config.",
    "credentials": "Hand credentials to the programs of this machine.",
    "db": "Bring the database up to date: its schema, or its pages.",
    "dev": "Run a development server: nothing is kept after exit.",
    "doctor": "Say what is right and wrong with an installation.",
    "env": "Print what connects a shell or a program to the running server.",
    "exec": "Run a program against the running server.",
    "export": "Write an account to a file, for iamd or for other tools.",
    "explain": "Say why a request was denied, and what would allow it.",
    "keys": "List, make, rotate and delete access keys.",
    "graph": "Draw who may become whom.",
    "keyring": "Show and rotate the keys that seal session tokens.",
    "init": "Make the folder, the keys and the configuration of a server.",
    "import": "Import an account from AWS, from Terraform or from an export.",
    "login": "Sign in to the console with a link.",
    "lint": "Say what is wrong with policy documents.",
    "org": "Show and change the organization of the account.",
    "restore": "Bring a backup into an empty database.",
    "root-key": "Make an access key of the root user, where nobody has one any more.",
    "serve": "Run a server to depend on.",
    "sessions": "End sessions before their time.",
    "simulate": "Say what policies decide about some actions, without a server.",
    "soft": "Say what the gateway has let through in soft mode.",
    "test": "Run policy test files: what policies are expected to decide.",
    "version": "Print the version.",
    "whoami": "Say who asks, how, until when, and what limits it.",
}
"""Every command, with the line that ``iamd --help`` has for it: to show help, no command has to be imported."""


def module_of(name: str) -> str:
    """Return the module of the command *name*."""
    module = name.replace("-", "_")
    return f"iamd.cli.{module}_" if keyword.iskeyword(name) else f"iamd.cli.{module}"


class _LazyGroup(click.Group):
    def list_commands(self, _ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = _imported(module_of(cmd_name)).command
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


def _imported(name: str) -> ModuleType:
    """
    Import a module without looking for garbage, of which there is none yet: that is a tenth of what a start takes.

    Nor is it looked for in what was imported later on.
    """
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.freeze()
        gc.enable()


@click.group(
    name="iamd",
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="AWS's identity layer, to run yourself: IAM and STS for every AWS SDK.",
)
@click.version_option(package_name="iamd", message="iamd %(version)s", help="Print the version.")
@click.pass_context
def cli(context: click.Context) -> None:
    """Hold the commands together."""
    if os.environ.get("NO_COLOR"):
        # no-color.org; a command's context takes over what is set here.
        context.color = False


def main() -> None:
    """Run what the command line says; the entry point of the package."""
    cli(prog_name="iamd")
