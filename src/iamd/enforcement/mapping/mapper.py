"""
The mapping as the gateway asks it: S3 by its own rules, all other services by their models and their reference.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from iamd.auth.caller import Caller
from iamd.auth.target import Target
from iamd.enforcement.mapping import operations, s3_needs, s3_operations, services
from iamd.enforcement.mapping.asked import Asked, Need, UnmappedRequest
from iamd.enforcement.mapping.models import Models
from iamd.enforcement.mapping.passing import Passed
from iamd.enforcement.mapping.resources import Home
from iamd.enforcement.passed_roles import PassedRole
from iamd.enforcement.refusals import Protocol
from iamd.http import Request

_S3: Final = "s3"
_CONTROL_PATH: Final = b"/v20180820/"
"""AWS: all paths of *Amazon S3 Control* begin so.  There is no bucket of that name behind the gateway."""
_REST: Final = frozenset({"rest-json", "rest-xml"})
_CBOR: Final = b"rpc-v2-cbor"


class Mapper:
    """What requests need."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._models = Models()

    def is_ready(self, service: str) -> bool:
        """Say whether all that is known of *service* is in memory."""
        return self._models.ready(service) is not None

    def prepare(self, service: str) -> None:
        """Read what is known of *service*; blocks."""
        self._models.prepare(service)

    def protocol_of(self, request: Request, service: str) -> Protocol:
        """Return how an error of *service* is written to whoever has sent *request*, before its operation is known."""
        if service.startswith(_S3):
            return "rest-xml"
        if request.header(b"x-amz-target") is not None:
            return "json"
        if request.header(b"smithy-protocol") == _CBOR:
            return "smithy-rpc-v2-cbor"
        spoken = [protocol for model in self._models.ready(service) or () for protocol in model.protocols]
        for protocol in ("ec2", "query", "rest-json", "rest-xml"):
            if protocol in spoken:
                return protocol
        return "rest-json"

    def streams(self, request: Request, service: str, *, signed: bool) -> bool:
        """
        Say whether the body of *request* may pass on as it comes.

        Args:
            request: Without its body, of a service that is not S3.
            service: One that `is_ready`.
            signed: Whether the head holds the hash of the body.
        """
        try:
            found = operations.find(request, self._models.ready(service) or ())
        except UnmappedRequest:
            return False
        return found.protocol in _REST and found.operation.streams and (signed or found.operation.unsigned)

    def identify(self, request: Request, service: str) -> Asked:
        """
        Return what *request*, signed for *service*, asks for.

        Args:
            request: Of S3 without its body, of all others with it.
            service: One that `is_ready`.

        Raises:
            UnmappedRequest: Nobody can say.
        """
        if service == _S3 and not request.raw_path.startswith(_CONTROL_PATH):
            of_s3 = s3_operations.find(request)
            return Asked(
                service=_S3,
                operation=of_s3.operation,
                protocol="rest-xml",
                needs_body=of_s3.operation in s3_needs.NEED_BODY,
                detail=of_s3,
            )
        models = self._models.ready(service) or ()
        # Buckets have paths of their own; what is in S3's own model cannot be told by its paths alone.
        found = operations.find(request, [model for model in models if model.name != _S3])
        return Asked(
            service=found.model.name,
            operation=found.operation.name,
            protocol=found.protocol,
            needs_body=_is_told_by_body(found),
            detail=found,
        )

    def targets(self, asked: Asked, request: Request, service: str, caller: Caller) -> tuple[Target, ...]:
        """
        Return what must be allowed for *request*, each with its action.

        Raises:
            UnmappedRequest: It cannot be told.
        """
        account_id = caller.account_id
        if isinstance(asked.detail, s3_operations.Found):
            needs = tuple(s3_needs.needs_of(asked.detail, request, self._now()))
        elif isinstance(asked.detail, operations.Found):
            home = Home(caller.region, account_id)
            needs = tuple(services.needs_of(asked.detail, request, service, home))
        else:
            raise UnmappedRequest(f"{asked.service}:{asked.operation} is not mapped to actions.")
        return tuple(_target(need, account_id) for need in needs)


def _is_told_by_body(found: operations.Found) -> bool:
    """Say whether the body of such a request tells anything: of REST's, some have all that they say in their heads."""
    if found.protocol not in _REST:
        return True
    shape = found.model.shapes.get(found.operation.input)
    return shape is not None and any(not member.location for member in shape.members)


def _target(need: Need, account_id: str) -> Target:
    owner = _account_of(need.arn) or account_id
    if isinstance(need, Passed):
        return PassedRole(
            arn=need.arn,
            account_id=owner,
            action=need.action,
            context=need.context,
            how=need.how,
            name=need.name,
        )
    return Target(arn=need.arn, account_id=owner, action=need.action, context=need.context)


def _account_of(arn: str) -> str | None:
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[4].isascii() and parts[4].isdigit() else None
