"""The operator's file of routes: which requests come through a VPC endpoint; nothing is believed of who is not named."""

import json
from pathlib import Path
from typing import Any

import pytest

from iamd.auth.vpc_endpoints import EndpointRoutes, Entrance
from iamd.errors import AccessDenied
from iamd.exchange.endpoint_routes import read_endpoint_routes
from iamd.exchange.strict_yaml import FileFormatError
from iamd.http import Request

ONE, TWO, OLD = "vpce-0a1b2c3d4e5f60718", "vpce-00000000000000002", "vpce-1a2b3c4d"
LISTENER = {"listener": "127.0.0.1:4264", "endpoint": ONE}
HOST = {"host": "STS.vpce.example.com", "proxies": ["10.0.0.0/8", "fd00::1"], "endpoint": TWO}
HEADER = {"header": "X-Vpce-Id", "proxies": ["192.0.2.1"], "endpoints": [ONE, OLD]}
FORWARDED = {"source_ip_header": "X-Forwarded-For"}


def routes(folder: Path, *given: Any) -> EndpointRoutes:
    path = folder / "routes.json"
    path.write_text(json.dumps({"routes": given}))
    return read_endpoint_routes(path)


def request(
    peer: str = "198.51.100.7", local: Any = ("127.0.0.1", 4263), **headers: str | list[str]
) -> Request:
    fields: list[tuple[bytes, bytes]] = []
    for name, values in headers.items():
        given = [values] if isinstance(values, str) else values
        fields += [(name.replace("_", "-").encode(), value.encode()) for value in given]
    return Request(method="POST", raw_path=b"/", headers=tuple(fields), peer=peer, local=local)


def test_yaml(tmp_path: Path) -> None:
    path = tmp_path / "routes.yaml"
    path.write_text(
        f"""
routes:
  - listener: 127.0.0.1:4264
    endpoint: {ONE}
  - listener: "[::1]:4265"
    endpoint: {TWO}
"""
    )
    read = read_endpoint_routes(path)
    assert list(read.listeners()) == [("127.0.0.1", 4264), ("::1", 4265)]
    assert read.entrance(request(local=("::1", 4265))) == Entrance(TWO, "198.51.100.7")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (request(), None),
        (request(local=None), None),
        # The listener alone says it, whoever comes.
        (request(local=("127.0.0.1", 4264)), Entrance(ONE, "198.51.100.7")),
        (request(local=("127.0.0.2", 4264)), None),
        # A host, whatever its case and port, from a proxy: whose request it is, nobody says.
        (request("10.1.2.3", host="sts.vpce.example.com"), Entrance(TWO, None)),
        (request("::ffff:10.1.2.3", host="sts.VPCE.example.com:443"), Entrance(TWO, None)),
        (request("fd00::1", host="sts.vpce.example.com."), Entrance(TWO, None)),
        (request(host="other.example.com"), None),
        # A header, from another proxy.
        (request("192.0.2.1", x_vpce_id=OLD), Entrance(OLD, None)),
        (request("192.0.2.1", x_vpce_id="none"), None),
    ],
)
def test_what_is_told(tmp_path: Path, asked: Request, expected: Entrance | None) -> None:
    assert routes(tmp_path, LISTENER, HOST, HEADER).entrance(asked) == expected


@pytest.mark.parametrize(
    ("asked", "detail"),
    [
        (request(host="sts.vpce.example.com"), "comes from none of its proxies"),
        (request("192.0.2.1", host="sts.vpce.example.com", x_vpce_id=ONE), "comes from none of its proxies"),
        (request("192.0.2.2", x_vpce_id=ONE), "comes from none of its proxies"),
        (request("192.0.2.2", x_vpce_id="none"), "comes from none of its proxies"),
        (request("", x_vpce_id=ONE), "comes from none of its proxies"),
        (request("192.0.2.1", ("127.0.0.1", 4264), x_vpce_id=OLD), "contradict"),
        (request("192.0.2.1", ("127.0.0.1", 4264), x_vpce_id="none"), "contradict"),
        (request("192.0.2.1", x_vpce_id=TWO), f"may not name '{TWO}'"),
        (request("192.0.2.1", x_vpce_id=ONE.upper()), "may not name"),
        (request("192.0.2.1", x_vpce_id=""), "may not name ''"),
        (request("192.0.2.1", x_vpce_id=[ONE, ONE]), "there 2 times"),
        # Of a proxy that is named, silence says nothing.
        (request("192.0.2.1"), "does not say"),
        (request("10.0.0.1", host="other.example.com"), "does not say"),
    ],
)
def test_what_cannot_be_told_is_refused(tmp_path: Path, asked: Request, detail: str) -> None:
    """R-73: no header or host of a request is believed that its sender may have written."""
    with pytest.raises(AccessDenied) as caught:
        routes(tmp_path, LISTENER, HOST, HEADER).entrance(asked)
    assert detail in caught.value.detail
    assert caught.value.message == "It cannot be told through which VPC endpoint this request has come"


