"""
Opening a store.

The master key is 32 bytes, or a `Secret` that holds them in Base64.  A database remembers by an encrypted constant which
one it is sealed with, and does not open with another.  While it is changed, the *other* one is given, too.
"""

import shutil
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from iamd.domain.ids import Ids
from iamd.secret import Secret
from iamd.store.database_store import DatabaseStore
from iamd.store.encryption import MASTER_KEY_SIZE, master_key_of
from iamd.store.engines import Database, postgres_database, sqlite_database
from iamd.store.installation import empty_sqlite, nothing_there, prepare, without_what_is_refused

_READERS: Final = 4
_POSTGRES: Final = ("postgresql://", "postgres://")
_SQLITE: Final = "sqlite:///"


def open_store(
    location: str | Path, *, master_key: Secret | bytes, ids: Ids, other: Secret | bytes | None = None
) -> DatabaseStore:
    """
    Open the store at *location*: a ``postgresql://`` URL, a ``sqlite:///`` URL, or the path of a SQLite file.

    Raises:
        ValueError: It is a URL of another kind.
        StoreError: See `iamd.store.installation.prepare`.
    """
    text = str(location)
    if text.startswith(_POSTGRES):
        return open_postgres(text, master_key=master_key, ids=ids, other=other)
    if text.startswith(_SQLITE):
        return open_sqlite(text.removeprefix(_SQLITE), master_key=master_key, ids=ids, other=other)
    if "://" in text:
        raise ValueError("a store is a postgresql:// URL, a sqlite:/// URL or a path")
    return open_sqlite(location, master_key=master_key, ids=ids, other=other)


def open_sqlite(
    path: str | Path,
    *,
    master_key: Secret | bytes,
    ids: Ids,
    durable: bool = True,
    readers: int = _READERS,
    other: Secret | bytes | None = None,
    new: bool = True,
) -> DatabaseStore:
    """
    Open a SQLite file, which is made when it is not there and may be *new*; the id of a new installation comes from *ids*.

    A *durable* one keeps what was acknowledged even if the power fails, the others only if the process does.
    """
    if not new and not Path(path).exists():
        raise nothing_there()
    database = sqlite_database(Path(path), durable=durable, readers=readers)
    return _open(database, (master_key, other), ids, readers, new=new)


def open_postgres(
    url: str,
    *,
    master_key: Secret | bytes,
    ids: Ids,
    readers: int = _READERS,
    other: Secret | bytes | None = None,
    new: bool = True,
) -> DatabaseStore:
    """Open a PostgreSQL database (version 13 or later); empty, it is given its tables if it may be *new*."""
    return _open(postgres_database(url, readers=readers), (master_key, other), ids, readers, new=new)


def open_temporary(*, ids: Ids, readers: int = _READERS) -> DatabaseStore:
    """
    Open an empty store in a private file that is gone when it is closed, or at the latest when the process ends.

    Its master key is made for it and kept nowhere.
    """
    folder = Path(tempfile.mkdtemp(prefix="iamd-"))
    try:
        file = folder / "iamd.db"
        file.write_bytes(empty_sqlite())
        database = sqlite_database(file, durable=False, readers=readers)
        store = _open(database, (ids.token(MASTER_KEY_SIZE),), ids, readers, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return store


def _open(
    database: Database,
    master_keys: Sequence[Secret | bytes | None],
    ids: Ids,
    readers: int,
    folder: Path | None = None,
    *,
    new: bool = True,
) -> DatabaseStore:
    try:
        held = [master_key_of(each) for each in master_keys if each is not None]
        cluster_id, vault = prepare(database, held, ids, new=new)
        database = without_what_is_refused(database)
        # At the latest when the process ends: a finalizer runs then, too, and only once.
        cleaner = weakref.finalize(database.writer, _remove, folder)
        return DatabaseStore(database, vault, cluster_id, readers=readers, after_close=cleaner)
    except BaseException:
        database.dispose()
        raise


def _remove(folder: Path | None) -> None:
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
