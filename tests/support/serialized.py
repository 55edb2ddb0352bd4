"""Requests of any service, as botocore serializes them, with made-up parameters."""

from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import urlencode

import botocore.model
import botocore.serialize
import botocore.session

from iamd.http import Request

_FORM = (b"content-type", b"application/x-www-form-urlencoded; charset=utf-8")
_DEEPEST = 6


@cache
def _session() -> Any:
    return botocore.session.get_session()


@cache
def service(name: str) -> Any:
    """Return botocore's model of a service."""
    return _session().get_service_model(name)


def services() -> list[str]:
    """Return the names of all service models."""
    names: list[str] = _session().get_available_services()
    return names


def signing_name(name: str) -> str:
    metadata = service(name).metadata
    return str(metadata.get("signingName", metadata["endpointPrefix"]))


def request_of(name: str, operation: str, **parameters: Any) -> Request:
    """Return the request of an operation; its required parameters and its texts are made up where they are not given."""
    shape = service(name).operation_model(operation).input_shape
    made = _value(shape) | parameters if shape is not None else {}
    return exact_request_of(name, operation, made)


def exact_request_of(name: str, operation: str, parameters: dict[str, Any]) -> Request:
    """Return the request of an operation with these parameters and no others."""
    model = service(name)
    told = model.operation_model(operation)
    serializer = botocore.serialize.create_serializer(model.resolved_protocol, include_validation=False)
    wire = serializer.serialize_to_request(parameters, told)
    path, _, constants = wire["url_path"].partition("?")
    query = wire["query_string"]
    query = query if isinstance(query, str) else urlencode(query, doseq=True)
    body = wire["body"]
    headers = [(key.lower().encode(), str(value).encode()) for key, value in wire["headers"].items()]
    if isinstance(body, dict):
        body = urlencode(body)
        headers = [each for each in headers if each[0] != b"content-type"] + [_FORM]
    return Request(
        method=wire["method"],
        raw_path=path.encode(),
        raw_query="&".join(filter(None, (constants, query))).encode(),
        headers=tuple(headers),
        body=body.encode() if isinstance(body, str) else bytes(body or b""),
    )


def operations(name: str) -> Iterator[str]:
    """Yield the names of a service's operations."""
    yield from service(name).operation_names


def _value(shape: botocore.model.Shape, name: str = "", depth: int = 0) -> Any:
    if isinstance(shape, botocore.model.StructureShape):
        wanted = {
            member: of
            for member, of in shape.members.items()
            if member in shape.required_members or (not depth and of.type_name == "string")
        }
        if depth > _DEEPEST:
            return {}
        return {member: _value(of, member, depth + 1) for member, of in wanted.items()}
    if isinstance(shape, botocore.model.ListShape):
        return [_value(shape.member, name, depth + 1)]
    if isinstance(shape, botocore.model.MapShape):
        return {"k": _value(shape.value, name, depth + 1)}
    if isinstance(shape, botocore.model.StringShape):
        return shape.enum[0] if shape.enum else f"x{name}"
    scalars: dict[str, Any] = {"boolean": True, "blob": b"x", "timestamp": 1_700_000_000}
    return scalars.get(shape.type_name, 1)
