"""Every operation of AWS is known again from the request that botocore makes of it."""

import json

import pytest
from tests.support.serialized import operations, request_of, services, signing_name
from tools.signing_names import TARGET, signing_names

from iamd.catalogue.service_actions import service_actions
from iamd.enforcement.mapping import operations as mapping
from iamd.enforcement.mapping import s3_needs, s3_operations
from iamd.enforcement.mapping.asked import UnmappedRequest
from iamd.enforcement.mapping.models import Models
from iamd.http import Request

MODELS = Models()
USUAL = (
    "apigateway",
    "cloudwatch",
    "dynamodb",
    "ec2",
    "eks",
    "events",
    "kms",
    "lambda",
    "logs",
    "rds",
    "ses",
    "sns",
    "sqs",
)

# Requests of these are alike: a file to import and the list of imports; one token for several grants.
ALIKE = {"lex-models:StartImport", "lexv2-models:ListImports"}
ALIKE_SERVICES = {"signin"}
NOT_OF_S3 = {
    # Of directory buckets, and of object lambdas; and the elder forms of two configurations.
    "CreateSession",
    "GetBucketLifecycle",
    "GetBucketNotification",
    "ListDirectoryBuckets",
    "PutBucketLifecycle",
    "PutBucketNotification",
    "RenameObject",
    "WriteGetObjectResponse",
}


def wrong(name: str) -> list[str]:
    """Return the operations of a service that are taken for others."""
    found = []
    of_service = MODELS.prepare(signing_name(name))
    for operation in operations(name):
        try:
            known = mapping.find(request_of(name, operation), of_service).operation.name
        except UnmappedRequest as error:
            known = str(error)
        if known != operation:
            found.append(f"{name}:{operation}")
    return found


@pytest.mark.parametrize("name", USUAL)
def test_operations_are_known_again(name: str) -> None:
    assert wrong(name) == []


@pytest.mark.deep
def test_all_operations_are_known_again() -> None:
    skipped = {"s3", "iam", "sts", "organizations"} | ALIKE_SERVICES
    assert {each for name in services() if name not in skipped for each in wrong(name)} == ALIKE


def test_the_table_of_signing_names_is_that_of_the_installed_models() -> None:
    assert json.loads(TARGET.read_text()) == signing_names()


def s3(operation: str, **parameters: object) -> s3_operations.Found:
    defaults: dict[str, object] = {} if operation == "ListBuckets" else {"Bucket": "bucket"}
    made = request_of("s3", operation, **(defaults | parameters))
    return s3_operations.find(made)


@pytest.mark.parametrize("operation", sorted(set(operations("s3")) - NOT_OF_S3))
def test_operations_of_s3_are_known_again(operation: str) -> None:
    assert s3(operation).operation == operation


@pytest.mark.parametrize("operation", ["CreateSession", "RenameObject"])
def test_what_is_not_of_s3_buckets_is_refused(operation: str) -> None:
    with pytest.raises(UnmappedRequest):
        s3(operation)


def test_every_action_of_s3_that_is_asked_for_exists() -> None:
    known = service_actions()["s3"]
    operations_ = set(operations("s3")) - NOT_OF_S3 - {"DeleteObjects"}
    asked = {s3_needs.action_of(operation) for operation in operations_} | set(s3_needs.ACTIONS_OF_VERSIONS)
    assert {action for action in asked if action.lower() not in known} == set()


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("GET", b"/b?x", b""),
        ("PATCH", b"/bucket/key", b""),
        ("POST", b"/bucket/key", b""),
        ("GET", b"/bucket", b"list-type=1"),
        ("GET", b"/bucket/key", b"acl&torrent"),
        ("GET", b"/bucket/key", b"Acl"),
        ("GET", b"/ab", b""),
        ("PUT", b"/bucket/" + b"k" * 1025, b""),
    ],
)
def test_what_is_not_clear_is_refused(method: str, path: bytes, query: bytes) -> None:
    with pytest.raises(UnmappedRequest):
        s3_operations.find(Request(method=method, raw_path=path, raw_query=query))
