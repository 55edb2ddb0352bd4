"""
R-20, R-74: upstreams and clients that end too early, say too much, or frame what they say in two ways.

What is answered here is made of bytes, since no server sends most of it.
"""

import http.client
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.support.guarded import Guarded, guarded_world
from tests.support.raw_http import ask, connection, is_closed, read_answer
from tests.support.scripted import OK, Say, Scripted, scripted_upstream
from tests.support.serving import certificate_files
from tests.support.upstream import ACCESS_KEY_ID, SECRET, Store

from iamd.enforcement.upstreams import Upstream

Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture(scope="module")
def upstream() -> Iterator[Scripted]:
    with scripted_upstream() as running:
        yield running


@pytest.fixture(scope="module")
def world(upstream: Scripted) -> Iterator[Guarded]:
    with in_front_of(upstream) as running:
        yield running


def in_front_of(upstream: Scripted) -> AbstractContextManager[Guarded]:
    settings = Upstream(
        services=["s3"], url=upstream.url, access_key_id=ACCESS_KEY_ID, secret_access_key=SECRET
    )
    return guarded_world(Store(), settings)


@pytest.fixture(autouse=True)
def fresh(upstream: Scripted) -> Iterator[None]:
    yield
    assert upstream.script == []
    upstream.heads.clear()
    upstream.bodies.clear()


def target(world: Guarded, operation: str = "get_object") -> str:
    url = world.s3(world.root).generate_presigned_url(operation, Params={"Bucket": "data", "Key": "k"})
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def send(world: Guarded, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
    """Send a presigned request on a connection of its own; raises what `http.client` raises."""
    operation = {"GET": "get_object", "HEAD": "head_object", "PUT": "put_object"}[method]
    connection = http.client.HTTPConnection(urlsplit(world.url).netloc, timeout=20)
    try:
        connection.request(method, target(world, operation), body, headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def test_connections_are_kept(world: Guarded, upstream: Scripted) -> None:
    for _ in range(3):
        assert send(world)[::2] == (200, b"ok")
    assert send(world, "PUT", b"body")[0] == 200
    assert len({number for number, _ in upstream.heads}) == 1
    assert upstream.bodies == [b"", b"", b"", b"body"]


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!",
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n folded\r\n\r\nok",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 700 What\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Many: 1\r\n" * 300 + b"Content-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 70_000,
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ],
    ids=[
        *(
            "a length and chunks",
            "two lengths",
            "bare line feeds",
            "a blank before a colon",
            "a folded header",
        ),
        *("another protocol", "no status", "many headers", "a long header", "no HTTP"),
    ],
)
def test_an_answer_that_can_be_read_in_two_ways_is_none(
    world: Guarded, upstream: Scripted, raw: bytes
) -> None:
    upstream.script = [Say(raw, close=True)]
    status, _, body = send(world)
    assert status == 503
    assert b"<Code>ServiceUnavailable</Code>" in body
    assert b"127.0.0.1" not in body
    assert send(world)[::2] == (200, b"ok")


