"""
The audit event: one per request, refusals too.

An event names what was asked and how it was answered.  It carries no parameters and no results: some of them are
secrets, and the log must not have to know which.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """
    One request.

    Attributes:
        at: When it was answered, in real time.
        invoked_by_delegate: The account of the product provider that has acted as the caller (AWS: ``invokedByDelegate``).
        error_detail: Why, for the operator; never sent to the caller.
        decision_id: As the denial's ``x-iamd-decision-id`` told it.
        vpc_endpoint_id: What it came through.
    """

    at: datetime
    request_id: str
    service: str
    operation: str | None
    caller_arn: str | None
    access_key_id: str | None
    source_ip: str
    user_agent: str
    status: int
    invoked_by_delegate: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    error_detail: str | None = None
    decision_id: str | None = None
    vpc_endpoint_id: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return what is there; absent members are left out."""
        members = {name: value for name, value in asdict(self).items() if value not in {None, ""}}
        return members | {"at": self.at.isoformat()}
