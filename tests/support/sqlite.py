"""
A SQLite file, as a test looks at it or changes it behind the back of a server.

By the driver of the store, and no other: one that knows nothing of checksums would leave pages behind that have wrong ones, and two
libraries that have a file open in one process take each other's locks away.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from iamd.store.sqlite_driver import SqliteConnection, connect


@contextmanager
def sqlite(path: Path) -> Iterator[SqliteConnection]:
    """Give a connection, in autocommit mode, which is closed at the end."""
    connection = connect(str(path))
    try:
        yield connection
    finally:
        connection.close()


def without_checksums(path: Path) -> None:
    """Make a file as a version before made it: no page of it will have a checksum."""
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE empty (id); DROP TABLE empty")
    connection.close()


def by_another_program(path: Path, statements: str) -> None:
    """Change a file as a program does that knows nothing of checksums."""
    connection = apsw.Connection(str(path))
    connection.execute(statements)
    connection.close()


def exchange(path: Path, old: bytes, new: bytes) -> None:
    """Replace a text in the pages of a file, which nobody has open, by another one of its length."""
    content = path.read_bytes()
    assert old in content
    assert len(old) == len(new)
    path.write_bytes(content.replace(old, new))
