"""What gets through the door, and how it comes out."""

import asyncio
import json
import socket
from contextlib import ExitStack
from typing import Any

import boto3
import pytest
from botocore.config import Config
from tests.support.raw_http import ask, connection, is_closed, read_answer

from iamd.http import Request, Response
from iamd.server.app import Door
from iamd.server.health import health_routes
from iamd.server.limits import Limits
from iamd.server.run import ServerThread


def test_a_request_arrives_byte_for_byte(server: ServerThread) -> None:
    raw = (
        b"POST //a/../b%2Fc;d=1/?x=%zz;y&y=+?/ HTTP/1.1\r\nhOST: LocalHost:80\r\nX-Custom: \t a  b\t \r\n"
        b"Under_Score: 1\r\nEmpty:\r\nContent-Length: 4\r\n\r\n\x00\xff\r\n"
    )
    assert json.loads(ask(server.url, raw).body) == {
        "method": "POST",
        "path": "//a/../b%2Fc;d=1/",
        "query": "x=%zz;y&y=+?/",
        "headers": [
            ["host", "LocalHost:80"],
            ["x-custom", "a  b"],
            ["under_score", "1"],
            ["empty", ""],
            ["content-length", "4"],
        ],
        "body": "\x00\xff\r\n",
        "peer": "127.0.0.1",
        "local": ["127.0.0.1", int(server.url.rpartition(":")[2])],
        "secure": False,
    }


def test_nothing_that_a_client_writes_about_its_address_is_believed(server: ServerThread) -> None:
    """R-81: no proxy headers, even from this machine."""
    raw = b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n\r\n"
    said = json.loads(ask(server.url, raw).body)
    assert (said["peer"], said["secure"]) == ("127.0.0.1", False)


