"""
Buckets: what iamd itself keeps of them, whatever store they are in.

AWS: *Bucket policies for Amazon S3* and *Blocking public access to your Amazon S3 storage*.  Their names are those of the
whole installation, as they are AWS's in a whole partition.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from iamd.domain.ids import AccountId, UniqueId

MOST_BYTES: Final = 20 * 1024
"""AWS: *Amazon S3 quotas*: "Bucket policies are limited to 20 KB in size"."""


class PublicAccessBlock(msgspec.Struct, frozen=True, kw_only=True):
    """
    The four switches of a bucket against what its policy or lists of grants might open.

    Those about lists say nothing here: no list opens anything.
    """

    block_public_acls: bool = False
    ignore_public_acls: bool = False
    block_public_policy: bool = False
    restrict_public_buckets: bool = False


ALL_BLOCKED: Final = PublicAccessBlock(
    block_public_acls=True, ignore_public_acls=True, block_public_policy=True, restrict_public_buckets=True
)
"""AWS: what a new bucket has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """
    A bucket.

    Attributes:
        account_id: Whose it is.
        policy: As it was sent; None without one.
        trusted_ids: For each user or role ARN among the principals of *policy*, the unique id that it had when that was
            saved (semantics 46).
        public_access_block: None when it was deleted, which blocks nothing.
    """

    name: str
    account_id: AccountId
    created_at: datetime
    policy: str | None = None
    trusted_ids: tuple[tuple[str, UniqueId], ...] = ()
    public_access_block: PublicAccessBlock | None = ALL_BLOCKED

    @property
    def arn(self) -> str:
        return bucket_arn(self.name)


def bucket_arn(name: str) -> str:
    return f"arn:aws:s3:::{name}"


def bucket_of(arn: str) -> str | None:
    """Return the bucket that *arn* names, or that the object is in that it names; None when it names none."""
    head, _, rest = arn.partition(":s3:::")
    if head != "arn:aws" or not rest or rest == "*":
        return None
    return rest.partition("/")[0]
