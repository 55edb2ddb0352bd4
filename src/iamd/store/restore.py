"""
Restoring a backup into an empty database.

What holds here:

* It is all or nothing, and never over something that is there.
* No session outlives it.  The keys that sealed the sessions are not in a backup; the server makes a new one.  Nor are
  sessions of the console.  So one that was revoked after the backup was made, which the backup cannot know of, stays revoked, and so do all others.
* Epochs go on far behind those of the backup: nobody who holds a later one is told that it has been reached.
* What was *long-lived* and has been deleted or deactivated since the backup (access keys above all) is there again.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Integer, LargeBinary, MetaData, Table, func, insert, inspect, select

from iamd.store import schema
from iamd.store.backup import LEFT_OUT, Backup, BackupError, OpenBackup, key_in_use, opened
from iamd.store.checksums import OLDEST, note_oldest
from iamd.store.encryption import HEADER_SIZE, Vault
from iamd.store.engines import Database
from iamd.store.installation import make_tables
from iamd.store.interface import ChangeKind
from iamd.store.reading import writing
from iamd.store.sealed import SEALED_COLUMNS

_LEAP: Final = 2**40
"""More changes than there will be between a backup and the loss of what it was of."""


def restore(database: Database, master_keys: Sequence[bytes], path: Path, *, keep: bool = True) -> Backup:
    """
    Make *database*, which must be empty, hold what a backup holds; with *keep* False only see that this would work.

    Raises:
        BackupError: The backup cannot be used, or there is something in the database.
        StoreError: The database cannot be reached, or refuses.
    """
    with opened(path, master_keys) as backup, writing(database, keep=keep) as connection:
        found = inspect(connection).get_table_names()
        if found:
            raise BackupError(
                f"the database is not empty ({len(found)} tables): a backup is restored into an empty one;"
                " move this one away, or name another"
            )
        _make_tables(connection, backup)
        counts = {}
        for name, columns, pieces in backup.tables():
            table = _table(connection, name, columns)
            for rows in pieces:
                connection.execute(insert(table), [dict(zip(columns, row, strict=True)) for row in rows])
            _number_on(connection, table)
            if name == schema.meta.name:
                _check_master_key(connection, master_keys)
        counts = dict(backup.counts)
        if backup.header.revision != schema.REVISION:
            from iamd.store.migrations import upgrade  # noqa: PLC0415  Alembic is slow to import and seldom needed

            upgrade(connection)
        # What the backup says is of the pages that it was made of.
        connection.execute(schema.meta.delete().where(schema.meta.c.name == OLDEST))
        note_oldest(connection)
        _check_secrets(connection, Vault(master_keys, backup.header.cluster_id))
        connection.execute(
            insert(schema.changes),
            [
                {
                    "epoch": backup.header.epoch + _LEAP,
                    "kind": ChangeKind.SEALING_KEY.value,
                    "id": "restored",
                }
            ],
        )
        return Backup(backup.header, counts)


def _make_tables(connection: Connection, backup: OpenBackup) -> None:
    """
    Make the tables that the backup was made of.

    Raises:
        BackupError: A later version made it.
    """
    revision = backup.header.revision
    if revision == schema.REVISION:
        make_tables(connection)
        return
    from iamd.store.errors import UnknownSchemaError  # noqa: PLC0415
    from iamd.store.migrations import upgrade  # noqa: PLC0415  as above

    try:
        upgrade(connection, revision)
    except UnknownSchemaError:
        raise BackupError(
            f"the backup is of revision {revision}, which this version of iamd does not know: it is of iamd"
            f" {backup.header.iamd}"
        ) from None


def _table(connection: Connection, name: str, columns: list[str]) -> Table:
    """
    Return a table as it is in the database.

    Raises:
        BackupError: The backup names one that is not there, or has other columns.
    """
    if name in LEFT_OUT or not inspect(connection).has_table(name):
        raise BackupError(f"the backup holds a table `{name}`, and there is none")
    found = Table(name, MetaData(), autoload_with=connection, resolve_fks=False)
    if {column.name for column in found.columns} != set(columns):
        raise BackupError(f"the table `{name}` of the backup has other columns")
    return found


def _number_on(connection: Connection, table: Table) -> None:
    """Have PostgreSQL number rows from behind those that were restored; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.primary_key.columns:
        if not isinstance(column.type, Integer):
            continue
        sequence = connection.execute(
            select(func.pg_get_serial_sequence(table.name, column.name))
        ).scalar_one_or_none()
        last = connection.execute(select(func.max(column))).scalar_one_or_none()
        if sequence is not None and last is not None:
            connection.execute(select(func.setval(sequence, last)))


def _check_master_key(connection: Connection, master_keys: Sequence[bytes]) -> None:
    rows: list[Any] = list(connection.execute(schema.meta.select()))
    key_in_use({row.name: row.value for row in rows}, master_keys)


def _check_secrets(connection: Connection, vault: Vault) -> None:
    """
    See that whatever is sealed can be opened with the keys that there are: of each secret, which key it was sealed with.

    Raises:
        BackupError: Some cannot: the backup was made while the master key was changed.
    """
    headers = [vault.header_of(key_id) for key_id in vault.key_ids]
    lost = 0
    for each in SEALED_COLUMNS:
        header = func.substr(each.blob, 1, HEADER_SIZE, type_=LargeBinary())
        statement = select(func.count()).select_from(each.table)
        lost += connection.execute(
            statement.where(each.blob.is_not(None), header.not_in(headers))
        ).scalar_one()
    if lost:
        raise BackupError(
            f"{lost} secrets are sealed with another master key: the backup was made while that was changed, and needs both"
        )
