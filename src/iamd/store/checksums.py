"""
Checksums of pages, by which a page that was damaged is found when it is read.

A SQLite file has them from its beginning (`iamd.store.sqlite_driver`), unless a version made it that knew nothing of them; then they
can be added.  Those of PostgreSQL are the server's own: ``data_checksums``.
"""

import os
from contextlib import closing
from pathlib import Path
from typing import Final

import apsw
from sqlalchemy import Connection, delete, insert, select

from iamd.store import schema
from iamd.store.errors import StoreError, translate
from iamd.store.sqlite_driver import HAS_CHECKSUMS, connect

OLDEST: Final = "oldest_revision"
"""Under what name ``meta`` has the oldest revision whose programs may work on the database."""


def has_checksums(connection: Connection) -> bool | None:
    """Say whether the pages of a database have checksums; None where the engine does not know what that is."""
    if connection.dialect.name == "sqlite":
        return bool(connection.exec_driver_sql(HAS_CHECKSUMS).scalar_one() == "1")
    said = connection.exec_driver_sql("SELECT current_setting('data_checksums', true)").scalar_one()
    return None if said is None else bool(said == "on")


def oldest_beside(connection: Connection, noted: str | None) -> str:
    """
    Return the oldest revision whose programs may work on the database; *noted* is what the database says itself.

    Raises:
        StoreError: The pages had checksums, and now the first of them says that there are none.
    """
    if connection.dialect.name != "sqlite":
        return schema.OLDEST
    if has_checksums(connection):
        return schema.OLDEST_WITH_CHECKSUMS
    if noted is not None and noted >= schema.OLDEST_WITH_CHECKSUMS:
        raise StoreError("the first page of the database file is damaged: its pages had checksums")
    return schema.OLDEST


def note_oldest(connection: Connection) -> None:
    """
    Have the database say which programs may work on it.

    Raises:
        StoreError: See `oldest_beside`.
    """
    meta = schema.meta
    noted = connection.execute(select(meta.c.value).where(meta.c.name == OLDEST)).scalar_one_or_none()
    oldest = oldest_beside(connection, noted)
    if noted != oldest:
        connection.execute(delete(meta).where(meta.c.name == OLDEST))
        connection.execute(insert(meta), [{"name": OLDEST, "value": oldest}])


def add_checksums(path: Path, *, anew: bool = False) -> None:
    """
    Write every page of a SQLite file, with its checksum; whatever happens, the file is as it was or has them all.

    With *anew*, pages may be taken as they are even if it is interrupted.

    Args:
        path: Of the file.
        anew: Whether pages whose checksums are wrong are taken as they are.

    Raises:
        StoreError: Somebody else has the file open, it is damaged, or there is not as much room again as it takes.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CLOEXEC))
    except OSError as error:
        raise StoreError(f"cannot open the database file `{path}`: {error.strerror}") from error
    try:
        with closing(connect(str(path))) as connection:
            if anew:
                connection.execute("PRAGMA checksum_verification = OFF")
            # Refused while anybody else has it open: who has begun without checksums would go on without.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("PRAGMA synchronous = FULL")
            found = connection.execute("PRAGMA integrity_check(1)").fetchall()
            if found != [("ok",)]:
                raise StoreError(f"the file is damaged: {found[0][0]}")
            if connection.execute("SELECT version_num FROM alembic_version").fetchall() != [
                (schema.REVISION,)
            ]:
                # Programs of the revision that it has would not ask who may open it.
                raise StoreError("the schema is not up to date: `iamd db migrate` brings it there")
            # SQLite's VFS sees by the first page that there are checksums, and that is written last: what is spilled before has none.
            connection.execute("PRAGMA cache_spill = OFF")
            connection.execute("VACUUM")
            connection.execute(
                "REPLACE INTO meta (name, value) VALUES (?, ?)", (OLDEST, schema.OLDEST_WITH_CHECKSUMS)
            )
    except apsw.BusyError as error:
        raise StoreError(f"`{path}` is in use: stop whatever has it open") from error
    except apsw.Error as error:
        raise StoreError(str(translate(error))) from error
