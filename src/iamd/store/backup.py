"""
Backups: everything that a database holds, in one file, from one moment, while it is in use.

What holds here:

* A backup is read in one transaction that sees one snapshot: of SQLite and of PostgreSQL alike, and writers go on.
* It is of rows, not of pages, so that what is damaged is found when it is read, and that a backup of either database can
  be restored into the other.
* Secrets are in it as they are in the database: sealed.  It opens with the master key only, which is not in it, and is
  authenticated as a whole by a key that is derived from that one: what was changed is no backup.
* The keys that seal sessions are not in it, nor are those of the console: no session outlives a restore; see
  `iamd.store.restore`.

The form, behind `MAGIC`: a gzip stream of frames, each a length (4 bytes, the most significant first) and so much
MessagePack; then HMAC-SHA-256 of all that stands before.  The first frame is a `Header`; then for each table ``[name,
[column, …]]`` and its rows, in lists of some; the last one is how many rows each table has.
"""

import gzip
import hmac
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from io import BufferedIOBase
from pathlib import Path
from typing import Any, BinaryIO, Final, Self, cast

import msgspec
from sqlalchemy import Connection, MetaData, Table, select

from iamd.durable import sync_folder
from iamd.store import schema
from iamd.store.checksums import OLDEST, oldest_beside
from iamd.store.encryption import Vault, another_master_key, backup_key
from iamd.store.engines import Database
from iamd.store.errors import StoreError, WrongMasterKeyError
from iamd.store.master_keys import CHECK
from iamd.store.reading import reading

MAGIC: Final = b"iamd backup 1\n"

_TAG_SIZE: Final = 32
_LENGTH_SIZE: Final = 4
_ROWS: Final = 500
_PIECE: Final = 1024 * 1024
# Beyond this, rows get little smaller and take many times as long.
_COMPRESSION: Final = 3
# Of the database itself, and not of what it holds.  Sessions shall not outlive a restore.
LEFT_OUT: Final = frozenset({"alembic_version", "changes", "sealing_keys", "console_sessions", "nodes"})

Counts = dict[str, int]


class BackupError(StoreError):
    """A file is no backup that can be used here; the text says why."""


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What a backup is of.

    Attributes:
        iamd: The version that made it.
        revision: Of the schema.
        epoch: Of the last change that is in it.
        at: When it was made, in real time.
    """

    iamd: str
    revision: str
    cluster_id: str
    epoch: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup, and how many rows of each table are in it."""

    header: Header
    counts: Counts


def back_up(
    database: Database, master_keys: Sequence[bytes], path: Path, *, version: str, at: datetime
) -> Backup:
    """
    Write everything that *database* holds to a file that is not there yet, read it back, and return what is in it.

    Args:
        database: Is used meanwhile.
        master_keys: That there are; the backup goes with the one that the database is sealed with.
        path: Of the file.
        version: Of iamd.
        at: The time, for whoever reads it.

    Raises:
        WrongMasterKeyError: The database is sealed with none of them: with such a backup nobody could do anything.
        BackupError: What was written is not what is read.
        StoreError: The database cannot be read.
        OSError: The file cannot be written; then nothing of it is left.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with reading(database) as connection:
                made = _write(connection, master_keys, file, version, at)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.absolute().parent)
        _check(verify(path, master_keys) == made, path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return made


def _check(same: bool, path: Path) -> None:
    if not same:
        raise BackupError(f"`{path}` does not hold what was written to it")


def verify(path: Path, master_keys: Sequence[bytes]) -> Backup:
    """
    Read a backup to its end; return what is in it.

    Raises:
        BackupError: It is none, is damaged, or was made with another master key.
    """
    with opened(path, master_keys) as backup:
        for _ in backup.tables():
            pass
        return Backup(backup.header, backup.counts)


def _write(
    connection: Connection, master_keys: Sequence[bytes], file: BinaryIO, version: str, at: datetime
) -> Backup:
    tables = MetaData()
    tables.reflect(connection)
    meta = {row[0]: row[1] for row in connection.execute(select(schema.meta.c.name, schema.meta.c.value))}
    oldest_beside(connection, meta.get(OLDEST))  # or pages would not be compared that ought to be
    revision = connection.execute(select(schema.alembic_version.c.version_num)).scalar_one()
    epoch = connection.exec_driver_sql("SELECT coalesce(max(epoch), 0) FROM changes").scalar_one()
    header = Header(iamd=version, revision=revision, cluster_id=meta["cluster_id"], epoch=int(epoch), at=at)
    counts: Counts = {}
    sealed = _Sealing(file, backup_key(key_in_use(meta, master_keys)))
    sealed.write(MAGIC)
    # Not when, not from which file: what is the same is written alike.
    with gzip.GzipFile("", "wb", _COMPRESSION, fileobj=cast("Any", sealed), mtime=0) as stream:
        _put(stream, header)
        for table in tables.sorted_tables:
            if table.name not in LEFT_OUT:
                counts[str(table.name)] = _put_table(connection, table, stream)
        _put(stream, counts)
    sealed.end()
    return Backup(header, counts)


def _put_table(connection: Connection, table: Table, stream: BufferedIOBase) -> int:
    _put(stream, [str(table.name), [str(column.name) for column in table.columns]])
    found = connection.execution_options(yield_per=_ROWS).execute(select(table))
    count = 0
    for rows in found.partitions():
        _put(stream, [list(row) for row in rows])
        count += len(rows)
    return count


def _put(stream: BufferedIOBase, value: object) -> None:
    frame = msgspec.msgpack.encode(value)
    stream.write(len(frame).to_bytes(_LENGTH_SIZE, "big") + frame)


class _Sealing:
    """Write to a file, and at the end what proves that all of it is ours."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        self._file: Final = file
        self._mac: Final = hmac.new(key, digestmod=sha256)

    def write(self, data: bytes) -> int:
        self._mac.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def end(self) -> None:
        self._file.write(self._mac.digest())


