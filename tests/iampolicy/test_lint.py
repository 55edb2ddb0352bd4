"""What the lints say of single documents: which rule, where, in which words."""

import json

import pytest
from tests.iampolicy.cases import HOME, allow, deny, document, trust
from tests.iampolicy.lint_cases import IDENTITY, SERVICES, Json, found, rules

from iampolicy import PolicyKind
from iampolicy.lint import Finding, guess_kind, lint
from iampolicy.lints.actions import lint_actions
from iampolicy.lints.collector import MOST_FINDINGS, MOST_STEPS, Collector
from iampolicy.lints.conditions import lint_conditions
from iampolicy.lints.overlap import Template, contains
from iampolicy.lints.principals import lint_principals
from iampolicy.lints.resources import lint_resources
from iampolicy.lints.rules import Severity, rule
from iampolicy.source import read_source
from iampolicy.wildcard import tokenize


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
