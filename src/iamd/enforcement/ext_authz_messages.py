"""
The messages of Envoy's ``ext_authz`` over gRPC, as far as they are read and written here.

Wire-compatible with ``envoy.service.auth.v3.Authorization`` of Envoy's data-plane API: the numbers and types are its own,
and what is not declared is skipped.  They live in a pool of their own, so that a program that carries Envoy's full
messages besides is not disturbed.

What holds here:

* Bytes stay bytes.  Fields that Envoy declares as texts and that others fill are declared as bytes, which look the same
  on the wire, so that what is no UTF-8 is refused by us, and with a reason.
* Half a picture of a request, or one with two readings, is refused (R-72, R-73).
"""

from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

import msgspec
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, struct_pb2
from google.protobuf.message import DecodeError

from iamd.enforcement.original import Original, Told, from_message
from iamd.enforcement.points import ApiRoute, check_service
from iamd.enforcement.refusals import InvalidRequest
from iamd.http import Response

METHOD: Final = "/envoy.service.auth.v3.Authorization/Check"

_EXTENSIONS: Final = frozenset({"iamd_service", "iamd_action", "iamd_resource"})
_PARTIAL: Final = b"x-envoy-auth-partial-body"
_IDENTITY: Final = b"x-iamd-"
_OVERWRITE: Final = 2
"""``OVERWRITE_IF_EXISTS_OR_ADD`` of ``HeaderAppendAction``."""

_OK: Final = 0
_PERMISSION_DENIED: Final = 7
_INTERNAL: Final = 13
_UNAUTHENTICATED: Final = 16

_CODES: Final = {
    HTTPStatus.UNAUTHORIZED: _UNAUTHENTICATED,
    HTTPStatus.INTERNAL_SERVER_ERROR: _INTERNAL,
}

_STOPPED: Final = ("authorization", "x-amz-security-token")
"""Credentials go no further than to whoever checks them."""

# name of the message -> (number, name, type[, "*" for repeated]); a type with a dot or a capital is a message.
_MESSAGES: Final[dict[str, tuple[tuple[int, str, str], ...]]] = {
    "HeaderValue": ((1, "key", "bytes"), (2, "value", "bytes"), (3, "raw_value", "bytes")),
    "HeaderMap": ((1, "headers", "HeaderValue*"),),
    "HeaderValueOption": ((1, "header", "HeaderValue"), (3, "append_action", "int32")),
    "SocketAddress": ((2, "address", "bytes"),),
    "Address": ((1, "socket_address", "SocketAddress"),),
    "Peer": ((1, "address", "Address"),),
    "Pair": ((1, "key", "bytes"), (2, "value", "bytes")),
    "HttpRequest": (
        (2, "method", "bytes"),
        # A map is, on the wire, a list of pairs.
        (3, "headers", "Pair*"),
        (4, "path", "bytes"),
        (5, "host", "bytes"),
        (7, "query", "bytes"),
        (8, "fragment", "bytes"),
        (10, "protocol", "bytes"),
        (11, "body", "bytes"),
        (12, "raw_body", "bytes"),
        (13, "header_map", "HeaderMap"),
    ),
    "AttributeRequest": ((2, "http", "HttpRequest"),),
    "AttributeContext": (
        (1, "source", "Peer"),
        (4, "request", "AttributeRequest"),
        (10, "context_extensions", "Pair*"),
    ),
    "CheckRequest": ((1, "attributes", "AttributeContext"),),
    "RpcStatus": ((1, "code", "int32"),),
    "HttpStatus": ((1, "code", "int32"),),
    "DeniedHttpResponse": (
        (1, "status", "HttpStatus"),
        (2, "headers", "HeaderValueOption*"),
        (3, "body", "string"),
    ),
    "OkHttpResponse": ((2, "headers", "HeaderValueOption*"), (5, "headers_to_remove", "string*")),
    "CheckResponse": (
        (1, "status", "RpcStatus"),
        (2, "denied_response", "DeniedHttpResponse"),
        (3, "ok_response", "OkHttpResponse"),
        (4, "dynamic_metadata", "google.protobuf.Struct"),
    ),
}
_ONE_OF: Final = frozenset({"denied_response", "ok_response"})


def _declare() -> dict[str, Any]:
    """Return a class for each message."""
    field = descriptor_pb2.FieldDescriptorProto
    scalars = {"bytes": field.TYPE_BYTES, "string": field.TYPE_STRING, "int32": field.TYPE_INT32}
    file = descriptor_pb2.FileDescriptorProto(
        name="iamd/ext_authz.proto",
        package="iamd.ext_authz",
        syntax="proto3",
        dependency=["google/protobuf/struct.proto"],
    )
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, called, kind in fields:
            single = kind.removesuffix("*")
            made = message.field.add(
                name=called,
                number=number,
                label=field.LABEL_OPTIONAL if single == kind else field.LABEL_REPEATED,
            )
            if single in scalars:
                made.type = scalars[single]
            else:
                made.type = field.TYPE_MESSAGE
                made.type_name = f".{single}" if "." in single else f".{file.package}.{single}"
            if called in _ONE_OF:
                made.oneof_index = 0
        if _ONE_OF & {called for _, called, _ in fields}:
            message.oneof_decl.add(name="http_response")
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(struct_pb2.DESCRIPTOR.serialized_pb)
    pool.AddSerializedFile(file.SerializeToString())
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{file.package}.{name}"))
        for name in _MESSAGES
    }


