"""Actions and resources of a statement: semantics 1, 8-19."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.iampolicy.cases import (
    ALLOWED,
    EXPLICIT,
    HOME,
    IMPLICIT,
    UNHURRIED,
    allow,
    ask,
    deny,
    policy,
    says,
    trust,
)

from iampolicy import PolicyKind, PolicySet

ROLE = f"arn:aws:iam::{HOME}:role/x"


@pytest.mark.parametrize(
    ("pattern", "action", "expected"),
    [
        ("*", "s3:GetObject", True),
        ("*:*", "s3:GetObject", True),
        ("s3:*", "s3:GetObject", True),
        ("S3:getobject", "s3:GetObject", True),
        ("s3:GetObject", "S3:GETOBJECT", True),
        ("iam:*AccessKey*", "iam:CreateAccessKey", True),
        ("iam:*AccessKey*", "iam:AccessKey", True),
        ("s3:GetObj?ct", "s3:GetObject", True),
        ("s3:GetObject?", "s3:GetObject", False),
        ("s3:Get", "s3:GetObject", False),
    ],
)
def test_action_patterns(pattern: str, action: str, expected: bool) -> None:
    """Semantics 8."""
    assert says(allow(pattern), action=action) is expected


@pytest.mark.parametrize("pattern", ["*:GetObject", "s*:GetObject", "s?:GetObject", "**", "*GetObject"])
def test_the_service_is_literal(pattern: str) -> None:
    """Semantics 9."""
    assert not says(allow(pattern))


@pytest.mark.parametrize(
    "pattern",
    ["s3: GetObject", "s3:GetObject ", "s3:", "s3", "", "s3:Get.bject", "s3:Get[O]bject", "s3:Get\tObject"],
)
def test_action_patterns_that_match_nothing(pattern: str) -> None:
    """Semantics 10."""
    assert not says({"Effect": "Deny", "Action": pattern, "Resource": "*"})


def test_letters_are_folded_in_ascii_only() -> None:
    """R-71: U+212A lower-cases to a k."""
    assert not says(allow("iam:DeleteAccess\u212aey"), action="iam:DeleteAccessKey")


def test_not_action() -> None:
    """Semantics 11: an Allow grants all the rest, of other services too."""
    statement = {"Effect": "Allow", "NotAction": ["iam:*", "s3:Put*"], "Resource": "*"}
    assert says(statement, action="s3:GetObject")
    assert says(statement, action="ec2:RunInstances")
    assert not says(statement, action="IAM:CreateUser")
    assert not says(statement, action="s3:PutObject")


def test_not_action_with_an_entry_that_matches_nothing() -> None:
    """Semantics 11: it exempts nothing from a Deny, and an Allow with it allows nothing."""
    assert says({"Effect": "Deny", "NotAction": ["iam:"], "Resource": "*"})
    assert not says({"Effect": "Allow", "NotAction": ["iam:"], "Resource": "*"})


@pytest.mark.parametrize(
    ("pattern", "resource", "expected"),
    [
        ("*", "arn:aws:s3:::b/k", True),
        ("*", "*", True),
        ("arn:aws:s3:::b/k", "arn:aws:s3:::b/k", True),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/k/deep", True),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/", True),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b", False),
        ("arn:aws:s3:::b", "arn:aws:s3:::bb", False),
        ("arn:aws:s3:::*/k", "arn:aws:s3:::b/k", True),
        ("arn:aws:s3:::b/?", "arn:aws:s3:::b/😀", True),
        ("arn:aws:iam::*:role/x", ROLE, True),
        ("arn:aws:iam::1111*:role/x", ROLE, True),
        ("arn:aws:iam::????????????:role/x", ROLE, True),
        ("arn:*:iam::*:role/x", ROLE, True),
        ("arn:aws:*:*:*:role/x", ROLE, False),
        ("arn:aws:ia?::111122223333:role/x", ROLE, False),
        ("arn:aws:iam::999999999999:role/x", ROLE, False),
        ("arn:aws-cn:iam::111122223333:role/x", ROLE, False),
        ("x", "arn:aws:s3:::b/k", False),
        ("", "arn:aws:s3:::b/k", False),
        ("ar*", "arn:aws:s3:::b/k", False),
        ("arn:aws:s3:::b/k", "b/k", False),
    ],
)
def test_resource_patterns(pattern: str, resource: str, expected: bool) -> None:
    """Semantics 12: segment by segment; no wildcard in the service."""
    assert says(allow(resource=pattern), resource=resource) is expected
    assert says(deny(resource=pattern), resource=resource) is expected


@pytest.mark.parametrize(
    ("pattern", "resource", "expected"),
    [
        ("arn:aws:dynamodb:*:table/prod-*", "arn:aws:dynamodb:us-east-1:111122223333:table/prod-x", True),
        ("arn:aws:dynamodb:*:table/prod-*", "arn:aws:dynamodb:us-east-1:111122223333:table/test-x", False),
        ("arn:aws:dynamodb:*:Table/prod-*", "arn:aws:dynamodb:us-east-1:111122223333:table/prod-x", False),
        ("arn:aws:logs:us-*:log-group:x", "arn:aws:logs:us-east-1:111122223333:log-group:x", True),
        ("arn:aws:logs:us-*x:log-group:x", "arn:aws:logs:us-east-1x:111122223333:log-group:x", False),
        ("arn:aws:logs:*:*:stream", "arn:aws:logs:us-east-1:111122223333:log-group:x:stream", True),
        ("arn:aws:logs:*:*:stream?", "arn:aws:logs:us-east-1:111122223333:log-group:x:streams", True),
        ("arn:aws:logs:?:*:stream", "arn:aws:logs:us-east-1:111122223333:log-group:stream", False),
        ("arn:aws:logs:*:${aws:username}", "arn:aws:logs:us-east-1:111122223333:x", False),
    ],
)
def test_a_star_at_the_end_of_a_segment_crosses_colons(pattern: str, resource: str, expected: bool) -> None:
    """Semantics 12: AWS's documentation says that it "can expand to match beyond the colon boundaries"."""
    assert says(allow(resource=pattern), resource=resource) is expected
    assert says(deny(resource=pattern), resource=resource) is expected


