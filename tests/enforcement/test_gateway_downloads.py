"""Long objects on their way to a client: whole or cut off, and never fetched for nobody; in clear text the kernel moves them."""

import http.client
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.support.guarded import Guarded, guarded_world
from tests.support.scripted import OK, Say, Scripted, scripted_upstream
from tests.support.serving import certificate_files
from tests.support.upstream import ACCESS_KEY_ID, SECRET, Store

from iamd.enforcement.upstreams import Upstream
from iamd.server.limits import Limits
from iamd.server.tls import TLS

LONG = os.urandom(3 * 1024 * 1024 + 77)
HUGE = 64 * 1024 * 1024
PATIENCE = 20.0


@contextmanager
def in_front_of(
    upstream: Scripted, *, tls: TLS | None = None, limits: Limits | None = None
) -> Iterator[Guarded]:
    settings = Upstream(
        services=["s3"], url=upstream.url, access_key_id=ACCESS_KEY_ID, secret_access_key=SECRET
    )
    with guarded_world(Store(), settings, tls=tls, limits=limits) as world:
        yield world


@pytest.fixture(scope="module")
def upstream() -> Iterator[Scripted]:
    with scripted_upstream() as running:
        yield running


@pytest.fixture(scope="module")
def world(upstream: Scripted) -> Iterator[Guarded]:
    with in_front_of(upstream) as running:
        yield running


@pytest.fixture(autouse=True)
def fresh(upstream: Scripted) -> None:
    upstream.script.clear()
    upstream.heads.clear()


def target(world: Guarded) -> str:
    url = world.s3(world.root).generate_presigned_url("get_object", Params={"Bucket": "data", "Key": "k"})
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def get(world: Guarded, context: ssl.SSLContext | None = None) -> bytes:
    """Return what is at the end of a connection of its own; raises what `http.client` raises."""
    host = urlsplit(world.url).netloc
    connection = (
        http.client.HTTPConnection(host, timeout=PATIENCE)
        if context is None
        else http.client.HTTPSConnection(host, timeout=PATIENCE, context=context)
    )
    try:
        connection.request("GET", target(world))
        return connection.getresponse().read()
    finally:
        connection.close()


def told(length: int, body: bytes, *, close: bool = False) -> Say:
    return Say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length + body, close=close)


def begin(world: Guarded) -> socket.socket:
    """Ask for an object, and read where its answer begins."""
    parts = urlsplit(world.url)
    client = socket.create_connection((parts.hostname or "", parts.port or 0), PATIENCE)
    client.sendall(f"GET {target(world)} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
    assert client.recv(1000).startswith(b"HTTP/1.1 200 ")
    return client


def test_a_long_object_is_what_it_was_and_the_connection_is_kept(world: Guarded, upstream: Scripted) -> None:
    upstream.script = [told(len(LONG), LONG), OK, told(len(LONG), LONG)]
    assert get(world) == LONG
    assert get(world) == b"ok"
    assert get(world) == LONG
    assert len({number for number, _ in upstream.heads}) == 1


def test_two_long_objects_on_one_connection_of_the_client(world: Guarded, upstream: Scripted) -> None:
    upstream.script = [told(len(LONG), LONG), told(len(LONG), LONG)]
    connection = http.client.HTTPConnection(urlsplit(world.url).netloc, timeout=PATIENCE)
    for _ in range(2):
        connection.request("GET", target(world))
        assert connection.getresponse().read() == LONG
    connection.close()


@pytest.mark.parametrize("sent", [1000, 2 * 1024 * 1024, len(LONG) - 1])
def test_an_object_that_breaks_off_does_so_here_too(world: Guarded, upstream: Scripted, sent: int) -> None:
    """Nothing that is cut off looks whole."""
    upstream.script = [told(len(LONG), LONG[:sent], close=True)]
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        get(world)
    assert get(world) == b"ok"


def test_what_follows_a_long_object_is_nobodys(world: Guarded, upstream: Scripted) -> None:
    upstream.script = [told(len(LONG), LONG + OK.raw)]
    assert get(world) == LONG
    assert get(world) == b"ok"
    assert upstream.heads[0][0] != upstream.heads[1][0]


def test_a_client_that_goes_away_frees_the_upstream(world: Guarded, upstream: Scripted) -> None:
    while upstream.ended.acquire(blocking=False):
        pass
    upstream.script = [told(HUGE, bytes(HUGE))]
    with begin(world):
        pass
    assert upstream.ended.acquire(timeout=PATIENCE)


def test_a_client_that_does_not_read_is_cut_off() -> None:
    """R-84: no more is fetched for it than connections hold, and not for long."""
    with (
        scripted_upstream() as upstream,
        in_front_of(upstream, limits=Limits(write_seconds=0.1)) as world,
    ):
        upstream.script = [told(HUGE, bytes(HUGE))]
        with begin(world) as client:
            assert upstream.ended.acquire(timeout=PATIENCE)
            received = 0
            try:
                while piece := client.recv(1024 * 1024):
                    received += len(piece)
            except ConnectionResetError:
                pass
        assert received < HUGE


@pytest.mark.parametrize("encrypted", ["the client's", "the upstream's", "both"])
def test_encrypted_connections_bring_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encrypted: str
) -> None:
    certificate, key = certificate_files(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    of_upstream = of_client = None
    if encrypted != "the client's":
        of_upstream = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        of_upstream.load_cert_chain(certificate, key)
    if encrypted != "the upstream's":
        of_client = ssl.create_default_context(cafile=str(certificate))
    with ExitStack() as stack:
        upstream = stack.enter_context(scripted_upstream(of_upstream))
        tls = TLS(certificate, key) if of_client is not None else None
        world = stack.enter_context(in_front_of(upstream, tls=tls))
        upstream.script = [told(len(LONG), LONG)]
        assert get(world, of_client) == LONG
