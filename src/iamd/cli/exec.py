"""The command `iamd exec`: run a program against the running server."""

import os
import sys

import click

from iamd.cli.connect import connected
from iamd.cli.state import find_server

_NOT_EXECUTABLE = 126
_NOT_FOUND = 127


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
    environ = connected(os.environ, find_server(os.environ, port))
    sys.stdout.flush()
    try:
        os.execvpe(words[0], words, environ)  # noqa: S606  running what the user says is the purpose
    except FileNotFoundError:
        click.echo(f"iamd exec: `{words[0]}` was not found", err=True)
        sys.exit(_NOT_FOUND)
    except OSError as error:
        click.echo(f"iamd exec: `{words[0]}` cannot be run: {error.strerror}", err=True)
        sys.exit(_NOT_EXECUTABLE)
