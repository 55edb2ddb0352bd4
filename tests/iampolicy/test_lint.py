"""What the lints say of single documents: which rule, where, in which words."""

import json
from typing import Any

import pytest
from tests.iampolicy.cases import HOME, allow, deny, document, trust

from iamd.catalogue.services import AwsServices
from iamd.catalogue.shared_identity_providers import SHARED
from iampolicy import PolicyKind
from iampolicy.lint import Finding, guess_kind, lint
from iampolicy.lints.actions import lint_actions
from iampolicy.lints.collector import MOST_FINDINGS, MOST_STEPS, Collector
from iampolicy.lints.conditions import lint_conditions
from iampolicy.lints.overlap import Template, contains
from iampolicy.lints.principals import SHARED_PROVIDERS, lint_principals
from iampolicy.lints.resources import lint_resources
from iampolicy.lints.rules import Severity, rule
from iampolicy.source import read_source
from iampolicy.wildcard import tokenize

SERVICES = AwsServices()
IDENTITY = PolicyKind.IDENTITY
Json = dict[str, Any]


def found(
    *statements: Json, kind: PolicyKind = IDENTITY, version: str | None = "2012-10-17"
) -> list[tuple[str, str, str]]:
    """Return rule, pointer and message of each finding."""
    return [
        (finding.rule, finding.pointer, finding.message)
        for finding in lint(document(*statements, version=version), kind, SERVICES)
    ]


def rules(*statements: Json, kind: PolicyKind = IDENTITY, version: str | None = "2012-10-17") -> list[str]:
    return [name for name, _, _ in found(*statements, kind=kind, version=version)]


def test_a_finding_says_where() -> None:
    text = '{\n  "Version": "2012-10-17",\n  "Statement": {"Effect": "Allow",\n    "Action": ["s3:GetObject",\n\t"s3:Gone"], "Resource": "*"}\n}'
    assert lint(text, IDENTITY, SERVICES) == (
        Finding(
            "invalid-action",
            Severity.ERROR,
            "`s3` has no action `Gone`.",
            "/Statement/Action/1",
            5,
            2,
            "https://github.com/iamd/iamd/blob/main/docs/reference/lint-rules.md#invalid-action",
        ),
    )


def test_findings_come_in_the_order_of_the_text() -> None:
    findings = lint(
        document({"Resource": "x", "Action": "y", "Effect": "z", "Sid": "!"}, version=None),
        IDENTITY,
        SERVICES,
    )
    places = [(finding.line, finding.column) for finding in findings]
    assert len(places) > 4
    assert places == sorted(places)


def test_broken_json_is_one_finding_at_its_place() -> None:
    assert [(f.rule, f.line, f.column, f.message) for f in lint('{\n "a" 1}', IDENTITY)] == [
        ("json-syntax-error", 2, 6, "Expecting ':' delimiter.")
    ]


def test_too_large_a_text_is_not_read() -> None:
    """R-67."""
    (finding,) = lint('"' + "x" * 131_072 + '"', IDENTITY)
    assert (finding.rule, finding.message) == (
        "json-syntax-error",
        "the document has more than 131072 characters.",
    )


def test_a_document_of_mistakes_has_an_end() -> None:
    findings = lint(document(*[allow() | {"Action": [1, 2, 3, 4]}] * 500), IDENTITY)
    assert len(findings) == MOST_FINDINGS


def test_what_is_no_object_is_malformed() -> None:
    assert [(f.rule, f.pointer) for f in lint("[]", IDENTITY)] == [("malformed-policy-document", "")]


