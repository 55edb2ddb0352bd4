"""A database as an operator's commands look at it: in one transaction that only reads, without making or changing anything."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from iamd.store.engines import Database
from iamd.store.errors import StoreError, translate


@contextmanager
def reading(database: Database) -> Iterator[Connection]:
    """
    Give a connection that sees one snapshot, for the length of a ``with``.

    Raises:
        StoreError: The database cannot be reached or read.
    """
    with translated(), database.readers.connect() as connection:
        connection.exec_driver_sql(database.begin_read)
        try:
            yield connection
        finally:
            with suppress(SQLAlchemyError):
                connection.exec_driver_sql("ROLLBACK")


@contextmanager
def writing(database: Database, *, keep: bool = True) -> Iterator[Connection]:
    """
    Give a connection that is the only writer, for the length of a ``with``; what is done stands, or with *keep* False not.

    Raises:
        StoreError: The database cannot be reached, or refuses.
    """
    with translated(), database.writer.connect() as connection:
        for text in database.begin_write:
            connection.exec_driver_sql(text)
        try:
            yield connection
            connection.exec_driver_sql("COMMIT" if keep else "ROLLBACK")
        except BaseException:
            with suppress(SQLAlchemyError):
                connection.exec_driver_sql("ROLLBACK")
            raise


@contextmanager
def translated() -> Iterator[None]:
    """Turn errors of SQLAlchemy and its drivers into ours."""
    try:
        yield
    except SQLAlchemyError as error:
        found = translate(error)
        raise StoreError(str(found), transient=getattr(found, "transient", False)) from error
