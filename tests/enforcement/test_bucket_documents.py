"""What a bucket's policy may say, in the words of S3's MalformedPolicy."""

import json
from typing import Any

import pytest
from tests.support.world import allow, deny, document

from iamd.domain.buckets import MOST_BYTES
from iamd.enforcement.bucket_documents import MalformedPolicy, PolicyTooLarge, check_document

OBJECTS = "arn:aws:s3:::data/*"
EVERYBODY = {"Principal": "*"}


class _Nobody:
    """A place without accounts, users and roles."""

    @property
    def accounts(self) -> Any:
        return self

    users = roles = accounts

    def find(self, *_: str) -> None:
        return None

    find_by_id = find


def refused(body: str | bytes) -> str:
    with pytest.raises(MalformedPolicy) as caught:
        check_document(body if isinstance(body, bytes) else body.encode(), "data", _Nobody())
    return str(caught.value)


@pytest.mark.parametrize("body", [b"", b"[]", b" {}", b"{", b'{"Version":"2012-10-17"', b"{\xff}", b"null"])
def test_what_is_no_json_or_does_not_begin_as_it_should(body: bytes) -> None:
    assert refused(body) in {
        "Policies must be valid JSON and the first byte must be '{'",
        "Invalid policy syntax.",
    }


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        (allow("s3:GetObject", OBJECTS), "Missing required field Principal"),
        ({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}, "Statement is missing required element"),
        ({"Effect": "Allow", "Principal": "*", "Resource": OBJECTS}, "Statement is missing required element"),
        (allow("s3:GetObject", OBJECTS, Principal={"AWS": "arn:aws:iam::123456789012:user/gone"}), "Invalid principal in policy"),
        (allow("s3:GetObject", OBJECTS, Principal={"AWS": "nobody"}), "Invalid principal in policy"),
        (allow("s3:GetObject", OBJECTS, Principal={"CanonicalUser": "0" * 64}), "Invalid principal in policy"),
        (allow("s3:GetObject", OBJECTS, Principal={"Federated": "accounts.google.com"}), "Invalid principal in policy"),
        (allow("s3:GetObject", "*", **EVERYBODY), "Policy has invalid resource"),
        (allow("s3:GetObject", "arn:aws:s3:::*", **EVERYBODY), "Policy has invalid resource"),
        (allow("s3:GetObject", "arn:aws:s3:::database/*", **EVERYBODY), "Policy has invalid resource"),
        (allow("s3:GetObject", [OBJECTS, "arn:aws:s3:::other/*"], **EVERYBODY), "Policy has invalid resource"),
        (allow("s3:GetNothing", OBJECTS, **EVERYBODY), "Policy has invalid action"),
        (allow("sqs:SendMessage", OBJECTS, **EVERYBODY), "Policy has invalid action"),
        (allow("GetObject", OBJECTS, **EVERYBODY), "Policy has invalid action"),
        (allow("s3:GetObject", "arn:aws:s3:::data", **EVERYBODY), "Action does not apply to any resource(s) in statement"),
        (allow("s3:ListBucket", OBJECTS, **EVERYBODY), "Action does not apply to any resource(s) in statement"),
        (allow("s3:ListAllMyBuckets", OBJECTS, **EVERYBODY), "Action does not apply to any resource(s) in statement"),
        (
            allow("s3:GetObject", OBJECTS, **EVERYBODY, Condition={"StringEquals": {"s3:nothing": "x"}}),
            "Policy has an invalid condition key",
        ),
        (
            allow("s3:GetObject", OBJECTS, **EVERYBODY, Condition={"StringEquals": {"s3:prefix": "x"}}),
            "Conditions do not apply to combination of actions and resources in statement",
        ),
        (
            {"Effect": "Allow", "NotPrincipal": {"AWS": "*"}, "Action": "s3:GetObject", "Resource": OBJECTS},
            "NotPrincipal may not be used with Allow",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_statement(statement: dict[str, Any], text: str) -> None:
    assert refused(document(statement)) == text


@pytest.mark.parametrize(
    "statement",
    [
        allow("s3:*", ["arn:aws:s3:::data", OBJECTS], **EVERYBODY),
        allow("s3:Get*", OBJECTS, **EVERYBODY),
        allow("*", "arn:aws:s3:::data*", **EVERYBODY),
        deny("s3:PutObject", "arn:aws:s3:::data/home/${aws:username}/*", **EVERYBODY),
        deny("s3:*", OBJECTS, **EVERYBODY, Condition={"Bool": {"aws:SecureTransport": "false"}}),
        allow("s3:ListBucket", "arn:aws:s3:::data", **EVERYBODY, Condition={"StringLike": {"S3:Prefix": "a/*"}}),
        allow("s3:GetObject", OBJECTS, Principal={"Service": "cloudfront.amazonaws.com"}),
        {"Effect": "Deny", "Principal": "*", "NotAction": "s3:GetObject", "Resource": OBJECTS},
    ],
)  # fmt: skip
def test_what_is_right(statement: dict[str, Any]) -> None:
    text = document(statement)
    assert check_document(text.encode(), "data", _Nobody()) == (text, ())


def test_a_policy_of_20_kb_and_one_that_is_longer() -> None:
    text = document(allow("s3:GetObject", OBJECTS, **EVERYBODY))
    longest = text + " " * (MOST_BYTES - len(text))
    assert check_document(longest.encode(), "data", _Nobody()) == (longest, ())
    with pytest.raises(PolicyTooLarge):
        check_document(f"{longest} ".encode(), "data", _Nobody())


def test_an_effect_given_twice_is_none() -> None:
    """R-68: of two, json would keep the last."""
    statement = json.dumps(deny("s3:GetObject", OBJECTS, **EVERYBODY))
    twice = '{"Statement": ' + statement[:-1] + ', "Effect": "Allow"}}'
    assert refused(twice) == "Invalid policy syntax."
