"""
Records in a file, a line each: appended, forced to the disk, and begun anew when the file is large or the day is over.

Several processes may write to one file.  Each has a chain of its own, and a lock, in a file beside it, for as long as it
writes; who finds that another one has begun the file anew goes on in the new one.
"""

import errno
import fcntl
import gzip
import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from typing import Final

import structlog

from iamd.audit.chain import NOTHING, Chain, Link, line_of, link_of
from iamd.audit.entry import Entry
from iamd.audit.trail import TargetError
from iamd.durable import sync_folder

_LONGEST_BATCH: Final = 16 * 1024 * 1024
"""How far from the end of a file something may be that was not forced to the disk: many times what is written at once."""
_ROTATED: Final = "%Y%m%dT%H%M%SZ"
# Of what is no plain file: a pipe, a terminal, the null device.
_NOT_OF_ITS_KIND: Final = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EROFS, errno.ESPIPE})

_log = structlog.get_logger("iamd")


class Archive:
    """
    A folder that takes files that are full, named and packed as CloudTrail does it: ``….json.gz`` with ``{"Records": […]}``.

    AWS: *CloudTrail log file examples*, "CloudTrail log file name format".

    Args:
        folder: Where they go.
        account_id: Of the server.
        region: Likewise.
    """

    def __init__(self, folder: Path, account_id: str, region: str) -> None:
        self._folder: Final = folder
        self._prefix: Final = f"{account_id}_CloudTrail_{region}"

    def take(self, full: Path) -> None:
        """
        Pack the file *full*, which has the time in its name, and remove it.

        What was packed, and not removed because something stopped the process, is packed again, in the same place.

        Raises:
            OSError: It is left where it is.
        """
        with full.open("rb") as lines:
            try:
                fcntl.flock(lines, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # Another process is at it.
            if full.exists():
                self._pack(lines, self._name_for(full, lines))
                full.unlink()

    def _name_for(self, full: Path, lines: BufferedReader) -> str:
        """Return a name that is made of what is packed alone; names are in the order in which the files were filled."""
        stamp, _, number = full.name.rpartition(".")[2].partition("-")
        at = datetime.strptime(stamp, _ROTATED).replace(tzinfo=UTC)
        digest = hashlib.file_digest(lines, "sha256").hexdigest()
        lines.seek(0)
        return f"{self._prefix}_{at:%Y%m%dT%H%MZ}_{at:%S}{number or '0001'}{digest[:10]}.json.gz"

    def _pack(self, lines: BufferedReader, name: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        sync_folder(self._folder.absolute().parent)
        begun = self._folder / f".{name}"
        # One that was interrupted may have left it.
        descriptor = os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as raw:
            with gzip.GzipFile(filename="", fileobj=raw, mode="wb") as packed:
                packed.write(b'{"Records":[')
                for number, line in enumerate(lines):
                    packed.write((b",\n" if number else b"") + line.rstrip(b"\n"))
                packed.write(b"]}\n")
            raw.flush()
            os.fsync(raw.fileno())
        begun.rename(self._folder / name)
        sync_folder(self._folder)


class FileTarget:
    """See above; readable by its owner alone."""

    def __init__(
        self,
        path: Path,
        chain_id: str,
        real: Callable[[], datetime],
        *,
        most_bytes: int = 0,
        archive: Archive | None = None,
    ) -> None:
        """
        Open the file.

        Args:
            path: Of the file; its folder is there.
            chain_id: Of the chain that begins.
            real: Tells the time.
            most_bytes: When the file has so many, it is begun anew; 0 for never.
            archive: Takes what is full; without it, that stays beside the file, with the time in its name.

        Raises:
            TargetError: It cannot be written.
        """
        self._path: Final = path
        self._real: Final = real
        self._most_bytes: Final = most_bytes
        self._archive: Final = archive
        self._packers: list[threading.Thread] = []
        try:
            self._lock = _open(path.with_name(path.name + ".lock")) if _is_plain(path) else None
            self._descriptor = _open(path)
            if self._lock is not None:
                sync_folder(path.absolute().parent)
            self._day = self._day_of_file()
            with self._locked():
                self._chain = Chain(chain_id, self._last_digest())
            self._pack_what_is_left()
        except OSError as error:
            raise TargetError(f"{path}: {error.strerror}") from error

    def write(self, entries: Sequence[Entry]) -> None:
        """See `Target`."""
        try:
            with self._locked():
                self._follow()
                self._begin_anew_when_due()
                self._append(entries)
        except OSError as error:
            raise TargetError(f"{self._path}: {error.strerror}") from error

    def close(self) -> None:
        for packer in self._packers:
            packer.join()
        os.close(self._descriptor)
        if self._lock is not None:
            os.close(self._lock)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        if self._lock is None:
            yield
            return
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _append(self, entries: Sequence[Entry]) -> None:
        chain = Chain(self._chain.id, self._chain.digest, self._chain.sequence)
        lines = []
        for entry in entries:
            link = chain.next(entry.body)
            chain.take(link)
            lines.append(line_of(entry.body, link) + b"\n")
        size = os.fstat(self._descriptor).st_size
        if size and self._lock is not None and os.pread(self._descriptor, 1, size - 1) != b"\n":
            # Another process that writes here, too, was killed in the middle of a line: ours would be a part of it.
            self._mend()
            size = os.fstat(self._descriptor).st_size
        try:
            left = b"".join(lines)
            while left:  # A disk that fills up takes a part of it, and then says so.
                left = left[os.write(self._descriptor, left) :]
            _sync(self._descriptor)
        except OSError:
            # Nobody else writes now: what is behind is the part that was taken.
            with suppress(OSError):
                os.ftruncate(self._descriptor, size)
            raise
        self._chain = chain

    def _follow(self) -> None:
        """Go on in another file, when this one was taken away or begun anew by somebody else."""
        if self._lock is None:
            return
        with suppress(FileNotFoundError):
            if self._path.stat().st_ino == os.fstat(self._descriptor).st_ino:
                return
        self._reopen()

    def _reopen(self) -> None:
        opened = _open(self._path)
        try:
            # Before anything is in it that somebody relies on.  So is the new name of the file before, for good.
            sync_folder(self._path.absolute().parent)
        except BaseException:
            os.close(opened)
            raise
        os.close(self._descriptor)
        self._descriptor = opened
        self._day = self._day_of_file()

    def _begin_anew_when_due(self) -> None:
        size = os.fstat(self._descriptor).st_size
        now = self._real()
        due = self._most_bytes and (size >= self._most_bytes or now.date() != self._day.date())
        if not due or not size or self._lock is None:
            return
        full = self._path.with_name(f"{self._path.name}.{now.strftime(_ROTATED)}")
        number = 1
        while full.exists():
            number += 1
            full = self._path.with_name(f"{self._path.name}.{now.strftime(_ROTATED)}-{number:04}")
        self._path.rename(full)
        self._reopen()
        if self._archive is not None:
            self._pack(full)

    def _pack(self, full: Path) -> None:
        # Not here, where everybody waits for it.
        packer = threading.Thread(target=self._try_to_pack, args=(full,), name="iamd-audit-archive")
        self._packers = [each for each in self._packers if each.is_alive()] + [packer]
        packer.start()

    def _try_to_pack(self, full: Path) -> None:
        if self._archive is None:
            return
        try:
            self._archive.take(full)
        except OSError as error:
            _log.error("audit archive failed", file=str(full), error=str(error))

    def _pack_what_is_left(self) -> None:
        """Pack what an earlier process could not."""
        if self._archive is not None and self._lock is not None:
            for full in self._path.parent.glob(f"{self._path.name}.[0-9]*T*Z*"):
                self._pack(full)

    def _day_of_file(self) -> datetime:
        found = os.fstat(self._descriptor)
        return datetime.fromtimestamp(found.st_mtime, UTC) if found.st_size else self._real()

    def _last_digest(self) -> str:
        """Return the digest of the last record, with what is torn behind it cut off."""
        if self._lock is None:
            return NOTHING
        link = _read_link(self._mend().rpartition(b"\n")[2])
        return NOTHING if link is None else link.digest

    def _mend(self) -> bytes:
        """
        Cut off what a crash has left of a line, and what a loss of power has left of some, from where there are zeros.

        Of neither anybody was told.  But a disk that fails looks like that, too, so that whole lines are put aside.

        Returns:
            What the file ends with, without its last line break.
        """
        size = os.fstat(self._descriptor).st_size
        start = max(0, size - _LONGEST_BATCH)
        tail = os.pread(self._descriptor, size - start, start)
        zeros = tail.find(b"\0")
        whole, end, _ = (tail if zeros < 0 else tail[:zeros]).rpartition(b"\n")
        torn = tail[len(whole) + len(end) :]
        if torn:
            aside = self._put_aside(torn) if b"\n" in torn else None
            _log.warning("audit file mended", cut_off=len(torn), put_aside=aside and str(aside))
            os.ftruncate(self._descriptor, size - len(torn))
        return whole

    def _put_aside(self, torn: bytes) -> Path:
        aside = self._path.with_name(f"{self._path.name}.cut-{self._real().strftime(_ROTATED)}")
        with os.fdopen(_open(aside), "r+b") as file:
            file.write(torn)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(aside.absolute().parent)
        return aside


class StreamTarget:
    """Records on an open file, such as standard output: chained, and not forced to any disk."""

    def __init__(self, descriptor: int, chain_id: str) -> None:
        self._descriptor: Final = descriptor
        self._chain: Final = Chain(chain_id)

    def write(self, entries: Sequence[Entry]) -> None:
        """See `Target`.  What was begun is not taken back: it may come twice."""
        try:
            for entry in entries:
                link = self._chain.next(entry.body)
                left = line_of(entry.body, link) + b"\n"
                while left:
                    left = left[os.write(self._descriptor, left) :]
                self._chain.take(link)
        except OSError as error:
            raise TargetError(f"standard output: {error.strerror}") from error

    def close(self) -> None:
        """Leave it open: it is the process's."""


def _read_link(line: bytes) -> Link | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return link_of(record) if isinstance(record, dict) else None


def _is_plain(path: Path) -> bool:
    return path.is_file() or not path.exists()


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _sync(descriptor: int) -> None:
    try:
        os.fdatasync(descriptor)
    except OSError as error:
        if error.errno not in _NOT_OF_ITS_KIND:
            raise