def test_elements_in_another_case_and_outside() -> None:
    assert found({"Effect": "Allow", "action": "s3:*", "Resource": "*"}) == [
        ("missing-action", "/Statement/0", "Name actions."),
        (
            "invalid-policy-element",
            "/Statement/0/action",
            "There is no element `action`. Did you mean `Action`?",
        ),
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:GetObject")], "Sid": "x"})
    assert [(f.rule, f.pointer) for f in lint(text, IDENTITY)] == [("invalid-policy-element", "/Sid")]


def test_types_of_the_document() -> None:
    text = json.dumps({"Version": "2012-10-17", "Id": 1, "Statement": ["x", allow("s3:GetObject", [])]})
    assert [(f.rule, f.pointer) for f in lint(text, IDENTITY)] == [
        ("data-type-mismatch", "/Id"),
        ("data-type-mismatch", "/Statement/0"),
        ("missing-resource", "/Statement/1/Resource"),
    ]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"Effect": 1, "Action": "s3:*", "Resource": "*"}, ["data-type-mismatch"]),
        (allow(Condition=[]), ["data-type-mismatch"]),
        (allow(Condition={"Bool": 1}), ["data-type-mismatch"]),
        (allow(Condition={"StringLike": {"aws:userid": {}}}), ["data-type-mismatch"]),
        (allow(Condition={}), ["empty-object-condition"]),
    ],
)
def test_types(statement: Json, expected: list[str]) -> None:
    sparing = {"pass-role-with-wildcard", "create-slr-with-wildcard"}
    assert [name for name in rules(statement) if name not in sparing] == expected


# --- actions


def test_actions_and_what_may_have_been_meant() -> None:
    assert found(allow(["s3:Getobjects", "s33:RunInstances", "s3:Zzz*", "*:GetObject"])) == [
        (
            "invalid-action",
            "/Statement/0/Action/0",
            "`s3` has no action `Getobjects`. Did you mean `s3:GetObject`?",
        ),
        (
            "invalid-service-in-action",
            "/Statement/0/Action/1",
            "There is no service `s33`. Did you mean `s3`?",
        ),
        ("invalid-action", "/Statement/0/Action/2", "`s3` has no action that matches `Zzz*`."),
        (
            "wildcard-in-service-name",
            "/Statement/0/Action/3",
            "`*:GetObject` matches nothing: write the service out.",
        ),
    ]


def test_guesses_are_made_for_the_first_mistakes_only() -> None:
    messages = [message for _, _, message in found(allow([f"s3:GetObjec{n}" for n in range(30)]))]
    assert sum("Did you mean" in message for message in messages) == 20


def test_the_form_of_actions_is_iams() -> None:
    assert [message for _, _, message in found(allow(["a:b:c", "x y:z", "nothing"]))] == [
        "Actions/Condition can contain only one colon.",
        "Vendor x y is not valid",
        "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
    ]


def test_redundant_actions() -> None:
    assert found(allow(["s3:GetObject", "S3:getobject", "s3:Get*", "s3:*Object", "s3:Ge?Object"])) == [
        ("redundant-action", "/Statement/0/Action/1", "`S3:getobject` stands there already."),
        ("redundant-action", "/Statement/0/Action/1", "`S3:getobject` is contained in `s3:get*`."),
        ("redundant-action", "/Statement/0/Action/4", "`s3:Ge?Object` is contained in `s3:*object`."),
    ]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (allow("iam:PassRole"), ["pass-role-with-wildcard"]),
        (allow("iam:Pass*", f"arn:aws:iam::{HOME}:role/*"), ["pass-role-with-wildcard"]),
        (allow("iam:PassRole", f"arn:aws:iam::{HOME}:*"), ["pass-role-with-wildcard"]),
        (allow("iam:PassRole", f"arn:aws:iam::{HOME}:role/ci"), []),
        (
            allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}),
            [],
        ),
        (deny("iam:PassRole"), []),
        (allow("s3:*"), []),
        (allow("*", "arn:aws:s3:::reports/*"), []),
        (
            {"Effect": "Allow", "NotAction": ["iam:*", "s3:*"], "Resource": "*"},
            ["allow-with-not-action"],
        ),
        (
            {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"},
            ["allow-with-not-action", "pass-role-with-wildcard", "create-slr-with-wildcard"],
        ),
        (
            {"Effect": "Allow", "Action": "iam:PassRole", "NotResource": f"arn:aws:iam::{HOME}:role/admin"},
            ["pass-role-with-wildcard", "allow-with-not-resource"],
        ),
        (
            allow("iam:CreateServiceLinkedRole", f"arn:aws:iam::{HOME}:role/aws-service-role/*"),
            ["create-slr-with-wildcard"],
        ),
    ],
)
def test_handing_on_what_others_may(statement: Json, expected: list[str]) -> None:
    assert rules(statement) == expected


