"""
R-14, R-20, R-72 to R-75: what was signed is what the store gets, in every form that a body may have.

Requests are signed by hand and sent as they stand, since no SDK sends most of them.
"""

import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import urlsplit

import pytest
from tests.support.guarded import Guarded
from tests.support.raw_http import Answer, read_answer
from tests.support.upstream import Seen, Store
from tests.support.world import Actor, allow

from iamd.http import Request
from iamd.secret import Secret
from iamd.sigv4 import chunks
from iamd.sigv4.payload import UNSIGNED
from iamd.sigv4.sign import Credentials, sign
from iamd.sigv4.signing_key import derive

BODY = bytes(range(256)) * 1024


@pytest.fixture(scope="module")
def writer(guarded: Guarded) -> Actor:
    return guarded.user("writer", allow("s3:*", ["arn:aws:s3:::data", "arn:aws:s3:::data/*"]))


class Wire:
    """One connection to the gateway, and who signs on it."""

    def __init__(self, guarded: Guarded, actor: Actor, store: Store) -> None:
        assert actor.credentials is not None
        self.host = urlsplit(guarded.url).netloc.encode()
        self.store = store
        self.credentials = Credentials(
            access_key_id=actor.credentials.access_key_id,
            secret_access_key=Secret(actor.credentials.secret_access_key),
        )
        address = urlsplit(guarded.url)
        self.socket = socket.create_connection((address.hostname, address.port), timeout=10)

    def signed(
        self,
        path: bytes,
        declared: str,
        *headers: tuple[bytes, bytes],
        method: str = "PUT",
        query: bytes = b"",
    ) -> Request:
        request = Request(
            method=method, raw_path=path, raw_query=query, headers=((b"host", self.host), *headers)
        )
        return sign(
            request,
            self.credentials,
            region="us-east-1",
            service="s3",
            at=datetime.now(UTC),
            payload_hash=declared,
        )

    def send(self, request: Request, body: bytes = b"", *unsigned: tuple[bytes, bytes]) -> Answer:
        target = request.raw_path + (b"?" + request.raw_query if request.raw_query else b"")
        lines = [b"%b %b HTTP/1.1" % (request.method.encode(), target)]
        lines += [b"%b: %b" % header for header in (*request.headers, *unsigned)]
        self.socket.sendall(b"\r\n".join([*lines, b"", b""]) + body)
        return read_answer(self.socket)

    def signer(self, request: Request) -> chunks.Signer:
        """Return what signs the chunks of *request*'s body."""
        amz_date = (request.header(b"x-amz-date") or b"").decode()
        key = derive(self.credentials.secret_access_key, amz_date[:8], "us-east-1", "s3")
        seed = (request.header(b"authorization") or b"")[-64:].decode()
        return chunks.Signer(key, amz_date, f"{amz_date[:8]}/us-east-1/s3/aws4_request", seed)

    @property
    def last(self) -> Seen:
        return self.store.seen[-1]


@pytest.fixture
def wire(guarded: Guarded, writer: Actor, store: Store) -> Iterator[Wire]:
    made = Wire(guarded, writer, store)
    yield made
    made.socket.close()


def code_of(answer: Answer) -> tuple[int, str]:
    found = re.search(rb"<Code>(\w+)</Code>", answer.body)
    return answer.status, found[1].decode() if found else ""


def length(body: bytes) -> tuple[bytes, bytes]:
    return b"content-length", b"%d" % len(body)


def framed(signer: chunks.Signer, body: bytes, trailer: bytes = b"") -> bytes:
    """Return *body* in chunks of 64 KiB, signed."""
    out, previous = b"", signer.seed
    pieces = [body[at : at + 65536] for at in range(0, len(body), 65536)]
    for piece in [*pieces, b""]:
        previous = signer.chunk(previous, piece)
        out += b"%x;chunk-signature=%b\r\n" % (len(piece), previous.encode())
        out += piece + b"\r\n" if piece else b""
    if not trailer:
        return out + b"\r\n"
    name, _, value = trailer.partition(b":")
    signature = signer.trailer(previous, b"%b:%b\n" % (name, value.strip()))
    return out + b"%b\r\nx-amz-trailer-signature:%b\r\n\r\n" % (trailer, signature.encode())


def test_a_body_with_its_hash(wire: Wire) -> None:
    request = wire.signed(b"/data/hashed", sha256(BODY).hexdigest())
    assert wire.send(request, BODY, length(BODY)).status == 200
    assert wire.store.objects[b"/data/hashed"] == BODY


def test_another_body_than_the_signed_one_never_completes(wire: Wire) -> None:
    request = wire.signed(b"/data/swapped", sha256(BODY).hexdigest())
    changed = BODY[:-1] + b"!"
    answer = wire.send(request, changed, length(changed))
    assert code_of(answer) == (400, "XAmzContentSHA256Mismatch")
    assert b"/data/swapped" not in wire.store.objects
    assert not any(seen.whole for seen in wire.store.seen if seen.request.raw_path == b"/data/swapped")


def test_an_unsigned_body(wire: Wire) -> None:
    request = wire.signed(b"/data/unsigned", UNSIGNED)
    assert wire.send(request, BODY, length(BODY)).status == 200
    assert wire.store.objects[b"/data/unsigned"] == BODY
    assert wire.last.request.header(b"x-amz-content-sha256") == UNSIGNED.encode()


