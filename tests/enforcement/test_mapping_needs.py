"""Which actions on which resources a request needs."""

from typing import Any

import msgspec
import pytest
from tests.support.serialized import request_of, signing_name

from iamd.enforcement.mapping import operations, services
from iamd.enforcement.mapping.asked import UnmappedRequest
from iamd.enforcement.mapping.models import Models
from iamd.enforcement.mapping.resources import Home
from iamd.http import Request

MODELS = Models()
HOME = Home("eu-west-1", "123456789012")
HERE = "eu-west-1:123456789012"
ROLE = "arn:aws:iam::123456789012:role/worker"
TOPIC = f"arn:aws:sns:{HERE}:news"
KEY = "11111111-2222-3333-4444-555555555555"

TABLE: list[tuple[str, str, dict[str, Any], list[tuple[str, str]]]] = [
    ("sqs", "ListQueues", {}, [("sqs:ListQueues", "*")]),
    (
        "sqs",
        "SendMessage",
        {"QueueUrl": "http://localhost:5000/123456789012/jobs", "MessageBody": "x"},
        [("sqs:SendMessage", f"arn:aws:sqs:{HERE}:jobs")],
    ),
    (
        "sqs",
        "SendMessageBatch",
        {"QueueUrl": "http://localhost:5000/123456789012/jobs", "Entries": []},
        [("sqs:SendMessage", f"arn:aws:sqs:{HERE}:jobs")],
    ),
    ("sns", "Publish", {"TopicArn": TOPIC, "Message": "x"}, [("sns:Publish", TOPIC)]),
    ("sns", "CreateTopic", {"Name": "news"}, [("sns:CreateTopic", TOPIC)]),
    (
        "dynamodb",
        "PutItem",
        {"TableName": "orders", "Item": {}},
        [("dynamodb:PutItem", f"arn:aws:dynamodb:{HERE}:table/orders")],
    ),
    (
        "dynamodb",
        "BatchWriteItem",
        {"RequestItems": {"a": [], "b": []}},
        [
            ("dynamodb:BatchWriteItem", f"arn:aws:dynamodb:{HERE}:table/a"),
            ("dynamodb:BatchWriteItem", f"arn:aws:dynamodb:{HERE}:table/b"),
        ],
    ),
    ("dynamodb", "ListTables", {}, [("dynamodb:ListTables", "*")]),
    (
        "lambda",
        "Invoke",
        {"FunctionName": "hello", "Payload": b"{}"},
        [("lambda:InvokeFunction", f"arn:aws:lambda:{HERE}:function:hello")],
    ),
    (
        "kms",
        "Encrypt",
        {"KeyId": KEY, "Plaintext": b"x"},
        [("kms:Encrypt", f"arn:aws:kms:{HERE}:key/{KEY}")],
    ),
    ("ec2", "DescribeInstances", {}, [("ec2:DescribeInstances", "*")]),
    (
        "logs",
        "CreateLogGroup",
        {"logGroupName": "/app"},
        [("logs:CreateLogGroup", f"arn:aws:logs:{HERE}:log-group:/app")],
    ),
]


def needs(name: str, operation: str, parameters: dict[str, Any]) -> list[tuple[str, str]]:
    request = request_of(name, operation, **parameters)
    found = operations.find(request, MODELS.prepare(signing_name(name)))
    return [(need.action, need.arn) for need in services.needs_of(found, request, signing_name(name), HOME)]


@pytest.mark.parametrize(
    ("name", "operation", "parameters", "expected"), TABLE, ids=[f"{row[0]}:{row[1]}" for row in TABLE]
)
def test_needs(
    name: str, operation: str, parameters: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert needs(name, operation, parameters) == expected


def test_a_role_that_is_handed_on_must_be_passed() -> None:
    found = needs(
        "lambda",
        "CreateFunction",
        {"FunctionName": "hello", "Role": ROLE, "Code": {"ZipFile": b"x"}, "Runtime": "python3.13"},
    )
    assert ("lambda:CreateFunction", f"arn:aws:lambda:{HERE}:function:hello") in found
    assert ("iam:PassRole", ROLE) in found


@pytest.mark.parametrize(
    ("name", "operation", "parameters"),
    [
        ("sns", "Publish", {"TopicArn": "news", "Message": "x"}),
        ("dynamodb", "ExecuteStatement", {"Statement": "SELECT * FROM orders"}),
        ("dynamodb", "TransactWriteItems", {"TransactItems": [{}]}),
        # Two names that do not say the same, and one that says nothing of this kind.
        ("lambda", "Invoke", {"FunctionName": TOPIC}),
    ],
)
def test_what_cannot_be_told_is_refused(name: str, operation: str, parameters: dict[str, Any]) -> None:
    with pytest.raises(UnmappedRequest):
        needs(name, operation, parameters)


def test_a_text_that_looks_like_a_resource_is_none() -> None:
    secret, open_ = f"{TOPIC}-secret", f"{TOPIC}-open"
    assert needs("sns", "Publish", {"TopicArn": secret, "Message": open_}) == [("sns:Publish", secret)]


def _needs_of_request(name: str, request: Request) -> list[str]:
    found = operations.find(request, MODELS.prepare(name))
    return [need.arn for need in services.needs_of(found, request, name, HOME)]


@pytest.mark.parametrize(
    "body",
    [
        b'{"TableName": "secret", "tablename": "open", "Item": {}}',
        b'{"TableName": "secret", "TableName": "open", "Item": {}}',
        b'{"TableName": ["open"], "Item": {}}',
        b'["TableName"]',
    ],
)
def test_a_body_that_two_readers_may_read_in_two_ways_is_refused(body: bytes) -> None:
    made = request_of("dynamodb", "PutItem", TableName="open", Item={})
    assert _needs_of_request("dynamodb", made) == [f"arn:aws:dynamodb:{HERE}:table/open"]
    with pytest.raises(UnmappedRequest):
        _needs_of_request("dynamodb", msgspec.structs.replace(made, body=body))


def test_what_the_path_names_is_not_named_by_the_body() -> None:
    made = request_of("lambda", "UpdateFunctionConfiguration", FunctionName="secret")
    assert f"arn:aws:lambda:{HERE}:function:secret" in _needs_of_request("lambda", made)
    with pytest.raises(UnmappedRequest):
        _needs_of_request("lambda", msgspec.structs.replace(made, body=b'{"FunctionName": "open"}'))


@pytest.mark.parametrize("extra", [b"&queueurl=open", b"&InstanceId.1.x=i-1", b"&InstanceId.01=i-1"])
def test_a_form_that_two_readers_may_read_in_two_ways_is_refused(extra: bytes) -> None:
    made = request_of("ec2", "TerminateInstances", InstanceIds=["i-0123"])
    arns = _needs_of_request("ec2", made)
    assert arns == [f"arn:aws:ec2:{HERE}:instance/i-0123"]
    body = made.body + extra.replace(b"queueurl", b"instanceid.1")
    with pytest.raises(UnmappedRequest):
        _needs_of_request("ec2", msgspec.structs.replace(made, body=body))
