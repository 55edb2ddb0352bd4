"""Which context keys a request fills."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.serialized import exact_request_of, signing_name

from iamd.enforcement.mapping import operations, s3_needs, s3_operations, services
from iamd.enforcement.mapping.models import Models
from iamd.enforcement.mapping.resources import Home
from iamd.http import Request

MODELS = Models()
HOME = Home("eu-west-1", "123456789012")
HERE = "eu-west-1:123456789012"
ROLE = "arn:aws:iam::123456789012:role/worker"
TOPIC = f"arn:aws:sns:{HERE}:news"
KEY = "11111111-2222-3333-4444-555555555555"


def _context(name: str, operation: str, parameters: dict[str, Any]) -> dict[str, object]:
    request = exact_request_of(name, operation, parameters)
    found = operations.find(request, MODELS.prepare(signing_name(name)))
    return dict(next(iter(services.needs_of(found, request, signing_name(name), HOME))).context)


CONTEXTS: list[tuple[str, str, dict[str, Any], dict[str, object]]] = [
    (
        "sqs",
        "CreateQueue",
        {"QueueName": "q", "tags": {"a": "b"}},
        {"aws:RequestTag/a": "b", "aws:TagKeys": ("a",)},
    ),
    (
        "lambda",
        "UntagResource",
        {"Resource": f"arn:aws:lambda:{HERE}:function:f", "TagKeys": ["a", "b"]},
        {"aws:TagKeys": ("a", "b")},
    ),
    (
        "ec2",
        "CreateVolume",
        {"TagSpecifications": [{"ResourceType": "volume", "Tags": [{"Key": "a", "Value": "b"}]}]},
        {"aws:RequestTag/a": "b", "aws:TagKeys": ("a",), "ec2:Region": "eu-west-1"},
    ),
    (
        "kms",
        "Encrypt",
        {"KeyId": KEY, "Plaintext": b"x", "EncryptionContext": {"a": "b"}},
        {"kms:EncryptionContext:a": "b", "kms:EncryptionContextKeys": ("a",)},
    ),
    ("secretsmanager", "GetSecretValue", {"SecretId": "db"}, {"secretsmanager:SecretId": "db"}),
    (
        "sns",
        "Subscribe",
        {"TopicArn": TOPIC, "Protocol": "https", "Endpoint": "https://x"},
        {"sns:Protocol": "https", "sns:Endpoint": "https://x"},
    ),
    (
        "dynamodb",
        "GetItem",
        {"TableName": "t", "Key": {"id": {"S": "bob"}}, "ProjectionExpression": "a.b, #n"}
        | {"ExpressionAttributeNames": {"#n": "name"}},
        {
            "dynamodb:Attributes": ("id", "a", "name"),
            "dynamodb:LeadingKeys": ("bob",),
            "dynamodb:Select": "SPECIFIC_ATTRIBUTES",
        },
    ),
    (
        "dynamodb",
        "Query",
        {
            "TableName": "t",
            "KeyConditionExpression": "id = :v",
            "ExpressionAttributeValues": {":v": {"S": "bob"}},
        },
        {
            "dynamodb:Attributes": ("id",),
            "dynamodb:LeadingKeys": ("bob",),
            "dynamodb:Select": "ALL_ATTRIBUTES",
        },
    ),
    (
        "dynamodb",
        "TransactWriteItems",
        {"TransactItems": [{"Put": {"TableName": "t", "Item": {"id": {"S": "bob"}, "n": {"N": "1"}}}}]},
        {
            "dynamodb:Attributes": ("id", "n"),
            "dynamodb:EnclosingOperation": "TransactWriteItems",
            "dynamodb:LeadingKeys": ("bob", "1"),
        },
    ),
]


@pytest.mark.parametrize(
    ("name", "operation", "parameters", "expected"),
    CONTEXTS,
    ids=[f"{row[0]}:{row[1]}" for row in CONTEXTS],
)
def test_context_keys(
    name: str, operation: str, parameters: dict[str, Any], expected: dict[str, object]
) -> None:
    assert _context(name, operation, parameters) == expected


@pytest.mark.parametrize(
    ("query", "age"),
    [
        (b"X-Amz-Date=20260101T000000Z", "90000"),
        (b"X-Amz-Date=20270101T000000Z", "0"),
        (b"X-Amz-Date=%320260101T00000%30Z", "90000"),
        (b"%58-Amz-%44ate=20260101T000000Z", "90000"),
        (b"", None),
    ],
)
@pytest.mark.parametrize("signature", [b"X-Amz-Signature=0", b"X%2DAmz-Signatur%65=0"])
def test_presigned_urls_have_an_age_however_they_are_written(
    query: bytes, age: str | None, signature: bytes
) -> None:
    """R-14: the signature holds for each way to write the query, so what a policy asks about must, too."""
    request = Request(
        method="GET",
        raw_path=b"/bucket/key",
        raw_query=b"&".join(filter(None, (query, signature))),
    )
    now = datetime(2026, 1, 1, 0, 1, 30, tzinfo=UTC)
    (need,) = s3_needs.needs_of(s3_operations.find(request), request, now)
    assert need.context.get("s3:signatureAge") == age
    assert need.context["s3:authType"] == "REST-QUERY-STRING"
