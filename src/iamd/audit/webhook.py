"""
Records for a collector: spooled on the disk at once, and posted from there by a thread of its own.

What holds here:

* Nobody waits for the collector: a record is written when it is in the spool.  The spool is bounded; when it is full, the target
  fails, as a full disk does.
* A record is removed when the collector has answered that it has it (any 2xx).  Then it may come twice, when that answer is lost:
  ``eventID`` tells.  The order is that of the spool.
* Files of the spool that another process has left are posted, too.  The one that a process writes is locked by it.
"""

import fcntl
import http.client
import os
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

import structlog

from iamd.audit.chain import Chain, line_of
from iamd.audit.entry import Entry
from iamd.audit.trail import TargetError
from iamd.durable import sync_folder
from iamd.secret import Secret

_SUFFIX: Final = ".jsonl"
_SECONDS: Final = 10.0
_MOST_BYTES: Final = 1024 * 1024
"""Of a request, about; and of a file of the spool."""
_FIRST_DELAY: Final = 0.5
_LONGEST_DELAY: Final = 60.0
_ANSWERED: Final = range(200, 300)
_LONGEST_ANSWER: Final = 64 * 1024

_log = structlog.get_logger("iamd")


class Collector:
    """
    Where records are posted: as JSON, ``{"Records": […]}``, as files of CloudTrail have them.

    TLS is verified, by the authorities of the machine or of ``SSL_CERT_FILE``.  Nothing is redirected, and no proxy of the
    environment is asked.

    Args:
        url: Of http or https.
        key: A bearer token; none when None.
    """

    def __init__(self, url: str, key: Secret | None) -> None:
        self._url: Final[SplitResult] = urlsplit(url)
        self._key: Final = key

    def post(self, lines: Sequence[bytes]) -> None:
        """
        Post *lines*; blocks.

        Raises:
            TargetError: They were not taken.
        """
        url, host = self._url, self._url.hostname or ""
        connection: http.client.HTTPConnection
        if url.scheme == "https":
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(host, url.port, timeout=_SECONDS, context=context)
        else:
            connection = http.client.HTTPConnection(host, url.port, timeout=_SECONDS)
        headers = {"Content-Type": "application/json", "User-Agent": "iamd"}
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key.reveal()}"
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        try:
            connection.request("POST", target, b'{"Records":[' + b",\n".join(lines) + b"]}\n", headers)
            answer = connection.getresponse()
            answer.read(_LONGEST_ANSWER)
        except (OSError, http.client.HTTPException) as error:
            raise TargetError(f"the collector at {host} does not answer: {type(error).__name__}") from error
        finally:
            connection.close()
        if answer.status not in _ANSWERED:
            raise TargetError(f"the collector at {host} answers {answer.status}")


