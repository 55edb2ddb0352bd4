"""
Whether a request that an enforcement point has got may be answered: its signature, what it needs, and may they.

The first two questions of the road, for requests whose answer is somebody else's.  What holds here:

* The signature is verified over the method, target, host and headers that the client has sent, as the point tells of
  them; a point that changes any of these has every request refused.
* The body is held to its signature where it is here.  Where it is not, what the head declares about it is all that was
  verified, and an operation that the body tells is refused.
* What cannot be mapped to actions and resources is refused.
"""

import asyncio
from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest
from typing import Final, Protocol

import msgspec

from iamd.auth.authenticate import refuse_anonymous
from iamd.auth.caller import Caller
from iamd.auth.context import region_of
from iamd.auth.schemes.sigv4 import read_claim, translated
from iamd.auth.target import ContextValue, Target
from iamd.domain.arns import Arn
from iamd.enforcement.addressing import (
    check_header_names,
    check_meaning,
    check_path,
    check_rerouting,
    in_path_style,
)
from iamd.enforcement.bodies import is_hashed
from iamd.enforcement.buckets import kept
from iamd.enforcement.check import Checker, Seen
from iamd.enforcement.mapping.asked import Asked, UnmappedRequest
from iamd.enforcement.original import Original
from iamd.enforcement.points import ApiRoute, EnforcementPoint
from iamd.enforcement.refusals import InvalidRequest
from iamd.enforcement.refusals import Protocol as Wording
from iamd.errors import ServiceError
from iamd.http import Request
from iamd.sigv4.canonical import keeps_raw_path
from iamd.sigv4.errors import PayloadMismatch, UnsupportedPayload
from iamd.sigv4.signature_claim import SignatureClaim

_NO_BODY: Final = sha256().hexdigest()


class Mapper(Protocol):
    """What is asked of the mapping."""

    def is_ready(self, service: str) -> bool: ...
    def prepare(self, service: str) -> None: ...
    def protocol_of(self, request: Request, service: str) -> Wording: ...
    def identify(self, request: Request, service: str) -> Asked: ...
    def targets(self, asked: Asked, request: Request, service: str, caller: Caller) -> tuple[Target, ...]: ...


class Declared(msgspec.Struct, frozen=True):
    """
    What an API says itself that a request needs.

    Attributes:
        action: ``orders:GetOrder``.
        context: Further context keys.
    """

    action: str
    resource: str
    context: Mapping[str, ContextValue] = {}


class Visit(Seen, kw_only=True):
    """
    A question on its way.

    Attributes:
        request: The one that is asked about, once it is known; until then the one that asks.
        point: Who asks; None where they have not proved it.
    """

    point: EnforcementPoint | None
    operation: str | None = None


