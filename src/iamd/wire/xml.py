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
from functools import cache
from typing import Any, Final

import msgspec

from iamd.clock import iso_8601
from iamd.wire.model import Operation, Shape

CONTENT_TYPE: Final = b"text/xml"

_Texts = list[str] | None
"""Where texts are gathered that are written as they are; None when they are to be escaped."""
_Write = Callable[[Any, _Texts], str]
_WritePlainly = Callable[[Any, list[str]], str | None]
_MOST_KNOWN: Final = 256
"""Sets of members that a structure is given."""

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
    known: dict[tuple[str, ...], _WritePlainly] = {}

    def write_structure(value: Any, texts: _Texts) -> str:
        if type(value) is not dict and not isinstance(value, Mapping):
            raise TypeError(f"{shape!r} is given a {type(value).__name__}")
        if texts is None:
            return _escaped(shape, value)
        given = tuple(value)
        write = known.get(given)
        if write is None:
            if len(known) >= _MOST_KNOWN:
                known.clear()
            write = known[given] = _compiled(shape, _members(shape, given))
        written = write(value, texts)
        return write_structure(_without_none(shape, value), texts) if written is None else written

    return write_structure


def _members(shape: Shape, given: tuple[str, ...]) -> list[str]:
    """Return the members *given* of a structure, in the order of the model."""
    unknown = set(given) - shape.members.keys()
    if unknown:
        raise TypeError(f"{shape!r} has no members {sorted(unknown)}")
    return [name for name in shape.members if name in given]


def _compiled(shape: Shape, names: list[str]) -> _WritePlainly:
    """
    Compile the writer of a structure that has the members *names*.

    What it returns takes a structure and where texts are gathered, and returns the XML; None where a member is None.  It
    looks at no text: whoever has the gathered ones joins them, which takes nothing else.
    """
    if not names:
        return lambda _value, _texts: ""
    lines = ["def write(value, texts):"]
    plain, pieces, writers = [], [], dict[str, Callable[..., str]]()
    for place, name in enumerate(names):
        if not name.isidentifier():
            raise ValueError(f"{shape!r} has a member of a strange name: {name!r}")
        member = shape.members[name]
        lines.append(f"    m{place} = value[{name!r}]")
        if member.type == "string":
            plain.append(f"m{place}")
            piece = f"{{m{place}}}"
        elif member.type in _SCALARS:
            writers[f"w{place}"] = _SCALARS[member.type]
            piece = f"{{w{place}(m{place})}}"
        else:
            writers[f"w{place}"] = _writer(member)
            piece = f"{{w{place}(m{place}, texts)}}"
        pieces.append(f"<{name}>{piece}</{name}>")
    lines.append(f"    if {' or '.join(f'm{place} is None' for place in range(len(names)))}: return None")
    if plain:
        lines.append(f"    texts += ({', '.join(plain)},)")
    lines.append(f"    return f{''.join(pieces)!r}")
    made: dict[str, Any] = dict(writers)
    # Names of the model, which are identifiers, and nothing of a request.
    exec("\n".join(lines), made)  # noqa: S102  what goes through lists takes a third longer
    write: _WritePlainly = made["write"]
    return write


def _escaped(shape: Shape, value: Mapping[str, Any]) -> str:
    """Write a structure among whose texts, or whose neighbors', there is one to escape."""
    names = [name for name in _members(shape, tuple(value)) if value[name] is not None]
    return "".join([f"<{name}>{_writer(shape.members[name])(value[name], None)}</{name}>" for name in names])


def _without_none(shape: Shape, value: Mapping[str, Any]) -> dict[str, Any]:
    _members(shape, tuple(value))  # What is None must be known, too.
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
