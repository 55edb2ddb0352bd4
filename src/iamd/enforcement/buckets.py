"""
Whose a bucket is, which upstream has it, and what its policy says.

What holds here:

* A bucket belongs to the account that has made it through the gateway; one that nobody has made so to the account that the
  settings of its upstream name.  Names are global, as they are with AWS.
* A request goes to the upstream of the account that the bucket belongs to, whoever asks.
* The policy of a bucket bears on all that is asked of it and of its objects (semantics 52-63).  One that cannot be read
  lets nobody in.

AWS: *How Amazon S3 authorizes a request*; *Bucket policies for Amazon S3*; *Blocking public access to your Amazon S3
storage*.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol

import msgspec

from iamd.auth.caller import Caller
from iamd.auth.target import Target
from iamd.directory.directory import View
from iamd.domain.buckets import ALL_BLOCKED, PublicAccessBlock, bucket_of
from iamd.enforcement.public_access import is_public
from iamd.enforcement.refusals import NotImplementedHere
from iamd.enforcement.upstream_policies import Told
from iamd.enforcement.upstreams import Upstream, Upstreams
from iamd.errors import AccessDenied
from iamd.http import Request
from iampolicy import Policy

S3: Final = "s3"
TERSE: Final = "Access Denied"
"""All that S3 says to who has not signed."""

CREATE: Final = "CreateBucket"
_OF_ROOT: Final = frozenset({"s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"})
"""AWS: *PutBucketPolicy*: the root user of the owner may do these "even if their bucket policy explicitly denies" it."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """
    What is known of a bucket.

    Attributes:
        account_id: Whose it is.
        upstream: Where it is; None where no upstream is for S3 and that account.
        recorded: Whether iamd keeps something of it.
        policy: As its upstream's settings say who keeps it; None without one.
        block: The bucket's own, as kept where its policy is; that of its upstream's settings comes on top of it.
    """

    name: str
    account_id: str
    upstream: Upstream | None
    recorded: bool = False
    policy: Policy | None = None
    block: PublicAccessBlock | None = ALL_BLOCKED

    @property
    def blocks(self) -> PublicAccessBlock:
        """What is blocked in the end."""
        if self.upstream is None or not self.upstream.public_access:
            return ALL_BLOCKED
        return self.block or PublicAccessBlock()


class PolicyReader(Protocol):
    """Reads the policies that upstreams keep."""

    async def read(self, upstream: Upstream, account_id: str, bucket: str) -> Told: ...


class Buckets:
    """Built once by `assemble`."""

    def __init__(self, upstreams: Upstreams, account_id: str, reader: PolicyReader) -> None:
        """
        Take the parts.

        Args:
            upstreams: Where buckets are.
            account_id: The server's own.
            reader: Asked for what upstreams keep.
        """
        self._upstreams = upstreams
        self._account_id = account_id
        self._reader = reader

    def look(self, name: str, caller: Caller, view: View) -> Standing:
        """Return what memory knows of the bucket *name*."""
        known = view.bucket(name)
        if known is None:
            upstream = self._upstreams.find(S3, caller.account_id or self._account_id)
            owner = caller.account_id if upstream is None else upstream.owner_of_buckets(self._account_id)
            return Standing(name=name, account_id=owner, upstream=upstream)
        upstream = self._upstreams.find(S3, known.bucket.account_id)
        kept = upstream is None or upstream.bucket_policies == "iamd"
        return Standing(
            name=name,
            account_id=known.bucket.account_id,
            upstream=upstream,
            recorded=True,
            policy=known.policy if kept else None,
            block=known.bucket.public_access_block,
        )

    async def complete(self, standing: Standing) -> Standing:
        """
        Return *standing* with the policy that its upstream keeps, where that keeps it.

        Raises:
            ServiceError: The policy cannot be read.
        """
        upstream = standing.upstream
        if upstream is None or upstream.bucket_policies != "upstream":
            return standing
        told = await self._reader.read(upstream, standing.account_id, standing.name)
        return msgspec.structs.replace(standing, policy=told.policy, block=told.block)


def names_in(targets: Iterable[Target]) -> list[str]:
    """Return the buckets that *targets* are, or are in, each once."""
    return list(dict.fromkeys(name for target in targets if (name := bucket_of(target.arn)) is not None))


def placed(
    targets: Sequence[Target], standings: Mapping[str, Standing], caller: Caller, operation: str
) -> tuple[Target, ...]:
    """
    Return *targets* with the accounts that they belong to and the policies that bear on them.

    Args:
        targets: Of a request to S3.
        standings: Of all buckets in *targets*.
        caller: Who asks.
        operation: What for.
    """
    text = TERSE if caller.of_nobody else None
    made = []
    for target in targets:
        name = bucket_of(target.arn)
        if name is None or operation == CREATE:
            # Of what is not there yet it can only be said who would have it.
            made.append(msgspec.structs.replace(target, deny_text=text))
            continue
        standing = standings[name]
        of_owner = caller.of_root and caller.account_id == standing.account_id
        policy = None if of_owner and target.action in _OF_ROOT else standing.policy
        made.append(
            msgspec.structs.replace(
                target,
                account_id=standing.account_id,
                resource_policy=policy,
                deny_text=text,
                context={**target.context, "s3:ResourceAccount": standing.account_id},
            )
        )
    return tuple(made)


def check_public_access(standings: Iterable[Standing], caller: Caller) -> None:
    """
    Refuse those whom only a public policy could let in, where that is blocked.

    Raises:
        AccessDenied: They are nobody, or of another account.
    """
    for standing in standings:
        if caller.account_id == standing.account_id or not standing.blocks.restrict_public_buckets:
            continue
        if caller.of_nobody:
            raise AccessDenied(TERSE, detail="public access is blocked")
        # AWS: *RestrictPublicBuckets*: "public and cross-account access within any public bucket policy, including
        # non-public delegation to specific accounts, is blocked".
        if standing.policy is not None and is_public(standing.policy):
            raise AccessDenied(TERSE, detail="the policy of the bucket is public, and that is blocked")


def kept(target: Target, view: View) -> Target:
    """
    Return *target* as what iamd keeps of its bucket bears on it, wherever that is; for whoever only asks.

    What iamd knows nothing of stays the caller's account's.
    """
    name = bucket_of(target.arn)
    known = view.bucket(name) if name is not None else None
    if known is None:
        return target
    return msgspec.structs.replace(target, account_id=known.bucket.account_id, resource_policy=known.policy)


_EXPECTED: Final = (b"x-amz-expected-bucket-owner", b"x-amz-source-expected-bucket-owner")


def check_expected_owners(request: Request, standings: Sequence[Standing], operation: str) -> None:
    """
    Hold *request* to whom it believes its buckets to belong to.

    Args:
        request: Of S3.
        standings: Its own bucket's last, after that of what it copies.
        operation: What it asks for.

    Raises:
        AccessDenied: They belong to somebody else.
    """
    if operation == CREATE or not standings:
        return
    for header, standing in zip(_EXPECTED, (standings[-1], standings[0]), strict=True):
        # AWS: *Verifying bucket ownership with bucket owner condition*.
        expected = request.header(header)
        if expected is not None and expected != standing.account_id.encode():
            raise AccessDenied(TERSE, detail=f"{standing.name} is of another account than {header.decode()}")


def one_upstream(standings: Sequence[Standing]) -> Upstream | None:
    """
    Return the upstream that has all of *standings*, which are not none.

    Raises:
        NotImplementedHere: They are in several.
    """
    upstream = standings[0].upstream
    if any(standing.upstream is not upstream for standing in standings):
        # It might have another bucket of that name.
        raise NotImplementedHere("A copy between two upstreams is not implemented.")
    return upstream
