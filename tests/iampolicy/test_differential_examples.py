"""Differences between the engine and its judge that were found, each with what it taught."""

from typing import Any

import pytest
from tests.iampolicy.differential import compile_world, difference, engine_says
from tests.iampolicy.judge.decide import judge

from iampolicy import Outcome

Json = dict[str, Any]

USER = {
    "kind": "User",
    "account": "111122223333",
    "arn": "arn:aws:iam::111122223333:user/bob",
    "identity_arn": "arn:aws:iam::111122223333:user/bob",
    "unique_id": "AIDABOB",
    "provider": "",
    "service": "",
    "canonical_user_id": "",
}
NOTHING: Json = {
    "principal": USER,
    "identity": [],
    "boundary": None,
    "session": None,
    "resource": None,
    "resource_must_allow": False,
    "scps": [],
    "rcps": [],
    "endpoint": None,
}


def both_say(
    condition: Json,
    context: Json,
    effect: str = "Allow",
    entry: str = "*",
    resource: str = "arn:aws:s3:::bucket/key",
) -> str:
    """Return what engine and judge say to a user with one statement."""
    statement = {"Effect": effect, "Action": "*", "Resource": entry, "Condition": condition}
    world = {**NOTHING, "identity": [{"Version": "2012-10-17", "Statement": statement}]}
    request = {
        "action": "s3:GetObject",
        "resource": resource,
        "resource_account": "111122223333",
        "context": context,
    }
    said = engine_says(*compile_world(world), request)
    assert difference(said, judge(world, request)) == ""
    return said[0]


@pytest.mark.parametrize("text", ["10.5", "10.0", "-123"])
def test_four_characters_are_a_year_only_if_they_are_digits(text: str) -> None:
    """Semantics 25: seconds since the epoch may take four characters too."""
    assert both_say({"DateEquals": {"aws:EpochTime": text}}, {"aws:EpochTime": text}) == Outcome.ALLOW
    assert both_say({"DateEquals": {"aws:EpochTime": "1970"}}, {"aws:EpochTime": "0"}) == Outcome.ALLOW


@pytest.mark.parametrize(
    ("context", "allow"),
    [
        ({"aws:username": "bob"}, Outcome.IMPLICIT_DENY),
        ({"aws:username": "arn:aws:iam::111122223333:user/eve"}, Outcome.ALLOW),
        ({}, Outcome.ALLOW),
    ],
)
def test_a_variable_that_makes_no_arn_is_a_value_that_cannot_be_read(context: Json, allow: str) -> None:
    """Semantics 29, 37: what resolves to no ARN does not let an Allow speak; what does not resolve is null."""
    context = {**context, "aws:PrincipalArn": "arn:aws:iam::111122223333:user/bob"}
    condition = {"ArnNotEquals": {"aws:PrincipalArn": "${aws:username}"}}
    assert both_say(condition, context) == allow
    assert both_say(condition, context, "Deny") == Outcome.EXPLICIT_DENY


@pytest.mark.parametrize("name", ["function:red:1", "FUNCTION:red:1", "function:RED:1"])
def test_case_matters_in_the_resource_part_whatever_part_of_the_pattern_meets_it(name: str) -> None:
    """Semantics 12, 15: after a star that crosses colons, the fourth part of a pattern may meet the sixth of an ARN."""
    entry, resource = "arn:AWS:lambda:*:function:red:1", f"arn:aws:lambda:eu-west-1:111122223333:{name}"
    expected = Outcome.ALLOW if name == "function:red:1" else Outcome.IMPLICIT_DENY
    assert both_say({}, {}, entry=entry, resource=resource) == expected


@pytest.mark.parametrize("text", ["cmVk=", "cmVk====", "cmVk\n", "cmVr", "cmV"])
def test_base64_is_of_its_length(text: str) -> None:
    """Semantics 27: padding where none is needed makes another text."""
    assert both_say({"BinaryEquals": {"x:Blob": text}}, {"x:Blob": "red"}) == Outcome.IMPLICIT_DENY
    assert both_say({"BinaryEquals": {"x:Blob": "cmVk"}}, {"x:Blob": "red"}) == Outcome.ALLOW


@pytest.mark.parametrize("operator", ["ArnEquals", "ArnLike"])
def test_a_star_beside_nothing_is_a_lone_star(operator: str) -> None:
    """Semantics 12, 29, 39: what is left of the value when an empty default has been put in."""
    context = {"aws:SourceArn": "arn:aws:s3:::bucket/a:b"}
    for value in ("*${x:Never, ''}", "${x:Never, ''}*"):
        assert both_say({operator: {"aws:SourceArn": value}}, context) == Outcome.ALLOW
        unlike = operator.replace("Arn", "ArnNot")
        assert both_say({unlike: {"aws:SourceArn": value}}, context) == Outcome.IMPLICIT_DENY
