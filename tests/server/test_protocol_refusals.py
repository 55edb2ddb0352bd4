"""What the protocol refuses before anything is called, and that the connection ends with it."""

import json
from xml.etree import ElementTree as ET

import pytest
from tests.support.raw_http import Answer, ask, connection, is_closed, read_answer

from iamd.server.run import ServerThread

HOST = b"Host: localhost\r\n"


def refused(server: ServerThread, raw: bytes) -> Answer:
    """Send *raw*, and check that the answer is an error that clients of AWS can read, and the last one."""
    with connection(server.url) as opened:
        opened.sendall(raw)
        answer = read_answer(opened)
        assert answer.headers["connection"] == "close"
        assert is_closed(opened)
    root = ET.fromstring(answer.body)  # noqa: S314  of a server of ours
    assert [child.tag for child in root] == ["Error", "RequestId"]
    assert root.findtext("Error/Type") == ("Sender" if answer.status < 500 else "Receiver")
    assert root.findtext("Error/Message")
    assert root.findtext("RequestId") == answer.headers["x-amzn-requestid"]
    return answer


def code(answer: Answer) -> str | None:
    return ET.fromstring(answer.body).findtext("Error/Code")  # noqa: S314  of a server of ours


@pytest.mark.parametrize(
    "target",
    [
        b"/#fragment",
        b"/a?b#c",
        b"http://localhost/",
        b"http://elsewhere/?Action=ListUsers",
        b"https://localhost",
        b"*",
        b"localhost:80",
        b"/?",
        b"/a?",
        b"a",
        b"/a\tb",
        b"/a b",
        b"/\xc3\xa9",
        b"/\x00",
        b"/\x7f",
    ],
)
def test_targets(server: ServerThread, target: bytes) -> None:
    """R-73: what would be dropped or rewritten, and what two readers read differently."""
    assert refused(server, b"GET " + target + b" HTTP/1.1\r\n" + HOST + b"\r\n").status == 400


@pytest.mark.parametrize(
    "raw",
    [
        b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
        b"CONNECT localhost:80 HTTP/1.1\r\n" + HOST + b"\r\n",
        b"get / HTTP/1.1\r\n" + HOST + b"\r\n",
        b"BREW / HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET / HTTP/1.1\nHost: localhost\n\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_request_lines(server: ServerThread, raw: bytes) -> None:
    """R-73, R-75: methods, forms and line ends."""
    assert refused(server, raw).status == 400


def test_other_versions(server: ServerThread) -> None:
    assert refused(server, b"GET / HTTP/2.0\r\n" + HOST + b"\r\n").status == 505
    assert refused(server, b"GET /\r\n\r\n").status == 505


@pytest.mark.parametrize(
    "lines",
    [
        b"",
        b"Host:\r\n",
        b"Host: a\r\nHost: a\r\n",
        b"Host: a\r\nHOST: b\r\n",
        b"Host: a, b\r\n",
        b"Host: user@a\r\n",
        b"Host: a/b\r\n",
        b"Host: a:port\r\n",
        b"Host: [::1\r\n",
        b"Host: \xc3\xa9\r\n",
    ],
)
def test_the_host(server: ServerThread, lines: bytes) -> None:
    """R-72: exactly one, and a valid one."""
    assert refused(server, b"GET / HTTP/1.1\r\n" + lines + b"\r\n").status == 400


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "Content-Type",
        "Date",
        "Expect",
        "Forwarded",
        "X-Amz-Date",
        "X-Amz-Security-Token",
        "X-Amz-Content-Sha256",
        "X-Amz-Anything",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "If-None-Match",
    ],
)
def test_repeated_headers(server: ServerThread, name: str) -> None:
    """R-72: a repeated header of weight, in any case, the same value or not."""
    for second in (name, name.lower(), name.upper()):
        raw = (
            b"GET / HTTP/1.1\r\n"
            + HOST
            + f"{name}: 100-continue\r\nX: y\r\n{second}: 100-continue\r\n\r\n".encode()
        )
        assert refused(server, raw).status == 400


def test_other_headers_may_be_repeated(server: ServerThread) -> None:
    answer = ask(server.url, b"GET / HTTP/1.1\r\n" + HOST + b"Accept: a\r\nAccept: b\r\n\r\n")
    assert answer.status == 200
    assert json.loads(answer.body)["headers"] == [["host", "localhost"], ["accept", "a"], ["accept", "b"]]


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400),
        (b"Content-Length: 5\r\nContent-Length: 5\r\n", 400),
        (b"Content-Length: 5\r\nContent-Length: 6\r\n", 400),
        (b"Content-Length: 5, 5\r\n", 400),
        (b"Content-Length: +5\r\n", 400),
        (b"Content-Length: -5\r\n", 400),
        (b"Content-Length: 0x5\r\n", 400),
        (b"Content-Length: 5 5\r\n", 400),
        (b"Content-Length: \r\n", 400),
        (b"Content-Length: 5_0\r\n", 400),
        (b"Content-Length: 99999999999999999999\r\n", 400),
        (b"Content-Length : 5\r\n", 400),
        (b"Content-Length: 5\r\n folded\r\n", 400),
        (b"Transfer-Encoding: chunked\r\n", 411),
        (b"Transfer-Encoding: xchunked\r\n", 411),
        (b"Transfer-Encoding: chunked, identity\r\n", 400),
        (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400),
        (b"Transfer-Encoding:\x0bchunked\r\n", 400),
        (b"Bad\x00: 1\r\n", 400),
        (b"Bad: a\x00b\r\n", 400),
        (b"Bad: a\rb\r\n", 400),
        (b"Bad Name: 1\r\n", 400),
        (b": empty\r\n", 400),
    ],
)
def test_framing(server: ServerThread, lines: bytes, status: int) -> None:
    """R-75: whatever leaves two opinions about where the body ends; chunks are not taken at all."""
    chunks = b"5;extension=1\r\nhello\r\n0\r\nTrailer: 1\r\n\r\n"
    answer = refused(server, b"POST / HTTP/1.1\r\n" + HOST + lines + b"\r\n" + chunks)
    assert answer.status == status