def test_in_an_allow_a_star_does_not_swallow_the_service() -> None:
    """Semantics 12: for a Deny the wide reading is the safe one, for an Allow it is not."""
    pattern, resource = "arn:*:iam::111122223333:role/x", "arn:aws:s3:::b:iam::111122223333:role/x"
    assert not says(allow(resource=pattern), resource=resource)
    assert says(deny(resource=pattern), resource=resource)


def expression(pattern: str) -> str:
    """Translate a pattern of a Deny into a regular expression, straight from the rule."""
    segments = pattern.split(":", 5)
    written = []
    for number, segment in enumerate(segments):
        free = number == 5 or (len(segments) < 6 and number == len(segments) - 1)
        pieces = []
        for place, character in enumerate(segment):
            last = place == len(segment) - 1
            if character == "*":
                pieces.append(".*" if free or last else "[^:]*")
            elif character == "?":
                pieces.append("." if free else "[^:]")
            else:
                pieces.append(re.escape(character))
        written.append("".join(pieces))
    return ":".join(written)


segments = st.text(alphabet="ab*?", max_size=3)


@UNHURRIED
@given(
    st.lists(segments, min_size=2, max_size=5),
    st.lists(st.text(alphabet="ab:", max_size=3), min_size=3, max_size=3),
)
def test_crossing_agrees_with_the_rule(pattern_parts: list[str], resource_parts: list[str]) -> None:
    """Semantics 12: the rule, written as a regular expression."""
    pattern = ":".join(("arn:aws:s3", *pattern_parts))
    resource = ":".join(("arn:aws:s3", *resource_parts))
    completed = pattern + ":*" * max(0, 5 - pattern.count(":"))
    expected = any(re.fullmatch(expression(each), resource, re.DOTALL) for each in (pattern, completed))
    assert says(deny(resource=pattern), resource=resource) is expected


