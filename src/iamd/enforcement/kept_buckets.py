"""
What iamd itself answers about buckets: their policies, and their blocks against public access.

Authorized like everything else, and what is written once more in the transaction that writes it.

AWS: *PutBucketPolicy*, *GetBucketPolicy*, *DeleteBucketPolicy*, *GetBucketPolicyStatus*, *PutPublicAccessBlock*,
*GetPublicAccessBlock*, *DeletePublicAccessBlock*.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from iamd.auth.caller import Caller
from iamd.domain.buckets import Bucket
from iamd.domain.ids import AccountId
from iamd.enforcement.bucket_documents import check_document
from iamd.enforcement.buckets import Standing
from iamd.enforcement.checksums import check_checksums
from iamd.enforcement.public_access import is_public, read_block, shown_block
from iamd.enforcement.refusals import InvalidRequest, MethodNotAllowed
from iamd.errors import AccessDenied, EntityAlreadyExists
from iamd.http import Request, Response
from iamd.operations.trust_policies import shown_principals
from iamd.store.interface import Transaction
from iampolicy import PolicyKind, parse

POLICY_OPERATIONS: Final = frozenset(
    {"GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy", "GetBucketPolicyStatus"}
)
BLOCK_OPERATIONS: Final = frozenset(
    {"GetPublicAccessBlock", "PutPublicAccessBlock", "DeletePublicAccessBlock"}
)
OF_BODY: Final = frozenset({"PutBucketPolicy", "PutPublicAccessBlock"})
WRITES: Final = frozenset(
    {"PutBucketPolicy", "DeleteBucketPolicy", "PutPublicAccessBlock", "DeletePublicAccessBlock"}
)

_NAMESPACE: Final = "http://s3.amazonaws.com/doc/2006-03-01/"


class NoSuchBucket(InvalidRequest):
    """There is no such bucket."""

    status = 404


class NoSuchBucketPolicy(InvalidRequest):
    """The bucket has no policy."""

    status = 404


class NoSuchPublicAccessBlockConfiguration(InvalidRequest):
    """The bucket has no such configuration."""

    status = 404


class BucketAlreadyExists(InvalidRequest):
    """The bucket is somebody else's."""

    status = 409


def no_such_bucket() -> NoSuchBucket:
    return NoSuchBucket("The specified bucket does not exist")


def taken() -> BucketAlreadyExists:
    """Return what whoever wants the name of another account's bucket is told."""
    return BucketAlreadyExists(
        "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
        "Please select a different name and try again."
    )


def check_owner(caller: Caller, standing: Standing) -> None:
    """
    Refuse other accounts, whatever they are allowed.

    Raises:
        MethodNotAllowed: The caller is of one.
    """
    # AWS: *PutBucketPolicy*: "not using an identity that belongs to the bucket owner's account, Amazon S3 returns a 405".
    if caller.account_id != standing.account_id:
        raise MethodNotAllowed("The specified method is not allowed against this resource.")


def read(operation: str, standing: Standing, transaction: Transaction) -> Response:
    """
    Answer an *operation* that changes nothing.

    Raises:
        NoSuchBucketPolicy: There is none.
        NoSuchPublicAccessBlockConfiguration: Likewise.
    """
    bucket = transaction.buckets.find(standing.name)
    if operation == "GetPublicAccessBlock":
        block = standing.block if bucket is None else bucket.public_access_block
        if block is None:
            raise NoSuchPublicAccessBlockConfiguration("The public access block configuration was not found")
        return _xml("PublicAccessBlockConfiguration", shown_block(block))
    if bucket is None or bucket.policy is None:
        raise NoSuchBucketPolicy("The bucket policy does not exist")
    if operation == "GetBucketPolicyStatus":
        public = (
            is_public(parse(bucket.policy, PolicyKind.RESOURCE))
            and not standing.blocks.restrict_public_buckets
        )
        return _xml("PolicyStatus", f"<IsPublic>{_word(public)}</IsPublic>")
    shown = shown_principals(transaction, bucket.policy, bucket.trusted_ids)
    return Response(status=200, headers=((b"content-type", b"application/json"),), body=shown.encode())


def write(
    operation: str,
    request: Request,
    standing: Standing,
    transaction: Transaction,
    now: datetime,
) -> Response:
    """
    Do an *operation* that changes something, and answer it.

    Args:
        operation: One of `WRITES`.
        request: With its body.
        standing: Of the bucket, which is there.
        transaction: To write in.
        now: When the bucket was first heard of, if that is now.

    Raises:
        ServiceError: What was sent is not right.
    """
    stored = transaction.buckets.find(standing.name)
    bucket = stored or Bucket(name=standing.name, account_id=AccountId(standing.account_id), created_at=now)
    if operation == "PutBucketPolicy":
        changed = _with_policy(bucket, request, standing, transaction)
    elif operation == "DeleteBucketPolicy":
        changed = replace(bucket, policy=None, trusted_ids=())
    elif operation == "PutPublicAccessBlock":
        check_checksums(request, request.body)
        changed = replace(bucket, public_access_block=read_block(request.body))
    else:
        changed = replace(bucket, public_access_block=None)
    if stored is None:
        transaction.buckets.add(changed)
    else:
        transaction.buckets.put(changed)
    return Response(status=200 if operation == "PutPublicAccessBlock" else 204)


def note_created(transaction: Transaction, bucket: Bucket) -> None:
    """
    Write down whose a new *bucket* is.

    Raises:
        BucketAlreadyExists: Somebody of another account was faster.
    """
    stored = transaction.buckets.find(bucket.name)
    if stored is None:
        try:
            transaction.buckets.add(bucket)
        except EntityAlreadyExists:
            raise taken() from None
    elif stored.account_id != bucket.account_id:
        raise taken()


def note_deleted(transaction: Transaction, name: str) -> None:
    """Forget a bucket, and its policy."""
    stored = transaction.buckets.find(name)
    if stored is not None:
        transaction.buckets.delete(stored)


def _with_policy(bucket: Bucket, request: Request, standing: Standing, transaction: Transaction) -> Bucket:
    check_checksums(request, request.body)
    text, bound = check_document(request.body, bucket.name, transaction)
    changed = replace(bucket, policy=text, trusted_ids=bound)
    if standing.blocks.block_public_policy and is_public(parse(text, PolicyKind.RESOURCE)):
        raise AccessDenied(
            f'Public policies of the bucket "{bucket.name}" are blocked by the BlockPublicPolicy block public access setting.'
        )
    return changed


def _word(value: object) -> str:
    return "true" if value else "false"


def _xml(root: str, inner: str) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{_NAMESPACE}">{inner}</{root}>'
    return Response(status=200, headers=((b"content-type", b"application/xml"),), body=body.encode())