def test_the_headers_of_an_answer(server: ServerThread) -> None:
    answer = ask(server.url, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert sorted(answer.headers) == ["content-length", "content-type", "date"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_every_method_is_handed_on(server: ServerThread, method: str) -> None:
    answer = ask(server.url, f"{method} / HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    assert json.loads(answer.body)["method"] == method


def test_head_is_answered_without_a_body(server: ServerThread) -> None:
    with connection(server.url) as opened:
        opened.sendall(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = read_answer(opened, with_body=False)
        assert int(answer.headers["content-length"]) > 0
        assert json.loads(read_answer(opened).body)["path"] == "/next"


def test_http_1_0_is_answered_and_closed(server: ServerThread) -> None:
    with connection(server.url) as opened:
        opened.sendall(b"GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n")
        assert read_answer(opened).status == 200
        assert is_closed(opened)


def test_a_connection_is_kept(server: ServerThread) -> None:
    with connection(server.url) as opened:
        for number in range(50):
            body = b"b" * number
            head = f"POST /{number} HTTP/1.1\r\nHost: a\r\nContent-Length: {number}\r\n\r\n".encode()
            opened.sendall(head + body)
            said = json.loads(read_answer(opened).body)
            assert (said["path"], said["body"]) == (f"/{number}", "b" * number)


def test_pipelined_requests_are_answered_in_their_order(server: ServerThread) -> None:
    """R-75: each body belongs to its own request."""
    raw = b"".join(
        f"POST /{number} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(str(number))}\r\n\r\n{number}".encode()
        for number in range(200)
    )
    with connection(server.url) as opened:
        opened.sendall(raw[:-100])
        opened.sendall(raw[-100:])
        for number in range(200):
            said = json.loads(read_answer(opened).body)
            assert (said["path"], said["body"]) == (f"/{number}", str(number))


def test_a_request_in_single_bytes(server: ServerThread) -> None:
    raw = b"POST /a?b=c HTTP/1.1\r\nHost: a\r\nX-Amz-Date: now\r\nContent-Length: 3\r\n\r\nabc"
    with connection(server.url) as opened:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in raw:
            opened.sendall(bytes([byte]))
        said = json.loads(read_answer(opened).body)
    assert (said["path"], said["query"], said["body"]) == ("/a", "b=c", "abc")


def test_a_large_answer_is_handed_over_in_pieces() -> None:
    """R-84: whoever does not read it is kept no copy of all of it, which an encrypted connection would make."""
    body = bytes(range(256)) * 1000

    async def much(_: Request) -> Response:
        return Response(status=200, body=body)

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b""}

    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "raw_path": b"/",
        "query_string": b"",
        "headers": [],
        "client": None,
    }
    asyncio.run(Door(much)({**scope, "scheme": "http"}, receive, send))
    assert b"".join(each["body"] for each in sent[1:]) == body
    assert [len(each["body"]) for each in sent[1:]] == [65_536, 65_536, 65_536, 59_392]
    assert [each.get("more_body", False) for each in sent[1:]] == [True, True, True, False]


def test_the_servers_own_paths(server: ServerThread) -> None:
    def get(path: str) -> tuple[int, object]:
        answer = ask(server.url, f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        return answer.status, json.loads(answer.body)

    assert get("/_iamd/health/live") == (200, {"status": "live"})
    assert get("/_iamd/health/ready") == (200, {"status": "ready", "checks": {"store": "ok"}})
    assert get("/_iamd/health") == get("/_iamd/health/ready")
    assert get("/_iamd/nothing") == (404, {"error": "no such page"})
    assert get("/_iamd/") == (404, {"error": "no such page"})
    # Whatever is written in another way belongs to the wire.
    for path in ("/_iamd", "/%5Fiamd/health", "//_iamd/health", "/x/../_iamd/health"):
        status, said = get(path)
        assert isinstance(said, dict)
        assert (status, said["path"]) == (200, path)


def test_a_server_that_is_not_ready() -> None:
    async def nothing(_: Request) -> Response:
        raise AssertionError("not for the wire")

    works = {"store": True}
    routes = health_routes({"store": lambda: works["store"], "keys": lambda: True})
    with ServerThread(Door(nothing, routes)) as server:
        get = b"GET /_iamd/health/ready HTTP/1.1\r\nHost: a\r\n\r\n"
        assert ask(server.url, get).status == 200
        works["store"] = False
        answer = ask(server.url, get)
        assert (answer.status, json.loads(answer.body)) == (
            503,
            {"status": "not ready", "checks": {"store": "failed", "keys": "ok"}},
        )
        assert ask(server.url, get.replace(b"/ready", b"/live")).status == 200


@pytest.mark.parametrize("route", [("GET", b"/"), ("GET", b"/health"), ("get", b"/_iamd/x")])
def test_a_route_cannot_hide_the_wire(route: tuple[str, bytes]) -> None:
    async def page(_: Request) -> Response:
        return Response(status=200)

    with pytest.raises(ValueError, match="server's own"):
        Door(page, {route: page})


def test_too_many_connections() -> None:
    async def empty(_: Request) -> Response:
        return Response(status=200)

    get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    with ServerThread(Door(empty), limits=Limits(connections=1)) as server, connection(server.url) as first:
        first.sendall(get)
        assert read_answer(first).status == 200
        assert ask(server.url, get).status == 503
        # Who was there before is not made to leave.
        with connection(server.url) as second:
            first.sendall(get)
            assert read_answer(first).status == 200
            second.sendall(get)
            assert read_answer(second).status == 503


def test_connections_that_say_nothing_are_not_kept_for_ever_more() -> None:
    """R-84: each of them is an open file, of which a process has so many."""

    async def empty(_: Request) -> Response:
        return Response(status=200)

    get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    with (
        ServerThread(Door(empty), limits=Limits(connections=1)) as server,
        ExitStack() as stack,
        connection(server.url) as first,
    ):
        first.sendall(get)
        assert read_answer(first).status == 200
        opened = [stack.enter_context(connection(server.url)) for _ in range(70)]
        assert is_closed(opened[-1])
        assert server.connections <= 66
        first.sendall(get)
        assert read_answer(first).status == 200


def test_a_real_client_gets_through() -> None:
    seen: list[Request] = []

    async def answer(request: Request) -> Response:
        seen.append(request)
        body = (
            b'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
            b"<Arn>arn:aws:iam::123456789012:root</Arn><UserId>123456789012</UserId><Account>123456789012</Account>"
            b"</GetCallerIdentityResult></GetCallerIdentityResponse>"
        )
        return Response(status=200, headers=((b"content-type", b"text/xml"),), body=body)

    with ServerThread(Door(answer)) as server:
        client = boto3.client(
            "sts",
            endpoint_url=server.url,
            region_name="us-east-1",
            aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": 1}),
        )
        assert client.get_caller_identity()["Account"] == "123456789012"
        client.close()
    assert [(request.method, request.raw_path, request.body) for request in seen] == [
        ("POST", b"/", b"Action=GetCallerIdentity&Version=2011-06-15")
    ]
