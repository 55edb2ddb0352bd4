"""Every condition key of S3 that AWS's reference has is filled, or named in the documentation with the reason why not."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.support.serialized import exact_request_of

from iamd.enforcement.mapping import s3_needs, s3_operations
from iamd.enforcement.mapping.reference import service_of
from iamd.http import Request
from iamd.secret import Secret
from iamd.sigv4.sign import Credentials, presign, sign

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
SIGNED = datetime(2026, 11, 22, 11, 59, 58, tzinfo=UTC)
OBJECT = {"Bucket": "data", "Key": "a/b"}
PAGE = Path(__file__).parents[2] / "docs/reference/gateway-mapping.md"
_ELSEWHERE = {"s3:resourceaccount", "s3:existingobjecttag/<key>", "s3:tlsversion"}
"""Not of the request alone: `test_bucket_policies`, `test_existing_tags` and `test_gateway_proof` hold them."""

GRANT = 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'
TABLE: list[tuple[str, str, dict[str, Any], str | tuple[str, ...]]] = [
    ("s3:prefix", "ListObjectsV2", {"Bucket": "data", "Prefix": "a/"}, "a/"),
    ("s3:prefix", "ListObjectVersions", {"Bucket": "data", "Prefix": "a/"}, "a/"),
    ("s3:delimiter", "ListObjects", {"Bucket": "data", "Delimiter": "/"}, "/"),
    ("s3:max-keys", "ListObjectsV2", {"Bucket": "data", "MaxKeys": 7}, "7"),
    ("s3:VersionId", "GetObject", {**OBJECT, "VersionId": "v1"}, "v1"),
    ("s3:x-amz-acl", "PutObject", {**OBJECT, "ACL": "public-read"}, "public-read"),
    ("s3:x-amz-grant-full-control", "PutObject", {**OBJECT, "GrantFullControl": GRANT}, GRANT),
    ("s3:x-amz-grant-read", "PutObjectAcl", {**OBJECT, "GrantRead": GRANT}, GRANT),
    ("s3:x-amz-grant-read-acp", "PutObject", {**OBJECT, "GrantReadACP": GRANT}, GRANT),
    ("s3:x-amz-grant-write", "PutBucketAcl", {"Bucket": "data", "GrantWrite": GRANT}, GRANT),
    ("s3:x-amz-grant-write-acp", "PutObject", {**OBJECT, "GrantWriteACP": GRANT}, GRANT),
    ("s3:x-amz-copy-source", "CopyObject", {**OBJECT, "CopySource": "/other/x%20y"}, "other/x y"),
    ("s3:x-amz-metadata-directive", "CopyObject", {**OBJECT, "CopySource": "other/x", "MetadataDirective": "COPY"}, "COPY"),
    ("s3:x-amz-object-annotation-directive", "CopyObject", {**OBJECT, "CopySource": "other/x", "AnnotationDirective": "COPY"}, "COPY"),
    ("s3:x-amz-object-ownership", "CreateBucket", {"Bucket": "data", "ObjectOwnership": "ObjectWriter"}, "ObjectWriter"),
    ("s3:x-amz-bucket-namespace", "CreateBucket", {"Bucket": "data", "BucketNamespace": "account-regional"}, "account-regional"),
    ("s3:x-amz-server-side-encryption", "PutObject", {**OBJECT, "ServerSideEncryption": "aws:kms"}, "aws:kms"),
    ("s3:x-amz-server-side-encryption-aws-kms-key-id", "PutObject", {**OBJECT, "SSEKMSKeyId": "arn:aws:kms:a:1:key/x"}, "arn:aws:kms:a:1:key/x"),
    ("s3:x-amz-server-side-encryption-customer-algorithm", "GetObject", {**OBJECT, "SSECustomerAlgorithm": "AES256"}, "AES256"),
    ("s3:x-amz-storage-class", "PutObject", {**OBJECT, "StorageClass": "GLACIER"}, "GLACIER"),
    ("s3:x-amz-website-redirect-location", "PutObject", {**OBJECT, "WebsiteRedirectLocation": "/x"}, "/x"),
    ("s3:if-match", "PutObject", {**OBJECT, "IfMatch": '"e"'}, '"e"'),
    ("s3:if-none-match", "CompleteMultipartUpload", {**OBJECT, "UploadId": "u", "IfNoneMatch": "*"}, "*"),
    ("s3:x-amz-object-if-match", "PutObjectAnnotation", {**OBJECT, "AnnotationName": "n", "ObjectIfMatch": "e"}, "e"),
    ("s3:annotation-prefix", "ListObjectAnnotations", {**OBJECT, "AnnotationPrefix": "p"}, "p"),
    ("s3:max-annotation-results", "ListObjectAnnotations", {**OBJECT, "MaxAnnotationResults": 3}, "3"),
    ("s3:ObjectCreationOperation", "PutObject", OBJECT, "true"),
    ("s3:object-lock-mode", "PutObject", {**OBJECT, "ObjectLockMode": "GOVERNANCE"}, "GOVERNANCE"),
    ("s3:object-lock-mode", "PutObjectRetention", {**OBJECT, "Retention": {"Mode": "COMPLIANCE"}}, "COMPLIANCE"),
    ("s3:object-lock-retain-until-date", "PutObject", {**OBJECT, "ObjectLockRetainUntilDate": datetime(2026, 12, 2, tzinfo=UTC)}, "2026-12-02T00:00:00Z"),
    ("s3:object-lock-remaining-retention-days", "PutObjectRetention", {**OBJECT, "Retention": {"RetainUntilDate": datetime(2026, 12, 2, tzinfo=UTC)}}, "10"),
    ("s3:object-lock-legal-hold", "PutObject", {**OBJECT, "ObjectLockLegalHoldStatus": "ON"}, "ON"),
    ("s3:object-lock-legal-hold", "PutObjectLegalHold", {**OBJECT, "LegalHold": {"Status": "OFF"}}, "OFF"),
    ("s3:object-lock-event-hold", "PutObject", {**OBJECT, "ObjectLockEventHold": "ON"}, "ON"),
    ("s3:object-lock-event-hold", "PutObjectRetention", {**OBJECT, "Retention": {"EventHold": "ON"}}, "ON"),
    ("s3:object-lock-event-hold-duration-days", "PutObject", {**OBJECT, "ObjectLockEventHoldDurationYears": 2}, "730"),
    ("s3:object-lock-event-hold-duration-days", "PutObjectRetention", {**OBJECT, "Retention": {"EventHoldDuration": {"Days": 5}}}, "5"),
    ("s3:RequestObjectTag/team", "PutObject", {**OBJECT, "Tagging": "team=a%20b&x="}, "a b"),
    ("s3:RequestObjectTag/team", "PutObjectTagging", {**OBJECT, "Tagging": {"TagSet": [{"Key": "team", "Value": "a"}]}}, "a"),
    ("s3:RequestObjectTagKeys", "PutObject", {**OBJECT, "Tagging": "team=a&x="}, ("team", "x")),
    ("s3:locationconstraint", "CreateBucket", {"Bucket": "data", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}, "eu-west-1"),
    ("aws:RequestTag/team", "CreateBucket", {"Bucket": "data", "CreateBucketConfiguration": {"Tags": [{"Key": "team", "Value": "a"}]}}, "a"),
    ("s3:InventoryAccessibleOptionalFields", "PutBucketInventoryConfiguration",
     {"Bucket": "data", "Id": "i", "InventoryConfiguration": {"OptionalFields": ["Size", "ETag"]}}, ("Size", "ETag")),
]  # fmt: skip
OF_SIGNATURES: list[tuple[str, str, str]] = [
    ("s3:authType", "REST-HEADER", "REST-QUERY-STRING"),
    ("s3:signatureversion", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256"),
    ("s3:x-amz-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "UNSIGNED-PAYLOAD"),
    ("s3:signatureAge", "", "2000"),
]  # fmt: skip


def context_of(request: Request) -> dict[str, Any]:
    """Return the context of the last need, which is the object's or bucket's own."""
    return dict(list(s3_needs.needs_of(s3_operations.find(request), request, NOW))[-1].context)


@pytest.mark.parametrize(("key", "operation", "parameters", "value"), TABLE)
def test_a_key_of_the_request(key: str, operation: str, parameters: dict[str, Any], value: Any) -> None:
    assert context_of(exact_request_of("s3", operation, parameters)).get(key) == value


@pytest.mark.parametrize(("key", "in_header", "in_query"), OF_SIGNATURES)
def test_a_key_of_the_signature(key: str, in_header: str, in_query: str) -> None:
    plain = Request(method="GET", raw_path=b"/data/a", headers=((b"host", b"h"),))
    who = Credentials(access_key_id="AKIA0000000000000000", secret_access_key=Secret("x" * 40))
    signed = sign(plain, who, region="us-east-1", service="s3", at=SIGNED)
    url = presign(plain, who, region="us-east-1", service="s3", at=SIGNED, expires_seconds=60)
    given = [context_of(each).get(key, "") for each in (signed, url, plain)]
    assert given == [in_header, in_query, ""]


def test_every_key_is_filled_or_explained() -> None:
    known = {key.lower().replace("${tagkey}", "<key>") for key in service_of("s3").keys}
    filled = {
        re.sub("/.*", "/<key>", key.lower())
        for key in [*(each[0] for each in TABLE), *(each[0] for each in OF_SIGNATURES)]
    }
    named = PAGE.read_text(encoding="utf-8").partition("these are never there")[2]
    explained = {
        key.lower().replace("/…", "/<key>")
        for line in named.splitlines()
        if line.startswith("| `")
        for key in re.findall("`([^`]+)`", line.split("|")[1])
    }
    assert known <= filled | explained | _ELSEWHERE
    assert not explained & (filled | _ELSEWHERE)
    assert explained <= known


def test_a_copy_tells_of_its_source_only_what_is_said_of_the_request() -> None:
    request = exact_request_of(
        "s3", "CopyObject", {**OBJECT, "CopySource": "other/x?versionId=7", "ACL": "private"}
    )
    request = msgspec.structs.replace(request, headers=(*request.headers, (b"authorization", b"x")))
    source, target = list(s3_needs.needs_of(s3_operations.find(request), request, NOW))[:2]
    assert (source.action, source.context.get("s3:VersionId")) == ("s3:GetObjectVersion", "7")
    assert "s3:x-amz-acl" not in source.context
    assert target.context["s3:x-amz-acl"] == "private"
