"""
Which actions an operation of S3 needs, on what, and with which context keys.

AWS: *Required permissions for Amazon S3 API operations*; *Actions, resources, and condition keys for Amazon S3*; the
pages of the operations for headers that need an action of their own.  All of them must be allowed.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final
from urllib.parse import unquote_to_bytes

import msgspec

from iamd.enforcement.mapping import s3_bodies, s3_context
from iamd.enforcement.mapping.asked import Need, UnmappedRequest
from iamd.enforcement.mapping.s3_context import Context
from iamd.enforcement.mapping.s3_operations import Found, Place, place_of
from iamd.http import Request

_BUCKET_ARN: Final = "arn:aws:s3:::{}"
_OBJECT_ARN: Final = "arn:aws:s3:::{}/{}"


_ACTIONS: Final[Mapping[str, str]] = {
    # Lists and heads.
    "ListBuckets": "ListAllMyBuckets",
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListParts": "ListMultipartUploadParts",
    "HeadObject": "GetObject",
    "SelectObjectContent": "GetObject",
    # Uploads.
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    # Configurations, which actions name otherwise; whoever may put one may delete it.
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "GetBucketAnalyticsConfiguration": "GetAnalyticsConfiguration",
    "ListBucketAnalyticsConfigurations": "GetAnalyticsConfiguration",
    "PutBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
    "DeleteBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "PutBucketCors": "PutBucketCORS",
    "DeleteBucketCors": "PutBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketIntelligentTieringConfiguration": "GetIntelligentTieringConfiguration",
    "ListBucketIntelligentTieringConfigurations": "GetIntelligentTieringConfiguration",
    "PutBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
    "DeleteBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
    "GetBucketInventoryConfiguration": "GetInventoryConfiguration",
    "ListBucketInventoryConfigurations": "GetInventoryConfiguration",
    "PutBucketInventoryConfiguration": "PutInventoryConfiguration",
    "DeleteBucketInventoryConfiguration": "PutInventoryConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "GetBucketMetricsConfiguration": "GetMetricsConfiguration",
    "ListBucketMetricsConfigurations": "GetMetricsConfiguration",
    "PutBucketMetricsConfiguration": "PutMetricsConfiguration",
    "DeleteBucketMetricsConfiguration": "PutMetricsConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "GetBucketReplication": "GetReplicationConfiguration",
    "PutBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    # Annotations and metadata tables.
    "GetBucketMetadataConfiguration": "GetBucketMetadataTableConfiguration",
    "CreateBucketMetadataConfiguration": "CreateBucketMetadataTableConfiguration",
    "DeleteBucketMetadataConfiguration": "DeleteBucketMetadataTableConfiguration",
}
"""Of the operations that are not called as their action is."""

_OF_VERSION: Final[Mapping[str, str]] = {
    "GetObject": "GetObjectVersion",
    "GetObjectAcl": "GetObjectVersionAcl",
    "GetObjectAttributes": "GetObjectVersionAttributes",
    "GetObjectTagging": "GetObjectVersionTagging",
    "GetObjectTorrent": "GetObjectVersionTorrent",
    "PutObjectAcl": "PutObjectVersionAcl",
    "PutObjectTagging": "PutObjectVersionTagging",
    "DeleteObject": "DeleteObjectVersion",
    "DeleteObjectTagging": "DeleteObjectVersionTagging",
    "DeleteObjectAnnotation": "DeleteObjectVersionAnnotation",
    "GetObjectAnnotation": "GetObjectVersionAnnotation",
    "ListObjectAnnotations": "ListObjectVersionAnnotations",
    "PutObjectAnnotation": "PutObjectVersionAnnotation",
}
"""The action on a version, where the request names one."""

ACTIONS_OF_VERSIONS: Final = tuple(_OF_VERSION.values())

# Stores that are not AWS's need not know a word of a query, and then do what the request would be without it: to MinIO `DELETE ?metrics`
# deletes the bucket, to versitygw `GET ?torrent` gets the object.  These are known to all.
_KNOWN_TO_ALL: Final = frozenset(
    {
        "acl",
        "attributes",
        "cors",
        "delete",
        "encryption",
        "lifecycle",
        "list-type",
        "location",
        "notification",
        "object-lock",
        "policy",
        "policyStatus",
        "tagging",
        "uploads",
        "versioning",
        "versions",
    }
)
_TAKEN_FOR: Final[Mapping[tuple[str, str], str]] = {
    ("GET", "bucket"): "ListBucket",
    ("PUT", "bucket"): "CreateBucket",
    ("DELETE", "bucket"): "DeleteBucket",
    ("GET", "object"): "GetObject",
    ("PUT", "object"): "PutObject",
    ("DELETE", "object"): "DeleteObject",
}
"""What is done where a word is not known."""

TAKEN_FOR: Final = frozenset(f"s3:{action}" for action in _TAKEN_FOR.values())

_UPLOADS: Final = frozenset({"PutObject", "CopyObject", "CreateMultipartUpload"})


def action_of(operation: str) -> str:
    """Return the action, without the prefix, that *operation* needs in the first place."""
    return _ACTIONS.get(operation, operation)


def needs_of(found: Found, request: Request, now: datetime) -> Iterator[Need]:
    """
    Yield all that *request* needs.

    Args:
        found: Its operation.
        request: With its body, where the operation's needs are told there.
        now: For how long an object is to be kept.

    Raises:
        UnmappedRequest: It cannot be told.
    """
    yield from _needs_of(found, request, now)
    if b"+" in request.raw_path and found.place.key:
        # SDKs write it as %2B.  Stores differ, as S3 does from itself: to some it is a blank, and then this is another object.
        read = place_of(request.raw_path.replace(b"+", b"%20"))
        yield from _needs_of(msgspec.structs.replace(found, place=read), request, now)


def _needs_of(found: Found, request: Request, now: datetime) -> Iterator[Need]:
    operation, place = found.operation, found.place
    context = s3_context.of(found, request, now)
    if operation == "DeleteObjects":
        yield from _of_each_key(found, request, context)
        return
    if operation in {"CopyObject", "UploadPartCopy"}:
        yield _of_source(request, context)
    elif request.header(b"x-amz-copy-source") is not None:
        raise UnmappedRequest(f"{operation} copies nothing.")
    action = action_of(operation)
    versioned = "versionId" in found.query
    if operation == "GetObjectAttributes":
        # AWS: it needs the right to read the object too.
        yield Need("s3:GetObjectVersion" if versioned else "s3:GetObject", _arn(place), context)
    if versioned:
        action = _OF_VERSION.get(action, action)
    yield Need(f"s3:{action}", _arn(place), context)
    if not found.words <= _KNOWN_TO_ALL or operation == "UpdateObjectEncryption":
        taken_for = _TAKEN_FOR.get((request.method, place.level))
        if taken_for is not None:
            versions = _OF_VERSION if versioned else {}
            yield Need(f"s3:{versions.get(taken_for, taken_for)}", _arn(place), context)
    for extra in _extra(operation, request):
        yield Need(f"s3:{extra}", _arn(place), context)
    if operation == "CreateBucket" and any(key.startswith(s3_context.REQUEST_TAG) for key in context):
        yield Need("s3:TagResource", _arn(place), context)


def _extra(operation: str, request: Request) -> Iterator[str]:
    """Yield the actions that headers ask for besides."""
    header = request.header
    if operation in _UPLOADS:
        if _has_acl(request):
            yield "PutObjectAcl"
        if header(b"x-amz-tagging"):
            yield "PutObjectTagging"
        if any(header(name) for name in s3_context.RETENTION):
            yield "PutObjectRetention"
        if header(b"x-amz-object-lock-legal-hold"):
            yield "PutObjectLegalHold"
    if operation == "CreateBucket":
        if _has_acl(request):
            yield "PutBucketAcl"
        if (header(b"x-amz-bucket-object-lock-enabled") or b"").lower() == b"true":
            yield "PutBucketObjectLockConfiguration"
            yield "PutBucketVersioning"
        if header(b"x-amz-object-ownership"):
            yield "PutBucketOwnershipControls"
    bypasses = (header(b"x-amz-bypass-governance-retention") or b"").lower() == b"true"
    if bypasses and operation in {"DeleteObject", "DeleteObjects", "PutObjectRetention"}:
        yield "BypassGovernanceRetention"


def _has_acl(request: Request) -> bool:
    return any(name == b"x-amz-acl" or name.startswith(b"x-amz-grant-") for name, _ in request.headers)


def _of_each_key(found: Found, request: Request, context: Context) -> Iterator[Need]:
    extras = list(_extra("DeleteObjects", request))
    for item in s3_bodies.keys_to_delete(request.body):
        of_key = {**context, "s3:VersionId": item.version_id} if item.version_id else context
        actions = ["DeleteObjectVersion" if item.version_id else "DeleteObject", *extras]
        # Some readers of XML leave out blanks at the ends: then it is another object.
        for key in dict.fromkeys((item.key, item.key.strip())):
            for action in actions:
                yield Need(f"s3:{action}", _arn(Place(found.place.bucket, key)), of_key)


def _of_source(request: Request, context: Context) -> Need:
    """Return the need to read what is copied."""
    raw = request.header(b"x-amz-copy-source") or b""
    path, _, query = raw.partition(b"?")
    place = place_of(b"/" + path.removeprefix(b"/"))
    if not place.key:
        raise UnmappedRequest("The copy source names no object.")
    if query and not _is_version(query):
        raise UnmappedRequest("The query of the copy source is not known.")
    # What the request says of its own object is not said of the source.
    about = {key: value for key, value in context.items() if key in _OF_REQUEST}
    if query:
        about["s3:VersionId"] = unquote_to_bytes(query.partition(b"=")[2]).decode("latin-1")
    return Need("s3:GetObjectVersion" if query else "s3:GetObject", _arn(place), about)


_is_version = re.compile(rb"versionId=[A-Za-z0-9._~%+/=-]+").fullmatch


_OF_REQUEST: Final = frozenset(
    {"s3:TlsVersion", "s3:authType", "s3:signatureAge", "s3:signatureversion", "s3:x-amz-content-sha256"}
)


def _arn(place: Place) -> str:
    if place.key:
        return _OBJECT_ARN.format(place.bucket, place.key)
    # semantics 18: the buckets of an account, which AWS's own examples allow as `arn:aws:s3:::*`.
    return _BUCKET_ARN.format(place.bucket or "*")


NEED_BODY: Final = frozenset({"DeleteObjects", *s3_context.TOLD_BY_BODY})
"""Operations whose bodies say what they need; all of them are short."""
