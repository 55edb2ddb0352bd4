"""
Passing a request on: written anew for its upstream, signed with the upstream's key, sent as it stands.

What was authorized is what is sent, byte for byte: the path and the query are never decoded and encoded again, and nothing
is followed.  Nothing is sent twice either, but for what changes nothing and met a connection that had just ended.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from datetime import datetime
from functools import lru_cache, partial
from typing import Final
from urllib.parse import urlsplit

import msgspec

from iamd.enforcement.bodies import Body
from iamd.enforcement.connection import Connection, ConnectionEndedError, Framing, Headers, UpstreamError
from iamd.enforcement.refusals import BadGateway
from iamd.enforcement.relay import Gone, Outlet
from iamd.enforcement.upstreams import Upstream
from iamd.hmac_key import HmacKey
from iamd.http import Request, Response
from iamd.secret import Secret
from iamd.sigv4 import canonical, chunks, payload
from iamd.sigv4.claim import PARAMETERS
from iamd.sigv4.sign import Credentials, date_of, sign
from iamd.sigv4.signature_claim import SignatureClaim
from iamd.sigv4.signing_key import derive

# RFC 9110, section 7.6.1, and what belongs to one connection by custom.
_OF_CONNECTION: Final = frozenset(
    {
        b"connection",
        b"expect",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
# who somebody is, and what was asked for, is never believed from a header, on this side or on the other.
_NEVER_SENT: Final = _OF_CONNECTION | frozenset(
    {
        b"authorization",
        # Whose a bucket is the gateway has told, and the upstream may know by other names.
        b"x-amz-expected-bucket-owner",
        b"x-amz-source-expected-bucket-owner",
        b"forwarded",
        b"host",
        b"x-moto-account-id",
        b"x-original-uri",
        b"x-original-url",
    }
)
_NEVER_SENT_PREFIXES: Final = (b"x-iamd-", b"x-forwarded-", b"x-amzn-identity", b"x-amzn-oidc-")
_NOT_PASSED_BACK: Final = _OF_CONNECTION | {b"date"}
_WITHOUT_BODY: Final = frozenset({204, 304})
# What changes nothing, and has no body that was read already.
_ASKED_AGAIN: Final = frozenset({"GET", "HEAD"})

_CONNECT_SECONDS: Final = 5.0
_KEPT_SECONDS: Final = 15.0
_MOST_KEPT: Final = 256
"""Of one upstream."""
_MOST_KEYS: Final = 64


class Terms(msgspec.Struct, frozen=True):
    """
    On what terms a request is passed on.

    Attributes:
        service: That it is for.
        region: Where.
        declared: What it says of its body, as in ``x-amz-content-sha256``; of one that is here None.
        presigned: Whether its query was signed, and not its headers.
    """

    service: str
    region: str
    declared: str | None = None
    presigned: bool = False


def terms_of(request: Request, claim: SignatureClaim) -> Terms:
    """Return the terms of *request*, whose signature is *claim*."""
    declared = (
        payload.declared_hash(claim.content_sha256, presigned=claim.presigned) if request.streamed else None
    )
    return Terms(claim.service, claim.region, declared, claim.presigned)


class Outgoing(msgspec.Struct, frozen=True):
    """
    A request as its upstream gets it.

    Attributes:
        request: Signed.
        signer: Of the chunks of its body, if they are signed.
    """

    request: Request
    signer: chunks.Signer


@lru_cache(maxsize=512)
def _is_sent(name: bytes) -> bool:
    return name not in _NEVER_SENT and not name.startswith(_NEVER_SENT_PREFIXES)


def _named_by_connection(request: Request) -> frozenset[bytes]:
    """Return the headers that ``Connection`` names; what was signed is not taken away by it (R-74)."""
    if request.header(b"connection") is None:
        return frozenset()
    return frozenset(
        name
        for name in _named(request.header_values(b"connection"))
        if not name.startswith(b"x-amz-") and name not in {b"content-length", b"host"}
    )


def _named(values: Iterable[bytes]) -> frozenset[bytes]:
    return frozenset(name.strip().lower() for value in values for name in value.split(b","))


def _without_authentication(raw_query: bytes) -> bytes:
    pieces = [
        piece
        for piece in raw_query.split(b"&")
        if canonical.decode(piece.partition(b"=")[0]).lower() not in PARAMETERS
    ]
    return b"&".join(pieces)


class Made:
    """An answer of the gateway's own, in the form of `Answer`."""

    def __init__(self, response: Response) -> None:
        self.status = response.status
        length = (b"content-length", b"%d" % len(response.body))
        self.headers: Headers = (
            response.headers if response.status in _WITHOUT_BODY else (*response.headers, length)
        )
        self._body = response.body

    @property
    def is_over(self) -> bool:
        """Always: it is one piece, or none."""
        return True

    @property
    def left(self) -> int:
        """Nothing."""
        return 0

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body."""
        if self._body:
            yield self._body

    async def relay(self, _outlet: Outlet, _gone: Gone) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class Answer:
    """What an upstream answers; its body comes later."""

    def __init__(self, connection: Connection, keep: Callable[[Connection], None]) -> None:
        self._connection = connection
        self._keep = keep
        self.status = connection.status
        named = _named(value for name, value in connection.headers if name == b"connection")
        self.headers: Headers = tuple(
            header
            for header in connection.headers
            if header[0] not in _NOT_PASSED_BACK and header[0] not in named
        )
        if self.status in _WITHOUT_BODY:
            self.headers = tuple(header for header in self.headers if header[0] != b"content-length")

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes."""
        return self._connection.is_over

    @property
    def left(self) -> int:
        """How much is still to come of a body whose length was told, and is not here."""
        return self._connection.left

    async def pieces(self) -> AsyncIterator[bytes]:
        """
        Yield the body as it comes.

        Raises:
            BadGateway: It ends too early.
        """
        try:
            async for piece in self._connection.pieces():
                yield piece
        except UpstreamError as error:
            raise BadGateway("The upstream broke off its answer.", detail=str(error)) from error

    async def relay(self, outlet: Outlet, gone: Gone) -> None:
        """
        Have what comes next of the body moved to *outlet*, where that pays.

        Raises:
            BadGateway: It ends too early.
            OutletEndedError: The client has gone.
        """
        try:
            await self._connection.relay(outlet, gone)
        except UpstreamError as error:
            raise BadGateway("The upstream broke off its answer.", detail=str(error)) from error

    def close(self) -> None:
        """Let go of it: unread, its connection is not used again."""
        self._keep(self._connection)


