"""
Results -> the JSON of an answer.

As with XML, a result is written as the model says or not at all: a member that the model does not know, and a value of
another type than its shape's, are errors of the program and raise `TypeError`.  A member that is absent or None is not
written.
"""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from iamd.wire.model import Operation, Shape

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def write(operation: Operation, result: Mapping[str, Any] | None) -> bytes:
    """
    Return the answer of *operation*, in UTF-8.

    Args:
        operation: Whose output shape *result* has.
        result: In the model's shape; None is an empty one.

    Raises:
        TypeError: *result* does not have the shape that the model gives it.
    """
    return encode(document(operation, result))


def document(operation: Operation, result: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return *result* as what JSON can hold; raises as `write` does."""
    if operation.output is None:
        if result:
            raise TypeError(f"{operation.name} has no result, and was given {sorted(result)}")
        return {}
    found: dict[str, Any] = _write(operation.output, result or {})
    return found


def encode(value: object) -> bytes:
    """Write *value* as JSON without blanks; what is no Unicode text is replaced."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _write(shape: Shape, value: Any) -> Any:
    if shape.type == "structure":
        given = _of(Mapping, shape, value)
        if unknown := given.keys() - shape.members.keys():
            raise TypeError(f"{shape!r} has no members {sorted(unknown)}")
        return {
            name: _write(member, given[name])
            for name, member in shape.members.items()
            if given.get(name) is not None
        }
    if shape.type == "list":
        return [_write(_inner(shape), element) for element in _of(list | tuple, shape, value)]
    if shape.type == "map":
        return {_string(key): _write(_inner(shape), item) for key, item in _of(Mapping, shape, value).items()}
    return _SCALARS[shape.type](value)


def _of(kind: Any, shape: Shape, value: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{shape!r} is given a {type(value).__name__}")
    return value


def _inner(shape: Shape) -> Shape:
    if shape.element is None:
        raise TypeError(f"{shape!r} has no elements")
    return shape.element


def _string(value: Any) -> str:
    if not isinstance(value, str):
        # A `Secret` is not a text either: whoever answers with one says so with `reveal`.
        raise TypeError(f"a text is given as {type(value).__name__}")
    return value


def _integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"an integer is given as {type(value).__name__}")
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"a boolean is given as {type(value).__name__}")
    return value


def _timestamp(value: Any) -> int | float:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise TypeError("a timestamp is an aware datetime")
    # AWS answers seconds since 1970, with a fraction of three digits where there is one.
    milliseconds = round((value - _EPOCH).total_seconds() * 1000)
    return milliseconds // 1000 if milliseconds % 1000 == 0 else milliseconds / 1000


def _blob(value: Any) -> str:
    if not isinstance(value, bytes):
        raise TypeError(f"a blob is given as {type(value).__name__}")
    return base64.b64encode(value).decode()


_SCALARS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "string": _string,
    "integer": _integer,
    "boolean": _boolean,
    "timestamp": _timestamp,
    "blob": _blob,
}
