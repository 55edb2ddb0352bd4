"""
The service models of IAM, STS and Organizations, read as data.

The models are the ones that the installed botocore package carries; botocore itself is never imported.  Reading one
costs a gunzip and a JSON parse (a few milliseconds, once per process); an operation and its shapes are compiled when
they are first asked for, and nothing is kept on disk.

What holds here:

* A model is believed only as far as it is understood.  A trait that would change the wire form and that this room does
  not implement (``flattened``, ``locationName`` …) is an error when the shape is compiled, never ignored.
* Shapes are compared and hashed by identity, so that they can be the keys of caches.
"""

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, cast, get_args

ShapeType = Literal["structure", "list", "map", "string", "integer", "boolean", "timestamp", "blob"]
ServiceName = Literal["iam", "sts", "organizations"]
ProtocolName = Literal["query", "json"]

SERVICES: Final[tuple[ServiceName, ...]] = get_args(ServiceName)

_VERSIONS: Final[Mapping[ServiceName, str]] = {
    "iam": "2010-05-08",
    "sts": "2011-06-15",
    "organizations": "2016-11-28",
}

# Traits that say nothing about how a value looks on the wire.
_SHAPE_TRAITS: Final = frozenset(
    {
        "type",
        "members",
        "required",
        "member",
        "key",
        "value",
        "min",
        "max",
        "pattern",
        "enum",
        "union",
        "sensitive",
    }
    | {"box", "error", "exception", "fault", "deprecated", "documentation"}
)
_REFERENCE_TRAITS: Final = frozenset(
    {"shape", "documentation", "deprecated", "deprecatedMessage", "deprecatedSince", "box"}
)


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Shape:
    """
    One type of the model.

    Attributes:
        members: Of a structure, by wire name, in the model's order.
        required: Names of the members that a request must carry.
        element: Of a list; of a map, its values.
        key: Of a map.
        minimum: Length of a text, blob, list or map; value of an integer.
        maximum: Likewise.
        pattern: As the model spells it, which is Java's regular expressions.
        enum: In the model's order; empty when any text will do.
        union: Of a structure, of which exactly one member is given.
        sensitive: The value must not be shown to anybody, its sender included.
    """

    name: str
    type: ShapeType
    members: Mapping[str, "Shape"] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    element: "Shape | None" = None
    key: "Shape | None" = None
    minimum: int | None = None
    maximum: int | None = None
    pattern: str | None = None
    enum: tuple[str, ...] = ()
    union: bool = False
    sensitive: bool = False

    def __repr__(self) -> str:
        return f"<{self.type} {self.name}>"


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Operation:
    """
    One operation of a service.

    Attributes:
        xml_namespace: Empty but in the Query protocol.
        input: None when the operation takes no parameters.
        output: None when its answer has no result.
        result_wrapper: In the Query protocol the name of the result element, empty without an output.
        anonymous: The proof of identity is among the parameters (a SAML assertion, a web identity token), so that the
            request need not be signed.
    """

    name: str
    service: ServiceName
    xml_namespace: str
    input: Shape | None
    output: Shape | None
    result_wrapper: str
    anonymous: bool

    def __repr__(self) -> str:
        return f"<{self.service}:{self.name}>"


