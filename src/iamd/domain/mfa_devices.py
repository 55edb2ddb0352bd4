"""Virtual MFA devices: time-based one-time passwords (RFC 6238)."""

from dataclasses import dataclass
from datetime import datetime

from iamd.domain.arns import iam_arn
from iamd.domain.ids import AccountId
from iamd.domain.tags import Tag
from iamd.secret import Secret

STEP_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class MFADevice:
    """
    A virtual MFA device.

    Attributes:
        seed: Base32, encrypted at rest, shown once.
        owner_id: The user's unique id, the account id for the root, or None while the device is unassigned.
        last_step: The time step of the last code that was accepted; a code works once.
    """

    account_id: AccountId
    name: str
    path: str
    seed: Secret
    created_at: datetime
    owner_id: str | None = None
    enabled_at: datetime | None = None
    last_step: int = 0
    tags: tuple[Tag, ...] = ()

    @property
    def serial_number(self) -> str:
        return iam_arn(self.account_id, "mfa", self.path, self.name)
