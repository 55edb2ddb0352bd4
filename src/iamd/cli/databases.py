"""The database of the settings, as commands get it that look after it while a server runs, or before one does."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from iamd.setting_sources import Loaded
    from iamd.settings import Settings
    from iamd.store.engines import Database


def loaded_settings(config: Path | None) -> "Loaded":
    """
    Return the settings of *config*, or of where they are by default, and where they come from.

    Raises:
        ClickException: They do not parse.
    """
    import os

    from iamd.setting_sources import load
    from iamd.settings import SettingsError

    try:
        return load({}, os.environ, file=config)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


@contextmanager
def the_database(
    settings: "Settings", *, new: bool = False
) -> Iterator[tuple["Database", tuple[bytes, ...]]]:
    """
    Give the database of *settings* and the master keys, for the length of a ``with``.

    Args:
        settings: Name it.
        new: Whether it may be one that is yet to be made.

    Raises:
        ClickException: There is none, or no master key; or the database does not do its work in the ``with``.
    """
    from iamd.store.errors import StoreError

    keys = master_keys_of_settings(settings)
    try:
        database = _described(settings, new=new)
        try:
            yield database, keys
        finally:
            database.dispose()
    except StoreError as error:
        raise click.ClickException(str(error)) from None


def _described(settings: "Settings", *, new: bool) -> "Database":
    from iamd.store.engines import postgres_database, sqlite_database

    if settings.database_url is not None:
        return postgres_database(settings.database_url.reveal(), readers=1)
    return sqlite_database(_file(settings, new=new), durable=True, readers=1)


def master_keys_of_settings(settings: "Settings") -> tuple[bytes, ...]:
    """
    Return the master key that is set, or the one beside the database; and the other one, while it is changed.

    Raises:
        ClickException: There is none.
    """
    given, other = settings.master_key_bytes(), settings.other_master_key_bytes()
    first = _kept(settings) if given is None else given
    return (first,) if other is None else (first, other)


def _kept(settings: "Settings") -> bytes:
    from iamd.domain.ids import Ids
    from iamd.store.errors import StoreError
    from iamd.store.master_key_file import MasterKeyFile, beside

    if settings.data is None or not beside(settings.data).exists():
        raise click.ClickException("no master key is set")
    try:
        return MasterKeyFile(beside(settings.data)).read_or_make(settings.data, Ids())
    except StoreError as error:
        raise click.ClickException(str(error)) from None


def _file(settings: "Settings", *, new: bool) -> Path:
    data = settings.data
    if data is None:
        raise click.ClickException("no database is set: name the configuration with --config")
    if not new and not data.exists():
        raise click.ClickException(f"there is no database `{data}`")
    log = data.with_name(f"{data.name}-wal")
    if not data.exists() and log.exists():
        # SQLite would take it for a part of the new database.
        raise click.ClickException(f"`{log}` was left by another database: move it away, too")
    return data