@pytest.mark.parametrize("kind", [PolicyKind.BOUNDARY, PolicyKind.SCP, PolicyKind.SESSION])
def test_policies_that_grant_nothing_may_be_wide(kind: PolicyKind) -> None:
    assert rules(allow(), kind=kind) == []


# --- resources


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("arn:aws:s3::x", "invalid-arn"),
        ("arn:aws:*:eu-west-1:*:x", "invalid-arn"),
        ("arn:moon:s3:::reports/*", "invalid-arn"),
        ("arn:aws:s3:*", "short-arn"),
        (f"arn:aws:sts::{HOME}:assumed*/x", "wildcard-in-resource-type"),
        ("arn:aws:sqs:eu-west-1:12*:jobs", None),
        ("arn:aws:sqs:eu-west-1:1234:jobs", "invalid-arn-account"),
        ("arn:aws:sqs:eu-west-1:123456789o12:jobs", "invalid-arn-account"),
        ("arn:aws:iam::aws:policy/ReadOnlyAccess", None),
        ("arn:aws:SQS:eu-west-1:123456789012:jobs", "invalid-arn-service-case"),
        ("arn:aws:nothing:::x", None),
        ("arn:aws:s3:::" + "x" * 3000, None),
        ("arn:aws:s3:::reports/${aws:userid}/*", None),
    ],
)
def test_arns(resource: str, expected: str | None) -> None:
    assert rules(deny("*", resource)) == ([expected] if expected else [])


def test_actions_on_other_resources() -> None:
    statement = allow(
        ["s3:GetObject", "s3:ListBucket", "ec2:DescribeInstances", "ec2:Stop*"], ["arn:aws:s3:::reports"]
    )
    assert found(statement) == [
        (
            "unsupported-resource-for-action",
            "/Statement/0/Action/0",
            (
                "`s3:GetObject` is about `arn:${Partition}:s3:${Region}:${Account}:accesspoint/${AccessPointName}"
                "/object/${ObjectName}`, `arn:${Partition}:s3:::${BucketName}/${ObjectName}`."
            ),
        ),
        (
            "unsupported-resource-for-action",
            "/Statement/0/Action/2",
            "`ec2:DescribeInstances` is about `*` alone.",
        ),
        (
            "unsupported-resource-for-action",
            "/Statement/0/Action/3",
            "`ec2:Stop*` is about `arn:${Partition}:ec2:${Region}:${Account}:instance/${InstanceId}`.",
        ),
    ]
    assert rules(allow("s3:GetObject", "arn:aws:s3:::" + "x" * 3000)) == []
    assert rules(allow(["nothing:At", "s3:ListBucket"], "arn:aws:s3:::reports")) == [
        "invalid-service-in-action"
    ]


def test_lists_are_about_collections() -> None:
    """Semantics 18."""
    assert rules(allow("s3:ListAllMyBuckets", "arn:aws:s3:::*")) == []
    assert rules(allow("iam:ListUsers", f"arn:aws:iam::{HOME}:user/dev/*")) == []