@pytest.mark.parametrize(
    ("kind", "pattern", "expected"),
    [
        (PolicyKind.IDENTITY, "arn:aws:s3", True),
        (PolicyKind.IDENTITY, "arn:aws:s3:*", True),
        (PolicyKind.IDENTITY, "arn:aws", False),
        (PolicyKind.BOUNDARY, "arn:aws:s3", True),
        (PolicyKind.SESSION, "arn:aws:s3", True),
        (PolicyKind.RESOURCE, "arn:aws:s3", False),
        (PolicyKind.RESOURCE, "arn:aws:s3:*", True),
        (PolicyKind.RESOURCE, "arn:*:s3:", True),
        (PolicyKind.ENDPOINT, "arn:aws:s3", False),
        (PolicyKind.ENDPOINT, "arn:aws:s3:*", True),
        (PolicyKind.SCP, "arn:aws:s3:*", True),
        (PolicyKind.SCP, "arn:*:s3", False),
        (PolicyKind.RCP, "arn:aws:s3:*", False),
        (PolicyKind.RCP, "arn:aws:s3:::*", True),
    ],
)
def test_short_arns(kind: PolicyKind, pattern: str, expected: bool) -> None:
    """Semantics 13: the kind of policy decides whether the rest is taken to be ``*``."""
    with_principal = kind in {PolicyKind.RESOURCE, PolicyKind.ENDPOINT, PolicyKind.RCP}
    more: dict[str, Any] = {"Principal": "*"} if with_principal else {}
    compiled = policy(deny(resource=pattern, **more), kind=kind)
    match kind:
        case PolicyKind.IDENTITY:
            policies = PolicySet(identity=(compiled,))
        case PolicyKind.BOUNDARY:
            policies = PolicySet(boundary=compiled)
        case PolicyKind.SESSION:
            policies = PolicySet(session=(compiled,))
        case PolicyKind.RESOURCE:
            policies = PolicySet(resource=compiled)
        case PolicyKind.ENDPOINT:
            policies = PolicySet(endpoint=compiled)
        case PolicyKind.SCP:
            policies = PolicySet(scps=((compiled,),))
        case _:
            policies = PolicySet(rcps=((compiled,),))
    assert (ask(policies).outcome is EXPLICIT) is expected


@pytest.mark.parametrize("key", ["a/b", "a:b:c", "a\nb", "\u2028", "é/😀", ""])
def test_within_the_resource_a_star_is_free(key: str) -> None:
    """Semantics 14."""
    assert says(allow(resource="arn:aws:s3:::b/*"), resource=f"arn:aws:s3:::b/{key}")


def test_case_of_the_segments() -> None:
    """Semantics 15: partition, service, region and account without regard to case, the resource with it."""
    resource = "arn:aws:sqs:us-east-1:111122223333:Queue"
    assert says(allow(resource="arn:AWS:SQS:US-east-1:111122223333:Queue"), resource=resource)
    assert says(allow(resource="arn:AWS:SQS:US-*:*:Queue"), resource=resource)
    assert not says(allow(resource="arn:aws:sqs:us-east-1:111122223333:queue"), resource=resource)


@pytest.mark.parametrize("tail", ["us*/x", "us?r/x", "*er/x", "u*"])
def test_wildcards_in_the_resource_type(tail: str) -> None:
    """Semantics 16: a Deny matches, an Allow does not."""
    pattern, resource = f"arn:aws:iam::{HOME}:{tail}", f"arn:aws:iam::{HOME}:user/x"
    assert says(deny(resource=pattern), resource=resource)
    assert not says(allow(resource=pattern), resource=resource)


def test_wildcards_in_the_resource_type_of_a_short_arn() -> None:
    """Semantics 13, 16."""
    resource = f"arn:aws:iam::{HOME}:user/x"
    assert not says(allow(resource="arn:aws:iam:*:us*/x"), resource=resource)
    assert says(deny(resource="arn:aws:iam:*:us*/x"), resource=resource)
    assert says(allow(resource="arn:aws:iam:*:user/x"), resource=resource)
    assert says(allow(resource="arn:aws:iam::1111*"), resource=resource)
    assert says(allow(resource="arn:aws:iam:*"), resource=resource)


@pytest.mark.parametrize("tail", ["*", "*/x", "user/*", "user/?"])
def test_wildcards_beside_the_resource_type(tail: str) -> None:
    """Semantics 16: a lone star is legal, and so are wildcards after the type."""
    assert says(allow(resource=f"arn:aws:iam::{HOME}:{tail}"), resource=f"arn:aws:iam::{HOME}:user/x")
    assert says(allow(resource="arn:aws:s3:::buck*/x"), resource="arn:aws:s3:::bucket/x")


def test_variables_in_resources() -> None:
    """Semantics 17: after the fifth colon, and what they stand for is literal."""
    home = "arn:aws:s3:::b/${aws:username}/*"
    assert says(allow(resource=home), resource="arn:aws:s3:::b/bob/k", context={"aws:username": "bob"})
    assert not says(allow(resource=home), resource="arn:aws:s3:::b/eve/k", context={"aws:username": "bob"})
    assert not says(allow(resource=home), resource="arn:aws:s3:::b/eve/k", context={"aws:username": "*"})
    assert not says(allow(resource=home), resource="arn:aws:s3:::b/eve/k", context={"aws:username": "?ve"})
    assert says(allow(resource=home), resource="arn:aws:s3:::b/*/k", context={"aws:username": "*"})
    account = "arn:aws:iam::${aws:PrincipalAccount}:role/x"
    assert not says(allow(resource=account), resource=ROLE, context={"aws:principalaccount": HOME})
    region = "arn:aws:logs:*:*:x-${aws:username}"
    assert says(
        allow(resource=region), resource="arn:aws:logs:eu-west-1:1:x-bob", context={"aws:username": "bob"}
    )


