"""What the lints say of principals, conditions and policy variables."""

from typing import Any

import pytest
from tests.iampolicy.cases import HOME, allow, deny, trust
from tests.iampolicy.lint_cases import Json, found, rules

from iamd.catalogue.shared_identity_providers import SHARED
from iampolicy import PolicyKind
from iampolicy.lints.principals import SHARED_PROVIDERS

# --- principals


@pytest.mark.parametrize(
    ("issuer", "claim"),
    [*SHARED_PROVIDERS.items(), ("token.actions.githubusercontent.com/octo", "sub")],
)
def test_shared_providers_need_a_condition_on_whose_token_it_is(issuer: str, claim: str) -> None:
    """R-50."""
    provider = {"Federated": f"arn:aws:iam::{HOME}:oidc-provider/{issuer}"}

    def trusting(condition: Json) -> list[str]:
        return rules(
            trust(provider, action="sts:AssumeRoleWithWebIdentity", Condition=condition),
            kind=PolicyKind.TRUST,
        )

    assert trusting({"StringEquals": {f"{issuer}:oaud": "x"}}) == ["shared-oidc-provider-without-subject"]
    assert trusting({"StringEquals": {f"{issuer}:{claim}": "repo:org/app"}}) == []
    for operator in ("StringNotEquals", "StringEqualsIfExists", "Null", "ForAllValues:StringEquals"):
        assert "shared-oidc-provider-without-subject" in trusting({operator: {f"{issuer}:{claim}": "true"}})


def test_what_a_server_demands_of_trust_policies_is_what_the_lint_asks_for() -> None:
    """R-50."""
    assert {**SHARED_PROVIDERS, **SHARED} == {**SHARED_PROVIDERS}


@pytest.mark.parametrize("value", ["*", "repo:*", "re?o:org/app", "repo:org*", "repo:o?g/app"])
def test_subjects_that_strangers_have(value: str) -> None:
    """R-50: a wildcard such as `repo:*` is as good as no condition."""
    key = "token.actions.githubusercontent.com:sub"
    provider = {"Federated": f"arn:aws:iam::{HOME}:oidc-provider/token.actions.githubusercontent.com"}
    statement = trust(
        provider,
        action="sts:AssumeRoleWithWebIdentity",
        Condition={"StringLike": {key: ["repo:org/app:*", value]}},
    )
    assert [(name, pointer[-1]) for name, pointer, _ in found(statement, kind=PolicyKind.TRUST)] == [
        ("oidc-subject-with-wildcard", "1")
    ]
    for operator in ("StringEquals", "StringLike"):
        literal = statement | {"Condition": {operator: {key: "repo:org/app"}}}
        assert rules(literal, kind=PolicyKind.TRUST) == []


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ({"Federated": "accounts.google.com"}, ["shared-oidc-provider-without-subject"]),
        ({"Federated": f"arn:aws:iam::{HOME}:saml-provider/idp"}, []),
        ({"Federated": "accounts.google.com", "AWS": HOME}, ["shared-oidc-provider-without-subject"]),
        ({"AWS": HOME}, ["mismatched-action-for-principal"]),
        ("*", ["principal-star-without-condition"]),
        ({"Tree": "x"}, ["invalid-principal-format"]),
        ({"AWS": [1]}, ["invalid-principal-format"]),
        ({}, ["missing-principal"]),
        ({"AWS": "${aws:username}"}, ["variable-unsupported-in-element", "mismatched-action-for-principal"]),
        (
            {"Service": "*.amazonaws.com"},
            ["invalid-service-principal-format", "mismatched-action-for-principal"],
        ),
        ({"AWS": "AIDAEXAMPLEID0000000A"}, ["principal-is-unique-id", "mismatched-action-for-principal"]),
    ],
)
def test_principals_of_trust_policies(principal: Any, expected: list[str]) -> None:
    assert rules(trust(principal, action="sts:AssumeRoleWithWebIdentity"), kind=PolicyKind.TRUST) == expected


