"""What a database is before the first job: its tables, its id, and the master key that it belongs to."""

import tempfile
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, create_mock_engine, insert, inspect, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.sql.ddl import DDLElement

from iamd.domain.ids import Ids
from iamd.store import schema
from iamd.store.checksums import OLDEST, note_oldest, oldest_beside
from iamd.store.encryption import Vault
from iamd.store.engines import Database
from iamd.store.errors import StoreError, UnknownSchemaError, translate
from iamd.store.master_keys import CHECK
from iamd.store.sqlite_driver import SqliteConnection

_CLUSTER_ID: Final = "cluster_id"


def prepare(
    database: Database, master_keys: Sequence[bytes], ids: Ids, *, new: bool = True
) -> tuple[str, Vault]:
    """
    Make the tables if there are none, bring them up to date, and check the master key.

    It all happens in one transaction under the writers' lock, so that of several nodes that start on an empty database
    one makes it and the others find it made.  One that may not be *new* is left as it is when it is empty.

    Returns:
        The id of the installation, and what opens its secrets.

    Raises:
        WrongMasterKeyError: The database was made with another master key.
        UnknownSchemaError: It is not ours, or a later version's.
        StoreError: It cannot be reached, read or written, or is empty and may not be.
    """
    try:
        with database.writer.connect() as connection:
            for text in database.begin_write:
                connection.exec_driver_sql(text)
            try:
                _check_exclusion(database)
                result = _prepare(connection, master_keys, ids, new=new)
                connection.exec_driver_sql("COMMIT")
            except BaseException:
                with suppress(SQLAlchemyError):
                    connection.exec_driver_sql("ROLLBACK")
                raise
    except SQLAlchemyError as error:
        translated = translate(error)
        raise StoreError(str(translated), transient=getattr(translated, "transient", True)) from error
    return result


def nothing_there() -> StoreError:
    """Return what is said of an empty database that may not be made."""
    return StoreError(
        "there is nothing in the database: `iamd init` makes what a server needs, `iamd restore` brings a backup into it"
    )


def without_what_is_refused(database: Database) -> Database:
    """
    Return *database* as it can be used: without notifications where its engine has none.

    Raises:
        StoreError: It cannot be reached.
    """
    if database.channel is None:
        return database
    try:
        with database.writer.connect() as connection:
            try:
                connection.exec_driver_sql(f"NOTIFY {database.channel}")
            except DBAPIError as error:
                if error.connection_invalidated:
                    raise
                return replace(database, channel=None)
    except SQLAlchemyError as error:
        raise StoreError(str(translate(error)), transient=True) from error
    return database


def _check_exclusion(database: Database) -> None:
    """
    Refuse an engine whose advisory locks are only for show; called while the writers' lock is held.

    Some that speak PostgreSQL's protocol take every such lock and keep nobody out: two nodes would write at once.
    """
    if database.try_lock is not None:
        with database.readers.connect() as other:
            if other.exec_driver_sql(database.try_lock).scalar_one():
                raise StoreError(
                    "the advisory locks of this database keep nobody out, which iamd needs them to"
                )


def _prepare(
    connection: Connection, master_keys: Sequence[bytes], ids: Ids, *, new: bool
) -> tuple[str, Vault]:
    _check_encoding(connection)
    if not new and not _is_stamped(connection):
        raise nothing_there()
    revision = bring_up_to_date(connection)
    rows = connection.execute(select(schema.meta.c.name, schema.meta.c.value))
    known = {row.name: row.value for row in rows}
    if revision == schema.REVISION:
        note_oldest(connection)
    else:
        oldest_beside(connection, known.get(OLDEST))
    cluster_id = known.get(_CLUSTER_ID)
    if cluster_id is not None:
        vault = Vault(master_keys, cluster_id)
        vault.adopt(CHECK, known.get(CHECK, ""))
        return cluster_id, vault
    cluster_id = ids.uuid()
    vault = Vault(master_keys, cluster_id)
    connection.execute(
        insert(schema.meta),
        [
            {"name": _CLUSTER_ID, "value": cluster_id},
            {"name": CHECK, "value": vault.check_value(CHECK)},
        ],
    )
    return cluster_id, vault


