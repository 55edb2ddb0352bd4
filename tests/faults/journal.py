"""
What a disk may hold when the power fails: worked out from a journal of what a program did to its files (`power.c`).

The rules are those of POSIX, and of a disk that does no more than it must:

* What was written to a file is there for certain once a sync of that file, begun after it, has ended.
* That a file has a name, or no longer has it, is there for certain once its folder was synced so.
* Of the rest, anything may be there: none of it, all of it, some sectors of one write and not of another, a later write without an
  earlier one.  What a write did not touch stays what it was.
"""

import os
import random
import struct
from collections.abc import Iterator, Sequence
from enum import Enum, auto
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

T = TypeVar("T")

_HEAD: Final = struct.Struct("<IHHHHQQ")
_SIZE: Final = struct.Struct("<I")
_SECTOR: Final = 512


class Kind(Enum):
    """What a record of the journal says; in the order of `power.c`."""

    WRITE = 1
    TRUNCATE = auto()
    SYNC_BEGINS = auto()
    SYNC_ENDS = auto()
    CREATE = auto()
    RENAME = auto()
    UNLINK = auto()
    LINK = auto()
    MKDIR = auto()


class Loss(Enum):
    """How much is there of what was not synced."""

    NOTHING = "nothing"
    BEGINNING = "the first of it"
    SOME = "some of it"
    EVERYTHING = "all of it"


class Record(NamedTuple):
    """One call; *end* is where the next record of the journal begins, *at* an offset, a length or the number of a sync."""

    end: int
    kind: Kind
    inode: int
    at: int
    first: Path
    second: Path
    data: bytes


class _Change(NamedTuple):
    """A write of *data* to a file, or, without any, a new length."""

    at: int
    data: bytes | None


class _File:
    def __init__(self, content: bytes = b"") -> None:
        self._synced = bytearray(content)
        self.pending: list[_Change] = []

    def settle(self, count: int) -> None:
        """Take the first *count* of what is pending for certain."""
        for each in self.pending[:count]:
            _apply(self._synced, each)
        del self.pending[:count]

    def after(self, loss: Loss, chance: random.Random) -> bytes:
        content = bytearray(self._synced)
        for each in _some(self.pending, loss, chance):
            if loss is not Loss.SOME or each.data is None:
                _apply(content, each)
                continue
            for start in range(0, len(each.data), _SECTOR):
                if chance.random() < 0.5:
                    _apply(content, _Change(each.at + start, each.data[start : start + _SECTOR]))
        return bytes(content)


class _Folder:
    def __init__(self) -> None:
        self._synced: dict[str, _File | _Folder] = {}
        self.now: dict[str, _File | _Folder] = {}
        self.pending: list[_Names] = []

    def change(self, names: "_Names") -> None:
        """Note that names came, or, with None, went, in one step."""
        self.pending.append(names)
        _put(self.now, names)

    def settle(self, count: int) -> None:
        for each in self.pending[:count]:
            _put(self._synced, each)
        del self.pending[:count]

    def write(self, folder: Path, loss: Loss, chance: random.Random) -> None:
        """Write to *folder* what is left."""
        folder.mkdir(mode=0o700)
        entries = dict(self._synced)
        for each in _some(self.pending, loss, chance):
            # Even a disk that keeps its own order may have kept the first of it only.
            if loss is not Loss.SOME or chance.random() < 0.5:
                _put(entries, each)
        for name, entry in entries.items():
            if isinstance(entry, _Folder):
                entry.write(folder / name, loss, chance)
            else:
                with open(folder / name, "wb", opener=_private) as file:
                    file.write(entry.after(loss, chance))


_Names = dict[str, _File | _Folder | None]