class Requests:
    """Built once by `assemble`."""

    def __init__(self, checker: Checker, mapping: Mapper, host_suffixes: tuple[bytes, ...]) -> None:
        self.checker = checker
        self._mapping = mapping
        self._suffixes = host_suffixes

    def close(self) -> None:
        self.checker.close()

    def wording_of(self, request: Request, point: EnforcementPoint) -> Wording:
        """Return how an error is written to the client."""
        return self._mapping.protocol_of(request, point.service)

    async def note(self, visit: Visit, status: int, error: ServiceError | None) -> None:
        """
        Write the request into the chronicle.

        Raises:
            TrailBlockedError: It cannot be written.
            TimeoutError: It is not, for long.
        """
        await self.checker.note(
            visit,
            service="iamd" if visit.point is None else visit.point.service,
            operation=visit.operation,
            status=status,
            error=error,
        )

    async def check(
        self,
        visit: Visit,
        point: EnforcementPoint,
        original: Original,
        declared: Declared | None = None,
        body_hash: str | None = None,
    ) -> Caller:
        """
        Return who has sent *original*, who may have it answered.

        Args:
            visit: What is found out is noted there.
            point: Who asks.
            original: As the point tells of it.
            declared: What it needs; by the point's routes, or the mapping, when None.
            body_hash: Of a body that the point has read itself; None where it has not.

        Raises:
            ServiceError: It may not, or nobody can say.
            SigV4Error: Its body is not the one that was signed.
        """
        request = original.request
        check_header_names(request)
        claim = read_claim(request)
        if claim is None:
            raise refuse_anonymous()
        request, claim = _with_payload(original, claim, body_hash)
        caller = await self.checker.authenticate(request, claim, point.service)
        if caller is None:
            raise refuse_anonymous()
        visit.caller = caller
        visit.entrance = self.checker.entrance(request)
        routed = original.route is not None or bool(point.routes)
        check_path(request, kept=point.keeps_paths and not routed, of_s3=True)
        if declared is None:
            check_rerouting(request)
            if not routed:
                check_meaning(request, of_s3=keeps_raw_path(point.service))
        if declared is None and original.route is not None:
            declared = _declared(original.route, {}, point, caller)
        elif declared is None and routed:
            declared = _by_route(point, request, caller)
        if declared is not None:
            visit.operation = declared.action.partition(":")[2]
            targets: tuple[Target, ...] = (_target(declared, caller),)
        else:
            if not self._mapping.is_ready(point.service):
                await asyncio.to_thread(self._mapping.prepare, point.service)
            request, visit.operation, targets = self._mapped(request, claim, caller)
            visit.mapped = True
        asked = targets
        targets = await self.checker.look(lambda view, _now: tuple(kept(target, view) for target in asked))
        await self.checker.authorize(caller, request, point.service, visit.operation, targets, visit)
        return caller

    def _mapped(
        self, request: Request, claim: SignatureClaim, caller: Caller
    ) -> tuple[Request, str, tuple[Target, ...]]:
        addressed = in_path_style(request, self._suffixes) if keeps_raw_path(claim.service) else request
        asked = self._mapping.identify(addressed, claim.service)
        # Also where an empty one was signed: nobody here can see that none was sent.
        if asked.needs_body and not addressed.body:
            raise UnmappedRequest(f"What {asked.operation} does is told by its body, which is not here.")
        return addressed, asked.operation, self._mapping.targets(asked, addressed, claim.service, caller)


def _with_payload(
    original: Original, claim: SignatureClaim, body_hash: str | None
) -> tuple[Request, SignatureClaim]:
    """
    Hold a body that is here to what was declared of it, and return what is to be verified.

    Raises:
        ServiceError: The body is not the one that was declared, or nobody has signed it.
    """
    request, declared = original.request, claim.content_sha256
    of_s3 = keeps_raw_path(claim.service)
    if body_hash is None and request.body:
        body_hash = sha256(request.body).hexdigest()
    if declared is None:
        if not of_s3:
            if body_hash is None and original.has_body:
                raise InvalidRequest(
                    "A request with a body needs x-amz-content-sha256 where its body is not here."
                )
            # AWS: services but S3 hash the body, whether a header says so or not.
            claim = msgspec.structs.replace(claim, content_sha256=body_hash or _NO_BODY)
    elif is_hashed(declared):
        if body_hash is not None and not compare_digest(declared, body_hash):
            raise translated(PayloadMismatch(detail="x-amz-content-sha256 is not the hash of the body"))
    elif not of_s3:
        raise translated(
            UnsupportedPayload("x-amz-content-sha256 must be the SHA-256 of the request's body.")
        )
    return msgspec.structs.replace(request, streamed=True), claim


def _by_route(point: EnforcementPoint, request: Request, caller: Caller) -> Declared:
    for route in point.routes:
        places = route.places_in(request.method, request.raw_path)
        if places is not None:
            return _declared(route, places, point, caller)
    raise UnmappedRequest(f"No route of the enforcement point {point.name} is for this request.")


def _declared(
    route: ApiRoute, places: Mapping[str, str], point: EnforcementPoint, caller: Caller
) -> Declared:
    of_caller = {"account": caller.account_id, "region": region_of(point.service, caller)}
    return Declared(route.action, route.resource_of({**places, **of_caller}))


def _target(declared: Declared, caller: Caller) -> Target:
    arn = Arn.parse(declared.resource)
    return Target(
        arn=declared.resource,
        account_id=arn.account if arn is not None and arn.account else caller.account_id,
        action=declared.action,
        context=declared.context,
    )