@pytest.mark.parametrize(
    "trailer", [b"", b"x-amz-checksum-crc32:AAAAAA==", b"x-amz-checksum-crc32: AAAAAA== "]
)
def test_signed_chunks(wire: Wire, trailer: bytes) -> None:
    """The chunks of the client are verified and signed anew; the store verifies ours."""
    declared = chunks.SIGNED_WITH_TRAILER if trailer else chunks.SIGNED
    decoded = (b"x-amz-decoded-content-length", b"%d" % len(BODY))
    request = wire.signed(b"/data/chunked", declared, decoded, (b"content-encoding", b"aws-chunked"))
    body = framed(wire.signer(request), BODY, trailer)
    assert wire.send(request, body, length(body)).status == 200
    assert wire.last.refusal == ""
    assert wire.store.objects[b"/data/chunked"] == BODY
    assert wire.last.request.header(b"content-encoding") == b"aws-chunked"


def test_a_changed_chunk_never_completes(wire: Wire) -> None:
    decoded = (b"x-amz-decoded-content-length", b"%d" % len(BODY))
    request = wire.signed(b"/data/forged", chunks.SIGNED, decoded)
    body = bytearray(framed(wire.signer(request), BODY))
    body[200_000] ^= 1
    answer = wire.send(request, bytes(body), length(bytes(body)))
    assert code_of(answer) == (403, "SignatureDoesNotMatch")
    assert not any(seen.whole for seen in wire.store.seen if seen.request.raw_path == b"/data/forged")


def test_chunks_with_an_unsigned_trailer_pass_as_they_are(wire: Wire) -> None:
    decoded = (b"x-amz-decoded-content-length", b"5")
    request = wire.signed(b"/data/trailer", chunks.UNSIGNED_WITH_TRAILER, decoded)
    body = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
    assert wire.send(request, body, length(body)).status == 200
    assert wire.last.body == body


def test_a_body_of_unknown_length(wire: Wire) -> None:
    request = wire.signed(b"/data/endless", UNSIGNED)
    body = b"".join([b"%x\r\n%b\r\n" % (len(BODY), BODY)] * 3) + b"0\r\n\r\n"
    assert wire.send(request, body, (b"transfer-encoding", b"chunked")).status == 200
    assert wire.store.objects[b"/data/endless"] == BODY * 3


def test_a_client_that_waits_is_told_to_go_on_once_it_may(wire: Wire) -> None:
    for path, told in ((b"/data/expected", 100), (b"/other/expected", 403)):
        request = wire.signed(path, UNSIGNED)
        assert wire.send(request, b"", length(BODY), (b"expect", b"100-continue")).status == told
        if told == 100:
            wire.socket.sendall(BODY)
            assert read_answer(wire.socket).status == 200
    assert wire.store.objects[b"/data/expected"] == BODY
    assert wire.socket.recv(1) == b""  # What would come next is no body: the connection has ended.


@pytest.mark.parametrize("declared", ["STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "nothing", ""])
def test_other_forms_are_refused(wire: Wire, declared: str) -> None:
    request = wire.signed(b"/data/other", declared or "x")
    assert code_of(wire.send(request, b"x", (b"content-length", b"1"))) == (400, "InvalidRequest")


@pytest.mark.parametrize(
    "path",
    [
        b"/data/a/../../other/x",
        b"/data/a/%2e%2e/x",
        b"/data//x",
        b"/data/a%2fx",
        b"/data/a%5cx",
        b"/data/a%00x",
        b"/data/%c0%ae%c0%ae/x",
        b"/data/a;v=1/x",
        b"/data/%zz",
    ],
)
def test_a_path_that_two_could_read_in_two_ways_is_refused(wire: Wire, path: bytes) -> None:
    before = len(wire.store.seen)
    answer = wire.send(wire.signed(path, UNSIGNED), b"x", (b"content-length", b"1"))
    assert answer.status in {400, 403}
    assert len(wire.store.seen) == before


@pytest.mark.parametrize(
    "query",
    [b"acl&tagging", b"x-unknown=1", b"events", b"partNumber=1", b"acl&acl", b"versionId=1&versionId=2"],
)
def test_a_query_that_is_not_the_operations_is_refused(wire: Wire, query: bytes) -> None:
    before = len(wire.store.seen)
    answer = wire.send(wire.signed(b"/data/x", UNSIGNED, query=query), b"x", (b"content-length", b"1"))
    assert code_of(answer) == (403, "AccessDenied")
    assert len(wire.store.seen) == before


def test_headers_of_a_connection_and_of_identity_stay_here(wire: Wire) -> None:
    request = wire.signed(b"/data/headers", UNSIGNED, (b"x-amz-meta-a_b", b"kept"))
    unsigned = (
        (b"connection", b"x-secret, x-amz-meta-a_b"),
        (b"x-secret", b"1"),
        (b"x-iamd-principal", b"arn:aws:iam::123456789012:root"),
        (b"x-forwarded-for", b"10.0.0.1"),
        (b"cache-control", b"no-cache"),
    )
    assert wire.send(request, b"x", (b"content-length", b"1"), *unsigned).status == 200
    names = {name for name, _ in wire.last.request.headers}
    assert {b"x-amz-meta-a_b", b"cache-control"} <= names
    assert not names & {b"x-secret", b"x-iamd-principal", b"x-forwarded-for", b"connection"}


def test_a_header_with_an_underscore_is_refused(wire: Wire) -> None:
    request = wire.signed(b"/data/headers", UNSIGNED)
    answer = wire.send(request, b"x", (b"content-length", b"1"), (b"x_amz_acl", b"public-read"))
    assert code_of(answer) == (400, "InvalidRequest")


def test_an_unsigned_request_is_refused(wire: Wire) -> None:
    answer = wire.send(Request(method="GET", raw_path=b"/data/x", headers=((b"host", wire.host),)))
    assert code_of(answer) == (403, "AccessDenied")
