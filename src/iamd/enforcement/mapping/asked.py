"""What the mapping says of a request."""

from collections.abc import Mapping

import msgspec

from iamd.enforcement.refusals import Protocol
from iamd.errors import ServiceError


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """
    The operation that a request asks for.

    Attributes:
        service: The service model's name (``s3``, ``dynamodb``, ``ec2``).
        operation: As the model spells it (``ListObjectsV2``).
        protocol: How the service's errors are written.
        needs_body: Whether the actions or resources are told by the body.
        detail: What the mapping of the service has found out already.
    """

    service: str
    operation: str
    protocol: Protocol
    needs_body: bool
    detail: object = None


class Need(msgspec.Struct, frozen=True):
    """One action on one resource; `arn` is ``*`` where the action has no resource."""

    action: str
    arn: str
    context: Mapping[str, str | tuple[str, ...]] = {}


class UnmappedRequest(ServiceError):
    """Nobody can say what the request does, so nobody can allow it."""

    code = "AccessDenied"
    status = 403
