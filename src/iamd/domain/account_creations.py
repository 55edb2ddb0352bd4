"""Requests to create an account, and what became of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from iamd.domain.ids import AccountId, OrganizationId

PREFIX = "car-"


class CreationState(StrEnum):
    IN_PROGRESS = "IN_PROGRESS"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCreation:
    """
    One request.

    Attributes:
        account_id: None unless it succeeded.
        failure_reason: AWS's word, such as ``EMAIL_ALREADY_EXISTS``; None unless it failed.
    """

    organization_id: OrganizationId
    request_id: str
    account_name: str
    state: CreationState
    requested_at: datetime
    completed_at: datetime | None = None
    account_id: AccountId | None = None
    failure_reason: str | None = None
