"""
SQLite, by way of apsw: a DBAPI module (PEP 249) as SQLAlchemy wants one, and its dialect.

Why not the driver that comes with Python: the SQLite in that is whatever the platform has, most of which can spoil a database
when two connections move the write-ahead log into the file at once (https://sqlite.org/wal.html#walresetbug, mended in 3.51.3); and
it cannot have checksums of pages.

**Checksums.**  Each page of a database that was made here ends with eight bytes that are written with it, and compared when it is
read (https://sqlite.org/cksumvfs.html); a page that does not fit is an error.  The log has checksums of its own, and no others: who
moves it into the file with another SQLite, as the last who closes it does, leaves pages that do not fit.
"""

import sys
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from functools import cache
from typing import Any, Final

import apsw
import apsw.sqlite_extra
from sqlalchemy import URL
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.engine.interfaces import IsolationLevel
from sqlalchemy.pool import QueuePool

from iamd.store.errors import StoreError

paramstyle: Final = "qmark"
sqlite_version_info: Final = tuple(map(int, apsw.sqlite_lib_version().split(".")))
Error: Final = apsw.Error
Binary: Final = bytes

DRIVER: Final = "sqlite+apsw"
"""What SQLAlchemy knows the dialect by."""

HAS_CHECKSUMS: Final = "PRAGMA checksum_verification"
"""Answered by the text ``1`` where pages have checksums."""

_AUTOCOMMIT: Final[IsolationLevel] = "AUTOCOMMIT"
_CHECKSUMS: Final = "cksumvfs"
_VFS: Final = "cksmvfs"
_CHECKSUM_SIZE: Final = 8
_STATEMENTS: Final = 512
_DAMAGED: Final = "the file is damaged: what it holds is not text"


class SqliteCursor:
    """
    A cursor whose errors are those of the database, and no others.

    Attributes:
        rowcount: How many rows the last statement that writes has touched.
    """

    # None of apsw's classes has subclasses here: an instance of one that is let go while another thread is in the connection would
    # be taken apart twice (apsw 3.54.1).

    __slots__ = ("_cursor", "_said", "connection", "rowcount")

    def __init__(self, connection: "SqliteConnection") -> None:
        self.connection: Final = connection
        self.rowcount = -1
        self._cursor: Final = connection.apsw.cursor()
        self._said: tuple[str, Any] = "", None

    def execute(self, statement: str, values: Any = None, /) -> "SqliteCursor":
        self._said = statement, values
        try:
            self._cursor.execute(statement, values)
        except UnicodeDecodeError as error:
            raise apsw.CorruptError(_DAMAGED) from error
        self.rowcount = self.connection.apsw.changes()
        return self

    def executemany(self, statement: str, rows: Iterable[Any], /) -> "SqliteCursor":
        touched = 0
        for row in rows:
            touched += self.execute(statement, row).rowcount
        self.rowcount = touched
        return self

    def fetchone(self) -> Any:
        try:
            return self._cursor.fetchone()
        except UnicodeDecodeError as error:
            raise apsw.CorruptError(_DAMAGED) from error

    def fetchmany(self, size: int = 1) -> list[Any]:
        found: list[Any] = []
        while len(found) < size and (row := self.fetchone()) is not None:
            found.append(row)
        return found

    def fetchall(self) -> list[Any]:
        try:
            return self._cursor.fetchall()
        except UnicodeDecodeError as error:
            raise apsw.CorruptError(_DAMAGED) from error

    def close(self) -> None:
        """Let go of what is still unread."""
        self._cursor.close()

    @property
    def description(self) -> Any:
        """The columns; apsw forgets them with the last row, and has none where there is no row."""
        try:
            return self._cursor.description
        except apsw.ExecutionCompleteError:
            return _columns(self.connection.apsw, *self._said)

    @property
    def lastrowid(self) -> int:
        return self.connection.apsw.last_insert_rowid()


