"""
The parameters of operations, as the service models describe them: what each is called on the wire, and what lies in it.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

_LOCATED: Final = frozenset({"uri", "querystring", "header", "headers"})


class Member(msgspec.Struct, frozen=True):
    """
    A member of a structure.

    Attributes:
        name: In the model.
        wire: In JSON and XML.
        form: In a form of the query protocols.
        location: Of REST: ``uri``, ``querystring``, ``header``; empty where the body holds it.
        shape: The name of its shape.
        required: Whether it must be given.
    """

    name: str
    wire: str
    form: str
    location: str
    shape: str
    required: bool


class Shape(msgspec.Struct, frozen=True):
    """
    A type.

    Attributes:
        type: ``structure``, ``list``, ``map``, ``string`` …
        members: Of a structure.
        element: The shape of the elements of a list, or of the values of a map.
        words: What a form calls the elements of a list, or the keys and values of a map.
        flat: Whether a form numbers them without a word before the number.
    """

    type: str
    members: tuple[Member, ...] = ()
    element: str = ""
    words: tuple[str, ...] = ()
    flat: bool = False


Shapes = Mapping[str, Shape]


def inputs_of(document: Mapping[str, Any], *, ec2: bool) -> dict[str, Shape]:
    """Return the shapes that the inputs of a model's operations are made of."""
    waiting = [told["input"]["shape"] for told in document["operations"].values() if "input" in told]
    made: dict[str, Shape] = {}
    while waiting:
        name = waiting.pop()
        if name in made:
            continue
        shape = made[name] = _shape(document["shapes"][name], document["shapes"], ec2=ec2)
        waiting.extend(member.shape for member in shape.members)
        if shape.element:
            waiting.append(shape.element)
    return made


def _shape(raw: Mapping[str, Any], shapes: Mapping[str, Any], *, ec2: bool) -> Shape:
    kind = raw["type"]
    if kind == "structure":
        required = raw.get("required", ())
        return Shape(
            kind,
            members=tuple(
                _member(name, each, shapes, ec2=ec2, required=name in required)
                for name, each in raw["members"].items()
            ),
        )
    if kind == "list":
        member = raw["member"]
        word = member.get("locationName", "member")
        return Shape(
            kind, element=member["shape"], words=(word,), flat=ec2 or bool(raw.get("flattened", False))
        )
    if kind == "map":
        words = (raw["key"].get("locationName", "key"), raw["value"].get("locationName", "value"))
        return Shape(kind, element=raw["value"]["shape"], words=words, flat=bool(raw.get("flattened", False)))
    return Shape(kind)


def _member(
    name: str, raw: Mapping[str, Any], shapes: Mapping[str, Any], *, ec2: bool, required: bool
) -> Member:
    location = raw.get("location", "")
    wire = raw.get("locationName", name)
    form = wire
    if ec2:
        form = raw.get("queryName") or wire[:1].upper() + wire[1:]
    else:
        target = shapes[raw["shape"]]
        flattened = target.get("flattened") or raw.get("flattened")
        if target["type"] == "list" and flattened and "locationName" in target["member"]:
            # AWS query protocol: a flattened list is called as its elements are.
            form = target["member"]["locationName"]
    return Member(name, wire, form, location if location in _LOCATED else "", raw["shape"], required)
