"""
The gateway: authenticate a request to another service, work out what it needs, authorize that, and pass it on.

What holds here:

* Nothing is asked of an upstream before all that the request needs is allowed; what cannot be mapped is refused.
* The body of a request to S3 is never held as a whole: it is held to its signature while it streams, and the upstream
  gets the last of it only when it is right.  Of other services the body says what is asked, and is read first.
* What is refused is answered in the words of the service, and noted like everything else.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, Protocol

import msgspec
import structlog

from iamd.auth.caller import Caller, anonymous_caller
from iamd.auth.schemes.sigv4 import read_claim, translated
from iamd.auth.target import Target
from iamd.clock import Clock
from iamd.enforcement import bodies
from iamd.enforcement.addressing import check_header_names, check_meaning, check_path, in_path_style
from iamd.enforcement.bodies import Body
from iamd.enforcement.check import Checker, Seen
from iamd.enforcement.forms.multipart import is_form
from iamd.enforcement.forms.road import OF_FORM, FormRoad
from iamd.enforcement.forward import Outgoing, Sender, Terms, terms_of
from iamd.enforcement.mapping.asked import Asked, UnmappedRequest
from iamd.enforcement.moto import check_read_once, is_moto
from iamd.enforcement.passage import Passage, Reply
from iamd.enforcement.refusals import IncompleteBody, InvalidRequest, NotImplementedHere, refuse
from iamd.enforcement.refusals import Protocol as Wording
from iamd.enforcement.relay import Outlet, OutletEndedError
from iamd.enforcement.routing import S3, is_for_gateway, scope_service
from iamd.enforcement.s3_road import S3Road
from iamd.enforcement.upstreams import Upstreams
from iamd.errors import MissingAuthenticationToken, ServiceError, ServiceFailure, UnsupportedOperation
from iamd.faults import told_of
from iamd.http import OUTLET, Request, Response
from iamd.sigv4 import chunks, payload
from iamd.sigv4.canonical import keeps_raw_path
from iamd.sigv4.errors import SigV4Error, UnsupportedPayload
from iamd.sigv4.signature_claim import SignatureClaim

_LONG: Final = 1024 * 1024
"""Bytes of an answer from which on it matters whether the client is still there."""

_is_length = re.compile(rb"[0-9]{1,15}").fullmatch

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

_log = structlog.get_logger("iamd")


class Mapping(Protocol):
    """What the gateway asks of the mapping."""

    def is_ready(self, service: str) -> bool:
        """Say whether all that is known of *service* is in memory."""
        ...

    def prepare(self, service: str) -> None:
        """Read what is known of *service*; blocks."""
        ...

    def protocol_of(self, request: Request, service: str) -> Wording:
        """Return how an error is written, before it is known what is asked."""
        ...

    def streams(self, request: Request, service: str, *, signed: bool) -> bool:
        """Say whether the body of a request to another service than S3 tells nothing, and may pass on as it comes."""
        ...

    def identify(self, request: Request, service: str) -> Asked: ...
    def targets(self, asked: Asked, request: Request, service: str, caller: Caller) -> tuple[Target, ...]: ...


class _Visit(Seen, kw_only=True):
    """
    A request on its way.

    Attributes:
        outlet: Where the body of its answer may leave without being looked at.
        reading: Its body was asked for.
        started: Its answer has begun.
        received: Bytes of its body.
        sent: Bytes of the body of the upstream's answer.
    """

    service: str
    outlet: Outlet | None = None
    asked: Asked | None = None
    reading: bool = False
    started: bool = False
    received: int = 0
    sent: int = 0


class Gateway:
    """An ASGI application for what is not the wire's."""

    def __init__(  # noqa: PLR0913  each part by its name, once
        self,
        *,
        upstreams: Upstreams,
        checker: Checker,
        mapping: Mapping,
        clock: Clock,
        new_id: Callable[[], str],
        sender: Sender,
        of_s3: S3Road,
        of_forms: FormRoad,
        account_id: str,
        region: str,
        host_suffixes: tuple[bytes, ...] = (),
        soft: bool = False,
    ) -> None:
        """
        Take the parts.

        Args:
            upstreams: Where requests go.
            checker: Answers the two questions.
            mapping: Says what requests need.
            clock: The time that requests are signed at.
            new_id: Makes request ids.
            sender: With the connections to upstreams.
            of_s3: The rest of the road of requests to S3.
            of_forms: The road of forms.
            account_id: The server's own, whose upstream those ask who are nobody.
            region: Of requests that name none.
            host_suffixes: Below which each bucket of S3 is a host of its own.
            soft: What is not allowed is noted and let through.  Who asks is proved all the same.
        """
        self._upstreams = upstreams
        self._checker = checker
        self._mapping = mapping
        self._clock = clock
        self._new_id = new_id
        self._suffixes = host_suffixes
        self._soft = soft
        self._sender = sender
        self._of_s3 = of_s3
        self._of_forms = of_forms
        self._own_account_id = account_id
        self._region = region

    @staticmethod
    def takes(target: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Say whether the request is not the wire's."""
        return is_for_gateway(target, headers)

    async def close(self) -> None:
        """Let go of the connections to upstreams, and of the threads."""
        await self._sender.close()
        self._checker.close()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = _head(scope)
        visit = _Visit(
            request, self._new_id(), service=scope_service(request), began=self._checker.monotonic()
        )
        visit.outlet = scope.get("extensions", {}).get(OUTLET, {}).get(OUTLET)
        visit.marks = self._checker.marks()
        error: ServiceError | None = None
        status = 0
        try:
            answer = await self._pass_on(visit, _body(visit, receive))
            status = answer.status
            visit.mark("upstream")
            await _stream(visit, answer, receive, send)
        except ServiceError as refusal:
            error = refusal
        except SigV4Error as refusal:
            error = translated(refusal)
        except Exception as fault:  # noqa: BLE001  a fault of ours is an honest 500, and a line in the log
            _log.error("request failed", request_id=visit.request_id, **told_of(fault))
            error = ServiceFailure("We encountered an internal error. Please try again.")
        response = None if error is None else self._refusal(visit, error)
        await self._note(visit, response.status if response is not None else status, error)
        if response is None or isinstance(error, IncompleteBody):
            return
        if visit.started:
            # Half an answer is out: only the end of the connection says that it is not a whole one.
            raise ConnectionAbortedError(visit.request_id)
        headers = [*response.headers, (b"content-length", b"%d" % len(response.body))]
        if not visit.reading and request.header(b"expect") is not None:
            # The client waits to be told to go on, and will not: what it sends next is no body.
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": response.body})

    def _refusal(self, visit: _Visit, error: ServiceError) -> Response:
        protocol = (
            visit.asked.protocol if visit.asked else self._mapping.protocol_of(visit.request, visit.service)
        )
        resource = visit.request.raw_path.decode("latin-1")
        return refuse(protocol, visit.service, error, visit.request_id, resource)

    async def _note(self, visit: _Visit, status: int, error: ServiceError | None) -> None:
        metrics = self._checker.metrics
        if metrics is not None and visit.mapped:
            metrics.passed(visit.service, "in", visit.received)
            metrics.passed(visit.service, "out", visit.sent)
        await self._checker.note(
            visit,
            service=visit.service,
            operation=visit.asked.operation if visit.asked else None,
            status=status,
            error=error,
        )

    async def _pass_on(self, visit: _Visit, body: Body) -> Reply:
        request = visit.request
        check_header_names(request)
        claim = read_claim(request)
        if claim is None and visit.service == S3 and is_form(request):
            check_path(request, kept=False, of_s3=True)
            addressed = in_path_style(request, self._suffixes)
            visit.asked = OF_FORM
            return await self._of_forms.pass_on(visit, addressed, body, self._forward, soft=self._soft)
        service = visit.service if claim is None else claim.service
        of_s3 = keeps_raw_path(service)
        if claim is None and service != S3:
            raise MissingAuthenticationToken("Request is missing Authentication Token")
        if of_s3 or _tells_of_body(claim):
            # What the head says of the body is enough to prove who asks; only then is any of it read.
            request = msgspec.structs.replace(request, streamed=True)
        else:
            request = msgspec.structs.replace(request, body=await bodies.gather(body))
        visit.request = request
        caller = visit.caller = await self._authenticate(request, claim, service)
        visit.entrance = self._checker.entrance(request)

        upstream = self._upstreams.find(service, caller.account_id or self._own_account_id)
        check_path(request, kept=upstream is not None and upstream.keeps_paths, of_s3=of_s3)
        check_meaning(request, of_s3=of_s3)
        addressed = in_path_style(request, self._suffixes) if of_s3 else request
        if not self._mapping.is_ready(service):
            await asyncio.to_thread(self._mapping.prepare, service)
        if claim is not None and request.streamed and not of_s3:
            request = addressed = visit.request = await self._read(
                request, claim, body, may_stream=not is_moto(upstream)
            )
        terms = terms_of(request, claim) if claim is not None else _unsigned_terms(request, self._region)
        passage = Passage(
            caller=caller, claim=claim, terms=terms, request=addressed, upstream=upstream, body=body
        )
        # Nobody has proved who they are: what they may not they are not let do in order to learn what they would need.
        soft = self._soft and not caller.of_nobody
        try:
            asked = visit.asked = self._mapping.identify(addressed, service)
            visit.mapped = True
            check_read_once(upstream, addressed, asked)
            if of_s3 and asked.needs_body:
                held = await _gather_declared(body, terms.declared)
                addressed = msgspec.structs.replace(addressed, body=held)
                passage = msgspec.structs.replace(passage, request=addressed, body=bodies.whole(held))
            targets = self._mapping.targets(asked, addressed, service, caller)
        except UnmappedRequest as unmapped:
            if not soft:
                raise
            _log.warning("let through", caller=caller.arn, service=service, reason=unmapped.message)
            return await self._forward(passage)
        passage = msgspec.structs.replace(passage, operation=asked.operation)
        if asked.service == S3:
            return await self._of_s3.pass_on(
                passage, targets, visit, self._forward, soft=soft, keep=_gather_declared
            )
        await self._checker.authorize(caller, addressed, service, asked.operation, targets, visit, soft=soft)
        return await self._forward(passage)

    async def _read(
        self, request: Request, claim: SignatureClaim, body: Body, *, may_stream: bool
    ) -> Request:
        """
        Return a request of another service than S3 with its body, but for one whose body tells nothing.

        Raises:
            SigV4Error: The body is not the one that was signed, or was not signed and should have been.
        """
        declared = claim.content_sha256 or ""
        signed = bodies.is_hashed(declared)
        if may_stream and self._mapping.streams(request, claim.service, signed=signed):
            return request
        if not signed:
            raise UnsupportedPayload("x-amz-content-sha256 must be the SHA-256 of the request's body.")
        held = await bodies.gather(bodies.hashed(body, declared))
        return msgspec.structs.replace(request, body=held, streamed=False)

    async def _authenticate(self, request: Request, claim: SignatureClaim | None, service: str) -> Caller:
        if claim is None:
            return anonymous_caller(self._region)
        caller = await self._checker.authenticate(request, claim, service)
        if caller is None:
            raise MissingAuthenticationToken("Request is missing Authentication Token")
        return caller

    async def _forward(self, passage: Passage) -> Reply:
        request, upstream = passage.request, passage.upstream
        if upstream is None:
            raise UnsupportedOperation(
                f"No upstream of this gateway is for the service {passage.terms.service}."
            )
        account_id = passage.account_id or passage.caller.account_id
        outgoing = self._sender.rewrite(request, passage.terms, upstream, account_id, self._clock.real())
        if not request.streamed or request.body or not _has_body(request):
            return await self._sender.send(upstream, outgoing.request, None)
        body = self._held_to_signature(passage.body, passage, outgoing)
        return await self._sender.send(upstream, outgoing.request, body)

    def _held_to_signature(self, body: Body, passage: Passage, outgoing: Outgoing) -> Body:
        declared = passage.terms.declared
        if declared is None or not (bodies.is_hashed(declared) or bodies.is_chunked(declared)):
            return body
        if bodies.is_hashed(declared):
            return bodies.hashed(body, declared)
        claim = passage.claim
        if claim is None:
            raise InvalidRequest("Chunks are signed in a request that is not.")
        secret = self._checker.signing_key(claim)
        theirs = chunks.Signer(secret, claim.amz_date, claim.scope, claim.signature)
        length = passage.request.header(b"x-amz-decoded-content-length") or b""
        if not _is_length(length):
            raise NotImplementedHere("A body in signed chunks needs x-amz-decoded-content-length.")
        resigner = chunks.Resigner(
            theirs,
            outgoing.signer,
            decoded_length=int(length),
            trailer=declared == chunks.SIGNED_WITH_TRAILER,
        )
        return bodies.resigned(body, resigner)


def _tells_of_body(claim: SignatureClaim | None) -> bool:
    """Say whether the head has what its signature needs to know of the body."""
    declared = claim.content_sha256 if claim is not None else None
    return declared is not None and (bodies.is_hashed(declared) or declared == payload.UNSIGNED)


def _unsigned_terms(request: Request, region: str) -> Terms:
    """Return the terms of a request of S3 that nobody has signed; raises what `declared_hash` raises."""
    raw = request.header(b"x-amz-content-sha256")
    declared = None if raw is None else raw.decode("latin-1")
    return Terms(S3, region, payload.declared_hash(declared, presigned=True))


async def _gather_declared(body: Body, declared: str | None) -> bytes:
    """Return a body that is read here, and held to what was declared of it."""
    if declared is not None and bodies.is_hashed(declared):
        return await bodies.gather(bodies.hashed(body, declared))
    if declared in {None, payload.UNSIGNED}:
        return await bodies.gather(body)
    raise NotImplementedHere("The body of this operation cannot be sent in chunks.")


def _head(scope: Any) -> Request:
    client = scope["client"]
    return Request(
        method=scope["method"],
        raw_path=scope["raw_path"],
        raw_query=scope["query_string"],
        headers=tuple([(name, value.strip(b" \t")) for name, value in scope["headers"]]),
        peer=client[0] if client else "",
        local=scope.get("server"),
        secure=scope["scheme"] == "https",
        tls_version=_TLS_VERSIONS.get(scope.get("extensions", {}).get("tls", {}).get("tls_version"), ""),
    )


_TLS_VERSIONS: Final = {0x0303: "1.2", 0x0304: "1.3"}
"""RFC 8446, section 4.1.2: as ASGI's extension for TLS has them."""


async def _body(visit: _Visit, receive: Receive) -> Body:
    visit.reading = True
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise IncompleteBody("The client closed the connection before the end of its request.")
        more = message.get("more_body", False)
        if piece := message.get("body", b""):
            visit.received += len(piece)
            yield piece


def _has_body(request: Request) -> bool:
    return request.header(b"transfer-encoding") is not None or request.header(b"content-length") not in {
        None,
        b"0",
    }


async def _stream(visit: _Visit, answer: Reply, receive: Receive, send: Send) -> None:
    gone: asyncio.Task[None] | None = None
    try:
        headers = [*answer.headers, (b"x-iamd-request-id", visit.request_id.encode())]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        visit.started = True
        if answer.left > _LONG:
            # Nothing else tells that what is sent goes nowhere.
            gone = asyncio.create_task(_disconnected(receive))
        more = True
        async for piece in answer.pieces():
            more = not answer.is_over
            await send({"type": "http.response.body", "body": piece, "more_body": more})
            visit.sent += len(piece)
            if gone is None and visit.sent > _LONG:
                gone = asyncio.create_task(_disconnected(receive))
            elif gone is not None and gone.done():
                return  # It is noted like any other.
            elif gone is not None and visit.outlet is not None and more:
                await answer.relay(visit.outlet, gone)
        if more:
            await send({"type": "http.response.body", "body": b""})
    except OutletEndedError:
        # Nothing was told of it to the protocol, which looks for whole answers.
        if visit.outlet is not None and gone is not None:
            visit.outlet.abort()
            await gone
    finally:
        if visit.outlet is not None:
            visit.sent += visit.outlet.passed
        if gone is not None:
            gone.cancel()
        answer.close()


async def _disconnected(receive: Receive) -> None:
    """Return when the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
