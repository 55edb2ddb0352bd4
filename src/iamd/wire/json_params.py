"""
Members of a JSON request -> parameters in the model's shape.

JSON has types of its own, so most of the work is to hold them to the model's.  A member that is null is absent.  What is
refused is what the Query protocol refuses (`iamd.wire.query`), for the same reasons: a value of another type, and a
member that the operation does not have, however well-meant.  What XML 1.0 cannot carry is not let in: what is stored
through one service may be answered by another.

No message quotes a value: at this point it is not known which ones are secret.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from iamd.errors import InvalidParameterValue, MalformedInput
from iamd.wire.json_dispatch import Members
from iamd.wire.model import Operation, Shape
from iamd.wire.query import MAX_ELEMENTS
from iamd.wire.xml import NOT_XML

_SHOWN: Final = 128
_LATEST: Final = 10**11
"""In seconds since 1970; more is no time, and may be a number that fills the memory when it is written out."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def parse(operation: Operation, members: Members) -> dict[str, Any]:
    """
    Return the parameters of *operation* that *members* hold.

    Only their types are checked; `constraints.check` does the rest.

    Returns:
        str, int, bool, bytes, aware UTC datetime, list and dict, by wire name.

    Raises:
        MalformedInput: A value does not have the type of its parameter.
        InvalidParameterValue: The operation has no such parameter.
    """
    if operation.input is None:
        if members:
            raise _unknown(next(iter(members)))
        return {}
    return _structure(operation.input, members, "")


def _read(shape: Shape, value: Any, path: str) -> Any:
    nested = _NESTED.get(shape.type)
    return nested(shape, value, path) if nested is not None else _SCALARS[shape.type](value, path)


def _structure(shape: Shape, value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _malformed(path, "an object")
    for name in value:
        if name not in shape.members:
            raise _unknown(path + name)
    given = {name: member for name, member in value.items() if member is not None}
    if shape.union and len(given) != 1:
        raise MalformedInput(f"`{path[:-1]}` has exactly one of {', '.join(shape.members)}")
    return {name: _read(shape.members[name], member, f"{path}{name}.") for name, member in given.items()}


def _list(shape: Shape, value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise _malformed(path, "a list")
    if len(value) > MAX_ELEMENTS:
        raise MalformedInput(f"`{path[:-1]}` holds more than {MAX_ELEMENTS} elements")
    return [_read(_inner(shape), element, f"{path}{index}.") for index, element in enumerate(value)]


def _map(shape: Shape, value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _malformed(path, "an object")
    if len(value) > MAX_ELEMENTS:
        raise MalformedInput(f"`{path[:-1]}` holds more than {MAX_ELEMENTS} elements")
    return {
        _string(key, path): _read(_inner(shape), element, f"{path}{key[:_SHOWN]}.")
        for key, element in value.items()
    }


def _inner(shape: Shape) -> Shape:
    if shape.element is None:
        raise TypeError(f"{shape!r} has no elements")
    return shape.element


def _string(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise _malformed(path, "a string")
    if NOT_XML.search(value):
        raise MalformedInput("the parameters hold a character that is not allowed")
    return value


def _integer(value: Any, path: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -(2**31) <= value < 2**31:
        raise _malformed(path, "an integer")
    return value


def _boolean(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise _malformed(path, "true or false")
    return value


def _timestamp(value: Any, path: str) -> datetime:
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and 0 <= value < _LATEST:
        return _EPOCH + timedelta(microseconds=int(Decimal(value) * 1_000_000))
    raise _malformed(path, "a number of seconds since 1970")


def _blob(value: Any, path: str) -> bytes:
    text = _string(value, path)
    try:
        read = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise _malformed(path, "base64") from None
    if base64.b64encode(read).decode() != text:
        # The last characters may carry bits that are thrown away; only one spelling is taken.
        raise _malformed(path, "canonical base64")
    return read


def _malformed(path: str, wanted: str) -> MalformedInput:
    return MalformedInput(f"`{path[:-1][:_SHOWN]}` is {wanted}")


def _unknown(name: str) -> InvalidParameterValue:
    return InvalidParameterValue(f"The parameter {name[:_SHOWN]} is not recognized")


_NESTED: Final[Mapping[str, Callable[[Shape, Any, str], Any]]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
}
_SCALARS: Final[Mapping[str, Callable[[Any, str], Any]]] = {
    "string": _string,
    "integer": _integer,
    "boolean": _boolean,
    "timestamp": _timestamp,
    "blob": _blob,
}
