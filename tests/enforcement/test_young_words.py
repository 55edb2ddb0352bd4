"""What a store does not know it may take for something else, and that has to be allowed as well."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.serialized import exact_request_of

from iamd.enforcement.mapping import s3_needs, s3_operations
from iamd.enforcement.mapping.asked import UnmappedRequest
from iamd.http import Request

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
BUCKET = {"Bucket": "data"}
OBJECT = {"Bucket": "data", "Key": "a/b"}
HERE = ("arn:aws:s3:::data", "arn:aws:s3:::data/a/b")


@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        (
            "DeleteBucketMetadataTableConfiguration",
            BUCKET,
            ["DeleteBucketMetadataTableConfiguration", "DeleteBucket"],
        ),
        (
            "DeleteBucketMetadataConfiguration",
            BUCKET,
            ["DeleteBucketMetadataTableConfiguration", "DeleteBucket"],
        ),
        ("PutBucketAbac", {**BUCKET, "AbacStatus": {"Status": "Enabled"}}, ["PutBucketAbac", "CreateBucket"]),
        ("GetBucketAbac", BUCKET, ["GetBucketAbac", "ListBucket"]),
        (
            "DeleteObjectAnnotation",
            {**OBJECT, "AnnotationName": "n", "VersionId": "v"},
            ["DeleteObjectVersionAnnotation", "DeleteObjectVersion"],
        ),
        ("GetObjectAnnotation", {**OBJECT, "AnnotationName": "n"}, ["GetObjectAnnotation", "GetObject"]),
        ("DeleteBucketWebsite", BUCKET, ["DeleteBucketWebsite", "DeleteBucket"]),
        (
            "DeleteBucketMetricsConfiguration",
            {**BUCKET, "Id": "x"},
            ["PutMetricsConfiguration", "DeleteBucket"],
        ),
        ("ListBucketMetricsConfigurations", BUCKET, ["GetMetricsConfiguration", "ListBucket"]),
        ("GetObjectTorrent", OBJECT, ["GetObjectTorrent", "GetObject"]),
        ("GetObjectRetention", {**OBJECT, "VersionId": "v"}, ["GetObjectRetention", "GetObjectVersion"]),
        ("DeleteBucketCors", BUCKET, ["PutBucketCORS"]),
        ("GetObjectTagging", OBJECT, ["GetObjectTagging"]),
    ],
)
def test_what_a_word_may_be_taken_for_is_needed_too(
    operation: str, parameters: dict[str, Any], expected: list[str]
) -> None:
    request = exact_request_of("s3", operation, parameters)
    found = s3_operations.find(request)
    needed = list(s3_needs.needs_of(found, request, NOW))
    assert [need.action for need in needed] == [f"s3:{action}" for action in expected]
    assert {need.arn for need in needed} == {HERE["Key" in parameters]}


@pytest.mark.parametrize(
    ("method", "query"),
    [
        ("GET", b"versionId="),
        ("DELETE", b"versionId"),
        ("DELETE", b"uploadId="),
        ("GET", b"uploadId="),
        ("PUT", b"uploadId=&partNumber=1"),
        ("GET", b"acl&versionId="),
    ],
)
def test_what_may_be_as_if_it_were_not_there(method: str, query: bytes) -> None:
    """R-14: who may end uploads may not delete objects, where a store sees no id in an empty one."""
    with pytest.raises(UnmappedRequest):
        s3_operations.find(Request(method=method, raw_path=b"/data/a", raw_query=query))