def test_an_answer_that_breaks_off_does_so_here_too(world: Guarded, upstream: Scripted) -> None:
    upstream.script = [Say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", close=True)]
    with pytest.raises(http.client.IncompleteRead):
        send(world)
    upstream.script = [Say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", close=True)]
    with pytest.raises(http.client.IncompleteRead):
        send(world)
    assert send(world)[::2] == (200, b"ok")


@pytest.mark.parametrize(
    "raw",
    [
        OK.raw + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        OK.raw + b"garbage",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nevil",
    ],
    ids=["a second answer", "garbage", "the body of an answer that has none"],
)
def test_what_follows_an_answer_is_nobodys(world: Guarded, upstream: Scripted, raw: bytes) -> None:
    upstream.script = [Say(raw)]
    assert send(world)[2] in {b"ok", b""}
    assert send(world)[::2] == (200, b"ok")
    first, second = upstream.heads
    assert first[0] != second[0]


def test_an_answer_to_head_has_a_length_and_no_body(world: Guarded, upstream: Scripted) -> None:
    upstream.script = [Say(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\nETag: x\r\n\r\n")]
    status, headers, body = send(world, "HEAD")
    assert (status, headers["content-length"], headers["etag"], body) == (200, "5000", "x", b"")
    assert send(world)[::2] == (200, b"ok")
    assert upstream.heads[0][0] == upstream.heads[1][0]


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_an_answer_without_a_body_may_tell_a_length(world: Guarded, upstream: Scripted, status: str) -> None:
    upstream.script = [Say(f"HTTP/1.1 {status}\r\nContent-Length: 7\r\nETag: x\r\n\r\n".encode())]
    answer = send(world)
    assert (answer[0], answer[1]["etag"], answer[2]) == (int(status[:3]), "x", b"")
    assert send(world)[::2] == (200, b"ok")


def test_an_answer_may_come_after_others_that_are_none(world: Guarded, upstream: Scripted) -> None:
    upstream.script = [
        Say(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK.raw)
    ]
    status, headers, body = send(world)
    assert (status, body) == (200, b"ok")
    assert "link" not in headers


def test_an_answer_may_end_with_its_connection(world: Guarded, upstream: Scripted) -> None:
    upstream.script = [Say(b"HTTP/1.0 200 OK\r\n\r\nto the end", close=True)]
    assert send(world)[::2] == (200, b"to the end")


def test_headers_of_the_upstreams_connection_stay_there(world: Guarded, upstream: Scripted) -> None:
    head = b"HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\n"
    chunked = b"Trailer: X-Late\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Late: 1\r\n\r\n"
    upstream.script = [Say(head + b"X-Amz-Meta-A: 1\r\n" + chunked)]
    status, headers, body = send(world)
    assert (status, headers["x-amz-meta-a"], body) == (200, "1", b"ok")
    assert not headers.keys() & {"x-hop", "keep-alive", "trailer", "x-late"}


def test_an_answer_may_come_before_the_body_has_gone(world: Guarded, upstream: Scripted) -> None:
    """The upstream reads no more, and is sent no more; its connection is not used again."""
    refusal = b"HTTP/1.1 412 Precondition Failed\r\nContent-Length: 3\r\n\r\nno!"
    upstream.script = [Say(refusal, early=True)]
    request = f"PUT {target(world, 'put_object')} HTTP/1.1\r\nHost: {urlsplit(world.url).netloc}\r\n"
    answer = ask(world.url, f"{request}Content-Length: 1000000\r\n\r\n".encode() + b"x" * 900_000)
    assert (answer.status, answer.body) == (412, b"no!")
    assert send(world)[::2] == (200, b"ok")
    assert upstream.heads[0][0] != upstream.heads[1][0]


def test_only_what_changes_nothing_is_asked_twice(world: Guarded, upstream: Scripted) -> None:
    gone = Say(b"", close=True)
    assert send(world)[0] == 200
    upstream.script = [gone]
    assert send(world)[0] == 200  # The connection was kept; another one is made.
    upstream.script = [gone, gone]
    assert send(world)[0] == 503
    assert send(world)[0] == 200
    upstream.script = [gone]
    assert send(world, "PUT", b"once")[0] == 503
    assert upstream.bodies.count(b"once") == 1


def test_a_body_of_unknown_length_goes_on_in_chunks(world: Guarded, upstream: Scripted) -> None:
    answer = raw_put(world, "Transfer-Encoding: chunked", b"3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    assert answer == 200
    assert upstream.bodies == [b"abcde"]
    head = upstream.heads[0][1].lower()
    assert b"\r\ntransfer-encoding: chunked\r\n" in head
    assert b"content-length" not in head


def raw_put(world: Guarded, headers: str, body: bytes) -> int:
    request = f"PUT {target(world, 'put_object')} HTTP/1.1\r\nHost: {urlsplit(world.url).netloc}\r\n{headers}\r\n\r\n"
    return ask(world.url, request.encode() + body).status


CHUNKED = "Transfer-Encoding: chunked"


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        (f"Content-Length: 3\r\n{CHUNKED}", b"3\r\nabc\r\n0\r\n\r\n", 400),
        (f"{CHUNKED}\r\nContent-Length: 3", b"3\r\nabc\r\n0\r\n\r\n", 400),
        ("Content-Length: 3\r\nContent-Length: 4", b"abcd", 400),
        ("Transfer-Encoding: gzip, chunked", b"3\r\nabc\r\n0\r\n\r\n", 501),
        ("Transfer-Encoding: chunked, chunked", b"3\r\nabc\r\n0\r\n\r\n", 400),
        ("Transfer-Encoding: identity", b"abc", 501),
        (CHUNKED, b"3\r\nabc\r\n0\r\nContent-Length: 50\r\n\r\n", 400),
        (CHUNKED, b"3\r\nabc\r\n0\r\nX-Amz-Acl: public-read\r\n\r\n", 400),
        (CHUNKED, b"3\nabc\n0\n\n", 400),
        (CHUNKED, b"-3\r\nabc\r\n0\r\n\r\n", 400),
        (CHUNKED, b"0x3\r\nabc\r\n0\r\n\r\n", 400),
    ],
)
def test_a_request_that_is_framed_in_two_ways_goes_nowhere(
    world: Guarded, upstream: Scripted, headers: str, body: bytes, status: int
) -> None:
    assert raw_put(world, headers, body) == status
    assert upstream.bodies == []


def test_what_came_before_a_body_that_is_refused_is_answered_first(world: Guarded) -> None:
    """R-75: it may have been done already; whoever asked for it is told so."""
    host = f" HTTP/1.1\r\nHost: {urlsplit(world.url).netloc}\r\n"
    asked = f"GET {target(world)}{host}\r\n"
    refused = (
        f"PUT {target(world, 'put_object')}{host}Transfer-Encoding: chunked\r\n\r\n0\r\nX-Late: 1\r\n\r\n"
    )
    with connection(world.url) as opened:
        opened.sendall((asked + asked + refused + asked).encode())
        assert [read_answer(opened).status for _ in range(3)] == [200, 200, 400]
        assert is_closed(opened)


def test_a_download_ends_when_the_client_is_gone(world: Guarded, upstream: Scripted) -> None:
    """What nobody reads is not fetched."""
    endless: Callable[[int], Say] = lambda size: Say(  # noqa: E731
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + bytes(size)
    )
    size = 64 * 1024 * 1024
    upstream.script = [endless(size)]
    with socket.create_connection(
        (urlsplit(world.url).hostname or "", urlsplit(world.url).port or 0)
    ) as client:
        host = urlsplit(world.url).netloc
        client.sendall(f"GET {target(world)} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert client.recv(1000)
    while upstream.ended.acquire(timeout=0):
        pass
    assert send(world)[::2] == (200, b"ok")
    assert upstream.heads[0][0] != upstream.heads[1][0]


def test_an_upstream_with_tls_proves_who_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, key = certificate_files(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with scripted_upstream(context) as proved:
        with in_front_of(proved) as world:
            assert send(world)[0] == 503
            assert proved.heads == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with in_front_of(proved) as world:
            assert send(world)[::2] == (200, b"ok")
            assert send(world, "PUT", bytes(100_000))[0] == 200
        assert proved.bodies == [b"", bytes(100_000)]