def test_a_listener_may_have_proxies(tmp_path: Path) -> None:
    found = routes(tmp_path, LISTENER | {"proxies": ["10.0.0.1"]} | FORWARDED)
    asked = request("10.0.0.1", ("127.0.0.1", 4264), x_forwarded_for="1.2.3.4, 10.9.8.7")
    assert found.entrance(asked) == Entrance(ONE, "10.9.8.7")
    with pytest.raises(AccessDenied):
        found.entrance(request("10.0.0.2", ("127.0.0.1", 4264), x_forwarded_for="10.9.8.7"))


@pytest.mark.parametrize(
    ("wildcard", "local", "is_at"),
    [
        ("0.0.0.0:4264", ("192.0.2.9", 4264), True),
        ("0.0.0.0:4264", ("192.0.2.9", 4263), False),
        ("0.0.0.0:4264", ("2001:db8::1", 4264), False),
        ("[::]:4264", ("2001:db8::1", 4264), True),
        ("[::]:4264", ("/run/socket", 4264), False),
    ],
)
def test_an_unspecified_address_is_any(tmp_path: Path, wildcard: str, local: Any, *, is_at: bool) -> None:
    found = routes(tmp_path, LISTENER | {"listener": wildcard})
    assert (found.entrance(request(local=local)) is not None) is is_at


@pytest.mark.parametrize("value", ["", "somebody", "10.0.0.1, ", "10.0.0.1:80", ["10.0.0.1", "10.0.0.2"], []])
def test_an_address_that_is_none_is_refused(tmp_path: Path, value: str | list[str]) -> None:
    found = routes(tmp_path, HEADER | FORWARDED)
    with pytest.raises(AccessDenied):
        found.entrance(request("192.0.2.1", x_vpce_id=ONE, x_forwarded_for=value))


def test_two_proxies_may_set_one_header(tmp_path: Path) -> None:
    """Each of them for its own endpoints."""
    found = routes(tmp_path, HEADER, HEADER | {"proxies": ["192.0.2.2"], "endpoints": [TWO]})
    assert found.entrance(request("192.0.2.2", x_vpce_id=TWO)) == Entrance(TWO, None)
    with pytest.raises(AccessDenied):
        found.entrance(request("192.0.2.1", x_vpce_id=TWO))


def test_a_host_may_be_of_none(tmp_path: Path) -> None:
    """So that one proxy can serve both."""
    found = routes(tmp_path, HOST, HOST | {"host": "sts.example.com", "endpoint": "none"})
    assert found.entrance(request("10.0.0.1", host="sts.example.com")) is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "length >= 1"),
        ([{"endpoint": ONE}], "exactly one of `listener`, `host` and `header`"),
        ([LISTENER | HOST], "exactly one of"),
        ([LISTENER | {"proxy": ["10.0.0.1"]}], "unknown field `proxy`"),
        ([HOST | {"proxies": []}], "route 1: a host or a header is believed of `proxies` only"),
        ([LISTENER, HEADER | {"proxies": []}], "route 2: a host or a header is believed"),
        ([LISTENER | FORWARDED], "`source_ip_header` is believed of `proxies` only"),
        ([HOST | {"proxies": ["10.0.0.1/8"]}], "has host bits set"),
        ([HOST | {"proxies": ["proxy.example.com"]}], "does not appear to be an IPv4 or IPv6 network"),
        ([HOST | {"host": "sts.example.com:443"}], "regex"),
        ([HEADER | {"header": "x-amz-vpce-id"}], "regex"),
        ([HEADER | {"header": "x_vpce_id"}], "regex"),
        ([HEADER | {"header": "authorization"}], "regex"),
        ([HEADER | {"endpoints": []}], "a header may name `endpoints`"),
        ([HEADER | {"endpoint": ONE}], "a header may name `endpoints`"),
        ([LISTENER | {"endpoints": [ONE]}], "a listener or a host is of one `endpoint`"),
        ([{"listener": "127.0.0.1:1"}], "a listener or a host is of one `endpoint`"),
        ([LISTENER | {"endpoint": "vpce-1"}], "`vpce-1` is no id of a VPC endpoint, nor `none`"),
        ([LISTENER | {"listener": "127.0.0.1"}], "no listener"),
        ([LISTENER | {"listener": "127.0.0.1:0"}], "no listener"),
        ([LISTENER | {"listener": "127.0.0.1:65536"}], "no listener"),
        ([LISTENER | {"listener": "::1:4264"}], "no listener"),
        ([LISTENER | {"listener": "localhost:4264"}], "no listener"),
        ([LISTENER | {"listener": "127.0.0.256:4264"}], "does not appear to be an IPv4 or IPv6 address"),
    ],
)
def test_what_cannot_be_meant(tmp_path: Path, given: list[Any], said: str) -> None:
    with pytest.raises(FileFormatError, match=r"routes\.json") as caught:
        routes(tmp_path, *given)
    assert said in str(caught.value)