def test_hostile_arns_are_held_against_templates_in_linear_time() -> None:
    """R-66: each step of the pattern is one step of the comparison, whatever the template."""
    template = Template(tokenize("arn:*:s3:::*a*a*a*a*a*b/*"))
    assert not template.may_overlap(tokenize("arn:aws:s3:::" + "a" * 2000))
    assert template.may_overlap(tokenize("arn:aws:s3:::*" + "a" * 2000 + "?/x"))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a*", "*b", True),
        ("a*", "b*", False),
        ("?", "*", True),
        ("?", "", False),
        ("", "", True),
        ("a?c", "abc", True),
        ("a?c", "a?c", True),
        ("a?c", "abcd", False),
        ("*a", "*b", False),
        ("**", "x*y", True),
    ],
)
def test_overlap(one: str, other: str, expected: bool) -> None:
    assert Template(tokenize(one)).may_overlap(tokenize(other)) is expected
    assert Template(tokenize(other)).may_overlap(tokenize(one)) is expected


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [("a*", "ab*", True), ("a*", "*", False), ("a?", "ab", True), ("a?", "a*", False), ("a?", "a?", False)],
)
def test_containment(wide: str, narrow: str, expected: bool) -> None:
    assert contains(wide)(narrow) is expected


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


# --- kinds


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        (allow(), IDENTITY),
        (trust("*"), PolicyKind.TRUST),
        (trust("*", Resource="*"), PolicyKind.RESOURCE),
        ({"Effect": "Deny", "NotPrincipal": "*", "Action": "s3:*"}, PolicyKind.RESOURCE),
        ({"Effect": "Deny", "Principal": "*"}, PolicyKind.RESOURCE),
    ],
)
def test_what_a_document_looks_like(statement: Json, kind: PolicyKind) -> None:
    assert guess_kind(document(statement)) is kind


def test_what_cannot_be_read_is_taken_for_an_identity_policy() -> None:
    assert guess_kind("{") is IDENTITY


def test_a_rule_has_its_id_alone() -> None:
    with pytest.raises(ValueError, match="there are two rules `invalid-arn`"):
        rule("invalid-arn", Severity.ERROR, "", "", bad="", good="")


# --- documents that are made to take long


def steps(document: Json, kind: PolicyKind = IDENTITY) -> int:
    """Return how many steps the comparisons of a document ask for; those beyond `MOST_STEPS` are not made."""
    text = json.dumps(document)
    collector = Collector(text, read_source(text), kind, SERVICES)
    lint_actions(collector)
    lint_resources(collector)
    lint_principals(collector)
    lint_conditions(collector)
    return MOST_STEPS - collector._steps


def test_a_document_of_the_largest_size_is_compared_whole() -> None:
    """R-66: a managed policy of 6,144 characters, most of them wildcards."""
    actions = [f"s3:*{number}*" for number in range(300)]
    wide = allow(actions, [f"arn:aws:s3:::*{number}/*" for number in range(60)])
    assert steps({"Version": "2012-10-17", "Statement": [wide]}) < MOST_STEPS


@pytest.mark.parametrize(
    "statement",
    [
        allow([f"ec2:D{n}*" for n in range(2_000)]),
        allow([f"s3:*{n}" for n in range(9_000)]),
        allow(["ec2:D*"] * 9, Condition={"StringEquals": {f"ec2:Attribute/{n}": "" for n in range(2_000)}}),
        allow(["ec2:CreateTags"] * 900, ["arn:aws:ec2:" + "a" * 2_000] * 30),
        allow("s3:ListBucket", [f"arn:aws:ec2:*:{HOME}:{n}{'x' * 90}" for n in range(900)]),
        allow(
            ["ec2:RunInstances"] * 999,
            Condition={"StringEquals": {f"ec2:Attribute/{n}": "" for n in range(20)}},
        ),
        trust(
            {"Federated": ["gitlab.com"] * 3_000},
            Condition={"Null": {f"gitlab.com:{n}": "" for n in range(900)}},
        ),
    ],
)
def test_comparisons_have_an_end(statement: Json) -> None:
    """R-66, R-67: it asks for more than is made; what would take long is left out, and not reported."""
    kind = PolicyKind.TRUST if "Principal" in statement else IDENTITY
    assert steps({"Version": "2012-10-17", "Statement": [statement]}, kind) > MOST_STEPS
