"""The command `iamd db`: the schema of the database."""

from pathlib import Path

import click

from iamd.cli.databases import loaded_settings, the_database
from iamd.cli.options import config_option


@click.group(name="db", short_help="Bring the database up to date: its schema, or its pages.")
def command() -> None:
    """
    Bring the database up to date: its schema, or its pages.

    A server brings the schema up to date when it starts; this says beforehand what it would do.
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


@command.command("checksums", short_help="Give the pages of a SQLite file checksums.")
@config_option
@click.option("--anew", is_flag=True, help="Also where they have some: take the pages as they are.")
def checksums(config: Path | None, *, anew: bool) -> None:
    """
    Give the pages of a SQLite file checksums.

    A file has them from its beginning, but for one that a version before revision 0021 of the schema made; such versions cannot open
    it afterwards. Every page is written anew, for which there must be as much room again as the file takes, beside it, in the folder
    of temporary files (/var/tmp, or SQLITE_TMPDIR) and in memory; and no server may run meanwhile.

    With --anew pages with wrong checksums are taken as they are: another program that wrote to the file leaves such pages, and so
    does damage. What SQLite itself finds wrong with them is refused; `iamd doctor` says what else is.
    """
    from iamd.store.checksums import add_checksums, note_oldest
    from iamd.store.errors import StoreError
    from iamd.store.look import look_at
    from iamd.store.reading import writing

    settings = loaded_settings(config).settings
    if settings.database_url is not None or settings.data is None:
        raise click.ClickException(
            "PostgreSQL has checksums of its own: `initdb --data-checksums`, or `pg_checksums`"
        )
    if not settings.data.exists():
        raise click.ClickException(f"there is no database `{settings.data}`")
    if not anew:
        with the_database(settings) as (database, keys):
            look = look_at(database, keys)
            if look.checksums and look.revision == look.expected:
                with writing(database) as connection:  # whoever was killed amid this may have left it unsaid
                    note_oldest(connection)
        if look.revision is None:
            raise click.ClickException("the database is empty: `iamd init` or `iamd serve` makes its tables")
        if look.revision != look.expected:
            raise click.ClickException("the schema is not up to date: `iamd db migrate` brings it there")
        if look.checksums:
            click.echo(f"the pages of `{settings.data}` have checksums")
            return
    try:
        add_checksums(settings.data, anew=anew)
    except StoreError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"the pages of `{settings.data}` have checksums now")