class ServiceModel:
    """
    A service: its version, its protocol and its operations.

    Attributes:
        xml_namespace: In the Query protocol; empty in others.
        target_prefix: In the JSON protocol what stands before an operation's name in ``X-Amz-Target``; empty in others.
        operations: By name; each is compiled at the first look-up.
        errors: The codes of its own errors, as the shapes are called.
    """

    def __init__(self, service: ServiceName, document: dict[str, Any]) -> None:
        metadata = document["metadata"]
        if metadata["protocol"] not in get_args(ProtocolName):
            raise ValueError(
                f"the model of {service} speaks {metadata['protocol']}, which is not spoken here"
            )
        self.service: Final = service
        self.protocol: Final[ProtocolName] = metadata["protocol"]
        self.version: Final[str] = metadata["apiVersion"]
        self.xml_namespace: Final[str] = metadata["xmlNamespace"] if self.protocol == "query" else ""
        self.target_prefix: Final[str] = metadata["targetPrefix"] if self.protocol == "json" else ""
        self.errors: Final = frozenset(
            name for name, shape in document["shapes"].items() if shape.get("exception")
        )
        self.operations: Final[Mapping[str, Operation]] = _Operations(self, document["operations"])
        self._documents: Final[dict[str, dict[str, Any]]] = document["shapes"]
        self._shapes: Final[dict[str, Shape]] = {}

    def shape(self, name: str) -> Shape:
        """
        Return the compiled shape *name*.

        Raises:
            ValueError: The shape has a trait that this room does not know, or it holds itself and its protocol is not
                JSON.
        """
        return self._compile(name, ())

    def _compile(self, name: str, above: tuple[str, ...]) -> Shape:
        ready = self._shapes.get(name)
        if ready is not None:
            return ready
        raw = self._documents[name]
        structure = raw["type"] == "structure"
        # In JSON a structure may hold itself: it is known before its members are.  On the way round, what is no
        # structure is met once more.
        recursive = self.protocol == "json"
        if above.count(name) > (1 if recursive else 0):
            raise ValueError(f"shape {name} of {self.service} holds itself")
        above = (*above, name)
        self._check(name, raw)
        members: dict[str, Shape] = {}
        element = raw.get("member") or raw.get("value")
        made = Shape(
            name=name,
            type=raw["type"],
            members=MappingProxyType(members),
            required=tuple(raw.get("required", ())),
            element=self._refer(element, above) if element else None,
            key=self._refer(raw["key"], above) if "key" in raw else None,
            minimum=raw.get("min"),
            maximum=raw.get("max"),
            pattern=raw.get("pattern"),
            enum=tuple(raw.get("enum", ())),
            union=raw.get("union", False),
            sensitive=raw.get("sensitive", False),
        )
        if structure and recursive:
            self._shapes[name] = made
        try:
            members.update((member, self._refer(to, above)) for member, to in raw.get("members", {}).items())
        except ValueError:
            self._shapes.pop(name, None)
            raise
        return self._shapes.setdefault(name, made)

    def _check(self, name: str, raw: dict[str, Any]) -> None:
        """Raise ValueError for a shape that this room does not understand whole."""
        if unknown := raw.keys() - _SHAPE_TRAITS:
            raise ValueError(f"shape {name} of {self.service} has unknown traits: {sorted(unknown)}")
        if raw["type"] not in get_args(ShapeType):
            raise ValueError(f"shape {name} of {self.service} has the unknown type {raw['type']}")

    def _refer(self, reference: dict[str, Any], above: tuple[str, ...]) -> Shape:
        if unknown := reference.keys() - _REFERENCE_TRAITS:
            raise ValueError(f"shape {above[-1]} of {self.service} has unknown traits: {sorted(unknown)}")
        return self._compile(reference["shape"], above)


class _Operations(Mapping[str, Operation]):
    """The operations of a model, compiled one by one."""

    __slots__ = ("_documents", "_model", "_ready")

    def __init__(self, model: ServiceModel, documents: dict[str, dict[str, Any]]) -> None:
        self._model = model
        self._documents = documents
        self._ready: dict[str, Operation] = {}

    def __getitem__(self, name: str) -> Operation:
        ready = self._ready.get(name)
        if ready is None:
            ready = self._ready[name] = self._compile(name)
        return ready

    def __contains__(self, name: object) -> bool:
        return name in self._documents

    def __iter__(self) -> Iterator[str]:
        return iter(self._documents)

    def __len__(self) -> int:
        return len(self._documents)

    def _compile(self, name: str) -> Operation:
        raw = self._documents[name]
        takes, gives = raw.get("input"), raw.get("output")
        return Operation(
            name=name,
            service=self._model.service,
            xml_namespace=self._model.xml_namespace,
            input=self._model.shape(takes["shape"]) if takes else None,
            output=self._model.shape(gives["shape"]) if gives else None,
            result_wrapper=gives["resultWrapper"] if gives and self._model.protocol == "query" else "",
            anonymous=raw.get("authtype") == "none",
        )


@cache
def load(service: ServiceName) -> ServiceModel:
    """
    Return the model of *service*, read once per process.

    Raises:
        RuntimeError: The installed botocore package carries no such model.
    """
    spec = find_spec("botocore")  # Looks the package up without importing it.
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the service models come with the package botocore, which is not installed")
    folder = Path(spec.submodule_search_locations[0], "data", service, _VERSIONS[service])
    try:
        packed = (folder / "service-2.json.gz").read_bytes()
    except FileNotFoundError as error:
        raise RuntimeError(
            f"the installed botocore has no model of {service} {_VERSIONS[service]}"
        ) from error
    document = cast("dict[str, Any]", json.loads(gzip.decompress(packed)))
    _forget_documentation(document)
    return ServiceModel(service, document)


def _forget_documentation(document: dict[str, Any]) -> None:
    """Drop the prose, which is most of a model and of no use on the wire."""
    document.pop("documentation", None)
    for operation in document["operations"].values():
        operation.pop("documentation", None)
    for shape in document["shapes"].values():
        shape.pop("documentation", None)
        for member in shape.get("members", {}).values():
            member.pop("documentation", None)
