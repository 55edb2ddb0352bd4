"""
The mapping as the gateway asks it: S3's own rules, and those of the service models for all others.
"""

from collections.abc import Callable
from datetime import datetime

from iamd.auth.caller import Caller
from iamd.auth.target import Target
from iamd.enforcement.mapping import s3_needs, s3_operations
from iamd.enforcement.mapping.asked import Asked, UnmappedRequest
from iamd.enforcement.refusals import Protocol
from iamd.http import Request

_S3 = "s3"


class Mapper:
    """What requests need."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def protocol_of(self, service: str) -> Protocol:
        """Return how errors of *service* are written."""
        return "rest-xml" if service.startswith(_S3) else "json"

    def identify(self, request: Request, service: str) -> Asked:
        """
        Return what *request*, signed for *service*, asks for.

        Raises:
            UnmappedRequest: Nobody can say.
        """
        if service != _S3:
            raise UnmappedRequest(f"Requests to {service} are not mapped to actions.")
        found = s3_operations.find(request)
        return Asked(
            service=_S3,
            operation=found.operation,
            protocol="rest-xml",
            needs_body=found.operation in s3_needs.NEED_BODY,
            detail=found,
        )

    def targets(self, asked: Asked, request: Request, caller: Caller) -> tuple[Target, ...]:
        """
        Return what must be allowed for *request*, each with its action.

        Raises:
            UnmappedRequest: It cannot be told.
        """
        if not isinstance(asked.detail, s3_operations.Found):
            raise UnmappedRequest(f"{asked.service}:{asked.operation} is not mapped to actions.")
        return tuple(
            Target(arn=need.arn, account_id=caller.account_id, action=need.action, context=need.context)
            for need in s3_needs.needs_of(asked.detail, request, self._now())
        )
