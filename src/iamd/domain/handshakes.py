"""
Handshakes: what one account of an organization asks another to agree to.

AWS: *Invite accounts to join your organization*, *Enabling all features in your organization*.  There are three:

* An invitation, to an account or to whoever has an email address.
* The request that the management account makes of itself when it enables all features; it completes it at the end.
* The approval of that, which each account is asked for that was invited and not made; its *parent* is the request.

What has expired is not written down: a handshake knows when it does.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from iamd.domain.ids import AccountId, OrganizationId
from iamd.domain.tags import Tag

PREFIX: Final = "h-"
INVITATION_LASTS: Final = timedelta(days=15)
ENABLING_LASTS: Final = timedelta(days=90)
SHOWN_AFTERWARDS: Final = timedelta(days=30)
"""How long a handshake is told of once nothing more can happen to it."""


class HandshakeAction(StrEnum):
    INVITE = "INVITE"
    ENABLE_ALL_FEATURES = "ENABLE_ALL_FEATURES"
    APPROVE_ALL_FEATURES = "APPROVE_ALL_FEATURES"


class HandshakeState(StrEnum):
    """Whether something can still happen to it: in the first two."""

    REQUESTED = "REQUESTED"
    """Others must agree first."""
    OPEN = "OPEN"
    CANCELED = "CANCELED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """
    A handshake.

    Attributes:
        state: As it was last changed; see `state_at`.
        account_id: Whom it is for; None when it is for an email address, or for the management account itself.
        email: Likewise.
        parent_id: Of an approval.
        completed_at: When it was canceled, accepted or declined.
        notes: Of an invitation, for whoever is invited.
        tags: That the account gets when it joins.
    """

    organization_id: OrganizationId
    handshake_id: str
    action: HandshakeAction
    state: HandshakeState
    account_id: AccountId | None = None
    email: str | None = None
    parent_id: str | None = None
    requested_at: datetime
    expires_at: datetime
    completed_at: datetime | None = None
    notes: str = ""
    tags: tuple[Tag, ...] = ()

    def state_at(self, now: datetime) -> HandshakeState:
        pending = self.state in {HandshakeState.REQUESTED, HandshakeState.OPEN}
        return HandshakeState.EXPIRED if pending and now >= self.expires_at else self.state

    def shown_at(self, now: datetime) -> bool:
        """Return whether it is told of: while it is pending, and for a while afterwards."""
        over = self.completed_at or self.expires_at
        return now < over + SHOWN_AFTERWARDS

    def completed(self, state: HandshakeState, now: datetime) -> Self:
        return replace(self, state=state, completed_at=now)
