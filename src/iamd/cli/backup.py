"""The command `iamd backup`: everything that the database holds, in one file, while a server uses it."""

from importlib.metadata import version
from pathlib import Path

import click

from iamd.cli.databases import loaded_settings, the_database
from iamd.cli.options import config_option
from iamd.cli.progress import progress


@click.command(short_help="Write everything that the database holds to a file.")
@config_option
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def command(config: Path | None, file: Path) -> None:
    """
    Write everything that the database holds to FILE, which must not be there yet, and read it back.

    The server may go on: the backup is of one moment. Its secrets are encrypted with the master key, which is not in it:
    keep a copy of that elsewhere. The keys that seal sessions are left out, so that no session outlives a restore.
    """
    from iamd.clock import SystemClock
    from iamd.store.backup import back_up

    settings = loaded_settings(config).settings
    with the_database(settings) as (database, keys), progress("Backing up"):
        try:
            made = back_up(database, keys, file, version=version("iamd"), at=SystemClock().real())
        except FileExistsError:
            raise click.ClickException(f"`{file}` is there already") from None
        except OSError as error:
            raise click.ClickException(f"`{file}` cannot be written: {error.strerror}") from None
    rows = sum(made.counts.values())
    click.echo(
        f"{file}: {rows:,} rows at epoch {made.header.epoch:,}, {file.stat().st_size:,} bytes; read back and found whole"
    )
