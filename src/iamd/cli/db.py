"""The command `iamd db`: the schema of the database."""

from pathlib import Path

import click

from iamd.cli.databases import loaded_settings, the_database
from iamd.cli.options import config_option


@click.group(name="db", short_help="Bring the schema of the database up to date.")
def command() -> None:
    """
    Bring the schema of the database up to date.

    A server does so when it starts; this says beforehand what it would do.
    """


@command.command("migrate", short_help="Bring the schema up to date.")
@config_option
@click.option("--dry-run", is_flag=True, help="Do it, say what was done, and undo it.")
def migrate(config: Path | None, *, dry_run: bool) -> None:
    """
    Bring the schema up to date, in one transaction.

    With --dry-run everything is done and undone: what would fail, fails here. Writers wait meanwhile.
    """
    from iamd.store.look import look_at
    from iamd.store.look import migrate as bring_up_to_date
    from iamd.store.migrations import pending

    with the_database(loaded_settings(config).settings) as (database, keys):
        look = look_at(database, keys)
        if look.revision is None:
            raise click.ClickException("the database is empty: `iamd init` or `iamd serve` makes its tables")
        if look.revision > look.expected:
            click.echo(
                f"the schema is of revision {look.revision}, of a later version than this one ({look.expected})"
            )
            return
        steps = pending(look.revision)
        if not steps:
            click.echo(f"the schema is up to date: revision {look.revision}")
            return
        bring_up_to_date(database, keep=not dry_run)
    verb = "would be applied" if dry_run else "applied"
    for revision, about in steps:
        click.echo(f"{revision}  {about}")
    count = "1 revision" if len(steps) == 1 else f"{len(steps)} revisions"
    click.echo(f"{count} {verb}: {look.revision} -> {steps[-1][0]}")
