"""
What Envoy sends and reads over gRPC, written and read by hand.

Protocol Buffers' *Encoding*: a field is its number and wire type, then a number or bytes with their length.  The numbers
are those of Envoy's ``external_auth.proto`` and ``attribute_context.proto``; nothing here knows of ours.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import grpc
import msgspec

from iamd.http import Request

METHOD: Final = "/envoy.service.auth.v3.Authorization/Check"


class Denied(msgspec.Struct, frozen=True):
    status: int
    headers: dict[str, str]
    body: str


class Answer(msgspec.Struct, frozen=True):
    """
    A ``CheckResponse``.

    Attributes:
        code: Of the call; 0 lets the request pass.
        headers: For whoever is behind; None of a refusal.
        removed: Headers that go no further.
        denied: What the client gets; None where the request passes.
    """

    code: int
    headers: dict[str, str] | None
    removed: list[str]
    denied: Denied | None
    noted: dict[str, str]


def varint(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*made, value])


def field(number: int, value: bytes | str) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def pair(number: int, key: str | bytes, value: str | bytes, of_value: int = 2) -> bytes:
    return field(number, field(1, key) + field(of_value, value))


def fields(message: bytes) -> Iterator[tuple[int, Any]]:
    at = 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        tag = number()
        if tag & 7 == 0:
            yield tag >> 3, number()
        else:
            assert tag & 7 == 2
            length = number()
            yield tag >> 3, message[at : at + length]
            at += length


def check_request(
    request: Request,
    *,
    raw: bool = True,
    scheme: str | None = "https",
    address: str = "192.0.2.7",
    body: bytes | None = None,
    as_text: bool = False,
    partial: str | None = None,
    protocol: str = "HTTP/1.1",
    extensions: Mapping[str, str] | None = None,
    more: bytes = b"",
) -> bytes:
    """
    Return the ``CheckRequest`` of Envoy for a client's *request*.

    Args:
        request: The client's; its body stays behind.
        raw: Whether headers are sent as ``header_map``.
        scheme: Of ``x-forwarded-proto``.
        address: Of the client.
        body: What is passed on of the body.
        as_text: Whether without ``pack_as_bytes``.
        partial: What Envoy says of whether the body is whole, where it does not say so.
        protocol: Of the client.
        extensions: ``context_extensions``.
        more: Fields behind the others of the ``HttpRequest``.
    """
    target = request.raw_path + (b"?" + request.raw_query if request.raw_query else b"")
    host = request.header(b"host") or b""
    pseudo = [(b":method", request.method.encode()), (b":path", target), (b":authority", host)]
    headers = [*pseudo, *(each for each in request.headers if each[0] != b"host")]
    if scheme is not None:
        headers.append((b"x-forwarded-proto", scheme.encode()))
    headers += [(b"x-forwarded-for", b"203.0.113.99"), (b"x-request-id", b"1")]
    if body is not None:
        headers.append((b"x-envoy-auth-partial-body", b"false"))
    if partial is not None:
        headers.append((b"x-envoy-auth-partial-body", partial.encode()))
    http = field(2, request.method) + field(4, target) + field(5, host) + field(10, protocol)
    if raw:
        http += field(13, b"".join(pair(1, name, value, 3) for name, value in headers))
    else:
        joined: dict[bytes, bytes] = {}
        for name, value in headers:
            joined[name] = joined[name] + b"," + value if name in joined else value
        http += b"".join(pair(3, name, value) for name, value in joined.items())
    if body:
        http += field(11 if as_text else 12, body)
    source = field(1, field(1, field(2, address)))
    told = b"".join(pair(10, name, value) for name, value in (extensions or {}).items())
    return field(1, field(1, source) + field(4, field(2, http + more)) + told)


def read(message: bytes) -> Answer:
    """Read a ``CheckResponse``."""
    whole = dict(fields(message))
    code = dict(fields(whole.get(1, b""))).get(1, 0)
    noted = {}
    for number, entry in fields(whole.get(4, b"")):
        assert number == 1
        member = dict(fields(entry))
        noted[member[1].decode()] = dict(fields(member[2]))[3].decode()
    if 2 in whole:
        denied = dict(fields(whole[2]))
        status = dict(fields(denied[1]))[1]
        answered = Denied(status, _headers(whole[2]), denied.get(3, b"").decode())
        return Answer(code, None, [], answered, noted)
    removed = [value.decode() for number, value in fields(whole[3]) if number == 5]
    return Answer(code, _headers(whole[3]), removed, None, noted)


def _headers(response: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    for number, option in fields(response):
        if number == 2:
            told = dict(fields(option))
            # OVERWRITE_IF_EXISTS_OR_ADD
            assert told[3] == 2
            header = dict(fields(told[1]))
            assert header[1].decode() not in headers
            headers[header[1].decode()] = header[2].decode()
    return headers


def call(
    port: int, message: bytes, key: str | None, *more: tuple[str, str], trusted: bytes | None = None
) -> Answer:
    """Ask as Envoy does, with *key* in the metadata; over TLS if certificates in PEM are *trusted*."""
    metadata = [*([("x-iamd-pep-key", key)] if key is not None else []), *more]
    if trusted is None:
        opened = grpc.insecure_channel(f"127.0.0.1:{port}")
    else:
        opened = grpc.secure_channel(f"localhost:{port}", grpc.ssl_channel_credentials(trusted))
    with opened as channel:
        answer: bytes = channel.unary_unary(METHOD)(message, timeout=10, metadata=metadata)
    return read(answer)
