"""
Passing a request on: written anew for its upstream, signed with the upstream's key, sent as it stands.

What was authorized is what is sent, byte for byte: the path and the query are never decoded and encoded again, nothing
is followed or retried, no environment variable names a proxy, and no answer is decompressed.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec

from iamd.enforcement.bodies import Body
from iamd.enforcement.refusals import BadGateway
from iamd.enforcement.upstreams import Upstream
from iamd.http import Request, Response
from iamd.sigv4 import canonical, chunks, payload
from iamd.sigv4.claim import SignatureClaim
from iamd.sigv4.sign import Credentials, sign
from iamd.sigv4.signing_key import derive

if TYPE_CHECKING:
    import aiohttp

Headers = tuple[tuple[bytes, bytes], ...]

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
_AUTHENTICATION: Final = frozenset(
    {
        b"x-amz-algorithm",
        b"x-amz-content-sha256",
        b"x-amz-credential",
        b"x-amz-date",
        b"x-amz-expires",
        b"x-amz-security-token",
        b"x-amz-signature",
        b"x-amz-signedheaders",
    }
)
_CONNECT_SECONDS: Final = 5
_SILENT_SECONDS: Final = 300
_NO_CONTENT: Final = 204


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


def rewrite(request: Request, terms: Terms, upstream: Upstream, account_id: str, at: datetime) -> Outgoing:
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
    headers.append((b"host", upstream.host))
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
    signed = sign(
        plain, credentials, region=region, service=terms.service, at=at, payload_hash=terms.declared
    )
    amz_date = f"{at:%Y%m%dT%H%M%SZ}"
    signature = (signed.header(b"authorization") or b"")[-64:].decode()
    scope = f"{amz_date[:8]}/{region}/{terms.service}/{canonical.TERMINATOR}"
    key = derive(upstream.secret_access_key, amz_date[:8], region, terms.service)
    return Outgoing(signed, chunks.Signer(key, amz_date, scope, signature))


def _is_sent(name: bytes) -> bool:
    return name not in _NEVER_SENT and not name.startswith(_NEVER_SENT_PREFIXES)


def _named_by_connection(request: Request) -> frozenset[bytes]:
    """Return the headers that ``Connection`` names; what was signed is not taken away by it (R-74)."""
    names = (
        name.strip().lower() for value in request.header_values(b"connection") for name in value.split(b",")
    )
    return frozenset(
        name for name in names if not name.startswith(b"x-amz-") and name not in {b"content-length", b"host"}
    )


def _without_authentication(raw_query: bytes) -> bytes:
    pieces = [
        piece
        for piece in raw_query.split(b"&")
        if canonical.decode(piece.partition(b"=")[0]).lower() not in _AUTHENTICATION
    ]
    return b"&".join(pieces)


class Made:
    """An answer of the gateway's own, in the form of `Answer`."""

    def __init__(self, response: Response) -> None:
        self.status = response.status
        length = (b"content-length", b"%d" % len(response.body))
        self.headers: Headers = (
            response.headers if response.status == _NO_CONTENT else (*response.headers, length)
        )
        self._body = response.body

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body."""
        if self._body:
            yield self._body

    def close(self) -> None:
        """Do nothing."""


class Answer:
    """What an upstream answers; its body comes later."""

    def __init__(self, response: "aiohttp.ClientResponse") -> None:
        self._response = response
        self.status = response.status
        self.headers: Headers = tuple(
            (name.lower(), value)
            for name, value in response.raw_headers
            if name.lower() not in _OF_CONNECTION and name.lower() != b"date"
        )

    async def pieces(self) -> AsyncIterator[bytes]:
        """
        Yield the body as it comes.

        Raises:
            BadGateway: It ends too early.
        """
        import aiohttp  # noqa: PLC0415  see Sender

        try:
            async for piece in self._response.content.iter_any():
                yield piece
        except (aiohttp.ClientError, TimeoutError) as error:
            raise BadGateway("The upstream broke off its answer.", detail=str(error)) from error

    def close(self) -> None:
        """Let go of it: unread, its connection is not used again."""
        self._response.close()


class _Watched:
    """A body that remembers what went wrong with it, since the client library tells it in words of its own."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self.failure: Exception | None = None

    async def pieces(self) -> Body:
        try:
            async for piece in self._body:
                yield piece
        except Exception as error:
            self.failure = error
            raise


class Sender:
    """Connections to upstreams; used by one event loop."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def send(self, upstream: Upstream, request: Request, body: Body | None) -> Answer:
        """
        Send *request*, and return when the head of the answer is there.

        Args:
            upstream: Where to.
            request: From `rewrite`.
            body: None when it has none; else as long as its ``Content-Length`` says, or sent in chunks without one.

        Raises:
            BadGateway: The upstream cannot be reached, or does not answer.
            Exception: Whatever *body* raises.
        """
        # Imported with the first request: it takes a tenth of a second, and most servers have no upstream.
        import aiohttp  # noqa: PLC0415
        import yarl  # noqa: PLC0415

        session = self._session or self._open()
        target = upstream.origin + request.raw_path.decode("ascii")
        if request.raw_query:
            target += "?" + request.raw_query.decode("ascii")
        watched = _Watched(body) if body is not None else None
        try:
            response = await session.request(
                request.method,
                yarl.URL(target, encoded=True),
                headers=[(name.decode("ascii"), value.decode()) for name, value in request.headers],
                data=watched.pieces() if watched is not None else None,
                allow_redirects=False,
            )
        except (aiohttp.ClientError, TimeoutError) as error:
            if watched is not None and watched.failure is not None:
                raise watched.failure from error
            raise BadGateway("The upstream does not answer.", detail=f"{upstream.origin}: {error}") from error
        return Answer(response)

    def _open(self) -> "aiohttp.ClientSession":
        import aiohttp  # noqa: PLC0415  see `send`

        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=15),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            skip_auto_headers=("accept", "accept-encoding", "content-type", "user-agent"),
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=_CONNECT_SECONDS, sock_read=_SILENT_SECONDS
            ),
            read_bufsize=256 * 1024,
        )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
