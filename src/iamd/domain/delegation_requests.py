"""
Delegation requests: a product provider asks a customer for temporary access to the customer's account.

A request moves from state to state, and expires by itself:

    UNASSIGNED -> ASSIGNED -> PENDING_APPROVAL -> ACCEPTED -> FINALIZED
                     |               |               |
                     +---------------+---------------+-----> REJECTED

An assigned request may be accepted without having been forwarded.  What is finalized, rejected or expired stays so, but
that it expires.  AWS: *Building your integration*, "Understanding the Request Lifecycle".
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from iamd.domain.arns import iam_arn
from iamd.domain.ids import AccountId
from iamd.domain.policy_templates import PolicyParameter
from iamd.errors import InvalidInput

ID_PREFIX: Final = "dr-"
ID_SIZE: Final = 32
ARN_KIND: Final = "delegation-request"
OPEN_REQUESTS: Final = 1_000
"""How many requests of one product provider may be there at a time; AWS documents that there is a limit, and not which."""
LONGEST_OF_ROOT: Final = 4 * 3600
"""AWS: *IAM temporary delegation*: "root users can only approve delegation requests with a duration of 4 hours or less"."""
KEPT: Final = timedelta(days=30)
"""How long expired requests can still be looked at."""

_UNCLAIMED: Final = timedelta(days=1)
_CLAIMED: Final = timedelta(days=7)


class DelegationState(StrEnum):
    """Of a delegation request."""

    UNASSIGNED = "UNASSIGNED"
    """Nobody has claimed it; the account that it is for may be known."""
    ASSIGNED = "ASSIGNED"
    """Somebody owns it, and is to look at it."""
    PENDING_APPROVAL = "PENDING_APPROVAL"
    """Its owner has forwarded it to an administrator."""
    ACCEPTED = "ACCEPTED"
    """It is approved, and its exchange token not yet released."""
    FINALIZED = "FINALIZED"
    """Its exchange token is released: the provider has access until the session's duration is over."""
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


_OPEN: Final = (DelegationState.ASSIGNED, DelegationState.PENDING_APPROVAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """
    Who claimed a request.

    Attributes:
        arn: As GetCallerIdentity told it then.
        user_id: Likewise; somebody else who gets the same ARN later is not the owner.
    """

    arn: str
    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """
    Who approved a request: whose permissions are delegated.

    Attributes:
        session: The approver's own session, or what stands for one, as `iamd.sessions` writes it: the state of the
            identity at that moment.
    """

    arn: str
    session: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationRequest:
    """
    A request.

    Attributes:
        workflow_id: The provider's own name for it, unique among the provider account's requests.
        policy: What is asked for: the template, filled in.
        session_duration: In seconds, from the release of the exchange token.
        owner_account_id: Whom it is for; None until somebody of any account claims it.
        rejection_reason: The notes of whoever rejected it.
        updated_at: Of the last change of state, or of the notes.
    """

    request_id: str
    requestor_account_id: AccountId
    requestor_name: str
    workflow_id: str
    description: str
    message: str | None
    template_arn: str
    parameters: tuple[PolicyParameter, ...]
    policy: str
    session_duration: int
    redirect_url: str | None
    notification_channel: str
    only_send_by_owner: bool
    owner_account_id: AccountId | None
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    state: DelegationState = DelegationState.UNASSIGNED
    owner: Owner | None = None
    approver: Approver | None = None
    notes: str | None = None
    rejection_reason: str | None = None
    finalized_at: datetime | None = None

    def arn_in(self, account_id: AccountId) -> str:
        """Return the ARN; while it belongs to no account, the one that it has for *account_id*."""
        return delegation_request_arn(self.owner_account_id or account_id, self.request_id)

    @property
    def ends_at(self) -> datetime | None:
        """When the delegated access is over; None before it has begun."""
        if self.finalized_at is None:
            return None
        return self.finalized_at + timedelta(seconds=self.session_duration)

    def in_force(self, now: datetime) -> bool:
        """Whether there is delegated access at *now*."""
        return self.ends_at is not None and now < self.ends_at

    def at(self, now: datetime) -> "DelegationRequest":
        """Return the request as it is at *now*: expired, if its time is over."""
        if self.state is DelegationState.EXPIRED or now < self.expires_at:
            return self
        return replace(self, state=DelegationState.EXPIRED, updated_at=self.expires_at)

    def claimed(self, owner: Owner, account_id: AccountId, now: datetime) -> "DelegationRequest":
        """
        Return it owned by *owner* of *account_id*.

        Raises:
            InvalidInput: Somebody owns it, or it has expired.
        """
        moved = self._moved(DelegationState.ASSIGNED, (DelegationState.UNASSIGNED,), "associated", now)
        return replace(moved, owner=owner, owner_account_id=account_id)

    def forwarded(self, notes: str | None, now: datetime) -> "DelegationRequest":
        """
        Return it waiting for an administrator, with *notes* if there are new ones.

        Raises:
            InvalidInput: It is not open.
        """
        moved = self._moved(DelegationState.PENDING_APPROVAL, _OPEN, "updated", now)
        return moved if notes is None else replace(moved, notes=notes)

    def accepted(self, approver: Approver, now: datetime) -> "DelegationRequest":
        """
        Return it approved by *approver*.

        Raises:
            InvalidInput: It is not open.
        """
        moved = self._moved(DelegationState.ACCEPTED, _OPEN, "accepted", now)
        return replace(moved, approver=approver)

    def rejected(self, reason: str | None, now: datetime) -> "DelegationRequest":
        """
        Return it rejected; an approval is taken back.

        Raises:
            InvalidInput: It is neither open nor only accepted.
        """
        moved = self._moved(DelegationState.REJECTED, (*_OPEN, DelegationState.ACCEPTED), "rejected", now)
        return replace(moved, rejection_reason=reason)

    def finalized(self, now: datetime) -> "DelegationRequest":
        """
        Return it with its exchange token released: from now on there is access.

        Raises:
            InvalidInput: It is not accepted.
        """
        moved = self._moved(
            DelegationState.FINALIZED, (DelegationState.ACCEPTED,), "finalized by sending its token", now
        )
        # To the second, as the expiration of the credentials is told.
        return replace(moved, finalized_at=now.replace(microsecond=0))

    def _moved(
        self, to: DelegationState, expected: tuple[DelegationState, ...], done: str, now: datetime
    ) -> "DelegationRequest":
        current = self.at(now)
        if current.state not in expected:
            raise InvalidInput(
                f"The delegation request {self.request_id} is in the state {current.state} and cannot be {done}."
            )
        if current.state is to:
            # AWS: a request stays in one state for so long at most; new notes give it no more time.
            return replace(current, updated_at=now)
        return replace(current, state=to, updated_at=now, expires_at=now + _CLAIMED)


def first_expiry(created_at: datetime) -> datetime:
    """Return when a request expires that nobody claims."""
    return created_at + _UNCLAIMED


def delegation_request_arn(account_id: str, request_id: str) -> str:
    return iam_arn(account_id, ARN_KIND, "/", request_id)
