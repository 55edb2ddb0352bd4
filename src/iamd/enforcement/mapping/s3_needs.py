"""
Which actions an operation of S3 needs, on what, and with which context keys.

AWS: *Required permissions for Amazon S3 API operations*; *Actions, resources, and condition keys for Amazon S3*; the
pages of the operations for headers that need an action of their own.  All of them must be allowed.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import unquote_to_bytes

from iamd.enforcement.mapping import s3_bodies
from iamd.enforcement.mapping.asked import Need, UnmappedRequest
from iamd.enforcement.mapping.s3_operations import Found, Place, place_of
from iamd.http import Request

Context = dict[str, str | tuple[str, ...]]

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
    "PostObject": "PutObject",
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
}
"""The action on a version, where the request names one."""

ACTIONS_OF_VERSIONS: Final = tuple(_OF_VERSION.values())

_UPLOADS: Final = frozenset({"PutObject", "CopyObject", "CreateMultipartUpload"})

_KEYS_OF_HEADERS: Final = (
    "x-amz-acl",
    "x-amz-copy-source",
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write",
    "x-amz-grant-write-acp",
    "x-amz-metadata-directive",
    "x-amz-object-ownership",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
)
"""The condition key of each is ``s3:`` and its name."""

_KEYS_OF_QUERY: Final[Mapping[str, str]] = {
    "prefix": "s3:prefix",
    "delimiter": "s3:delimiter",
    "max-keys": "s3:max-keys",
    "versionId": "s3:VersionId",
}
_LOCKS: Final[Mapping[bytes, str]] = {
    b"x-amz-object-lock-mode": "s3:object-lock-mode",
    b"x-amz-object-lock-retain-until-date": "s3:object-lock-retain-until-date",
    b"x-amz-object-lock-legal-hold": "s3:object-lock-legal-hold",
}


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
    operation, place = found.operation, found.place
    context = _context(found, request, now)
    if operation == "DeleteObjects":
        yield from _of_each_key(found, request, context)
        return
    if operation in {"CopyObject", "UploadPartCopy"}:
        yield _of_source(request, context)
    action = action_of(operation)
    versioned = "versionId" in found.query
    if operation == "GetObjectAttributes":
        # AWS: it needs the right to read the object too.
        yield Need("s3:GetObjectVersion" if versioned else "s3:GetObject", _arn(place), context)
    if versioned:
        action = _OF_VERSION.get(action, action)
    yield Need(f"s3:{action}", _arn(place), context)
    for extra in _extra(operation, request):
        yield Need(f"s3:{extra}", _arn(place), context)


def _extra(operation: str, request: Request) -> Iterator[str]:
    """Yield the actions that headers ask for besides."""
    header = request.header
    has_acl = any(name == b"x-amz-acl" or name.startswith(b"x-amz-grant-") for name, _ in request.headers)
    if operation in _UPLOADS:
        if has_acl:
            yield "PutObjectAcl"
        if header(b"x-amz-tagging"):
            yield "PutObjectTagging"
        if header(b"x-amz-object-lock-mode") or header(b"x-amz-object-lock-retain-until-date"):
            yield "PutObjectRetention"
        if header(b"x-amz-object-lock-legal-hold"):
            yield "PutObjectLegalHold"
    if operation == "CreateBucket":
        if has_acl:
            yield "PutBucketAcl"
        if (header(b"x-amz-bucket-object-lock-enabled") or b"").lower() == b"true":
            yield "PutBucketObjectLockConfiguration"
            yield "PutBucketVersioning"
        if header(b"x-amz-object-ownership"):
            yield "PutBucketOwnershipControls"
    bypasses = (header(b"x-amz-bypass-governance-retention") or b"").lower() == b"true"
    if bypasses and operation in {"DeleteObject", "DeleteObjects", "PutObjectRetention"}:
        yield "BypassGovernanceRetention"


def _of_each_key(found: Found, request: Request, context: Context) -> Iterator[Need]:
    bypasses = list(_extra("DeleteObjects", request))
    for item in s3_bodies.keys_to_delete(request.body):
        arn = _arn(Place(found.place.bucket, item.key))
        of_key = {**context, "s3:VersionId": item.version_id} if item.version_id else context
        yield Need("s3:DeleteObjectVersion" if item.version_id else "s3:DeleteObject", arn, of_key)
        for extra in bypasses:
            yield Need(f"s3:{extra}", arn, of_key)


def _of_source(request: Request, context: Context) -> Need:
    """Return the need to read what is copied."""
    raw = request.header(b"x-amz-copy-source") or b""
    path, _, query = raw.partition(b"?")
    place = place_of(b"/" + path.removeprefix(b"/"))
    if not place.key:
        raise UnmappedRequest("The copy source names no object.")
    name, _, version = query.partition(b"=")
    if query and (name != b"versionId" or not version):
        raise UnmappedRequest("The query of the copy source is not known.")
    # What the request says of its own object is not said of the source.
    about = {key: value for key, value in context.items() if key in _OF_REQUEST}
    if version:
        about["s3:VersionId"] = unquote_to_bytes(version).decode()
    return Need("s3:GetObjectVersion" if version else "s3:GetObject", _arn(place), about)


_OF_REQUEST: Final = frozenset({"s3:authType", "s3:signatureversion", "s3:x-amz-content-sha256"})


def _arn(place: Place) -> str:
    if place.key:
        return _OBJECT_ARN.format(place.bucket, place.key)
    # semantics 18: the buckets of an account, which AWS's own examples allow as `arn:aws:s3:::*`.
    return _BUCKET_ARN.format(place.bucket or "*")


def _context(found: Found, request: Request, now: datetime) -> Context:
    context: Context = {"s3:signatureversion": "AWS4-HMAC-SHA256"}
    context["s3:authType"] = (
        "REST-HEADER" if request.header(b"authorization") is not None else "REST-QUERY-STRING"
    )
    if context["s3:authType"] == "REST-QUERY-STRING":
        context |= _age(request, now)
    declared = request.header(b"x-amz-content-sha256")
    context["s3:x-amz-content-sha256"] = declared.decode("latin-1") if declared else "UNSIGNED-PAYLOAD"
    for name in _KEYS_OF_HEADERS:
        value = request.header(name.encode())
        if value is not None:
            context[f"s3:{name}"] = value.decode("latin-1")
    for parameter, key in _KEYS_OF_QUERY.items():
        if parameter in found.query:
            context[key] = found.query[parameter]
    source = request.header(b"x-amz-copy-source")
    if source is not None:
        context["s3:x-amz-copy-source"] = unquote_to_bytes(source).decode("latin-1").removeprefix("/")
    for condition, key in ((b"if-match", "s3:if-match"), (b"if-none-match", "s3:if-none-match")):
        value = request.header(condition)
        if value is not None and found.operation in {"PutObject", "CompleteMultipartUpload", "DeleteObject"}:
            context[key] = value.decode("latin-1")
    if found.operation in {"PutObject", "CopyObject", "CreateMultipartUpload", "PostObject"}:
        context["s3:ObjectCreationOperation"] = "true"
    context |= _locks(request, now)
    tags = request.header(b"x-amz-tagging")
    if tags is not None:
        context |= _tags(s3_bodies.tags_of_header(tags))
    reader = _READERS.get(found.operation)
    if reader is not None and request.body:
        context |= reader(request.body, now)
    return context


def _age(request: Request, now: datetime) -> Context:
    """Return how old a presigned URL is, in milliseconds."""
    for piece in request.raw_query.split(b"&"):
        name, _, value = piece.partition(b"=")
        if name.lower() == b"x-amz-date":
            try:
                signed = datetime.strptime(value.decode("ascii"), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            except ValueError:
                return {}
            return {"s3:signatureAge": str(max(0, (now - signed) // _MILLISECOND))}
    return {}


_MILLISECOND: Final = timedelta(milliseconds=1)


def _locks(request: Request, now: datetime) -> Context:
    context: Context = {}
    for name, key in _LOCKS.items():
        value = request.header(name)
        if value is not None:
            context[key] = value.decode("latin-1")
    until = context.get("s3:object-lock-retain-until-date")
    if isinstance(until, str):
        context |= _remaining(until, now)
    return context


def _remaining(until: str, now: datetime) -> Context:
    days = s3_bodies.days_until(until, now)
    return {} if days is None else {"s3:object-lock-remaining-retention-days": str(days)}


def _tags(tags: Mapping[str, str]) -> Context:
    context: Context = {f"s3:RequestObjectTag/{key}": value for key, value in tags.items()}
    if tags:
        context["s3:RequestObjectTagKeys"] = tuple(tags)
    return context


def _of_tagging(body: bytes, _now: datetime) -> Context:
    return _tags(s3_bodies.tags(body))


def _of_retention(body: bytes, now: datetime) -> Context:
    context: Context = {}
    told = s3_bodies.texts(body)
    if "Mode" in told:
        context["s3:object-lock-mode"] = told["Mode"]
    if "RetainUntilDate" in told:
        context["s3:object-lock-retain-until-date"] = told["RetainUntilDate"]
        context |= _remaining(told["RetainUntilDate"], now)
    return context


def _of_legal_hold(body: bytes, _now: datetime) -> Context:
    told = s3_bodies.texts(body)
    return {"s3:object-lock-legal-hold": told["Status"]} if "Status" in told else {}


def _of_new_bucket(body: bytes, _now: datetime) -> Context:
    told = s3_bodies.texts(body)
    return {"s3:locationconstraint": told["LocationConstraint"]} if "LocationConstraint" in told else {}


_READERS: Final[Mapping[str, Callable[[bytes, datetime], Context]]] = {
    "CreateBucket": _of_new_bucket,
    "PutObjectLegalHold": _of_legal_hold,
    "PutObjectRetention": _of_retention,
    "PutObjectTagging": _of_tagging,
}

NEED_BODY: Final = frozenset({"DeleteObjects", *_READERS})
"""Operations whose bodies say what they need; all of them are short."""