_CLASSES: Final = _declare()


def read(message: bytes) -> Original:
    """
    Return the request that a ``CheckRequest`` tells of.

    Raises:
        InvalidRequest: It cannot be one.
    """
    asked = _CLASSES["CheckRequest"]()
    try:
        asked.ParseFromString(message)
    except DecodeError:
        raise InvalidRequest("The enforcement point sends what is no CheckRequest.") from None
    attributes = asked.attributes
    http = attributes.request.http
    if http.query or http.fragment:
        # Envoy has both in the path, if at all.
        raise InvalidRequest("The enforcement point tells of a query or a fragment apart from the path.")
    if http.body and http.raw_body:
        raise InvalidRequest("The enforcement point sends two bodies.")
    headers = _headers_of(http)
    passed_on = [value for name, value in headers if name == _PARTIAL]
    body = http.raw_body or http.body
    # Envoy says so of bodies that it passes on, and a client may have said so of one that it does not.
    whole = bool(body and passed_on) and all(value == b"false" for value in passed_on)
    route, service = _declared(attributes.context_extensions)
    told = Told(
        method=http.method,
        target=http.path,
        host=http.host,
        headers=headers,
        # The beginning of a body is no body.
        body=body if whole else None,
        numbered=not http.protocol.startswith(b"HTTP/1"),
        address=attributes.source.address.socket_address.address,
    )
    return from_message(told, route, service)


def _headers_of(http: Any) -> list[tuple[bytes, bytes]]:
    """Return the headers: raw where Envoy sends them so; else those of its map, where repeated ones are joined."""
    raw = http.header_map.headers
    if not raw:
        return [(each.key.lower(), each.value) for each in http.headers]
    if any(each.value and each.raw_value for each in raw):
        raise InvalidRequest("The enforcement point tells of a header with two values.")
    return [(each.key.lower(), each.raw_value or each.value) for each in raw]


def _declared(extensions: Any) -> tuple[ApiRoute | None, str | None]:
    """Return what a route of Envoy's configuration says of the requests that come its way."""
    given = {each.key: each.value for each in extensions}
    try:
        texts = {name.decode(): value.decode() for name, value in given.items() if name.startswith(b"iamd_")}
    except UnicodeDecodeError:
        raise InvalidRequest("A context extension of the enforcement point is no text.") from None
    return _route_of(tuple(sorted(texts.items()))) if texts else (None, None)


@lru_cache(maxsize=256)
def _route_of(texts: tuple[tuple[str, str], ...]) -> tuple[ApiRoute | None, str | None]:
    told = dict(texts)
    if unknown := sorted(told.keys() - _EXTENSIONS):
        raise InvalidRequest(f"The context extension {unknown[0]} of the enforcement point is not known.")
    service, action, resource = (told.get(name) for name in ("iamd_service", "iamd_action", "iamd_resource"))
    if resource is not None and action is None:
        raise InvalidRequest("The context extension iamd_resource needs an iamd_action.")
    try:
        if service is not None:
            check_service(service)
        if action is None:
            return None, service
        route = {"methods": ["*"], "path": "/", "action": action, "resource": resource or "*"}
        return msgspec.convert(route, ApiRoute), service
    except ValueError as error:
        raise InvalidRequest(f"The context extensions of the enforcement point: {error}") from None


def write(response: Response, noted: Mapping[str, str]) -> bytes:
    """
    Return the ``CheckResponse`` that says what *response* does.

    Args:
        response: 200, with the headers for whoever is behind Envoy; or the refusal that the client gets.
        noted: For Envoy's access log, as dynamic metadata.
    """
    answer = _CLASSES["CheckResponse"]()
    if response.status == HTTPStatus.OK:
        answer.status.code = _OK
        made = answer.ok_response
        made.headers_to_remove.extend(_STOPPED)
    else:
        answer.status.code = _CODES.get(HTTPStatus(response.status), _PERMISSION_DENIED)
        made = answer.denied_response
        made.status.code = response.status
        try:
            made.body = response.body.decode()
        except UnicodeDecodeError:
            # Envoy takes texts alone: of CBOR the client gets the status and the headers.
            made.body = ""
    for name, value in response.headers:
        if response.status != HTTPStatus.OK or name.startswith(_IDENTITY):
            header = made.headers.add(append_action=_OVERWRITE)
            header.header.key, header.header.value = name, value
    for member, text in noted.items():
        answer.dynamic_metadata.fields[member].string_value = text
    return bytes(answer.SerializeToString())
