"""Access keys: the long-term credentials of a user or of the account's root."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from iamd.domain.ids import AccessKeyId, AccountId
from iamd.secret import Secret

PREFIX = "AKIA"


class AccessKeyStatus(StrEnum):
    ACTIVE = "Active"
    INACTIVE = "Inactive"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    """
    An access key.

    Attributes:
        owner_id: The user's unique id; the account id for a key of the root.
        secret: Encrypted at rest, shown once.
    """

    account_id: AccountId
    access_key_id: AccessKeyId
    owner_id: str
    secret: Secret
    created_at: datetime
    status: AccessKeyStatus = AccessKeyStatus.ACTIVE
    last_used_at: datetime | None = None
    last_used_service: str | None = None
    last_used_region: str | None = None

    @property
    def of_root(self) -> bool:
        return self.owner_id == self.account_id
