"""
The operator's file of routes: which requests come through a VPC endpoint, and how that is told.

Each route has one sign: a ``listener`` of the server's, a ``host`` that a proxy passes on, or a ``header`` that it sets.
What the signs mean is in `iamd.auth.vpc_endpoints`.
"""

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from iamd.auth.vpc_endpoints import NONE, EndpointRoute, EndpointRoutes, Listener
from iamd.domain.proxy_networks import proxy_network
from iamd.domain.vpc_endpoints import is_endpoint_id
from iamd.exchange import strict_yaml
from iamd.exchange.strict_yaml import FileFormatError

_HIGHEST_PORT: Final = 65_535
_is_listener: Final = re.compile(
    r"(?:\[(?P<v6>[0-9a-fA-F:.]+)\]|(?P<v4>[0-9.]+)):(?P<port>[0-9]{1,5})"
).fullmatch

# Not x-amz-: such a header must be signed, and a proxy cannot sign.  No underscore: many servers take it for a hyphen.
Header = Annotated[str, Meta(pattern=r"\A[xX]-(?![aA][mM][zZ]-)[A-Za-z0-9-]+\Z", max_length=100)]


class FileRoute(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    One route.

    Attributes:
        endpoint: Of a listener or a host: the id of an endpoint, or ``none``.
        endpoints: Of a header: which ones it may name, ``none`` besides.
        proxies: Addresses and networks.
    """

    listener: str | None = None
    host: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9.-]+\Z")] | None = None
    header: Header | None = None
    endpoint: str | None = None
    endpoints: list[str] | None = None
    proxies: list[str] = []
    source_ip_header: Header | None = None


class EndpointRoutesFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole file."""

    routes: Annotated[list[FileRoute], Meta(min_length=1)]


def read_endpoint_routes(path: Path | None) -> EndpointRoutes:
    """
    Read the file; without one, no request comes through an endpoint.

    Args:
        path: YAML, or JSON when its name ends so.

    Raises:
        FileFormatError: It does not parse, has another form, or a route of it cannot be meant.
    """
    if path is None:
        return EndpointRoutes()
    try:
        file = msgspec.convert(strict_yaml.read(path), EndpointRoutesFile, strict=False)
    except msgspec.ValidationError as error:
        raise FileFormatError(f"`{path}`: {error}") from error
    routes = []
    for number, each in enumerate(file.routes, 1):
        try:
            routes.append(_route(each))
        except ValueError as error:
            raise FileFormatError(f"`{path}`: route {number}: {error}") from error
    return EndpointRoutes(routes)


def _route(each: FileRoute) -> EndpointRoute:
    """
    Return what a route of the file means.

    Raises:
        ValueError: It cannot be meant.
    """
    if [each.listener, each.host, each.header].count(None) != len("xx"):
        raise ValueError("expected exactly one of `listener`, `host` and `header`")
    if each.listener is None and not each.proxies:
        raise ValueError("a host or a header is believed of `proxies` only, and none is named")
    if each.source_ip_header is not None and not each.proxies:
        raise ValueError("`source_ip_header` is believed of `proxies` only, and none is named")
    return EndpointRoute(
        listener=None if each.listener is None else _listener(each.listener),
        host=None if each.host is None else each.host.lower().rstrip(".").encode(),
        header=None if each.header is None else each.header.lower().encode(),
        proxies=tuple(map(proxy_network, each.proxies)),
        endpoint_ids=frozenset(_endpoint_ids(each)),
        source_ip_header=None if each.source_ip_header is None else each.source_ip_header.lower().encode(),
    )


def _endpoint_ids(each: FileRoute) -> list[str]:
    if each.header is None:
        if each.endpoint is None or each.endpoints is not None:
            raise ValueError("a listener or a host is of one `endpoint`")
        named = [each.endpoint]
    else:
        if not each.endpoints or each.endpoint is not None:
            raise ValueError("a header may name `endpoints`")
        named = each.endpoints
    for endpoint_id in named:
        if not is_endpoint_id(endpoint_id) and endpoint_id != NONE:
            raise ValueError(f"`{endpoint_id}` is no id of a VPC endpoint, nor `{NONE}`")
    return named if each.header is None else [*named, NONE]


def _listener(text: str) -> Listener:
    match = _is_listener(text)
    if match is None or not 0 < int(match["port"]) <= _HIGHEST_PORT:
        raise ValueError(f"`{text}` is no listener: an address, a colon and a port, such as 127.0.0.1:4264")
    return ip_address(match["v6"] or match["v4"]), int(match["port"])