def test_who_may_be_everyone() -> None:
    public = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::r/*",
    }
    assert rules(public, kind=PolicyKind.RESOURCE) == ["principal-star-without-condition"]
    assert rules(public, kind=PolicyKind.ENDPOINT) == []
    assert rules(public | {"Effect": "Deny"}, kind=PolicyKind.RESOURCE) == []


# --- conditions and variables


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"NullIfExists": {"aws:userid": "true"}}, ["invalid-condition-operator"]),
        ({"Null": {"aws:userid": "maybe"}}, ["invalid-condition-value"]),
        ({"Bool": {"aws:SecureTransport": True}}, []),
        ({"Bool": {"aws:SecureTransport": False}}, []),
        ({"Bool": {"aws:SecureTransport": "${aws:PrincipalTag/tls}"}}, []),
        ({"BinaryEquals": {"aws:userid": "%"}}, ["type-mismatch", "invalid-condition-value"]),
        ({"ArnLike": {"aws:PrincipalArn": "role/x"}}, ["invalid-condition-value"]),
        ({"ArnLike": {"aws:PrincipalArn": "*"}}, []),
        ({"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{HOME}:role/x"}}, []),
        ({"StringLike": {"aws:PrincipalArn": f"arn:aws:iam::{HOME}:role/*"}}, []),
        ({"NumericLessThan": {"aws:EpochTime": 1_800_000_000}}, []),
        ({"NumericLessThan": {"aws:MultiFactorAuthAge": "soon"}}, ["invalid-condition-value"]),
        ({"IpAddress": {"aws:SourceIp": "203.0.114.300"}}, ["invalid-condition-value"]),
        ({"IpAddress": {"aws:SourceIp": "2001:db8::1/32"}}, ["improve-ip-range"]),
        ({"NotIpAddress": {"aws:SourceIp": "fd00::/8"}}, ["private-ip-address"]),
        ({"IpAddress": {"aws:SourceIp": "${aws:PrincipalTag/ip}"}}, ["invalid-variable-for-operator"]),
        ({"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}}, []),
        ({"StringEquals": {"aws:userid": "${*}x"}}, []),
        ({"StringNotEquals": {"aws:username": []}}, ["empty-array-condition"]),
        ({"StringEquals": {":x": "a"}}, ["invalid-condition-key-format"]),
        (
            {"StringEquals": {"aws:${x}": "a"}},
            ["invalid-global-condition-key", "variable-unsupported-in-element"],
        ),
        ({"StringEquals": {"aws:PrincipalTag/": "a"}}, ["missing-tag-key-in-condition"]),
        ({"StringEquals": {"login.example.com:sub": "a"}}, []),
        ({"StringEquals": {"token.actions.githubusercontent.com:sub": "a"}}, []),
        (
            {"ForAllValues:StringEquals": {"login.example.com:groups": "a"}},
            ["for-all-values-without-null-check"],
        ),
        ({"ForAnyValue:StringEquals": {"aws:CalledVia": "a.amazonaws.com"}}, []),
        ({"StringEquals": {"aws:CalledVia": "a.amazonaws.com"}}, ["missing-qualifier"]),
        ({"Null": {"aws:CalledVia": "false"}}, []),
    ],
)
def test_conditions(condition: Json, expected: list[str]) -> None:
    assert rules(allow("s3:GetObject", Condition=condition)) == expected


def test_keys_that_an_action_does_not_have() -> None:
    team = {"StringEquals": {"aws:ResourceTag/team": "a"}}
    assert rules(allow(["ec2:StartInstances", "ec2:DescribeInstances"], Condition=team)) == []
    assert rules(allow("sts:GetCallerIdentity", Condition={"StringEquals": {"s3:prefix": "a"}})) == [
        "unsupported-action-for-condition-key"
    ]
    assert rules(allow("s3:ListBucket", Condition={"StringEqualsIfExists": {"ec2:Region": "a"}})) == []
    assert rules(allow("none:Such", Condition={"StringEquals": {"s3:prefix": "a"}})) == [
        "invalid-service-in-action"
    ]
    assert rules(deny("s3:None*", Condition={"StringEquals": {"s3:prefix": "a"}})) == ["invalid-action"]


def test_mfa_is_asked_for_in_the_right_words() -> None:
    for condition, expected in (
        ({"Bool": {"aws:MultiFactorAuthPresent": "false"}}, ["mfa-deny-misses-long-term-keys"]),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, []),
        ({"Null": {"aws:MultiFactorAuthPresent": "true"}}, []),
    ):
        assert rules(deny(Condition=condition)) == expected
    assert rules(allow("s3:GetObject", Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}})) == []


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("arn:aws:s3:::home/${}/x", ["A variable is empty."]),
        ("arn:aws:s3:::home/${a${b}}/x", ["`${a${b}` is no variable."]),
        (
            "arn:aws:s3:::home/${aws:userid,'x'}/x",
            ["`${aws:userid,'x'}`: a default is written `${key, 'default'}`."],
        ),
        (
            "arn:aws:s3:::home/${aws:user id}/x",
            ["`${aws:user id}`: a default is written `${key, 'default'}`."],
        ),
        ("arn:aws:s3:::home/${aws:userid", ["A variable has no closing brace."]),
        ("arn:aws:s3:::home/${aws:userid, 'x'}${*}/x", []),
    ],
)
def test_the_form_of_variables(resource: str, expected: list[str]) -> None:
    assert [message for _, _, message in found(allow("s3:GetObject", resource))] == expected


def test_variables_where_there_are_none() -> None:
    assert rules(allow("s3:GetObject", Condition={"StringEquals": {"aws:userid": "a*"}}), version=None) == [
        "missing-version",
        "wildcard-without-like-operator",
    ]
    assert rules(allow("s3:${aws:username}")) == [
        "malformed-policy-document",
        "variable-unsupported-in-element",
    ]
    like = {"StringLike": {"aws:userid": "${aws:username}"}}
    assert rules(allow("s3:GetObject", Condition=like), version="2008-10-17") == [
        "old-version",
        "variable-unsupported-in-version",
    ]


@pytest.mark.parametrize(
    ("more", "others", "expected"),
    [
        ({"Resource": "arn:aws:s3:::${aws:PrincipalTag/t}/*"}, [], ["unset-variable-in-deny"]),
        ({"Resource": "arn:aws:s3:::${aws:userid}/*"}, [], []),
        ({"Resource": "arn:aws:s3:::${saml:sub}/*"}, [], ["unset-variable-in-deny"]),
        (
            {
                "Resource": "arn:aws:s3:::${aws:PrincipalTag/t}/*",
                "Condition": {"Null": {"aws:PrincipalTag/t": "false"}},
            },
            [],
            [],
        ),
        (
            {"Resource": "arn:aws:s3:::${aws:PrincipalTag/t}/*"},
            [deny(Condition={"Null": {"aws:PrincipalTag/T": "true"}})],
            [],
        ),
        (
            {"Condition": {"StringEquals": {"aws:ResourceTag/t": "${aws:PrincipalTag/t}"}}, "Resource": "*"},
            [],
            ["unset-variable-in-deny"],
        ),
        (
            {"Condition": {"StringEquals": {"aws:ResourceTag/t": "${aws:PrincipalTag/t}"}}, "Resource": "*"},
            [deny(Condition={"Null": {"aws:PrincipalTag/t": "true"}})],
            [],
        ),
        (
            {
                "Condition": {
                    "StringNotEquals": {"aws:ResourceTag/t": "${aws:PrincipalTag/t}"},
                    "StringLike": {"aws:PrincipalTag/t": "*"},
                },
                "Resource": "*",
            },
            [],
            [],
        ),
        (
            {
                "Condition": {
                    "StringNotEquals": {"aws:ResourceTag/t": "${aws:PrincipalTag/t}"},
                    "StringLikeIfExists": {"aws:PrincipalTag/t": "*"},
                },
                "Resource": "*",
            },
            [],
            ["unset-variable-denies-everyone"],
        ),
        (
            {"Condition": {"None": {"aws:ResourceTag/t": "${aws:PrincipalTag/t}"}}, "Resource": "*"},
            [],
            ["invalid-condition-operator"],
        ),
    ],
)
def test_variables_in_a_deny(more: Json, others: list[Json], expected: list[str]) -> None:
    """Semantics 17, 37."""
    assert rules({"Effect": "Deny", "Action": "s3:*", **more}, *others) == expected


def test_not_resource_with_a_variable_denies_more() -> None:
    """Semantics 17."""
    statement = {"Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::${aws:PrincipalTag/t}/*"}
    assert rules(statement) == []