class WebhookTarget:
    """See above."""

    def __init__(self, spool: Path, chain_id: str, collector: Collector, most_bytes: int) -> None:
        """
        Begin, and post what is left of another process.

        Args:
            spool: A folder for this alone; made when it is not there.
            chain_id: Of the chain that begins.
            collector: Where records go.
            most_bytes: Of the spool as a whole.

        Raises:
            TargetError: The spool cannot be written.
        """
        self._spool: Final = spool
        self._chain: Final = Chain(chain_id)
        self._collector: Final = collector
        self._most_bytes: Final = most_bytes
        self._number = 0
        self._file: int | None = None
        self._path = spool
        self._lock: Final = threading.Lock()
        self._there: Final = threading.Event()
        self._stopping: Final = threading.Event()
        try:
            spool.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync_folder(spool.absolute().parent)
            self._waiting()
        except OSError as error:
            raise TargetError(f"{spool}: {error.strerror}") from error
        self._there.set()
        self._thread: Final = threading.Thread(target=self._run, name="iamd-audit-webhook", daemon=True)
        self._thread.start()

    def write(self, entries: Sequence[Entry]) -> None:
        """See `iamd.audit.trail.Target`."""
        try:
            with self._lock:
                if self._waiting() >= self._most_bytes:
                    raise TargetError(f"{self._spool}: as much waits for the collector as may")
                self._append(entries)
        except OSError as error:
            raise TargetError(f"{self._spool}: {error.strerror}") from error
        self._there.set()

    def close(self) -> None:
        """Try once more to post what waits; what is not taken waits for the next process."""
        self._stopping.set()
        self._there.set()
        self._thread.join(_SECONDS)
        with self._lock:
            self._end_file()

    def _append(self, entries: Sequence[Entry]) -> None:
        while self._file is None:
            self._number += 1
            self._path = self._spool / f"{self._chain.id}-{self._number:08}{_SUFFIX}"
            self._file = self._begin_file(self._path)
        chain = Chain(self._chain.id, self._chain.digest, self._chain.sequence)
        lines = []
        for entry in entries:
            link = chain.next(entry.body)
            chain.take(link)
            lines.append(line_of(entry.body, link) + b"\n")
        size = os.fstat(self._file).st_size
        try:
            left = b"".join(lines)
            while left:
                left = left[os.write(self._file, left) :]
            os.fdatasync(self._file)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file, size)
            raise
        self._chain.sequence, self._chain.digest = chain.sequence, chain.digest
        if os.fstat(self._file).st_size >= _MOST_BYTES:
            self._end_file()

    def _begin_file(self, path: Path) -> int | None:
        """Return a new file, locked; None where whoever posts has taken it for left over before it was locked."""
        begun = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(begun, fcntl.LOCK_EX)
            # INVARIANT: Nothing is written to a file that has no name any more: nobody would ever post it.
            is_there = os.fstat(begun).st_nlink > 0
            sync_folder(self._spool)
        except BaseException:
            os.close(begun)
            raise
        if is_there:
            return begun
        os.close(begun)
        return None

    def _end_file(self) -> None:
        """Let go of the file that is written, so that it can be posted; the lock is held."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _waiting(self) -> int:
        """Return the bytes in the spool."""
        return spooled_bytes(self._spool)

    def _run(self) -> None:
        delay = _FIRST_DELAY
        while True:
            self._there.wait()
            self._there.clear()
            last = self._stopping.is_set()
            with self._lock:
                self._end_file()
            try:
                self._post_all()
                delay = _FIRST_DELAY
            except (TargetError, OSError) as error:
                _log.warning("audit webhook failed", error=str(error), again_in=delay)
                if not last:
                    self._stopping.wait(delay)
                    self._there.set()
                delay = min(delay * 2, _LONGEST_DELAY)
            if last:
                return

    def _post_all(self) -> None:
        for each, _ in list(_spooled(self._spool)):
            try:
                opened = each.open("rb")
            except FileNotFoundError:
                continue  # Another process has posted it meanwhile.
            with opened as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue  # It is being written, or posted by another process.
                if not each.exists():
                    continue
                # A line without its end was torn by a crash, one with zeros by a loss of power: nobody was told that it
                # was written.
                lines = [line[:-1] for line in file if line.endswith(b"\n") and b"\0" not in line]
                for part in _parts(lines):
                    self._collector.post(part)
                each.unlink()


def spooled_bytes(folder: Path) -> int:
    """Return how much waits in a spool, of all processes that share it."""
    return sum(size for _, size in _spooled(folder))


def _spooled(folder: Path) -> Iterator[tuple[Path, int]]:
    """Give the files of a spool, the oldest first, with their sizes; whoever posts removes them at any time."""
    for each in sorted(folder.glob(f"*{_SUFFIX}")):
        with suppress(FileNotFoundError):
            yield each, each.stat().st_size


def _parts(lines: Sequence[bytes]) -> Iterator[list[bytes]]:
    part: list[bytes] = []
    size = 0
    for line in lines:
        if part and size + len(line) > _MOST_BYTES:
            yield part
            part, size = [], 0
        part.append(line)
        size += len(line)
    if part:
        yield part
