"""What S3 has learned late a store may take for something else, and that has to be allowed as well."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.serialized import exact_request_of

from iamd.enforcement.mapping import s3_needs, s3_operations

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
        ("DeleteBucketWebsite", BUCKET, ["DeleteBucketWebsite"]),
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
