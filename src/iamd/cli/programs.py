"""Programs that commands run for their user."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn

import click

NOT_EXECUTABLE: Final = 126
NOT_FOUND: Final = 127


def become(words: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """Run a program in the place of this process, so that its exit status is ours."""
    sys.stdout.flush()
    try:
        os.execvpe(words[0], list(words), environ)  # noqa: S606  running what the user says is the purpose
    except OSError as error:
        sys.exit(told(words[0], error))


def told(program: str, error: OSError) -> int:
    """Say why *program* does not run, and return the exit status for that, as shells have it."""
    path = click.get_current_context().command_path
    if isinstance(error, FileNotFoundError):
        click.echo(f"{path}: `{program}` was not found", err=True)
        return NOT_FOUND
    click.echo(f"{path}: `{program}` cannot be run: {error.strerror}", err=True)
    return NOT_EXECUTABLE
