"""The command `iamd restore`: a backup into an empty database."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from iamd.cli.databases import loaded_settings, master_keys_of_settings, the_database
from iamd.cli.options import config_option
from iamd.cli.progress import progress

if TYPE_CHECKING:
    from iamd.store.backup import Backup


@click.command(short_help="Bring a backup into an empty database.")
@config_option
@click.option("--dry-run", is_flag=True, help="See that it can be restored, and restore nothing.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def command(config: Path | None, file: Path, *, dry_run: bool) -> None:
    """
    Bring the backup FILE into the database of the configuration, which must be empty or not there, before the server starts.

    All sessions have ended then, so that none comes back that was revoked since. Access keys that were deleted or
    deactivated since the backup was made are back: look them through.
    """
    from iamd.store.restore import restore

    settings = loaded_settings(config).settings
    if dry_run:
        with progress("Restoring into a database that is thrown away"):
            restored = _try(master_keys_of_settings(settings), file)
    else:
        fresh = settings.data is not None and not settings.data.exists()
        try:
            with the_database(settings, new=True) as (database, keys), progress("Restoring"):
                restored = restore(database, keys, file)
        except BaseException:
            if fresh and settings.data is not None:
                settings.data.unlink(missing_ok=True)
            raise
    at, counts = restored.header.at, restored.counts
    verb = "can be restored" if dry_run else "restored"
    click.echo(f"{file}: {sum(counts.values()):,} rows of {at:%Y-%m-%d %H:%M:%S}Z {verb}")
    click.echo(
        f"  {counts.get('accounts', 0):,} accounts, {counts.get('users', 0):,} users, {counts.get('roles', 0):,} roles,"
        f" {counts.get('access_keys', 0):,} access keys"
    )
    if not dry_run:
        click.echo("  every session has ended; whoever had one gets a new one")
        click.echo(
            f"  access keys that were deleted or deactivated after {at:%Y-%m-%d %H:%M:%S}Z are back: look them through"
        )


def _try(keys: tuple[bytes, ...], file: Path) -> "Backup":
    """Restore into a database that is thrown away."""
    import tempfile

    from iamd.store.engines import sqlite_database
    from iamd.store.errors import StoreError
    from iamd.store.restore import restore

    with tempfile.TemporaryDirectory() as folder:
        database = sqlite_database(Path(folder) / "iamd.db", durable=False, readers=1)
        try:
            return restore(database, keys, file)
        except StoreError as error:
            raise click.ClickException(str(error)) from None
        finally:
            database.dispose()
