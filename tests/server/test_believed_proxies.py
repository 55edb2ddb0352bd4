"""Proxies: whom is believed what of a client."""

import asyncio
from typing import Any

import pytest
from tests.support.raw_http import ask

from iamd.http import Request, Response
from iamd.server.app import Door
from iamd.server.proxies import ElsewhereBehind, Proxies, behind, routes_behind
from iamd.server.refusal import Refused
from iamd.server.run import ServerThread

PROXIES = Proxies(["10.0.0.0/8", "fd00::1"], alone=True)


def client(peer: str, *, said: str | None = None, proto: str | None = None, secure: bool = False) -> Any:
    headers = [(b"host", b"iamd")]
    if said is not None:
        headers.append((b"x-forwarded-for", said.encode()))
    if proto is not None:
        headers.append((b"x-forwarded-proto", proto.encode()))
    return PROXIES.client(peer, headers, secure=secure)


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("192.0.2.7", "192.0.2.7"),
        # What stands before the last address of somebody else, anybody could have written.
        ("127.0.0.1, 192.0.2.7", "192.0.2.7"),
        ("192.0.2.1,192.0.2.7 , 10.1.1.1", "192.0.2.7"),
        ("10.9.9.9, 10.1.1.1", "10.9.9.9"),
        ("2001:db8::1, fd00::1", "2001:db8::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        (None, "10.1.2.3"),
    ],
)
def test_the_client_is_the_last_address_that_is_no_proxy(said: str | None, seen: str) -> None:
    assert client("10.1.2.3", said=said) == (seen, False)


@pytest.mark.parametrize(
    "said", ["", "somebody", "192.0.2.7:443", "192.0.2.7, ", "[2001:db8::1]", "192.0.2.7\t10.1.1.1", "1.2.3"]
)
def test_what_cannot_be_read_is_refused(said: str) -> None:
    with pytest.raises(Refused) as refused:
        client("10.1.2.3", said=said)
    assert (refused.value.status, refused.value.message) == (400, "The header X-Forwarded-For is not valid.")


def test_a_proxy_says_whether_the_client_is_encrypted() -> None:
    assert client("10.1.2.3", proto="https") == ("10.1.2.3", True)
    assert client("fd00::1", proto="HTTP", secure=True) == ("fd00::1", False)
    assert client("::ffff:10.1.2.3", said="192.0.2.7", proto="https") == ("192.0.2.7", True)
    with pytest.raises(Refused):
        client("10.1.2.3", proto="wss")


@pytest.mark.parametrize("peer", ["192.0.2.7", "127.0.0.1", "::1", "", "11.0.0.1"])
def test_nobody_else_may_connect(peer: str) -> None:
    """R-13: what a client says of itself is not believed."""
    with pytest.raises(Refused) as refused:
        client(peer, said="10.1.2.3", proto="https")
    assert refused.value.status == 403


def test_where_others_may_connect_they_are_whom_they_come_from() -> None:
    proxies = Proxies(["10.0.0.1"], alone=False)
    headers = [(b"x-forwarded-for", b"192.0.2.9"), (b"x-forwarded-proto", b"https")]
    assert proxies.client("192.0.2.7", headers, secure=False) == ("192.0.2.7", False)
    assert proxies.client("10.0.0.1", headers, secure=False) == ("192.0.2.9", True)


async def told(request: Request) -> Response:
    return Response(status=200, body=f"{request.peer} {request.secure}".encode())


class Elsewhere:
    """Answers what is below ``/elsewhere``."""

    def __init__(self) -> None:
        self.closed = False

    def takes(self, target: bytes, _headers: object) -> bool:
        return target.startswith(b"/elsewhere")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        del receive
        body = f"{scope['client'][0]} {scope['scheme']}".encode()
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("path", ["/", "/_iamd/page", "/elsewhere"])
def test_every_page_sees_the_client(path: str) -> None:
    proxies = Proxies(["127.0.0.1"], alone=True)
    routes = {("GET", b"/_iamd/page"): told, ("GET", b"/_iamd/health"): told}
    elsewhere = Elsewhere()
    door = Door(
        behind(proxies, told),
        routes_behind(proxies, routes, open_=[("GET", b"/_iamd/health")]),
        ElsewhereBehind(proxies, elsewhere),
    )
    with ServerThread(door) as server:
        head = f"GET {path} HTTP/1.1\r\nHost: a\r\n".encode()
        answer = ask(server.url, head + b"X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n\r\n")
        assert answer.body in {b"192.0.2.7 True", b"192.0.2.7 https"}
        refused = ask(server.url, head + b"X-Forwarded-For: me\r\n\r\n")
        assert (refused.status, b"<Code>MalformedHttpRequestException</Code>" in refused.body) == (400, True)
        twice = b"X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-For: 192.0.2.8\r\n\r\n"
        assert ask(server.url, head + twice).status == 400
    assert elsewhere.closed


def test_whoever_looks_after_the_server_asks_for_its_health_directly() -> None:
    proxies = Proxies(["10.0.0.1"], alone=True)
    health, page = ("GET", b"/_iamd/health"), ("GET", b"/_iamd/page")
    routes = routes_behind(proxies, {health: told, page: told}, open_=[health])
    request = Request(method="GET", raw_path=b"/", peer="192.0.2.7")

    async def both() -> tuple[int, int]:
        return (await routes[health](request)).status, (await routes[page](request)).status

    assert asyncio.run(both()) == (200, 403)
