"""
Results -> the XML of an answer.

A writer is compiled per shape from the model, so that an answer costs a few microseconds.  What holds here:

* A result is written as the model says or not at all.  A member that the model does not know, and a value of another
  type than its shape's, are errors of the program and raise `TypeError`; nothing is dropped in silence.
* A member that is absent or None is not written; an empty list or map is, as an empty element.
* What a parser gives back is what was written: markup is escaped, a carriage return is a character reference (a parser
  would make a line feed of it), and a character that XML 1.0 cannot carry raises `ValueError`.
"""

import base64
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final

import msgspec

from iamd.clock import iso_8601
from iamd.wire.model import Operation, Shape

CONTENT_TYPE: Final = b"text/xml"

# Appends the text of a value to the pieces of an answer.
_Write = Callable[[Any, Callable[[str], None]], None]

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
    opening, closing, body = _envelope(operation)
    pieces = [opening]
    if body is not None:
        body(result or {}, pieces.append)
    elif result:
        raise TypeError(f"{operation.name} has no result, and was given {sorted(result)}")
    pieces += (closing[0], escape(request_id), closing[1])
    return "".join(pieces).encode()


def escape(text: str) -> str:
    """
    Escape *text* for the content of an element.

    Raises:
        ValueError: XML 1.0 cannot carry a character of *text*.
    """
    # JSON escapes control characters too: a text that it only puts between quotation marks has none.  Nothing tells so
    # sooner.
    plain = text.isascii() and len(_json(text)) == len(text) + 2
    if plain and "&" not in text and "<" not in text and ">" not in text:
        return text
    return _SPECIAL.sub(_entity, text)


def _entity(found: re.Match[str]) -> str:
    entity = _ENTITIES.get(found[0])
    if entity is None:
        raise ValueError(f"XML cannot carry U+{ord(found[0]):04X}")
    return entity


@cache
def _envelope(operation: Operation) -> tuple[str, tuple[str, str], _Write | None]:
    """Return what stands before the result, around the request id, and the writer of the result."""
    opening = f'<{operation.name}Response xmlns="{operation.xml_namespace}">'
    closing = ("<ResponseMetadata><RequestId>", f"</RequestId></ResponseMetadata></{operation.name}Response>")
    if operation.output is None:
        return opening, closing, None
    wrapper = operation.result_wrapper
    return f"{opening}<{wrapper}>", (f"</{wrapper}>{closing[0]}", closing[1]), _writer(operation.output)


@cache
def _writer(shape: Shape) -> _Write:
    if shape.type == "structure":
        return _structure_writer(shape)
    if shape.type == "list":
        return _list_writer(shape)
    if shape.type == "map":
        return _map_writer(shape)
    to_text = _SCALARS[shape.type]

    def write_scalar(value: Any, put: Callable[[str], None]) -> None:
        put(to_text(value))

    return write_scalar


def _structure_writer(shape: Shape) -> _Write:
    rows = [
        (name, f"<{name}>", f"</{name}>", _SCALARS.get(member.type), _writer(member))
        for name, member in shape.members.items()
    ]

    def write_structure(value: Any, put: Callable[[str], None]) -> None:
        if type(value) is not dict and not isinstance(value, Mapping):
            raise TypeError(f"{shape!r} is given a {type(value).__name__}")
        known = 0
        for name, opening, closing, to_text, write_member in rows:
            if name in value:
                known += 1
                member = value[name]
                if member is None:
                    continue
                if to_text is not None:
                    put(f"{opening}{to_text(member)}{closing}")
                else:
                    put(opening)
                    write_member(member, put)
                    put(closing)
        if known != len(value):
            raise TypeError(f"{shape!r} has no members {sorted(value.keys() - shape.members.keys())}")

    return write_structure


def _list_writer(shape: Shape) -> _Write:
    write_element = _element_writer(shape)

    def write_list(value: Any, put: Callable[[str], None]) -> None:
        if not isinstance(value, list | tuple):
            raise TypeError(f"{shape!r} is given a {type(value).__name__}")
        for item in value:
            put("<member>")
            write_element(item, put)
            put("</member>")

    return write_list


def _map_writer(shape: Shape) -> _Write:
    write_value = _element_writer(shape)

    def write_map(value: Any, put: Callable[[str], None]) -> None:
        if not isinstance(value, Mapping):
            raise TypeError(f"{shape!r} is given a {type(value).__name__}")
        for key, item in value.items():
            put(f"<entry><key>{_string(key)}</key><value>")
            write_value(item, put)
            put("</value></entry>")

    return write_map


def _element_writer(shape: Shape) -> _Write:
    if shape.element is None:
        raise TypeError(f"{shape!r} has no elements")
    return _writer(shape.element)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        # A `Secret` is not a text either: whoever answers with one says so with `reveal`.
        raise TypeError(f"a text is given as {type(value).__name__}")
    return escape(value)


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


_SCALARS: Final[Mapping[str, Callable[[Any], str]]] = {
    "string": _string,
    "integer": _integer,
    "boolean": _boolean,
    "timestamp": _timestamp,
    "blob": _blob,
}
