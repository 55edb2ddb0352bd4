"""
Records from the newest on, a bounded number at a time: for pages that each go on where the one before ended.

What holds here:

* A place names where a page ended, and outlives that the file is begun anew meanwhile.
* A page looks at so many records and no more, however few of them are wanted: it tells then where to go on.
* What is no record is passed over; `iamd audit verify` is for those.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final, Generic, NamedTuple, TypeVar

from iamd.audit.reading import Record, record_of_line, time_of

T = TypeVar("T")

MOST_LOOKED_AT: Final = 5_000
"""Records for one page: a fifth of a second of work."""

_BLOCK: Final = 256 * 1024
_APART: Final = timedelta(minutes=1)
"""How far records of one file may be out of order: several processes write to it."""


class Placed(NamedTuple):
    """A record, or None for what is none, and the place from which one goes on behind it."""

    place: str
    record: Record | None


class Found(NamedTuple, Generic[T]):
    """One page: what was picked, and where the next one begins; None where there is nothing more."""

    items: list[T]
    next: str | None


def look_through(
    placed: Iterable[Placed], since: datetime | None, pick: Callable[[Record], Iterable[T]], limit: int
) -> Found[T]:
    """
    Return what *pick* takes out of records, the newest first, until there are *limit* of it.

    There are a few more where the last record has several, and fewer where enough records were looked at, or those that are
    left are older than *since*.
    """
    found: list[T] = []
    for seen, (place, record) in enumerate(placed, 1):
        if record is not None:
            at = time_of(record)
            if since is not None and at is not None and since - at > _APART:
                break
            found.extend(pick(record))
        if len(found) >= limit or seen == MOST_LOOKED_AT:
            return Found(found, place)
    return Found(found, None)


class FileRecords:
    """
    The file that records are appended to, and those beside it that it has filled.

    What `audit_archive` has packed is not looked at here.
    """

    def __init__(self, path: Path) -> None:
        self._path: Final = path

    def newest_first(self, after: str | None) -> Iterator[Placed]:
        """
        Yield records, each with its place; *after* is one of those, and what was there is gone when it is of none.

        Raises:
            ValueError: *after* was never a place.
        """
        inode, _, start = ("", "", "") if after is None else after.partition("-")
        if after is not None and not (_is_number(inode) and _is_number(start)):
            raise ValueError("no such place")
        reached = after is None
        for path in self._files():
            try:
                with path.open("rb") as file:
                    found = os.fstat(file.fileno())
                    if not reached and found.st_ino != int(inode):
                        continue
                    end = found.st_size if reached else min(int(start), found.st_size)
                    reached = True
                    for at, line in _lines_backwards(file, end):
                        yield Placed(f"{found.st_ino}-{at}", record_of_line(line))
            except FileNotFoundError:
                # Begun anew, or removed, at this moment.
                continue

    def _files(self) -> list[Path]:
        full = sorted(self._path.parent.glob(f"{self._path.name}.[0-9]*T*Z*"), reverse=True)
        return [self._path, *full]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 20


def _lines_backwards(file: BinaryIO, end: int) -> Iterator[tuple[int, bytes]]:
    """Yield lines that end before *end* with where they begin, the last first."""
    position, rest = end, b""
    while position > 0:
        size = min(_BLOCK, position)
        position -= size
        file.seek(position)
        block = file.read(size) + rest
        rest, *lines = block.split(b"\n")
        at = position + len(block)
        for line in reversed(lines):
            at -= len(line)
            if line:
                yield at, line
            at -= 1
    if rest:
        yield 0, rest
