"""What the mapping says of a request."""

from collections.abc import Mapping
from typing import Any

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


class Part(msgspec.Struct, frozen=True):
    """
    What a request asks of some of its resources.

    Attributes:
        parameters: Those that say which.
        actions: Where they are others than the operation's.
        only: The kinds of resources that it is on, where they are fewer than those of the action.
        kinds: Resources by their kinds, each with the last part of its ARN, where that is told.
        account_id: Whose they are, where the request says so.
        context: Keys of this part alone.
    """

    parameters: Mapping[str, Any]
    actions: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    kinds: Mapping[str, str] = {}
    account_id: str | None = None
    context: Mapping[str, str | tuple[str, ...]] = {}


class UnmappedRequest(ServiceError):
    """Nobody can say what the request does, so nobody can allow it."""

    code = "AccessDenied"
    status = 403
