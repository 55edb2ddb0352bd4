"""
The condition keys of S3 that a request says.

AWS: *Actions, resources, and condition keys for Amazon S3*; *Amazon S3 condition key examples*.  What the request does not
say is absent; ``docs/reference/gateway-mapping.md`` names the keys that are never there.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import unquote_to_bytes

from iamd.enforcement.mapping import s3_bodies
from iamd.enforcement.mapping.s3_operations import Found
from iamd.http import Request
from iamd.sigv4.canonical import SIGNATURE_PARAMETER
from iamd.sigv4.claim import authentication_parameters, moment
from iampolicy.text import all_digits

Context = dict[str, str | tuple[str, ...]]

REQUEST_TAG: Final = "aws:RequestTag/"
_DAYS_OF_YEAR: Final = 365
_KEYS_OF_HEADERS: Final = {
    name.encode(): f"s3:{name}"
    for name in (
        "x-amz-acl",
        "x-amz-bucket-namespace",
        "x-amz-copy-source",
        "x-amz-grant-full-control",
        "x-amz-grant-read",
        "x-amz-grant-read-acp",
        "x-amz-grant-write",
        "x-amz-grant-write-acp",
        "x-amz-metadata-directive",
        "x-amz-object-annotation-directive",
        "x-amz-object-if-match",
        "x-amz-object-ownership",
        "x-amz-server-side-encryption",
        "x-amz-server-side-encryption-aws-kms-key-id",
        "x-amz-server-side-encryption-customer-algorithm",
        "x-amz-storage-class",
        "x-amz-website-redirect-location",
    )
}
"""The condition key of each is ``s3:`` and its name."""

_KEYS_OF_QUERY: Final[Mapping[str, str]] = {
    "prefix": "s3:prefix",
    "delimiter": "s3:delimiter",
    "max-keys": "s3:max-keys",
    "versionId": "s3:VersionId",
    "annotation-prefix": "s3:annotation-prefix",
    "max-annotation-results": "s3:max-annotation-results",
}
_HOLD_DAYS: Final = "s3:object-lock-event-hold-duration-days"
_OF_LOCKS: Final = b"x-amz-object-lock-"
_LOCKS: Final[Mapping[bytes, str]] = {
    b"x-amz-object-lock-mode": "s3:object-lock-mode",
    b"x-amz-object-lock-retain-until-date": "s3:object-lock-retain-until-date",
    b"x-amz-object-lock-legal-hold": "s3:object-lock-legal-hold",
    b"x-amz-object-lock-event-hold": "s3:object-lock-event-hold",
    b"x-amz-object-lock-event-hold-duration-days": _HOLD_DAYS,
}


RETENTION: Final = (
    b"x-amz-object-lock-mode",
    b"x-amz-object-lock-retain-until-date",
    b"x-amz-object-lock-event-hold",
    b"x-amz-object-lock-event-hold-duration-days",
    b"x-amz-object-lock-event-hold-duration-years",
)
"""Headers with which an upload needs ``s3:PutObjectRetention``, too."""


def of(found: Found, request: Request, now: datetime) -> Context:
    """Return the keys of *request*, which asks for *found*; *now* is for how long an object is to be kept."""
    context = _of_signature(request, now)
    if request.tls_version:
        context["s3:TlsVersion"] = request.tls_version
    for name, told in request.index[0].items():
        if name in _KEYS_OF_HEADERS:
            context[_KEYS_OF_HEADERS[name]] = told.decode("latin-1")
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
    if found.operation in {"PutObject", "CopyObject", "CreateMultipartUpload"}:
        context["s3:ObjectCreationOperation"] = "true"
    context |= _locks(request, now)
    tags = request.header(b"x-amz-tagging")
    if tags is not None:
        context |= _tags(s3_bodies.tags_of_header(tags))
    reader = _READERS.get(found.operation)
    if reader is not None and request.body:
        context |= reader(request.body, now)
    return context


def _of_signature(request: Request, now: datetime) -> Context:
    """
    Return what a signature says of itself; of an unsigned request nothing.

    INVARIANT: What is read of a query is what was verified: whoever has a presigned URL may write ``%32`` for ``2`` in it.
    """
    parameters: Mapping[bytes, bytes] = {}
    declared = request.header(b"x-amz-content-sha256")
    in_header = request.header(b"authorization") is not None
    if not in_header:
        parameters = authentication_parameters(request.raw_query)
        if SIGNATURE_PARAMETER not in parameters:
            return {}
        declared = parameters.get(b"X-Amz-Content-Sha256", declared)
    context: Context = {
        "s3:signatureversion": "AWS4-HMAC-SHA256",
        "s3:authType": "REST-HEADER" if in_header else "REST-QUERY-STRING",
        "s3:x-amz-content-sha256": declared.decode("latin-1") if declared else "UNSIGNED-PAYLOAD",
    }
    if b"X-Amz-Date" in parameters:
        signed, _ = moment(parameters[b"X-Amz-Date"])
        context["s3:signatureAge"] = str(max(0, (now - signed) // _MILLISECOND))
    return context


_MILLISECOND: Final = timedelta(milliseconds=1)


def _locks(request: Request, now: datetime) -> Context:
    context: Context = {}
    if not any(name.startswith(_OF_LOCKS) for name in request.index[0]):
        return context
    for name, key in _LOCKS.items():
        value = request.header(name)
        if value is not None:
            context[key] = value.decode("latin-1")
    years = request.header(b"x-amz-object-lock-event-hold-duration-years")
    if years is not None and _HOLD_DAYS not in context:
        context |= _held(years.decode("latin-1"), _DAYS_OF_YEAR)
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
    if "EventHold" in told:
        context["s3:object-lock-event-hold"] = told["EventHold"]
    duration = s3_bodies.below(body, "EventHoldDuration")
    context |= _held(duration.get("Years", ("",))[0], _DAYS_OF_YEAR)
    return context | _held(duration.get("Days", ("",))[0], 1)


def _held(text: str, days: int) -> Context:
    """Return the key of a hold for *text* times *days*; nothing where that is no number."""
    return {_HOLD_DAYS: str(int(text[:9]) * days)} if text and all_digits(text) else {}


def _of_inventory(body: bytes, _now: datetime) -> Context:
    fields = s3_bodies.below(body, "OptionalFields").get("Field", ())
    return {"s3:InventoryAccessibleOptionalFields": fields} if fields else {}


def _of_legal_hold(body: bytes, _now: datetime) -> Context:
    told = s3_bodies.texts(body)
    return {"s3:object-lock-legal-hold": told["Status"]} if "Status" in told else {}


def _of_new_bucket(body: bytes, _now: datetime) -> Context:
    told = s3_bodies.texts(body)
    context: Context = {}
    if "LocationConstraint" in told:
        context["s3:locationconstraint"] = told["LocationConstraint"]
    tags = s3_bodies.tags(body, "Tags")
    if tags:
        context |= {f"{REQUEST_TAG}{key}": value for key, value in tags.items()}
        context["aws:TagKeys"] = tuple(tags)
    return context


_READERS: Final[Mapping[str, Callable[[bytes, datetime], Context]]] = {
    "CreateBucket": _of_new_bucket,
    "PutBucketInventoryConfiguration": _of_inventory,
    "PutObjectLegalHold": _of_legal_hold,
    "PutObjectRetention": _of_retention,
    "PutObjectTagging": _of_tagging,
}

TOLD_BY_BODY: Final = frozenset(_READERS)
