"""
Bodies of Smithy RPC v2: CBOR as that protocol writes it (RFC 8949), and nothing that two readers could read in two ways.

A library takes a member given twice for its last one, leaves out what comes behind the end, and makes dates, fractions and regular
expressions of what is tagged so.  Here names are texts and come once, one item is all there is, and the only tag is that of points in time.
"""

import struct
from collections.abc import Callable
from typing import Any, Final

_DEEPEST: Final = 32
_OPEN: Final = -1
_POINT_IN_TIME: Final = 1
_SIMPLE: Final = {20: False, 21: True, 22: None, 23: None}
_FLOATS: Final = {25: ">e", 26: ">f", 27: ">d"}
_BREAK: Final = 0xFF


class NotCBORError(ValueError):
    """It is no CBOR, or not of this kind."""


def loads(body: bytes) -> object:
    """
    Return the item that *body* is.

    Raises:
        NotCBORError: It is none, or more than one.
    """
    reader = _Reader(body)
    item = reader.item(0)
    if reader.at != len(body):
        raise NotCBORError("something follows the item")
    return item


class _Reader:
    """Reads on from *at*."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.at = 0

    def item(self, depth: int) -> Any:
        if depth > _DEEPEST:
            raise NotCBORError("it is nested too deeply")
        initial = self._take(1)[0]
        major, minor = initial >> 5, initial & 31
        if major == 7:
            return self._simple(minor)
        length = self._argument(minor)
        if length == _OPEN and major not in {2, 3, 4, 5}:
            raise NotCBORError("it has no end")
        match major:
            case 0:
                return length
            case 1:
                return -1 - length
            case 2:
                return self._string(major, length)
            case 3:
                return self._text(length)
            case 4:
                return self._list(length, depth)
            case 5:
                return self._map(length, depth)
            case _:
                return self._tagged(length, depth)

    def _take(self, count: int) -> bytes:
        taken = self._body[self.at : self.at + count]
        if len(taken) != count:
            raise NotCBORError("it ends too early")
        self.at += count
        return taken

    def _argument(self, minor: int) -> int:
        if minor < 24:
            return minor
        if minor < 28:
            return int.from_bytes(self._take(1 << (minor - 24)), "big")
        if minor == 31:
            return _OPEN
        raise NotCBORError("a length of no kind")

    def _ends(self) -> bool:
        """Say whether what has no length ends here."""
        if self._body[self.at : self.at + 1] != bytes([_BREAK]):
            return False
        self.at += 1
        return True

    def _repeat(self, length: int, each: Callable[[], None]) -> None:
        if length == _OPEN:
            while not self._ends():
                each()
            return
        if length > len(self._body):  # An item has a byte at least: nobody makes us count to 2^64.
            raise NotCBORError("it ends too early")
        for _ in range(length):
            each()

    def _string(self, major: int, length: int) -> bytes:
        if length != _OPEN:
            return self._take(length)
        pieces: list[bytes] = []

        def piece() -> None:
            initial = self._take(1)[0]
            size = self._argument(initial & 31)
            if initial >> 5 != major or size == _OPEN:
                raise NotCBORError("a piece of another kind")
            pieces.append(self._take(size))

        self._repeat(length, piece)
        return b"".join(pieces)

    def _text(self, length: int) -> str:
        try:
            return self._string(3, length).decode()
        except UnicodeDecodeError:
            raise NotCBORError("a text is not UTF-8") from None

    def _list(self, length: int, depth: int) -> list[Any]:
        made: list[Any] = []
        self._repeat(length, lambda: made.append(self.item(depth + 1)))
        return made

    def _map(self, length: int, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}

        def member() -> None:
            name = self.item(depth + 1)
            if not isinstance(name, str) or name in made:
                raise NotCBORError("a member has no name, or comes twice")
            made[name] = self.item(depth + 1)

        self._repeat(length, member)
        return made

    def _tagged(self, tag: int, depth: int) -> float:
        item = self.item(depth + 1)
        if tag != _POINT_IN_TIME or isinstance(item, bool) or not isinstance(item, int | float):
            raise NotCBORError("a tag of another kind")
        return item

    def _simple(self, minor: int) -> object:
        if minor in _SIMPLE:
            return _SIMPLE[minor]
        if minor in _FLOATS:
            kind = _FLOATS[minor]
            return struct.unpack(kind, self._take(struct.calcsize(kind)))[0]
        raise NotCBORError("a simple value of no kind")
