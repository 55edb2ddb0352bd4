"""
The service models of all of AWS, as data of the installed botocore: which operations there are, and how a request names them.

A model is read when its service is first asked for, which takes up to half a second; never on the event loop (`prepare`).
"""

import gzip
import json
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec

from iamd.enforcement.mapping.shapes import Shape, inputs_of

_DATA: Final = "data"


class Template(msgspec.Struct, frozen=True):
    """
    How the target of a REST request names an operation.

    Attributes:
        method: Of the request.
        segments: Of the path; one that stands for a parameter begins with ``{``.
        constants: Parameters of the query that must be there, with their values if they must have one.
    """

    method: str
    segments: tuple[str, ...]
    constants: tuple[tuple[str, str | None], ...]


class Operation(msgspec.Struct, frozen=True):
    """
    One operation of a model.

    Attributes:
        of_query: Parameters in the query, by the names that they have there.
        of_header: Likewise in headers, their names in lower case.
        of_label: Likewise in the path.
        lists: Those in the query that may be there more than once.
        takes_any: Of the query whatever there is is a parameter.
        payload: The parameter that is the body itself; empty where the body holds the rest of them.
        streams: That is bytes, which may be many, and tell nothing.
        unsigned: Whoever signs the request need not sign its body.
        input: The shape of all of them; empty where there are none.
        required: Those that are always there.
    """

    name: str
    template: Template
    of_query: Mapping[str, str]
    of_header: Mapping[str, str]
    of_label: Mapping[str, str]
    lists: frozenset[str]
    takes_any: bool
    payload: str
    streams: bool
    unsigned: bool
    input: str
    required: frozenset[str]


class Model(msgspec.Struct, frozen=True):
    """One service model."""

    name: str
    protocols: tuple[str, ...]
    version: str
    target_prefix: str
    operations: Mapping[str, Operation]
    shapes: Mapping[str, Shape]


class Models:
    """All of them; may be shared by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._models: dict[str, tuple[Model, ...]] = {}

    def known(self, signing_name: str) -> bool:
        """Say whether some service signs with that name."""
        return signing_name in _names()

    def ready(self, signing_name: str) -> tuple[Model, ...] | None:
        """Return the models of a service that are read already; None when they are not."""
        return () if not self.known(signing_name) else self._models.get(signing_name)

    def prepare(self, signing_name: str) -> tuple[Model, ...]:
        """Return them, having read them."""
        with self._lock:
            if signing_name not in self._models:
                names = _names().get(signing_name, ())
                # DocumentDB and Neptune have operations of RDS with fewer parameters: what is called as the service
                # is goes first.
                ordered = sorted(names, key=lambda name: (name != signing_name, name))
                self._models[signing_name] = tuple(map(_read, ordered))
            return self._models[signing_name]


@cache
def _names() -> Mapping[str, Sequence[str]]:
    """Return the names of the models that belong to each signing name; `tools/signing_names.py` writes them."""
    raw = files("iamd.enforcement.mapping").joinpath("signing_names.json").read_bytes()
    return msgspec.json.decode(raw, type=dict[str, list[str]])


def signing_names() -> Mapping[str, Sequence[str]]:
    """Return all signing names, with the names of their models."""
    return _names()


def _read(name: str) -> Model:
    versions = sorted(
        each.name
        for each in files("botocore").joinpath(_DATA, name).iterdir()
        if each.joinpath("service-2.json.gz").is_file()
    )
    raw = files("botocore").joinpath(_DATA, name, versions[-1], "service-2.json.gz").read_bytes()
    document = json.loads(gzip.decompress(raw))
    metadata = document["metadata"]
    return Model(
        name=name,
        protocols=tuple(dict.fromkeys((metadata["protocol"], *metadata.get("protocols", ())))),
        version=metadata["apiVersion"],
        target_prefix=metadata.get("targetPrefix", ""),
        operations={
            operation: _operation(operation, told, document["shapes"])
            for operation, told in document["operations"].items()
        },
        shapes=inputs_of(document, ec2=metadata["protocol"] == "ec2"),
    )


def _operation(name: str, told: Mapping[str, Any], shapes: Mapping[str, Any]) -> Operation:
    input_ = told.get("input", {}).get("shape", "")
    shape = shapes.get(input_, {})
    located: dict[str, dict[str, str]] = {"querystring": {}, "header": {}, "uri": {}}
    for member, reference in shape.get("members", {}).items():
        location = reference.get("location")
        if location in located:
            located[location][reference.get("locationName", member)] = member
    path, _, query = told["http"]["requestUri"].partition("?")
    constants = []
    for piece in query.split("&") if query else ():
        key, equals, value = piece.partition("=")
        constants.append((key, value if equals else None))
    return Operation(
        name=name,
        template=Template(told["http"]["method"], tuple(path.split("/")), tuple(constants)),
        of_query=located["querystring"],
        of_header={key.lower(): member for key, member in located["header"].items()},
        of_label=located["uri"],
        lists=frozenset(
            member
            for member, reference in shape.get("members", {}).items()
            if reference.get("location") == "querystring"
            and shapes[reference["shape"]]["type"] in {"list", "map"}
        ),
        takes_any=any(
            reference.get("location") == "querystring" and shapes[reference["shape"]]["type"] == "map"
            for reference in shape.get("members", {}).values()
        ),
        payload=shape.get("payload", ""),
        streams=_streams(shape, shapes),
        unsigned=told.get("authtype") == "v4-unsigned-body" or told.get("unsignedPayload") is True,
        input=input_,
        required=frozenset(shape.get("required", ())),
    )


def _streams(shape: Mapping[str, Any], shapes: Mapping[str, Any]) -> bool:
    member = shape.get("members", {}).get(shape.get("payload", ""), {})
    return bool(shapes.get(member.get("shape", ""), {}).get("type") == "blob")