@pytest.mark.parametrize("coding", [b"gzip", b"deflate", b"aws-chunked", b"identity, gzip", b"", b"br"])
def test_encoded_bodies(server: ServerThread, coding: bytes) -> None:
    """R-19, R-21: compressed and chunked content, refused as the client's error."""
    raw = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Encoding: " + coding + b"\r\nContent-Length: 2\r\n\r\nab"
    assert refused(server, raw).status == 415


def test_a_request_line_that_is_too_long(server: ServerThread) -> None:
    """R-21: 8 KiB pass, one byte more does not."""
    fits = b"/" + b"a" * (8 * 1024 - 1)
    assert ask(server.url, b"GET " + fits + b" HTTP/1.1\r\n" + HOST + b"\r\n").status == 200
    assert refused(server, b"GET " + fits + b"a HTTP/1.1\r\n" + HOST + b"\r\n").status == 414


def test_headers_that_are_too_large(server: ServerThread) -> None:
    """R-21: names and values together, 16 KiB."""
    rest = 16 * 1024 - len(b"hostlocalhost") - len(b"x")
    assert ask(server.url, b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"v" * rest + b"\r\n\r\n").status == 200
    raw = b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"v" * (rest + 1) + b"\r\n\r\n"
    assert refused(server, raw).status == 431


def test_headers_that_are_too_many(server: ServerThread) -> None:
    """R-21: a hundred."""
    lines = b"".join(b"X-%d: v\r\n" % number for number in range(99))
    assert ask(server.url, b"GET / HTTP/1.1\r\n" + HOST + lines + b"\r\n").status == 200
    assert refused(server, b"GET / HTTP/1.1\r\n" + HOST + lines + b"X: v\r\n\r\n").status == 431


@pytest.mark.parametrize(
    "start", [b"GET /", b"GET / HTTP/1.1\r\n" + HOST + b"X: ", b"GET / HTTP/1.1\r\nX", b"\r\n"]
)
def test_a_head_without_an_end(server: ServerThread, start: bytes) -> None:
    """R-21, R-84: refused as soon as it exceeds what may be, not when it ends."""
    with connection(server.url) as opened:
        opened.sendall(start)
        piece = b"\r\n" * 1024 if start == b"\r\n" else b"a" * 2048
        for _ in range(13):
            opened.sendall(piece)
        assert read_answer(opened).status == 431
        assert is_closed(opened)


def test_a_body_that_is_too_large(server: ServerThread) -> None:
    """R-21: refused by its length, before it is read."""
    answer = refused(server, b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1048577\r\n\r\n")
    assert (answer.status, code(answer)) == (413, "RequestEntityTooLargeException")
    body = b"a" * 1048576
    answer = ask(server.url, b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1048576\r\n\r\n" + body)
    assert len(json.loads(answer.body)["body"]) == len(body)


def test_a_client_that_sends_its_large_body_all_the_same_reads_the_answer(server: ServerThread) -> None:
    """R-21: what is not read does not destroy the answer on its way."""
    with connection(server.url) as opened:
        opened.sendall(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 2000000\r\n\r\n")
        opened.sendall(b"a" * 2_000_000)
        assert read_answer(opened).status == 413


def test_an_expectation_that_is_refused_costs_no_body(server: ServerThread) -> None:
    head = b"POST / HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n"
    assert refused(server, head % 2_000_000).status == 413
    assert refused(server, (head % 1).replace(b"100-continue", b"200-ok")).status == 417
    with connection(server.url) as opened:
        opened.sendall(head % 2)
        assert read_answer(opened).status == 100
        opened.sendall(b"ab")
        assert json.loads(read_answer(opened).body)["body"] == "ab"


def test_an_upgrade_with_a_body_is_refused_and_one_without_is_ignored(server: ServerThread) -> None:
    """R-75: the parser would take the body for the other protocol's."""
    upgrade = b"Connection: Upgrade\r\nUpgrade: h2c\r\n"
    raw = b"POST / HTTP/1.1\r\n" + HOST + upgrade + b"Content-Length: 2\r\n\r\nab"
    assert refused(server, raw).status == 400
    with connection(server.url) as opened:
        opened.sendall(
            b"GET / HTTP/1.1\r\n" + HOST + upgrade + b"\r\nGET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"
        )
        answer = read_answer(opened)
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert is_closed(opened)


def test_a_refusal_of_head_has_no_body(server: ServerThread) -> None:
    with connection(server.url) as opened:
        opened.sendall(b"HEAD / HTTP/1.1\r\n\r\n")
        assert read_answer(opened, with_body=False).status == 400
        assert is_closed(opened)


def test_what_came_before_a_refused_request_is_answered_first(server: ServerThread) -> None:
    """R-75: answers keep the order of their requests."""
    good = b"GET /%d HTTP/1.1\r\n" + HOST + b"\r\n"
    with connection(server.url) as opened:
        opened.sendall(good % 1 + good % 2 + b"GET * HTTP/1.1\r\n" + HOST + b"\r\n" + good % 3)
        assert [json.loads(read_answer(opened).body)["path"] for _ in range(2)] == ["/1", "/2"]
        assert read_answer(opened).status == 400
        assert is_closed(opened)
