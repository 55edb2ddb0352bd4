"""
SQLite's driver, so that a damaged file is an error of the database.

SQLite quotes what it has found in its texts of errors, and damage need not be UTF-8.  Python's driver then raises a
UnicodeDecodeError, which nobody would take for what it is.
"""

import sqlite3
from typing import Any, Final

_DAMAGED: Final = "the file is damaged: what it holds is not text"


class _Cursor(sqlite3.Cursor):
    def execute(self, *given: Any) -> "_Cursor":
        try:
            return super().execute(*given)
        except UnicodeDecodeError as error:
            raise sqlite3.DatabaseError(_DAMAGED) from error

    def fetchone(self) -> Any:
        try:
            return super().fetchone()
        except UnicodeDecodeError as error:
            raise sqlite3.DatabaseError(_DAMAGED) from error

    def fetchmany(self, *given: Any) -> list[Any]:
        try:
            return super().fetchmany(*given)
        except UnicodeDecodeError as error:
            raise sqlite3.DatabaseError(_DAMAGED) from error

    def fetchall(self) -> list[Any]:
        try:
            return super().fetchall()
        except UnicodeDecodeError as error:
            raise sqlite3.DatabaseError(_DAMAGED) from error

    def executemany(self, *given: Any) -> "_Cursor":
        try:
            return super().executemany(*given)
        except UnicodeDecodeError as error:
            raise sqlite3.DatabaseError(_DAMAGED) from error


class SqliteConnection(sqlite3.Connection):
    """A connection whose cursors raise errors of the driver, and no others."""

    def cursor(self, factory: Any = None) -> Any:
        return super().cursor(factory or _Cursor)
