"""Customer managed policies and their versions."""

import re
from dataclasses import dataclass
from datetime import datetime

from iamd.domain.arns import PARTITION, Arn, iam_arn
from iamd.domain.ids import AccountId, UniqueId
from iamd.domain.tags import Tag
from iamd.errors import ValidationError

PREFIX = "ANPA"

_ACCOUNT = re.compile("[0-9]{12}|aws|partner")
_RESOURCE = re.compile("policy(?:/[A-Za-z0-9.,+@=_-]+)+")
# More digits than any version can have; int() and the databases stay far from their own limits.
_NUMBER = re.compile("v([1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedPolicy:
    """
    A customer managed policy.

    Attributes:
        default_version: The number of the version in force.
        last_version: The highest number ever given; numbers are never used again (fact 45).
    """

    account_id: AccountId
    policy_id: UniqueId
    name: str
    path: str
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    default_version: int = 1
    last_version: int = 1
    tags: tuple[Tag, ...] = ()

    @property
    def arn(self) -> str:
        return iam_arn(self.account_id, "policy", self.path, self.name)

    @property
    def default_version_id(self) -> str:
        return f"v{self.default_version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """One version of a managed policy; ``number`` 3 is ``v3`` on the wire."""

    policy_id: UniqueId
    number: int
    document: str
    created_at: datetime

    @property
    def version_id(self) -> str:
        return f"v{self.number}"


def parse_version_id(text: str) -> int | None:
    """Return the number of a version id; None for one that no version can have."""
    found = _NUMBER.fullmatch(text)
    return int(found[1]) if found else None


def parse_policy_arn(text: str) -> Arn:
    """
    Read the ARN of a managed policy: a customer's, AWS's (account ``aws``), or a product provider's (``partner``).

    Raises:
        ValidationError: It is none (fact 40), or not of this partition.
    """
    arn = Arn.parse(text)
    if (
        arn is None
        or arn.service != "iam"
        or arn.region
        or not _ACCOUNT.fullmatch(arn.account)
        or not _RESOURCE.fullmatch(arn.resource)
    ):
        raise ValidationError(f"ARN {text} is not valid.")
    if arn.partition != PARTITION:
        raise ValidationError("Invalid ARN partition")
    return arn
