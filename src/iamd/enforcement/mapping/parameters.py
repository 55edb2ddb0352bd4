"""
The parameters of a request, by the names that they have in the service model, whatever the protocol.

What the model does not know is left out.  What two readers might read in two ways is refused: a member given twice, in
another case, or in the body although its place is the path.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from iamd.enforcement.mapping import cbor, xml_bodies
from iamd.enforcement.mapping.asked import UnmappedRequest
from iamd.enforcement.mapping.operations import Found
from iamd.enforcement.mapping.shapes import Member, Shape, Shapes
from iamd.http import Request

Parameters = Mapping[str, Any]

_DEEPEST: Final = 32
_is_number = re.compile(r"[1-9][0-9]{0,4}", re.ASCII).fullmatch


def parameters_of(found: Found, request: Request) -> Parameters:
    """
    Return what *request* says.

    Raises:
        UnmappedRequest: Its body cannot be read, or not in one way alone.
    """
    shapes = found.model.shapes
    shape = shapes.get(found.operation.input)
    if shape is None:
        return {}
    if found.protocol in {"query", "ec2"}:
        return _of_form(shape, _tree(found.told), shapes, 0)
    told: dict[str, Any] = dict(found.told)
    if not request.body:
        return told
    if found.operation.payload:
        return told | _of_payload(found, shape, request.body)
    if found.protocol == "rest-xml":
        return told | xml_bodies.read(request.body, shape, shapes)
    if found.protocol == "smithy-rpc-v2-cbor":
        return told | _of_body(shape, _cbor(request.body), shapes, by_name=True)
    if found.protocol in {"json", "rest-json"}:
        return told | _of_body(shape, _json(request.body), shapes, by_name=False)
    return told


def _of_payload(found: Found, shape: Shape, body: bytes) -> dict[str, Any]:
    """Return the parameter that is the body itself, where that has parts; bytes and texts tell nothing."""
    name, shapes = found.operation.payload, found.model.shapes
    inner = next(shapes[member.shape] for member in shape.members if member.name == name)
    if inner.type != "structure" or not inner.members:
        return {}
    if found.protocol == "rest-xml":
        return {name: xml_bodies.read(body, inner, shapes)}
    return {name: _of_node(inner, _json(body), shapes, by_name=False, depth=0)}


def texts_of(value: object) -> Iterator[str]:
    """Yield every text within *value*."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def _of_body(shape: Shape, body: object, shapes: Shapes, *, by_name: bool) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise UnmappedRequest("The body of the request is not a structure.")
    located = {member.wire.lower() for member in shape.members if member.location}
    strays = [name for name in body if isinstance(name, str) and name.lower() in located]
    if strays:
        raise UnmappedRequest(f"The parameter {strays[0][:64]} does not belong in the body.")
    inside = Shape("structure", tuple(member for member in shape.members if not member.location))
    made = _of_node(inside, body, shapes, by_name=by_name, depth=0)
    return made if isinstance(made, dict) else {}


def _of_node(shape: Shape, node: object, shapes: Shapes, *, by_name: bool, depth: int) -> object:
    if depth > _DEEPEST:
        raise UnmappedRequest("The body of the request is nested too deeply.")
    if isinstance(node, dict) and shape.type == "structure":
        named = {(member.name if by_name else member.wire): member for member in shape.members}
        _check_case(node, named)
        return {
            member.name: _of_node(shapes[member.shape], node[name], shapes, by_name=by_name, depth=depth + 1)
            for name, member in named.items()
            if node.get(name) is not None
        }
    if isinstance(node, dict) and shape.type == "map":
        inner = shapes[shape.element]
        return {
            str(key): _of_node(inner, item, shapes, by_name=by_name, depth=depth + 1)
            for key, item in node.items()
        }
    if isinstance(node, list) and shape.type == "list":
        inner = shapes[shape.element]
        return [_of_node(inner, item, shapes, by_name=by_name, depth=depth + 1) for item in node]
    if shape.type == "structure" and not shape.members:
        # A document: anything at all, and no resource.
        return {}
    if shape.type in {"structure", "map", "list"} or isinstance(node, dict | list):
        raise UnmappedRequest("A parameter of the request is not of its type.")
    return node


def _check_case(given: Iterable[object], named: Mapping[str, Member]) -> None:
    """Refuse names that somebody who does not mind their case takes for others."""
    folded = {name.lower() for name in named}
    for name in given:
        if isinstance(name, str) and name not in named and name.lower() in folded:
            raise UnmappedRequest(f"The parameter {name[:64]} is spelled otherwise.")


def _tree(form: Mapping[str, str | list[str]]) -> dict[str, Any]:
    """Nest the fields of *form* at the dots of their names."""
    root: dict[str, Any] = {}
    for key, text in form.items():
        node = root
        *above, last = key.split(".")
        if len(above) > _DEEPEST:
            raise UnmappedRequest("A parameter is nested too deeply.")
        for part in above:
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                raise UnmappedRequest(f"The parameter {key[:64]} is both a value and a structure.")
        if last in node:
            raise UnmappedRequest(f"The parameter {key[:64]} is given twice.")
        node[last] = text
    return root


def _of_form(shape: Shape, node: Mapping[str, Any], shapes: Shapes, depth: int) -> dict[str, Any]:
    named = {member.form: member for member in shape.members}
    _check_case(node, named)
    return {
        member.name: _of_field(shapes[member.shape], node[name], shapes, depth)
        for name, member in named.items()
        if name in node
    }


def _of_field(shape: Shape, node: Any, shapes: Shapes, depth: int) -> object:
    if depth > _DEEPEST:
        raise UnmappedRequest("A parameter is nested too deeply.")
    if shape.type == "structure" and isinstance(node, dict):
        return _of_form(shape, node, shapes, depth + 1)
    if shape.type == "list":
        if node == "":
            return []
        inner = shapes[shape.element]
        return [
            _of_field(inner, item, shapes, depth + 1) for item in _numbered(node, shape.words[0], shape.flat)
        ]
    if shape.type == "map" and isinstance(node, dict):
        inner = shapes[shape.element]
        key, value = shape.words
        entries = _numbered(node, "entry", shape.flat)
        if all(isinstance(each, dict) and isinstance(each.get(key), str) for each in entries):
            made = {each[key]: _of_field(inner, each.get(value, ""), shapes, depth + 1) for each in entries}
            if len(made) == len(entries):
                return made
    elif isinstance(node, str) and shape.type not in {"structure", "map"}:
        return node
    raise UnmappedRequest("A parameter of the request is not of its type.")


def _numbered(node: Any, word: str, flat: bool) -> list[Any]:
    """Return the elements of a list or map, in their order; those without a word where the model has one, too."""
    if isinstance(node, dict) and not flat and list(node) == [word]:
        node = node[word]
    if not isinstance(node, dict) or not all(map(_is_number, node)):
        raise UnmappedRequest("A list of the request is not numbered.")
    return [node[number] for number in sorted(node, key=int)]


def _json(body: bytes) -> object:
    try:
        # Decoded here: the library would take UTF-16 and UTF-32 for JSON, too.
        return json.loads(body.decode(), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise UnmappedRequest("The body of the request is not JSON.") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        # Two readers may take different ones.
        raise UnmappedRequest("The body of the request names a member twice.")
    return made


def _cbor(body: bytes) -> object:
    try:
        return cbor.loads(body)
    except cbor.NotCBORError:
        raise UnmappedRequest("The body of the request is not CBOR.") from None
