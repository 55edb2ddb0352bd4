"""
A store to stand behind the gateway: it keeps what it is given, and remembers what came over the connection.

It authenticates as strictly as S3 does, with our own verifier and the upstream's key, so that a request which the gateway
has signed wrongly is refused.  Any operation that it does not know is done.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
import uvicorn

from iamd.hmac_key import HmacKey
from iamd.http import Request
from iamd.secret import Secret
from iamd.sigv4 import chunks
from iamd.sigv4.claim import parse
from iamd.sigv4.errors import SigV4Error
from iamd.sigv4.signature_claim import SignatureClaim
from iamd.sigv4.signing_key import derive
from iamd.sigv4.verify import verify

ACCESS_KEY_ID = "UPSTREAMUPSTREAMUPST"
SECRET = Secret("upstream/secret/access/key/000000000000")


@dataclass
class Seen:
    """
    One request, as it came.

    Attributes:
        whole: Whether its body came to its end.
    """

    request: Request
    body: bytes = b""
    whole: bool = False
    refusal: str = ""


@dataclass
class Store:
    """An ASGI application."""

    seen: list[Seen] = field(default_factory=list)
    objects: dict[bytes, bytes] = field(default_factory=dict)
    answer_headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    answers: dict[tuple[str, bytes], tuple[int, bytes]] = field(default_factory=dict)
    """What it answers, by method and target, before it looks for anything; one to HEAD goes when its target is put."""
    url: str = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(
            method=scope["method"],
            raw_path=scope["raw_path"],
            raw_query=scope["query_string"],
            headers=tuple(scope["headers"]),
        )
        seen = Seen(request)
        self.seen.append(seen)
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            seen.body += message.get("body", b"")
            more = message.get("more_body", False)
        seen.whole = True
        status, body = self._answer(seen)
        headers = [(b"content-length", b"%d" % len(body)), *self.answer_headers]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else body})

    def _answer(self, seen: Seen) -> tuple[int, bytes]:
        try:
            body = _verified(seen)
        except SigV4Error as error:
            seen.refusal = f"{type(error).__name__}: {error} {error.detail}"
            return 403, seen.refusal.encode()
        request = seen.request
        target = request.raw_path + (b"?" + request.raw_query if request.raw_query else b"")
        if request.method == "PUT":
            self.answers.pop(("HEAD", target), None)
        if (request.method, target) in self.answers:
            return self.answers[request.method, target]
        asked = [piece for piece in request.raw_query.split(b"&") if not piece.startswith(b"X-Amz-")]
        plain = not any(asked)
        if request.method == "PUT" and plain:
            self.objects[request.raw_path] = body
            return 200, b""
        if request.method in {"GET", "HEAD"} and request.raw_path in self.objects and plain:
            return 200, self.objects[request.raw_path]
        return 200, b"<Done/>"


def _verified(seen: Seen) -> bytes:
    """Return the plain body, once head and body are what was signed."""
    request = seen.request
    claim = parse(request)
    if claim is None:
        raise SigV4Error("not signed")
    if claim.access_key_id != ACCESS_KEY_ID:
        raise SigV4Error(f"signed by {claim.access_key_id}")
    key = derive(SECRET, claim.date, claim.region, claim.service)
    declared = claim.content_sha256 or ""
    streamed = claim.presigned or not (len(declared) == 64 or not declared)
    whole = msgspec.structs.replace(request, body=b"" if streamed else seen.body, streamed=streamed)
    verify(whole, claim, key, service=None, now=datetime.now(UTC))
    return _decoded(seen.body, claim, key) if declared.startswith("STREAMING-AWS4") else seen.body


def _decoded(body: bytes, claim: SignatureClaim, key: HmacKey) -> bytes:
    signer = chunks.Signer(key, claim.amz_date, claim.scope, claim.signature)
    trailer = claim.content_sha256 == chunks.SIGNED_WITH_TRAILER
    plain, rest = b"", body
    while True:
        line, _, rest = rest.partition(b"\r\n")
        size = int(line.partition(b";")[0], 16)
        if not size:
            break
        plain, rest = plain + rest[:size], rest[size + 2 :]
    check = chunks.Resigner(signer, signer, decoded_length=len(plain), trailer=trailer)
    check.feed(body)
    check.finish()
    return plain


@contextmanager
def running_store() -> Iterator[Store]:
    """Run a store on a free port, until the end of the block."""
    store = Store()
    server = uvicorn.Server(
        uvicorn.Config(store, host="127.0.0.1", port=0, lifespan="off", log_config=None, http="httptools")
    )
    started = threading.Event()

    async def main() -> None:
        task = asyncio.ensure_future(server.serve())
        while not server.started:  # noqa: ASYNC110  uvicorn tells it in no other way
            await asyncio.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        store.url = f"http://127.0.0.1:{port}"
        started.set()
        await task

    thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
    thread.start()
    started.wait(10)
    try:
        yield store
    finally:
        server.should_exit = True
        thread.join(10)