class Sender:
    """Writes requests anew for upstreams, and has the connections to them; used by one event loop."""

    def __init__(self) -> None:
        self._open: set[Connection] = set()
        self._kept: dict[str, list[Connection]] = {}
        self._lost: asyncio.Future[None] | None = None
        self._keys: dict[tuple[int, str, str, str], tuple[Secret, HmacKey]] = {}
        self._tls: ssl.SSLContext | None = None

    def rewrite(
        self, request: Request, terms: Terms, upstream: Upstream, account_id: str, at: datetime
    ) -> Outgoing:
        """
        Return *request* for *upstream*.

        Args:
            request: As it was verified.
            terms: On which it is passed on.
            upstream: Where it goes.
            account_id: Whose request it is, or whose bucket, for upstreams that tell accounts apart.
            at: The time of the world.
        """
        headers = [header for header in request.headers if _is_sent(header[0])]
        named = _named_by_connection(request)
        headers = [header for header in headers if header[0] not in named]
        headers.insert(0, (b"host", upstream.host))
        if upstream.kind == "moto":
            headers.append((b"x-moto-account-id", account_id.encode()))
        key_id = account_id if upstream.kind == "localstack" else upstream.access_key_id
        credentials = Credentials(access_key_id=key_id, secret_access_key=upstream.secret_access_key)
        region = upstream.region or terms.region
        plain = msgspec.structs.replace(
            request,
            headers=tuple(headers),
            raw_query=_without_authentication(request.raw_query) if terms.presigned else request.raw_query,
        )
        amz_date = date_of(at)
        key = self._signing_key(upstream.secret_access_key, amz_date[:8], region, terms.service)
        signed = sign(
            plain,
            credentials,
            region=region,
            service=terms.service,
            at=at,
            payload_hash=terms.declared,
            signing_key=key,
        )
        signature = (signed.header(b"authorization") or b"")[-64:].decode()
        scope = f"{amz_date[:8]}/{region}/{terms.service}/{canonical.TERMINATOR}"
        return Outgoing(signed, chunks.Signer(key, amz_date, scope, signature))

    async def send(self, upstream: Upstream, request: Request, body: Body | None) -> Answer:
        """
        Send *request*, and return when the head of the answer is there.

        Args:
            upstream: Where to.
            request: From `rewrite`.
            body: As long as its ``Content-Length`` says, or sent in chunks without one; when None, that of *request*.

        Raises:
            BadGateway: The upstream cannot be reached, or does not answer.
            Exception: Whatever *body* raises.
        """
        first = await anext(body, b"") if body is not None else request.body
        head, framing = _head(request, has_body=body is not None)
        bodiless = request.method == "HEAD"
        try:
            connection = self._take(upstream.url) or await self._connect(upstream)
            try:
                await connection.exchange(head, first, body, framing, bodiless=bodiless)
            except ConnectionEndedError:
                # It was kept too long.  Only what changes nothing is asked twice, on a connection of its own.
                if request.method not in _ASKED_AGAIN or first:
                    raise
                connection = await self._connect(upstream)
                await connection.exchange(head, first, None, framing, bodiless=bodiless)
        except UpstreamError as error:
            raise BadGateway("The upstream does not answer.", detail=f"{upstream.origin}: {error}") from error
        return Answer(connection, partial(self._keep, upstream.url))

    async def close(self) -> None:
        """End all connections, and return when they are gone: the loop may end then."""
        self._kept.clear()
        for connection in tuple(self._open):
            connection.abort()
        with suppress(TimeoutError):
            async with asyncio.timeout(_CONNECT_SECONDS):
                while self._open:
                    self._lost = asyncio.get_running_loop().create_future()
                    await self._lost

    def _forget(self, connection: Connection) -> None:
        self._open.discard(connection)
        if self._lost is not None and not self._lost.done():
            self._lost.set_result(None)

    async def _connect(self, upstream: Upstream) -> Connection:
        loop = asyncio.get_running_loop()
        url = urlsplit(upstream.url)
        tls = None
        if url.scheme == "https":
            # Made with the first request: it reads the certificates of the machine.
            tls = self._tls = self._tls or ssl.create_default_context()
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                _, connection = await loop.create_connection(
                    lambda: Connection(loop, self._forget),
                    url.hostname or "",
                    url.port or (443 if tls else 80),
                    ssl=tls,
                )
        except (OSError, TimeoutError) as error:
            raise UpstreamError(f"{type(error).__name__}: {error}") from error
        if not connection.is_open:
            raise UpstreamError("the connection has ended at once")
        self._open.add(connection)
        return connection

    def _take(self, url: str) -> Connection | None:
        """Return a connection that is kept; the one that was used last, since it is the likeliest to be open still."""
        kept = self._kept.get(url)
        while kept:
            connection = kept.pop()
            if connection.is_open:
                connection.wake_up()
                return connection
        return None

    def _keep(self, url: str, connection: Connection) -> None:
        if not connection.is_clean:
            connection.abort()
            return
        kept = self._kept.setdefault(url, [])
        kept.append(connection)
        connection.rest(_KEPT_SECONDS)
        if len(kept) > _MOST_KEPT:
            kept.pop(0).end()

    def _signing_key(self, secret: Secret, date: str, region: str, service: str) -> HmacKey:
        """Return a signing key; that of a day is derived once."""
        scope = (id(secret), date, region, service)
        kept = self._keys.get(scope)
        if kept is not None and kept[0] is secret:
            return kept[1]
        if len(self._keys) >= _MOST_KEYS:
            self._keys.clear()
        key = derive(secret, date, region, service)
        self._keys[scope] = (secret, key)
        return key


def _head(request: Request, *, has_body: bool) -> tuple[bytes, Framing]:
    """Return the bytes of a request before its body, and how that is sent."""
    target = request.raw_path + b"?" + request.raw_query if request.raw_query else request.raw_path
    lines = [b"%b %b HTTP/1.1" % (request.method.encode(), target)]
    lines += [b"%b: %b" % header for header in request.headers]
    told = request.header(b"content-length")
    length = int(told) if told is not None else None if has_body else len(request.body)
    if length is None:
        lines.append(b"transfer-encoding: chunked")
    elif told is None and length:
        lines.append(b"content-length: %d" % length)
    return b"\r\n".join([*lines, b"", b""]), Framing(length)
