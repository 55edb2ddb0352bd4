"""Databases by their location, a path or a URL, for tests that move what is in one to another."""

from pathlib import Path
from typing import Final

from iamd.domain.ids import Ids
from iamd.store.database_store import DatabaseStore
from iamd.store.engines import Database, postgres_database, sqlite_database
from iamd.store.open import open_postgres, open_sqlite

MASTER_KEY: Final = bytes(range(32))
_OPEN: Final[list[Database]] = []


def opened(location: str) -> DatabaseStore:
    """Return the store that is there; the caller closes it."""
    if "://" in location:
        return open_postgres(location, master_key=MASTER_KEY, ids=Ids(), readers=1)
    return open_sqlite(location, master_key=MASTER_KEY, ids=Ids(), readers=1)


def database(location: str) -> Database:
    """Return the database below it, which is closed at the end of the test."""
    if "://" in location:
        _OPEN.append(postgres_database(location, readers=1))
    else:
        _OPEN.append(sqlite_database(Path(location), durable=False, readers=1))
    return _OPEN[-1]


def close_all() -> None:
    """Close the databases that are open."""
    while _OPEN:
        _OPEN.pop().dispose()