class OpenBackup:
    """
    A backup that is being read; all of it has been authenticated.

    Attributes:
        counts: How many rows each table has; whole after `tables`.
    """

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path: Final = path
        self._file: Final = file
        self._stream: Final = gzip.GzipFile(fileobj=file, mode="rb")
        self.header: Final = self._frame(Header)
        self.counts: Final[Counts] = {}

    def tables(self) -> Iterator[tuple[str, list[str], Iterator[list[list[Any]]]]]:
        """
        Yield each table: its name, its columns, and its rows in pieces, which must be taken before the next one.

        Raises:
            BackupError: The file ends too early, or counts otherwise than there is.
        """
        frame = self._frame(Any)
        while not isinstance(frame, dict):
            name, columns = frame
            self.counts[name] = 0
            following: list[Any] = []
            rows = self._rows(name, following)
            yield name, columns, rows
            for _ in rows:
                pass
            frame = following[0]
        if frame != self.counts or self._stream.read(1):
            raise BackupError(f"`{self._path}` does not hold as many rows as it says")

    def _rows(self, name: str, following: list[Any]) -> Iterator[list[list[Any]]]:
        while True:
            frame = self._frame(Any)
            if not isinstance(frame, list) or not frame or not isinstance(frame[0], list):
                following.append(frame)
                return
            self.counts[name] += len(frame)
            yield frame

    def _frame(self, kind: Any) -> Any:
        try:
            length = self._stream.read(_LENGTH_SIZE)
            return msgspec.msgpack.decode(self._stream.read(int.from_bytes(length, "big")), type=kind)
        except (OSError, EOFError, msgspec.DecodeError) as error:
            raise BackupError(f"`{self._path}` has not the form of a backup: {error}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._file.close()


class _Within:
    """The part of a file that stands before its tag."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file: Final = file
        self._left = size

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data

    def close(self) -> None:
        self._file.close()


def opened(path: Path, master_keys: Sequence[bytes]) -> OpenBackup:
    """
    Open a backup, having authenticated it as a whole.

    Raises:
        BackupError: It is none, is damaged, or was made with another master key.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise BackupError(f"`{path}` cannot be read: {error.strerror}") from None
    try:
        size = _authenticate(path, file, [backup_key(key) for key in master_keys])
        file.seek(len(MAGIC))
        return OpenBackup(path, cast("Any", _Within(file, size - len(MAGIC))))
    except BaseException:
        file.close()
        raise


def key_in_use(meta: Mapping[str, str], master_keys: Sequence[bytes]) -> bytes:
    """
    Return the one of *master_keys* that a database is sealed with, by what its ``meta`` says.

    Raises:
        WrongMasterKeyError: It is none of them.
    """
    for key in master_keys:
        try:
            Vault(key, meta.get("cluster_id", "")).adopt(CHECK, meta.get(CHECK, ""))
        except WrongMasterKeyError:
            continue
        return key
    raise another_master_key()


def _authenticate(path: Path, file: BinaryIO, keys: Sequence[bytes]) -> int:
    """Return how many bytes stand before the tag, which one of *keys* must have made."""
    size = os.fstat(file.fileno()).st_size - _TAG_SIZE
    if size < len(MAGIC) or file.read(len(MAGIC)) != MAGIC:
        raise BackupError(f"`{path}` is no backup of iamd's, or of a later version's")
    macs = [hmac.new(key, MAGIC, sha256) for key in keys]
    left = size - len(MAGIC)
    while left:
        piece = file.read(min(left, _PIECE))
        if not piece:
            raise BackupError(f"`{path}` became shorter while it was read")
        for mac in macs:
            mac.update(piece)
        left -= len(piece)
    tag = file.read(_TAG_SIZE)
    if not any(hmac.compare_digest(tag, mac.digest()) for mac in macs):
        raise BackupError(f"`{path}` was made with another master key, or has been changed or damaged since")
    return size
