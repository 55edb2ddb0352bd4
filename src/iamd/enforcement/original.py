"""
The request that an enforcement point has got, as it tells of it.

A proxy asks with a request of its own, which carries the client's headers and, beside them, what it was asked: method,
target, host, address.  Only a point that has proved itself is believed; what is missing, repeated or malformed is
refused, since half a picture of a request is another request (R-72, R-73).
"""

import ipaddress
import re
from typing import Final

import msgspec

from iamd.enforcement.points import ApiRoute
from iamd.enforcement.refusals import InvalidRequest
from iamd.http import Request

KEY_HEADER: Final = b"x-iamd-pep-key"

_OWN: Final = b"x-iamd-"
_HOP: Final = frozenset(
    {
        b"connection",
        b"content-length",
        b"host",
        b"keep-alive",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)

IMPOSSIBLE: Final = "The enforcement point tells of a request that cannot be one."

_is_method = re.compile(rb"[A-Z]{1,16}").fullmatch
_is_target = re.compile(rb"/[!-\"$-~]*").fullmatch
_is_host = re.compile(rb"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?").fullmatch
# RFC 9110, sections 5.1 and 5.5.
_is_name = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]{1,256}").fullmatch
_is_value = re.compile(rb"[\t -~\x80-\xff]*").fullmatch
_is_length = re.compile(rb"[0-9]{1,15}").fullmatch


class Original(msgspec.Struct, frozen=True):
    """
    What the client has sent.

    Attributes:
        request: With the body, where the point has passed it on.
        has_body: It has one that is not here.
        route: What the point itself says that it needs, if it does.
        service: What the client has signed it for, where that is not what the point is for.
    """

    request: Request
    has_body: bool = False
    route: ApiRoute | None = None
    service: str | None = None


class _Names(msgspec.Struct, frozen=True):
    """The headers in which a kind of proxy tells of the request, and what the names of its other ones begin with."""

    method: bytes
    target: bytes
    host: bytes
    address: bytes
    scheme: bytes
    length: bytes
    prefixes: tuple[bytes, ...]


_NGINX: Final = _Names(
    b"x-original-method",
    b"x-original-uri",
    b"x-original-host",
    b"x-real-ip",
    b"x-original-scheme",
    b"x-original-length",
    # Not all that begins so: by X-Original-URL some frameworks are told where to go.
    (
        b"x-original-method",
        b"x-original-uri",
        b"x-original-host",
        b"x-original-scheme",
        b"x-original-length",
        b"x-real-ip",
    ),
)
_TRAEFIK: Final = _Names(
    b"x-forwarded-method",
    b"x-forwarded-uri",
    b"x-forwarded-host",
    b"x-forwarded-for",
    b"x-forwarded-proto",
    b"",
    (b"x-forwarded-", b"x-real-ip"),
)
_ENVOYS: Final = (b"x-forwarded-", b"x-envoy-", b"x-real-ip")
_SENDING: Final = frozenset({"PATCH", "POST", "PUT"})


def from_nginx(request: Request) -> Original:
    """Return what nginx has got; it asks with ``X-Original-…``. Raises InvalidRequest."""
    return _told_in_headers(request, _NGINX)


def from_traefik(request: Request) -> Original:
    """Return what Traefik has got; it asks with ``X-Forwarded-…``. Raises InvalidRequest."""
    return _told_in_headers(request, _TRAEFIK)


def from_envoy(request: Request, prefix: bytes) -> Original:
    """
    Return what Envoy has got: it asks with the client's own method, host and target, below *prefix*.

    Raises:
        InvalidRequest: Something is missing.
    """
    host = _one(request, b"host")
    body = request.body
    # Envoy makes the length that of what it sends, which is nothing where it passes no bodies on.
    length = b"%d" % len(body) if body else b""
    return Original(
        Request(
            method=request.method,
            raw_path=request.raw_path.removeprefix(prefix),
            raw_query=request.raw_query,
            headers=_headers(request, _ENVOYS, host, length),
            body=body,
            peer=_address(_one(request, b"x-forwarded-for")),
            secure=_secure(request, b"x-forwarded-proto"),
        )
    )


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """
    A request as Envoy tells of it in a message.

    Attributes:
        target: Path and query.
        headers: As they came, Envoy's own among them.
        body: None where it is not passed on.
        numbered: Whether it came by HTTP/2 or 3, where a body needs no header.
        address: Where it came from.
    """

    method: bytes
    target: bytes
    host: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes | None
    numbered: bool
    address: bytes


def from_message(told: Told, route: ApiRoute | None, service: str | None) -> Original:
    """
    Return what Envoy has got.

    Raises:
        InvalidRequest: It cannot be one.
    """
    if not _is_method(told.method) or not _is_target(told.target) or not _is_host(told.host):
        raise InvalidRequest(IMPOSSIBLE)
    of_request = {b":method": told.method, b":path": told.target, b":authority": told.host}
    raw: list[tuple[bytes, bytes]] = []
    for name, value in told.headers:
        if name.startswith(b":"):
            if of_request.get(name, value) != value:
                raise InvalidRequest(IMPOSSIBLE)
        elif _is_name(name) and _is_value(value):
            raw.append((name, value.strip(b" \t")))
        else:
            raise InvalidRequest(IMPOSSIBLE)
    asked = Request(method=told.method.decode(), raw_path=b"/", headers=tuple(raw))
    declared = _find(asked, b"content-length") or b""
    if declared and not _is_length(declared):
        raise InvalidRequest("The header content-length is no length.")
    path, query = _parted(told.target)
    made = Request(
        method=asked.method,
        raw_path=path,
        raw_query=query,
        headers=_headers(asked, _ENVOYS, told.host, declared),
        body=told.body or b"",
        peer=_address(told.address),
        secure=_secure(asked, b"x-forwarded-proto"),
    )
    if told.body is None:
        # Of HTTP/2 the head does not say whether there is more to come.
        unsaid = told.numbered and not declared and asked.method in _SENDING
        chunked = asked.header(b"transfer-encoding") is not None
        return Original(made, declared.strip(b"0") != b"" or unsaid or chunked, route, service)
    if declared and int(declared) != len(told.body):
        raise InvalidRequest("The body of the request is not as long as it says.")
    return Original(made, route=route, service=service)