def _check_encoding(connection: Connection) -> None:
    """Refuse a PostgreSQL database that cannot hold any text; SQLite's always can."""
    if connection.dialect.name == "postgresql":
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding != "UTF8":
            raise StoreError(f"the encoding of the database must be UTF8, not {encoding}")


def bring_up_to_date(connection: Connection) -> str:
    """
    Make the tables, or bring them to the present revision; return the revision that they have now.

    It is a later one where a newer version of iamd runs beside this one, and has said that this one may.

    Raises:
        UnknownSchemaError: It is not ours, or of a later version beside which this one cannot run.
    """
    if not _is_stamped(connection):
        make_tables(connection)
        return schema.REVISION
    stamps = connection.execute(select(schema.alembic_version.c.version_num)).scalars().all()
    if stamps == [schema.REVISION]:
        return schema.REVISION
    if "" in stamps:
        raise UnknownSchemaError("the database says that its revision is nothing")
    if len(stamps) == 1 and _is_later(stamps[0]):
        oldest = connection.execute(
            select(schema.meta.c.value).where(schema.meta.c.name == OLDEST)
        ).scalar_one_or_none()
        if oldest is None or oldest > schema.REVISION:
            raise UnknownSchemaError(
                f"the database is of revision {stamps[0]}, for programs of {oldest or stamps[0]} and later, and this one is of"
                f" {schema.REVISION}: run a newer iamd"
            )
        return str(stamps[0])
    from iamd.store.migrations import upgrade  # noqa: PLC0415  Alembic is slow to import and seldom needed

    upgrade(connection)
    return schema.REVISION


def make_tables(connection: Connection) -> None:
    """Make the tables of the present revision in a database that has none, and stamp it."""
    for text in _definitions(connection.dialect.name, connection.dialect.driver):
        connection.exec_driver_sql(text)
    connection.execute(insert(schema.alembic_version), [{"version_num": schema.REVISION}])


@cache
def _definitions(dialect: str, driver: str) -> tuple[str, ...]:
    """Return what makes the tables, put into words once: that takes longer than making them."""
    made: list[str] = []

    def note(definition: DDLElement, *_: object, **__: object) -> None:
        made.append(str(definition.compile(dialect=engine.dialect)))

    engine = create_mock_engine(f"{dialect}+{driver}://", note)
    schema.metadata.create_all(engine, checkfirst=False)
    return tuple(made)


@cache
def empty_sqlite() -> bytes:
    """Return the file of a SQLite database that has the tables and nothing in them: to copy it is faster than to make them."""
    with tempfile.TemporaryDirectory(prefix="iamd-") as folder:
        file = Path(folder) / "empty.db"
        with closing(SqliteConnection(str(file))) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("BEGIN")
            for text in _definitions("sqlite", "apsw"):
                connection.execute(text)
            connection.execute("INSERT INTO alembic_version VALUES (?)", (schema.REVISION,))
            connection.execute(
                "INSERT INTO meta (name, value) VALUES (?, ?)", (OLDEST, schema.OLDEST_WITH_CHECKSUMS)
            )
            connection.commit()
        return file.read_bytes()


def _is_later(revision: str) -> bool:
    """Say whether it is the name of a revision that comes after ours: they are numbers, all of one length."""
    same = len(revision) == len(schema.REVISION) and revision.isascii() and revision.isdigit()
    return same and revision > schema.REVISION


def _is_stamped(connection: Connection) -> bool:
    """
    Tell whether Alembic's stamp is there; without it the database holds nothing of ours.

    Raises:
        UnknownSchemaError: It holds tables of somebody else that have our names.
    """
    inspector = inspect(connection)
    if inspector.has_table(schema.alembic_version.name):
        return True
    clashes = set(inspector.get_table_names()) & set(schema.metadata.tables)
    if clashes:
        raise UnknownSchemaError(f"the database has tables that are not iamd's: {', '.join(sorted(clashes))}")
    return False
