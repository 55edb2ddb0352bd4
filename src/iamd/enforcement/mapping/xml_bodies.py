"""
Parameters in the bodies of restXml, by the names that they have in the service model.

Smithy: *XML binding*.  As strict as with S3's own (`iamd.enforcement.mapping.s3_bodies`): what one reader would leave out or put together
is refused.
"""

from typing import TYPE_CHECKING, Any, Final

from iamd.enforcement.mapping.asked import UnmappedRequest
from iamd.enforcement.mapping.s3_bodies import document, name_of, text_of
from iamd.enforcement.mapping.shapes import Shape, Shapes

if TYPE_CHECKING:
    from lxml.etree import _Element

_DEEPEST: Final = 32


def read(body: bytes, shape: Shape, shapes: Shapes) -> dict[str, Any]:
    """
    Return what *body* says of a *shape*, which is a structure.

    Raises:
        MalformedXML: It is no XML.
        UnmappedRequest: It is not of that shape, or in two ways.
    """
    return _structure(document(body), shape, shapes, 0)


def _node(element: "_Element", shape: Shape, shapes: Shapes, depth: int) -> Any:
    if depth > _DEEPEST:
        raise UnmappedRequest("The body of the request is nested too deeply.")
    if shape.type == "structure":
        return _structure(element, shape, shapes, depth)
    if shape.type == "list":
        if any(name_of(child) != shape.words[0] for child in element):
            raise UnmappedRequest("A list of the request has elements of another name.")
        return [_node(child, shapes[shape.element], shapes, depth + 1) for child in element]
    if shape.type == "map":
        raise UnmappedRequest("A map in XML is not understood.")
    return text_of(element).strip()


def _structure(element: "_Element", shape: Shape, shapes: Shapes, depth: int) -> dict[str, Any]:
    given: dict[str, list[_Element]] = {}
    for child in element:
        given.setdefault(name_of(child), []).append(child)
    members = {member.wire: member for member in shape.members if not member.location}
    folded = {name.lower() for name in members}
    for name in given:
        if name not in members and name.lower() in folded:
            raise UnmappedRequest(f"The parameter {name[:64]} is spelled otherwise.")
    made: dict[str, Any] = {}
    for name, children in given.items():
        member = members.get(name)
        if member is None:
            continue
        inner = shapes[member.shape]
        if inner.type == "list" and inner.flat:
            made[member.name] = [_node(each, shapes[inner.element], shapes, depth + 1) for each in children]
        elif len(children) > 1:
            raise UnmappedRequest(f"The parameter {name[:64]} is given twice.")
        else:
            made[member.name] = _node(children[0], inner, shapes, depth + 1)
    return made