class SqliteConnection:
    """
    A connection in autocommit mode, whose file has checksums of its pages if it is new.

    Attributes:
        apsw: What it is made of.
    """

    __slots__ = ("__weakref__", "apsw")

    def __init__(self, path: str) -> None:
        """
        Open a file, or make it.

        Raises:
            StoreError: There are no checksums in this installation.
        """
        self.apsw: Final = apsw.Connection(path, vfs=_checksums(), statementcachesize=_STATEMENTS)
        self.apsw.reserve_bytes(reserve=_CHECKSUM_SIZE)  # of a file that has pages already, for VACUUM only

    @property
    def has_checksums(self) -> bool:
        """Whether this connection compares, and writes, checksums of pages."""
        return bool(self.execute(HAS_CHECKSUMS).fetchall() == [("1",)])

    def cursor(self) -> SqliteCursor:
        return SqliteCursor(self)

    def execute(self, statement: str, values: Any = None) -> SqliteCursor:
        """Run a statement, with a cursor of its own."""
        return self.cursor().execute(statement, values)

    def commit(self) -> None:
        """End the transaction that was begun in words, if one was."""
        if self.apsw.in_transaction:
            self.execute("COMMIT")

    def rollback(self) -> None:
        """Undo the transaction that was begun in words, if one was."""
        if self.apsw.in_transaction:
            self.execute("ROLLBACK")

    def close(self) -> None:
        """Close it, and its cursors."""
        self.apsw.close()


def connect(path: str, pragmas: Sequence[str] = ()) -> SqliteConnection:
    """
    Open a file, or make it, and say *pragmas* to it.

    Raises:
        StoreError: There are no checksums in this installation.
        Error: It cannot be opened.
    """
    connection = _opened(path, pragmas)
    if not connection.has_checksums:
        # Who opens a file while another makes it has seen an empty one, and would not compare what it reads.
        connection.close()
        connection = _opened(path, pragmas)
    return connection


def _opened(path: str, pragmas: Sequence[str]) -> SqliteConnection:
    connection = SqliteConnection(path)
    try:
        for pragma in pragmas:
            connection.execute(pragma)
    except BaseException:
        connection.close()
        raise
    return connection


class SqliteDialect(SQLiteDialect):
    """SQLAlchemy's dialect of SQLite, for this driver."""

    driver = "apsw"
    default_paramstyle = paramstyle
    supports_statement_cache = True
    returns_native_bytes = True

    @classmethod
    def import_dbapi(cls) -> Any:
        return sys.modules[__name__]

    @classmethod
    def get_pool_class(cls, url: URL) -> type[QueuePool]:  # noqa: ARG003  the base class gives it
        return QueuePool

    def create_connect_args(self, url: URL) -> Any:
        return [url.database], {}

    def get_isolation_level_values(self, _connection: Any) -> list[IsolationLevel]:
        return [_AUTOCOMMIT]

    def get_isolation_level(self, _connection: Any) -> IsolationLevel:
        return _AUTOCOMMIT

    def set_isolation_level(self, _connection: Any, _level: str) -> None:
        """Leave it at the only one that there is."""

    def detect_autocommit_setting(self, _connection: Any) -> bool:
        return True

    def _get_server_version_info(self, _connection: Any) -> tuple[int, ...]:
        return sqlite_version_info


registry.register(DRIVER.replace("+", "."), __name__, SqliteDialect.__name__)


@cache
def _checksums() -> str:
    """
    Load what makes and compares checksums, for those connections that name it.

    Raises:
        StoreError: It is not there.
    """
    default = apsw.vfs_names()[0]
    try:
        with closing(apsw.Connection(":memory:")) as connection:
            apsw.sqlite_extra.load(connection, _CHECKSUMS)
    except (apsw.Error, LookupError, apsw.sqlite_extra.NotAvailable) as error:
        raise StoreError(
            f"this installation of apsw lacks {_CHECKSUMS}, which the checksums of pages need: install apsw from its wheel"
        ) from error
    apsw.set_default_vfs(default)
    return _VFS


def _columns(connection: apsw.Connection, statement: str, values: Any) -> Any:
    """Return what is told of the columns of a statement, as PEP 249 has it, without running it; None when it has none."""
    found: list[Any] = []

    def note(cursor: apsw.Cursor, *_: object) -> bool:
        found.extend((name, *[None] * 6) for name, _ in cursor.get_description())
        return False

    cursor = apsw.Cursor(connection)
    cursor.exec_trace = note
    with suppress(apsw.ExecTraceAbort):
        cursor.execute(statement, values)
    return tuple(found) or None
