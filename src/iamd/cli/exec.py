"""The command `iamd exec`: run a program against the running server."""

import os

import click

from iamd.cli.connect import connected
from iamd.cli.programs import become
from iamd.cli.state import find_server


@click.command(
    short_help="Run a program against the running server.",
    # Options behind the program's name are the program's.
    context_settings={"allow_interspersed_args": False},
)
@click.option("--port", type=int, help="Which server, if several are running.")
@click.argument("words", metavar="PROGRAM [ARGUMENTS]...", nargs=-1, required=True, type=click.UNPROCESSED)
def command(port: int | None, words: tuple[str, ...]) -> None:
    """
    Run a program against the running server.

    The program is the account's root user there.  It takes the place of this process, so its exit status is yours.

    \b
    iamd exec -- aws sts get-caller-identity
    """  # noqa: D301  \b is click's mark for lines to leave as they are
    become(words, connected(os.environ, find_server(os.environ, port)))
