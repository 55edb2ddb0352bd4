"""
Results -> the XML of an answer.

A writer is compiled per shape from the model, and for a structure once more per set of members that are there, so that an
answer costs a few microseconds.  What holds here:

* A result is written as the model says or not at all.  A member that the model does not know, and a value of another
  type than its shape's, are errors of the program and raise `TypeError`; nothing is dropped in silence.
* A member that is absent or None is not written; an empty list or map is, as an empty element.
* What a parser gives back is what was written: markup is escaped, a carriage return is a character reference (a parser
  would make a line feed of it), and a character that XML 1.0 cannot carry raises `ValueError`.
* The texts of most answers have nothing to escape.  They are written as they are, gathered, and looked at all at once; where
  one of them is not plain, the answer is written once more.
"""

import base64
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, lru_cache
from itertools import pairwise
from operator import itemgetter
from typing import Any, Final

import msgspec

from iamd.clock import iso_8601
from iamd.wire.model import Operation, Shape

CONTENT_TYPE: Final = b"text/xml"

_Texts = list[str] | None
"""Where texts are gathered that are written as they are; None when they are to be escaped."""
_Write = Callable[[Any, _Texts], str]

# What no XML 1.0 document can hold, not even as a character reference.
NOT_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_SPECIAL: Final = re.compile("[^\t\n -%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_json: Final = msgspec.json.Encoder().encode
_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"}


def write(operation: Operation, result: Mapping[str, Any] | None, request_id: str) -> bytes:
    """
    Return the answer of *operation*, in UTF-8.

    Args:
        operation: Whose output shape *result* has.
        result: In the model's shape; None is an empty one.
        request_id: As in the header ``x-amzn-RequestId``.

    Raises:
        TypeError: *result* does not have the shape that the model gives it.
        ValueError: *result* holds a character that XML cannot carry.
    """
    texts = [request_id]
    whole = _whole(operation, result, request_id, texts)
    # Nothing else but a text is taken by `join`.
    return (whole if _is_plain("".join(texts)) else _whole(operation, result, request_id, None)).encode()


def _whole(operation: Operation, result: Mapping[str, Any] | None, request_id: str, texts: _Texts) -> str:
    opening, before_id, behind_id, body = _envelope(operation)
    if body is not None:
        opening += body(result or {}, texts)
    elif result:
        raise TypeError(f"{operation.name} has no result, and was given {sorted(result)}")
    return f"{opening}{before_id}{request_id if texts is not None else escape(request_id)}{behind_id}"


def escape(text: str) -> str:
    """
    Escape *text* for the content of an element.

    Raises:
        ValueError: XML 1.0 cannot carry a character of *text*.
    """
    return text if _is_plain(text) else _SPECIAL.sub(_entity, text)


def _is_plain(text: str) -> bool:
    """Tell whether there is surely nothing in *text* to escape."""
    # JSON escapes control characters too: a text that it only puts between quotation marks has none.  Nothing tells so
    # sooner.
    plain = text.isascii() and len(_json(text)) == len(text) + 2
    return plain and "&" not in text and "<" not in text and ">" not in text


def _entity(found: re.Match[str]) -> str:
    entity = _ENTITIES.get(found[0])
    if entity is None:
        raise ValueError(f"XML cannot carry U+{ord(found[0]):04X}")
    return entity


@cache
def _envelope(operation: Operation) -> tuple[str, str, str, _Write | None]:
    """Return what stands before the result, before and behind the request id, and the writer of the result."""
    opening = f'<{operation.name}Response xmlns="{operation.xml_namespace}">'
    before_id = "<ResponseMetadata><RequestId>"
    behind_id = f"</RequestId></ResponseMetadata></{operation.name}Response>"
    if operation.output is None:
        return opening, before_id, behind_id, None
    wrapper = operation.result_wrapper
    return f"{opening}<{wrapper}>", f"</{wrapper}>{before_id}", behind_id, _writer(operation.output)


@cache
def _writer(shape: Shape) -> _Write:
    if shape.type == "structure":
        return _structure_writer(shape)
    if shape.type == "list":
        return _list_writer(shape)
    if shape.type == "map":
        return _map_writer(shape)
    if shape.type == "string":
        return _write_text
    to_text = _SCALARS[shape.type]
    return lambda value, _texts: to_text(value)


def _write_text(value: Any, texts: _Texts) -> str:
    if not isinstance(value, str):
        # A `Secret` is not a text either: whoever answers with one says so with `reveal`.
        raise TypeError(f"a text is given as {type(value).__name__}")
    if texts is None:
        return escape(value)
    texts.append(value)
    return value


def _structure_writer(shape: Shape) -> _Write:
    def write_structure(value: Any, texts: _Texts) -> str:
        if type(value) is not dict and not isinstance(value, Mapping):
            raise TypeError(f"{shape!r} is given a {type(value).__name__}")
        around, rows, only_texts = _around(shape, tuple(value))
        if only_texts is not None and texts is not None:
            written = only_texts(value)
            if None in written:
                return write_structure(_without_none(shape, value), texts)
            texts += written
        else:
            written = []
            for name, write in rows:
                member = value[name]
                if member is None:
                    return write_structure(_without_none(shape, value), texts)
                written.append(write(member, texts))
        pieces = list(around)
        pieces[1::2] = written
        return "".join(pieces)

    return write_structure


@lru_cache(maxsize=1024)
def _around(
    shape: Shape, given: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[tuple[str, _Write], ...], Callable[[Any], Any] | None]:
    """
    Return the members *given* of a structure, in the order of the model.

    Returns:
        What stands around them, with a place for each between two pieces; their writers; and where they are several and
        all of them texts, what gets them all at once.
    """
    unknown = set(given) - shape.members.keys()
    if unknown:
        raise TypeError(f"{shape!r} has no members {sorted(unknown)}")
    names = [name for name in shape.members if name in given]
    if not names:
        return ("",), (), None
    edges = [f"</{before}><{name}>" for before, name in pairwise(names)]
    around = [f"<{names[0]}>", *edges, f"</{names[-1]}>"]
    rows = tuple((name, _writer(shape.members[name])) for name in names)
    only_texts = len(names) > 1 and all(write is _write_text for _, write in rows)
    return (
        tuple(piece for edge in around for piece in (edge, ""))[:-1],
        rows,
        itemgetter(*names) if only_texts else None,
    )


def _without_none(shape: Shape, value: Mapping[str, Any]) -> dict[str, Any]:
    _around(shape, tuple(value))  # What is None must be known, too.
    return {name: member for name, member in value.items() if member is not None}


def _list_writer(shape: Shape) -> _Write:
    write_element = _element_writer(shape)

    def write_list(value: Any, texts: _Texts) -> str:
        if not isinstance(value, list | tuple):
            raise TypeError(f"{shape!r} is given a {type(value).__name__}")
        return "".join([f"<member>{write_element(item, texts)}</member>" for item in value])

    return write_list


def _map_writer(shape: Shape) -> _Write:
    write_value = _element_writer(shape)

    def write_map(value: Any, texts: _Texts) -> str:
        if not isinstance(value, Mapping):
            raise TypeError(f"{shape!r} is given a {type(value).__name__}")
        return "".join(
            [
                f"<entry><key>{_write_text(key, texts)}</key><value>{write_value(item, texts)}</value></entry>"
                for key, item in value.items()
            ]
        )

    return write_map


def _element_writer(shape: Shape) -> _Write:
    if shape.element is None:
        raise TypeError(f"{shape!r} has no elements")
    return _writer(shape.element)


def _integer(value: Any) -> str:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"an integer is given as {type(value).__name__}")
    return str(value)


def _boolean(value: Any) -> str:
    if not isinstance(value, bool):
        raise TypeError(f"a boolean is given as {type(value).__name__}")
    return "true" if value else "false"


def _timestamp(value: Any) -> str:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise TypeError("a timestamp is an aware datetime")
    return iso_8601(value)  # AWS answers whole seconds.


def _blob(value: Any) -> str:
    if not isinstance(value, bytes):
        raise TypeError(f"a blob is given as {type(value).__name__}")
    return base64.b64encode(value).decode()


# Of all plain types but texts.
_SCALARS: Final[Mapping[str, Callable[[Any], str]]] = {
    "integer": _integer,
    "boolean": _boolean,
    "timestamp": _timestamp,
    "blob": _blob,
}