def test_unresolved_variables_in_resources() -> None:
    """Semantics 17: the entry matches no resource; in NotResource it exempts nothing."""
    entry = "arn:aws:s3:::bucket/${aws:username}"
    assert not says(allow(resource=entry))
    assert not says(deny(resource=entry))
    assert says(allow(resource=[entry, "arn:aws:s3:::bucket/key"]))
    assert says({"Effect": "Deny", "Action": "*", "NotResource": entry})
    assert not says({"Effect": "Allow", "Action": "*", "NotResource": entry})
    assert not says({"Effect": "Allow", "Action": "*", "NotResource": ["arn:aws:sqs:::q", entry]})


def test_the_old_version_has_no_variables() -> None:
    """Semantics 1."""
    entry, context = "arn:aws:s3:::b/${aws:username}", {"aws:username": "bob"}
    for version in (None, "2008-10-17"):
        assert says(allow(resource=entry), resource="arn:aws:s3:::b/${aws:username}", version=version)
        assert not says(
            allow(resource=entry), resource="arn:aws:s3:::b/bob", version=version, context=context
        )


def test_actions_without_resources() -> None:
    """Semantics 18: ``*`` as the resource is matched by a literal ``*`` only; a collection is a resource."""
    assert says(allow(), resource="*")
    assert not says(allow(resource="arn:aws:s3:::*"), resource="*")
    assert not says(allow(resource="arn:*"), resource="*")
    assert says({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b"}, resource="*")
    assert says(allow(resource="arn:aws:s3:::*"), resource="arn:aws:s3:::*")
    assert says(allow(resource=f"arn:aws:iam::{HOME}:user/Dep/*"), resource=f"arn:aws:iam::{HOME}:user/Dep/")


def test_not_resource() -> None:
    """Semantics 19."""
    statement = {"Effect": "Allow", "Action": "*", "NotResource": ["arn:aws:s3:::a", "arn:aws:s3:::bucket/*"]}
    assert not says(statement)
    assert says(statement, resource="arn:aws:s3:::other/key")


def test_entries_of_not_resource_that_are_invalid() -> None:
    """Semantics 19: in a stored document they exempt nothing."""
    for entry in ("bucket", "arn:aws:*:::bucket/*", ""):
        assert says({"Effect": "Deny", "Action": "*", "NotResource": entry})
        assert not says({"Effect": "Allow", "Action": "*", "NotResource": entry})


def test_several_resources_are_several_requests() -> None:
    """Semantics 20: each is decided apart, so that the caller can demand all."""
    policies = PolicySet(identity=(policy(allow("ec2:RunInstances", "arn:aws:ec2:*:*:instance/*")),))
    resources = [f"arn:aws:ec2:us-east-1:{HOME}:instance/i", "arn:aws:ec2:us-east-1::image/ami"]
    outcomes = [ask(policies, action="ec2:RunInstances", resource=r).outcome for r in resources]
    assert outcomes == [ALLOWED, IMPLICIT]


def test_a_policy_of_a_resource_may_leave_the_resource_out() -> None:
    compiled = policy({"Effect": "Deny", "Principal": "*", "Action": "s3:*"}, kind=PolicyKind.RESOURCE)
    assert ask(PolicySet(resource=compiled)).outcome is EXPLICIT
    assert ask(PolicySet(resource=compiled), action="iam:GetUser").outcome is IMPLICIT


def test_a_statement_without_principals_names_nobody() -> None:
    """Semantics 4."""
    compiled = policy(deny(), allow(), kind=PolicyKind.RESOURCE)
    assert ask(PolicySet(resource=compiled, identity=(policy(allow()),))).outcome is ALLOWED
    assert ask(PolicySet(resource=compiled)).outcome is IMPLICIT


def test_the_memory_of_actions_is_bounded() -> None:
    compiled = policy(allow("s3:*"))
    for number in range(2000):
        compiled.about(f"s3:Action{number}")
    assert len(compiled._remembered) <= 512
    assert compiled.about("S3:x") == compiled.statements


def test_trust_policies_speak_of_sts_only_where_they_say_so() -> None:
    compiled = policy(trust("*"), kind=PolicyKind.TRUST)
    policies = PolicySet(resource=compiled, resource_must_allow=True)
    assert ask(policies, action="sts:AssumeRole", resource=ROLE).outcome is ALLOWED
    assert ask(policies, action="sts:TagSession", resource=ROLE).outcome is IMPLICIT
