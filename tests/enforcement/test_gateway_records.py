"""What the chronicle says of requests to other services that nobody has waited for the end of."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.support.guarded import Guarded, guarded_world
from tests.support.raw_http import PATIENCE, connection
from tests.support.trail import records_of, told
from tests.support.upstream import Store
from tests.support.world import Actor, allow

from iamd.http import Request
from iamd.secret import Secret
from iamd.sigv4.payload import UNSIGNED
from iamd.sigv4.sign import Credentials, sign


@pytest.fixture(scope="module")
def world(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with guarded_world(store, audit=tmp_path_factory.mktemp("audit") / "audit.jsonl") as running:
        yield running


@pytest.fixture(scope="module")
def writer(world: Guarded) -> Actor:
    return world.user("writer", allow("s3:PutObject", "arn:aws:s3:::data/*"))


def begin(world: Guarded, who: Actor, target: bytes, body: bytes) -> None:
    """Send the beginning of a request whose body has a thousand bytes, and go away."""
    assert who.credentials is not None
    path, _, query = target.partition(b"?")
    host = (b"host", urlsplit(world.url).netloc.encode())
    request = sign(
        Request(method="POST" if query else "PUT", raw_path=path, raw_query=query, headers=(host,)),
        Credentials(
            access_key_id=who.credentials.access_key_id,
            secret_access_key=Secret(who.credentials.secret_access_key),
        ),
        region="us-east-1",
        service="s3",
        at=datetime.now(UTC),
        payload_hash=UNSIGNED,
    )
    lines = [b"%b %b HTTP/1.1" % (request.method.encode(), target), b"content-length: 1000"]
    lines += [b"%b: %b" % header for header in request.headers]
    with connection(world.url) as opened:
        opened.sendall(b"\r\n".join([*lines, b"", b""]) + body)


def record_of(world: Guarded, operation: str) -> dict[str, Any]:
    """Return the record of the one request for *operation*, once it is there."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        found = [each for each in records_of(world.app) if each["eventName"] == operation]
        if found:
            (record,) = found
            return record
        time.sleep(0.01)
    raise AssertionError("there is no record")


def test_an_upload_that_was_left_is_recorded(world: Guarded, store: Store, writer: Actor) -> None:
    before = len(store.seen)
    begin(world, writer, b"/data/half", b"half")
    record = record_of(world, "PutObject")
    arn = f"arn:aws:iam::{world.app.settings.account_id}:user/writer"
    assert told(record) == ("PutObject", arn, "IncompleteBody", 400)
    assert "closed the connection" in record["errorMessage"]
    assert not any(seen.whole for seen in store.seen[before:])


def test_so_is_one_that_was_never_begun_upstream(world: Guarded, store: Store, writer: Actor) -> None:
    """The body tells which objects are to be deleted, so nothing is decided before it is there."""
    before = len(store.seen)
    begin(world, writer, b"/data?delete", b"<Delete>")
    assert told(record_of(world, "DeleteObjects"))[2:] == ("IncompleteBody", 400)
    assert len(store.seen) == before
