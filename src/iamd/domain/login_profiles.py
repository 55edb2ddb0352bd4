"""Login profiles: the passwords of users, kept as hashes (`iamd.auth.passwords`)."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Self

from iamd.domain.ids import AccountId, UniqueId
from iamd.domain.password_policy import MOST_REMEMBERED, PasswordPolicy
from iamd.secret import Secret


class PasswordState(Enum):
    """What a user who has shown the right password may do with it."""

    VALID = "valid"
    MUST_CHANGE = "must change"
    """Nothing but to set another one."""
    EXPIRED = "expired"
    """Nothing: an administrator must set another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginProfile:
    """
    The password of a user.

    Attributes:
        created_at: When the user got its first password.
        password: Its hash; encrypted at rest besides.
        changed_at: When the present password was set.
        reset_required: Whether the user must set another one when it signs in.
        previous: Hashes of earlier passwords, the last one first; as many as a policy can ask about.
    """

    account_id: AccountId
    user_id: UniqueId
    created_at: datetime
    password: Secret
    changed_at: datetime
    reset_required: bool = False
    previous: tuple[Secret, ...] = ()

    def with_password(self, password: Secret, at: datetime) -> Self:
        """Return the profile with a new hash, and the old one among the previous."""
        previous = (self.password, *self.previous)[: MOST_REMEMBERED - 1]
        return replace(self, password=password, changed_at=at, previous=previous)

    def state(self, policy: PasswordPolicy | None, now: datetime) -> PasswordState:
        """
        Say what the password is good for under the account's *policy*.

        AWS: *Custom password policy options*; an expiration period holds at once for passwords that are there.
        """
        expiry = policy.expiry_of(self.changed_at) if policy else None
        if policy and expiry is not None and now >= expiry:
            return PasswordState.EXPIRED if policy.hard_expiry else PasswordState.MUST_CHANGE
        return PasswordState.MUST_CHANGE if self.reset_required else PasswordState.VALID
