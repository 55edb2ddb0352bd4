"""
Read JSON and keep where everything stands: a tree of values with pointers and positions.

`document` reads what a policy means and refuses the rest; this reads whatever was written, so that somebody can be shown
where it is wrong.  Members that occur twice are kept, numbers stay the texts they were.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, TypeAlias

DEEPEST: Final = 64
"""Levels; far more than a policy has, far fewer than Python can recurse."""

_BLANKS: Final = " \t\n\r"


class SourceError(Exception):
    """
    The text is no JSON.

    Attributes:
        index: Where that shows.
    """

    def __init__(self, message: str, index: int) -> None:
        super().__init__(message)
        self.index = index


class Number(str):
    """A number, as it was written."""

    __slots__ = ()


Scalar: TypeAlias = str | bool | None


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """
    One value of the text.

    Attributes:
        value: Of a scalar; None for the others.
        pointer: RFC 6901, from the root of the document.
        begin: The index of its first character.
        named: The index of its name, if it is a member of an object; else *begin*.
        members: Of an object: by name, the last of those that have the same one.
        repeated: Of an object: members whose name occurred before.
        items: Of an array.
        kind: ``object``, ``array``, ``string``, ``number``, ``boolean`` or ``null``.
    """

    value: Scalar
    pointer: str
    begin: int
    named: int
    kind: str
    members: "dict[str, Node]" = field(default_factory=dict)
    repeated: "tuple[Node, ...]" = ()
    items: "tuple[Node, ...]" = ()

    @property
    def name(self) -> str:
        """The last part of the pointer: the name of a member, or the number of an item."""
        return self.pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")

    @property
    def text(self) -> str | None:
        """A string; None for everything else."""
        return self.value if self.kind == "string" and isinstance(self.value, str) else None

    @property
    def listed(self) -> "tuple[Node, ...]":
        """The items of an array; of anything else itself, since policies write a list of one without brackets."""
        return self.items if self.kind == "array" else (self,)

    def walk(self) -> "Iterator[Node]":
        """Yield this node and all below it, in the order of the text."""
        yield self
        for below in (*self.members.values(), *self.items):
            yield from below.walk()


def read_source(text: str) -> Node:
    """
    Return the tree of *text*.

    Raises:
        SourceError: It is no JSON, or deeper than `DEEPEST`.
    """
    try:
        json.loads(text, parse_int=Number, parse_float=Number, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise SourceError(error.msg, error.pos) from None
    except RecursionError:
        raise SourceError("nested too deeply", 0) from None
    except _ConstantError as error:
        raise SourceError(f"{error} is no JSON", text.find(str(error))) from None
    return _Reader(text).read()


class _ConstantError(Exception):
    pass


def _refuse(constant: str) -> NoReturn:
    raise _ConstantError(constant)


class _Reader:
    """Walks over a text that is known to be well-formed."""

    __slots__ = ("_decoder", "_index", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._index = 0
        self._decoder = json.JSONDecoder(parse_int=Number, parse_float=Number)

    def read(self) -> Node:
        self._skip()
        return self._value("", self._index, 0)

    def _value(self, pointer: str, named: int, depth: int) -> Node:
        if depth > DEEPEST:
            raise SourceError("nested too deeply", self._index)
        begin = self._index
        match self._text[begin]:
            case "{":
                return self._object(pointer, named, depth)
            case "[":
                return self._array(pointer, named, depth)
        value = self._scalar()
        return Node(value, pointer, begin, named, _kind(value))

    def _scalar(self) -> Any:
        value, self._index = self._decoder.raw_decode(self._text, self._index)
        return value

    def _object(self, pointer: str, named: int, depth: int) -> Node:
        begin = self._index
        members: dict[str, Node] = {}
        repeated: list[Node] = []
        while self._more("}"):
            name_at = self._index
            name = self._scalar()
            self._skip()
            self._index += 1  # the colon
            self._skip()
            below = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            member = self._value(below, name_at, depth + 1)
            if name in members:
                repeated.append(member)
            members[name] = member
        return Node(None, pointer, begin, named, "object", members=members, repeated=tuple(repeated))

    def _array(self, pointer: str, named: int, depth: int) -> Node:
        begin = self._index
        items: list[Node] = []
        while self._more("]"):
            items.append(self._value(f"{pointer}/{len(items)}", self._index, depth + 1))
        return Node(None, pointer, begin, named, "array", items=tuple(items))

    def _more(self, end: str) -> bool:
        """Step over a bracket that opens, a comma, or the bracket that closes; tell whether a value follows."""
        self._skip()
        if self._text[self._index] != end:
            self._index += self._text[self._index] in "{[,"
            self._skip()
        if self._text[self._index] != end:
            return True
        self._index += 1
        return False

    def _skip(self) -> None:
        while self._text[self._index] in _BLANKS:
            self._index += 1


def _kind(value: Any) -> str:
    if isinstance(value, Number):
        return "number"
    if isinstance(value, str):
        return "string"
    return "null" if value is None else "boolean"
