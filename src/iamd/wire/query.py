"""
Form fields -> parameters in the model's shape.

``Tags.member.1.Key=a`` becomes ``{"Tags": [{"Key": "a"}]}``.  Members that are not sent are absent; ``Tags=`` is the
empty list, as the SDKs send it.

What is refused, and with whose words:

* A value that cannot be read as its type, and a field nested where its type is not: ``MalformedInput``, in AWS's words
  where any are on record.  For a number AWS says nothing at all: its answer has no ``Message``.
* A parameter that the operation does not have: ``InvalidParameterValue``.  AWS drops it in silence; here it would be
  unsafe to.  A misspelled ``PermissionsBoundary``, or one that only a newer model knows, is a restriction that the
  caller believes to be in force.  Nothing that the model does not name reaches a handler (R-25).
* Lists and maps are numbered from 1 without gaps and hold at most `MAX_ELEMENTS`; a gap is refused as
  ``MalformedInput``.  AWS does not document what it does with one; reading on past it would let two readers of the
  same request see two different lists.  Nothing is allocated by the size of a number (R-70).

No message quotes a value: at this point it is not known which ones are secret.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from iamd.errors import InvalidParameterValue, MalformedInput
from iamd.wire.dispatched import Form
from iamd.wire.model import Operation, Shape

MAX_ELEMENTS: Final = 1000

_MAX_DEPTH: Final = 24
_SHOWN: Final = 128
_INTEGER: Final = re.compile(r"-?[0-9]{1,10}", re.ASCII)
_ISO_8601: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,6}))?(Z|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
_EPOCH: Final = re.compile(r"([0-9]{1,10})(?:\.([0-9]{1,6}))?", re.ASCII)
_BOOLEANS: Final = {"true": True, "false": False, "1": True, "0": False}


def parse(operation: Operation, form: Form) -> dict[str, Any]:
    """
    Return the parameters of *operation* that *form* holds.

    Only their types are checked; `constraints.check` does the rest.

    Returns:
        str, int, bool, bytes, aware UTC datetime, list and dict, by wire name.

    Raises:
        MalformedInput: A value does not have the type of its parameter.
        InvalidParameterValue: The operation has no such parameter.
    """
    if not form:
        return {}
    if operation.input is None:
        raise _unknown(next(iter(form)))
    shape, names = operation.input, tuple(form)
    others = _known.get((shape, names))
    if others is None:
        others = _others(shape, names)
        if others is None:
            return _structure(shape, _tree(form), "")
        # Only names of the model, so that nobody fills the memory with others.
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[shape, names] = others
    params: dict[str, Any] = dict(form)
    for name, read in others:
        params[name] = read(form[name])
    return params


_Others = tuple[tuple[str, Callable[[str], Any]], ...]
_known: Final[dict[tuple[Shape, tuple[str, ...]], _Others]] = {}
_MOST_KNOWN: Final = 1024


def _others(shape: Shape, names: tuple[str, ...]) -> _Others | None:
    """Return how those of the members *names* are read that are no texts; None where something is nested, or unknown."""
    found = []
    for name in names:
        member = shape.members.get(name)
        if member is None or member.type not in _SCALARS:
            return None
        if member.type != "string":
            found.append((name, _SCALARS[member.type]))
    return tuple(found)


def _tree(form: Form) -> dict[str, Any]:
    """Nest the fields of *form* at the dots of their keys."""
    root: dict[str, Any] = {}
    for key, text in form.items():
        node: Any = root
        *above, last = key.split(".", _MAX_DEPTH)
        if "." in last:
            raise MalformedInput("a parameter is nested too deeply")
        for part in above:
            node = node.setdefault(part, {})
            if isinstance(node, str):
                raise MalformedInput("a parameter is both a value and a structure")
        if last in node:
            raise MalformedInput("a parameter is both a value and a structure")
        node[last] = text
    return root


def _read(shape: Shape, node: Any, path: str) -> Any:
    """Read *node*, a text or a dictionary of nodes, as *shape*."""
    nested = _NESTED.get(shape.type)
    if nested is not None:
        return nested(shape, node, path)
    if not isinstance(node, str):
        # AWS's words, both of them.
        raise MalformedInput(
            "Start of list found where not expected"
            if "member" in node
            else "Start of structure or map found where not expected."
        )
    return _SCALARS[shape.type](node)


def _structure(shape: Shape, node: Any, path: str) -> dict[str, Any]:
    if isinstance(node, str):
        raise MalformedInput("Unexpected complex element termination")  # AWS's words.
    members = shape.members
    for name in node:
        if name not in members:
            raise _unknown(path + name)
    if shape.union and len(node) != 1:
        raise MalformedInput(f"`{path[:-1]}` has exactly one of {', '.join(members)}")
    return {name: _read(members[name], child, f"{path}{name}.") for name, child in node.items()}


def _list(shape: Shape, node: Any, path: str) -> list[Any]:
    if node == "":
        return []
    return [
        _read(_inner(shape), child, f"{path}member.{index}.")
        for index, child in enumerate(_numbered(node, "member", path), 1)
    ]


def _map(shape: Shape, node: Any, path: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for index, entry in enumerate(_numbered(node, "entry", path), 1):
        where = f"{path}entry.{index}."
        if isinstance(entry, str) or not {"key", "value"} <= entry.keys():
            raise MalformedInput(f"every entry of `{path[:-1]}` has a key and a value")
        if len(entry) > 2:
            raise _unknown(where + next(name for name in entry if name not in {"key", "value"}))
        key = entry["key"]
        if not isinstance(key, str) or key in result:
            raise MalformedInput(f"the keys of `{path[:-1]}` are texts, each given once")
        result[key] = _read(_inner(shape), entry["value"], f"{where}value.")
    return result


def _inner(shape: Shape) -> Shape:
    if shape.element is None:
        raise TypeError(f"{shape!r} has no elements")
    return shape.element


def _numbered(node: Any, word: str, path: str) -> list[Any]:
    """Return what stands under *word*, in order: ``1``, ``2`` and so on without a gap (R-70)."""
    if isinstance(node, str):
        raise MalformedInput("Unexpected list element termination")  # AWS's words.
    items = node.get(word)
    if items is None:
        raise MalformedInput("Top level element may not be treated as a list")  # AWS's words.
    if len(node) > 1:
        raise _unknown(path + next(name for name in node if name != word))
    if isinstance(items, str):
        raise MalformedInput("Unexpected list element termination")
    if len(items) > MAX_ELEMENTS:
        raise MalformedInput(f"`{path[:-1]}` holds more than {MAX_ELEMENTS} elements")
    try:
        return [items[str(index)] for index in range(1, len(items) + 1)]
    except KeyError:
        raise MalformedInput(f"the elements of `{path[:-1]}` are not numbered 1, 2, 3 …") from None


def _unknown(name: str) -> InvalidParameterValue:
    # AWS: EC2's wording of UnknownParameter; IAM and STS have none.
    return InvalidParameterValue(f"The parameter {name[:_SHOWN]} is not recognized")


def _integer(text: str) -> int:
    # ASCII digits only, and no more of them than a 32-bit number has.
    if _INTEGER.fullmatch(text):
        number = int(text)
        if -(2**31) <= number < 2**31:
            return number
    # AWS answers an unreadable number without a message.
    raise MalformedInput(detail="not an integer")


def _boolean(text: str) -> bool:
    value = _BOOLEANS.get(text)
    if value is None:
        raise MalformedInput("boolean must follow xsd1.1 definition")  # AWS's words.
    return value


def _timestamp(text: str) -> datetime:
    try:
        if found := _ISO_8601.fullmatch(text):
            seconds, fraction, zone = found.groups()
            read = datetime.fromisoformat(seconds + zone.replace("Z", "+00:00")).astimezone(UTC)
        elif found := _EPOCH.fullmatch(text):
            number, fraction = found.groups()
            read = datetime.fromtimestamp(int(number), UTC)
        else:
            raise ValueError  # noqa: TRY301  one way out for all that is not a time
        return read + timedelta(microseconds=int((fraction or "0").ljust(6, "0")))
    except (ValueError, OverflowError):
        raise MalformedInput("timestamp must follow ISO8601") from None  # AWS's words.


def _blob(text: str) -> bytes:
    try:
        value = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise MalformedInput(detail="not base64") from None
    if base64.b64encode(value).decode() != text:
        # The last characters may carry bits that are thrown away; only one spelling is taken.
        raise MalformedInput(detail="not canonical base64")
    return value


_NESTED: Final[Mapping[str, Callable[[Shape, Any, str], Any]]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
}
_SCALARS: Final[Mapping[str, Callable[[str], Any]]] = {
    "string": str,
    "integer": _integer,
    "boolean": _boolean,
    "timestamp": _timestamp,
    "blob": _blob,
}