def _parted(target: bytes) -> tuple[bytes, bytes]:
    path, mark, query = target.partition(b"?")
    if mark and not query:
        # A signature covers it as no query, and who is behind the proxy may take it for one.
        raise InvalidRequest("The target of the request must not end in an empty query.")
    return path, query


def _told_in_headers(request: Request, names: _Names) -> Original:
    method = _one(request, names.method)
    target = _one(request, names.target)
    host = _one(request, names.host)
    if not _is_method(method) or not _is_target(target) or not _is_host(host):
        raise InvalidRequest(IMPOSSIBLE)
    length = _find(request, names.length) or b"" if names.length else b""
    if length and not _is_length(length):
        raise InvalidRequest(f"The header {names.length.decode()} is no length.")
    path, query = _parted(target)
    made = Request(
        method=method.decode(),
        raw_path=path,
        raw_query=query,
        headers=_headers(request, names.prefixes, host, length),
        peer=_address(_one(request, names.address)),
        secure=_secure(request, names.scheme),
    )
    return Original(made, has_body=length.strip(b"0") != b"")


def _headers(
    request: Request, prefixes: tuple[bytes, ...], host: bytes, length: bytes
) -> tuple[tuple[bytes, bytes], ...]:
    """Return the client's headers: without the connection's and the proxy's own, with its own host and length."""
    kept: list[tuple[bytes, bytes]] = [(b"host", host)]
    for name, value in request.headers:
        if name in _HOP or name.startswith(prefixes) or name == KEY_HEADER:
            continue
        if name.startswith(_OWN):
            # whoever is behind the proxy believes these; a client must not be able to have sent them.
            raise InvalidRequest(f"The header {name.decode('latin-1')} is not for clients to send.")
        kept.append((name, value))
    if length:
        kept.append((b"content-length", length))
    _refuse_repeated(kept)
    return tuple(kept)


def original(
    method: str, target: str, headers: list[tuple[str, str]], address: str, *, secure: bool
) -> Request:
    """
    Return the head of a request that a program tells of.

    Raises:
        InvalidRequest: It cannot be one.
    """
    try:
        raw = [
            (name.lower().encode("ascii"), value.strip(" \t").encode("latin-1")) for name, value in headers
        ]
        encoded, verb, seen_at = target.encode("ascii"), method.encode("ascii"), address.encode("ascii")
    except UnicodeEncodeError:
        raise InvalidRequest(IMPOSSIBLE) from None
    hosts = [value for name, value in raw if name == b"host"]
    whole = len(hosts) == 1 and _is_host(hosts[0]) and _is_method(verb) and _is_target(encoded)
    if not whole or not all(_is_name(name) and _is_value(value) for name, value in raw):
        raise InvalidRequest(IMPOSSIBLE)
    _refuse_repeated(raw)
    path, _, query = encoded.partition(b"?")
    dropped = _HOP - {b"host", b"content-length"}
    return Request(
        method=method,
        raw_path=path,
        raw_query=query,
        headers=tuple(header for header in raw if header[0] not in dropped),
        peer=_address(seen_at),
        secure=secure,
    )


def _refuse_repeated(headers: list[tuple[bytes, bytes]]) -> None:
    seen: set[bytes] = set()
    for name, _ in headers:
        if name in seen and (name in _ONCE or name.startswith(b"x-amz-")):
            raise InvalidRequest(f"The header {name.decode('latin-1')} must not be repeated.")
        seen.add(name)


_ONCE: Final = frozenset({b"authorization", b"content-length", b"content-type", b"date", b"host"})


def _find(request: Request, name: bytes) -> bytes | None:
    values = list(request.header_values(name))
    if len(values) > 1:
        raise InvalidRequest(f"The header {name.decode()} must not be repeated.")
    return values[0] if values else None


def _one(request: Request, name: bytes) -> bytes:
    value = _find(request, name)
    if not value:
        raise InvalidRequest(f"The enforcement point has not sent the header {name.decode()}.")
    return value


def _address(text: bytes) -> str:
    """Return the last address of a list: the one that the proxy itself has seen."""
    address = text.rpartition(b",")[2].strip().decode("latin-1")
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        raise InvalidRequest("The enforcement point tells no address of the client.") from None


def _secure(request: Request, name: bytes) -> bool:
    """Return whether the client came by TLS; where nothing is said of it, it did not."""
    scheme = _find(request, name)
    if scheme not in {None, b"http", b"https"}:
        raise InvalidRequest(f"The header {name.decode()} is neither http nor https.")
    return scheme == b"https"