class Disk:
    """The folder *root* as it was when this was made, and then as a journal says, record by record."""

    def __init__(self, root: Path) -> None:
        self._root: Final = root
        self._inodes: dict[int, _File] = {}
        self._syncs: dict[int, tuple[_File | _Folder, int]] = {}
        self._tree: Final = self._taken(root)

    def play(self, record: Record) -> None:
        """Do what *record* tells."""
        match record.kind:
            case Kind.WRITE:
                self._file(record.inode).pending.append(_Change(record.at, record.data))
            case Kind.TRUNCATE:
                self._file(record.inode).pending.append(_Change(record.at, None))
            case Kind.SYNC_BEGINS:
                what = self._folder(record.first) if record.first.name else self._file(record.inode)
                self._syncs[record.at] = what, len(what.pending)
            case Kind.SYNC_ENDS:
                self._settle(*self._syncs.pop(record.at))
            case Kind.CREATE:
                self._inodes[record.inode] = file = _File()
                self._folder(record.first.parent).change({record.first.name: file})
            case Kind.MKDIR:
                self._folder(record.first.parent).change({record.first.name: _Folder()})
            case Kind.UNLINK:
                self._folder(record.first.parent).change({record.first.name: None})
            case Kind.LINK:
                self._folder(record.second.parent).change({record.second.name: self._entry(record.first)})
            case Kind.RENAME:
                self._rename(record)

    def lose(self, folder: Path, loss: Loss, chance: random.Random) -> None:
        """Write to *folder*, which is not there yet, what a loss of power leaves now."""
        self._tree.write(folder, loss, chance)

    def _settle(self, what: _File | _Folder, count: int) -> None:
        what.settle(count)
        # Of two syncs that overlapped, the other one has that much less to do.
        self._syncs = {
            number: (other, max(0, left - count) if other is what else left)
            for number, (other, left) in self._syncs.items()
        }

    def _rename(self, record: Record) -> None:
        went: _Names = {record.first.name: None}
        came: _Names = {record.second.name: self._entry(record.first)}
        if record.first.parent == record.second.parent:
            self._folder(record.first.parent).change(went | came)
        else:
            # Until both were synced it may be in either folder, in both, or in neither.
            self._folder(record.second.parent).change(came)
            self._folder(record.first.parent).change(went)

    def _taken(self, path: Path) -> _Folder:
        taken = _Folder()
        for each in path.iterdir():
            if each.is_dir():
                taken.change({each.name: self._taken(each)})
            elif each.is_file():
                file = self._inodes[each.stat().st_ino] = _File(each.read_bytes())
                taken.change({each.name: file})
        taken.settle(len(taken.pending))
        return taken

    def _file(self, inode: int) -> _File:
        return self._inodes[inode]

    def _entry(self, path: Path) -> _File | _Folder:
        return self._folder(path.parent).now[path.name]

    def _folder(self, path: Path) -> _Folder:
        found: _File | _Folder = self._tree
        for name in path.relative_to(self._root).parts:
            assert isinstance(found, _Folder)
            found = found.now[name]
        assert isinstance(found, _Folder)
        return found


def records(journal: Path) -> Iterator[Record]:
    """Yield what a journal holds."""
    with journal.open("rb") as file:
        end = 0
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            size, kind, first, second, _, inode, at = _HEAD.unpack(head)
            rest = file.read(size + _SIZE.size - _HEAD.size)
            end += _SIZE.size + size
            paths = rest[:first], rest[first : first + second]
            one, two = (Path(os.fsdecode(each)) for each in paths)
            yield Record(end, Kind(kind), inode, at, one, two, rest[first + second :])


def _some(pending: Sequence[T], loss: Loss, chance: random.Random) -> Sequence[T]:
    if loss is Loss.NOTHING:
        return []
    return pending[: chance.randint(0, len(pending))] if loss is Loss.BEGINNING else pending


def _apply(content: bytearray, change: _Change) -> None:
    end = change.at if change.data is None else change.at + len(change.data)
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    if change.data is None:
        del content[change.at :]
    else:
        content[change.at : end] = change.data


def _put(entries: "dict[str, _File | _Folder]", names: "_Names") -> None:
    for name, entry in names.items():
        if entry is None:
            entries.pop(name, None)
        else:
            entries[name] = entry


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
