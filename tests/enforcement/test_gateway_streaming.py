"""Services but S3 whose operations take bytes: what tells nothing is not held, and is held to its signature all the same."""

import http.client
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import urlsplit

import pytest
from tests.support.guarded import Guarded, guarded_world
from tests.support.upstream import ACCESS_KEY_ID, SECRET, Store
from tests.support.world import Actor, allow

from iamd.enforcement.upstreams import Upstream
from iamd.http import Request
from iamd.secret import Secret
from iamd.sigv4.payload import UNSIGNED
from iamd.sigv4.sign import Credentials, sign

LONG = bytes(range(256)) * 80 * 1024
"""Twenty mebibytes: more than is held of any body."""
ARCHIVES = b"/-/vaults/tapes/archives"
VERSION = (b"x-amz-glacier-version", b"2012-06-01")


@pytest.fixture(scope="module")
def world(store: Store) -> Iterator[Guarded]:
    upstream = Upstream(services=["*"], url=store.url, access_key_id=ACCESS_KEY_ID, secret_access_key=SECRET)
    with guarded_world(store, upstream) as running:
        yield running


@pytest.fixture(scope="module")
def archivist(world: Guarded) -> Actor:
    vault = f"arn:aws:glacier:us-east-1:{123456789012}:vaults/tapes"
    return world.user(
        "archivist",
        allow("glacier:UploadArchive", vault),
        allow(["mediastore:*", "lambda:*", "dynamodb:*"], "*"),
    )


def send(
    world: Guarded,
    who: Actor,
    service: str,
    method: str,
    path: bytes,
    body: bytes,
    declared: str | None,
    *headers: tuple[bytes, bytes],
) -> int:
    assert who.credentials is not None
    host = urlsplit(world.url).netloc
    credentials = Credentials(
        access_key_id=who.credentials.access_key_id,
        secret_access_key=Secret(who.credentials.secret_access_key),
    )
    request = Request(method=method, raw_path=path, headers=((b"host", host.encode()), *headers), body=body)
    signed = sign(
        request,
        credentials,
        region="us-east-1",
        service=service,
        at=datetime.now(UTC),
        payload_hash=declared,
    )
    connection = http.client.HTTPConnection(host, timeout=30)
    try:
        told = {name.decode(): value.decode() for name, value in signed.headers}
        connection.request(method, path.decode(), body, told)
        return connection.getresponse().status
    finally:
        connection.close()


def test_an_archive_streams(world: Guarded, store: Store, archivist: Actor) -> None:
    declared = sha256(LONG).hexdigest()
    assert send(world, archivist, "glacier", "POST", ARCHIVES, LONG, declared, VERSION) == 200
    assert (store.seen[-1].refusal, store.seen[-1].body) == ("", LONG)
    before = len(store.seen)
    other = b"/-/vaults/others/archives"
    assert send(world, archivist, "glacier", "POST", other, b"x", sha256(b"x").hexdigest(), VERSION) == 403
    assert len(store.seen) == before


def test_another_archive_than_the_signed_one_never_completes(
    world: Guarded, store: Store, archivist: Actor
) -> None:
    declared = sha256(LONG).hexdigest()
    begun = len(store.seen)
    changed = LONG[:-1] + b"!"
    assert send(world, archivist, "glacier", "POST", ARCHIVES, changed, declared, VERSION) == 403
    assert not any(seen.whole for seen in store.seen[begun:])


def test_what_a_function_is_given_streams(world: Guarded, store: Store, archivist: Actor) -> None:
    """Its model has it as a blob that is no stream; it tells nothing of what is asked all the same."""
    path = b"/2015-03-31/functions/f/invocations"
    assert send(world, archivist, "lambda", "POST", path, LONG, sha256(LONG).hexdigest()) == 200
    assert (store.seen[-1].refusal, store.seen[-1].body) == ("", LONG)
    begun = len(store.seen)
    changed = LONG[:-1] + b"!"
    assert send(world, archivist, "lambda", "POST", path, changed, sha256(LONG).hexdigest()) == 403
    assert not any(seen.whole for seen in store.seen[begun:])


def test_a_body_that_need_not_be_signed_streams(world: Guarded, store: Store, archivist: Actor) -> None:
    assert send(world, archivist, "mediastore", "PUT", b"/clip", LONG, UNSIGNED) == 200
    assert (store.seen[-1].refusal, store.seen[-1].body) == ("", LONG)


@pytest.mark.parametrize(
    ("service", "path", "headers", "status"),
    [
        ("glacier", ARCHIVES, (VERSION,), 403),
        ("lambda", b"/2015-03-31/functions/f/invocations", (), 403),
        ("dynamodb", b"/", ((b"x-amz-target", b"DynamoDB_20120810.ListTables"),), 400),
    ],
    ids=["glacier", "lambda", "dynamodb"],
)
def test_others_must_be_signed(
    world: Guarded,
    store: Store,
    archivist: Actor,
    service: str,
    path: bytes,
    headers: tuple[tuple[bytes, bytes], ...],
    status: int,
) -> None:
    before = len(store.seen)
    assert send(world, archivist, service, "POST", path, b"{}", UNSIGNED, *headers) == status
    assert len(store.seen) == before


def test_a_body_that_tells_what_is_asked_is_read(world: Guarded, store: Store, archivist: Actor) -> None:
    target = (b"x-amz-target", b"DynamoDB_20120810.ListTables")
    declared = sha256(b"{}").hexdigest()
    assert send(world, archivist, "dynamodb", "POST", b"/", b"{}", declared, target) == 200
    before = len(store.seen)
    assert send(world, archivist, "dynamodb", "POST", b"/", b"{ }", declared, target) == 400
    assert send(world, archivist, "dynamodb", "POST", b"/", b"{}", None, target) == 200
    assert len(store.seen) == before + 1
