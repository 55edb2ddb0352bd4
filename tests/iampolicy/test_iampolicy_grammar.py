"""What may be written: the texts of MalformedPolicyDocument and their order (facts 36, 53-61; semantics 3)."""

import json
from typing import Any

import pytest
from tests.iampolicy.cases import HOME, Json, allow, deny, document, trust

from iampolicy import PolicyError, PolicyKind, parse, validate

SYNTAX = "Syntax errors in policy."
VERSION = "Policy document must be version 2012-10-17 or greater."
LEGACY = "The policy failed legacy parsing"
ACTIONS = "Policy statement must contain actions."
RESOURCES = "Policy statement must contain resources."
SIDS = "Statement IDs (SID) in a single policy must be unique."
VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
PRINCIPAL = "Policy document should not specify a principal."
IAM_PATH = (
    'IAM resource path must either be "*", root, or start with user/, federated-user/, role/, group/, '
    "instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, "
    "access-report/."
)
REQUIREMENTS = "The provided policy document does not meet the requirements of the specified policy type."
NO_PRINCIPALS = (
    "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: "
    "The passed in policy has a statement with no principals!"
)

FORBIDDING = (PolicyKind.IDENTITY, PolicyKind.BOUNDARY, PolicyKind.SESSION)


def message(text: str, kind: PolicyKind = PolicyKind.IDENTITY, *, managed: bool = True) -> str:
    """Return what the document is refused with, or nothing."""
    try:
        validate(text, kind, managed=managed)
    except PolicyError as error:
        return error.message
    parse(text, kind)  # what may be written can be compiled
    return ""


def of(*statements: Any, version: str | None = "2012-10-17", **more: Any) -> str:
    head = {} if version is None else {"Version": version}
    return json.dumps({**head, **more, "Statement": list(statements)})


def without(statement: Json, *names: str) -> Json:
    return {key: value for key, value in statement.items() if key not in names}


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[]",
        "{}",
        '{"Version":"2012-10-17"}',
        of(),
        of("x"),
        of([]),
        of(None),
        of(allow(), 1),
        of(allow(), Extra=1),
        of(allow(), Id=1),
        of(allow(), version="2013-10-17"),
        of(allow(Extra="x")),
        of(allow(Sid=1)),
        of(allow(Sid=None)),
        of(allow(Effect="Permit")),
        of(allow(Effect=1)),
        of(without(allow(), "Effect")),
        of(allow(NotAction="*")),
        of(allow(NotResource="*")),
        of(allow(Principal="*", NotPrincipal="*")),
        of({**allow(), "Action": 1}),
        of({**allow(), "Action": [["s3:Get"]]}),
        of({**allow(), "Action": {"a": "b"}}),
        of({**allow(), "Resource": None}),
        of({**allow(), "Resource": True}),
        of(allow(Condition=[])),
        of(allow(Condition="x")),
        of(allow(Condition={"StringEquals": "x"})),
        of(allow(Condition={"StringEquals": {"k": None}})),
        of(allow(Condition={"StringEquals": {"k": {"x": "y"}}})),
        of(allow(Condition={"StringEquals": {"k": [["x"]]}})),
        of(allow(Condition={"StringMatches": {"k": "x"}})),
        of(allow(Condition={"StringEqualsIfExist": {"k": "x"}})),
        of(allow(Condition={"NullIfExists": {"k": "true"}})),
        of(allow(Principal="arn:aws:iam::111122223333:root")),
        of(allow(Principal=["*"])),
        of(allow(Principal={"Group": "x"})),
        of(allow(Principal={"AWS": 1})),
    ],
)
def test_syntax_errors(text: str) -> None:
    """Fact 53, semantics 3 and 36."""
    assert message(text) == SYNTAX


def test_not_json_in_a_trust_policy() -> None:
    """Fact 36; R-68."""
    for text in ("not json", "", document(trust("*"))[:-1], '{"Statement":1,"Statement":1}', '{"a":NaN}'):
        assert message(text, PolicyKind.TRUST, managed=False) == "This policy contains invalid Json"
    assert message("{}", PolicyKind.TRUST, managed=False) == SYNTAX


@pytest.mark.parametrize("version", [None, "2008-10-17"])
def test_versions(version: str | None) -> None:
    """Fact 54: only managed policies must be of the newer version."""
    assert message(of(allow(), version=version)) == VERSION
    assert message(of(without(allow(), "Action"), version=version)) == VERSION
    assert message(of(allow(Effect="denY"), version=version)) == VERSION
    for kind in FORBIDDING:
        assert message(of(allow(), version=version), kind, managed=False) == ""
    assert message(of(trust("*"), version=version), PolicyKind.TRUST, managed=False) == ""


@pytest.mark.parametrize(
    "statement",
    [
        allow(Effect="denY"),
        allow(Effect="allow"),
        allow(resource="arn:aws:s3::x"),
        allow(resource=["*", "arn:aws:s3"]),
        {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3::x"},
        allow(Condition={"DateGreaterThan": {"k": "January 1, 2020"}}),
        allow(Condition={"DateLessThanIfExists": {"k": ["2020", "x"]}}),
        allow(Condition={"ForAllValues:DateEquals": {"k": "2020-02-30"}}),
        allow(Condition={"DateEquals": {"k": "9223372036854775808"}}),
        allow(Condition={"NumericEquals": {"k": "x"}}),
        allow(Condition={"NumericEquals": {"k": "${aws:username}"}}),
        allow(Condition={"NumericLessThan": {"k": True}}),
        allow(Condition={"IpAddress": {"k": "10.0.0.0/33"}}),
        allow(Condition={"NotIpAddress": {"k": "x"}}),
    ],
)
def test_legacy_parsing(statement: Json) -> None:
    """Fact 55, semantics 24, 25 and 28; it wins over missing actions and duplicate ids."""
    assert message(of(statement)) == LEGACY
    assert message(of(without(statement, "Action"))) == LEGACY
    assert message(of(allow(Sid="a"), allow(Sid="a"), statement)) == LEGACY


@pytest.mark.parametrize("empty", [{}, {"Action": []}, {"NotAction": []}])
def test_actions_are_needed(empty: Json) -> None:
    """Fact 56."""
    assert message(of({**without(allow(), "Action"), **empty})) == ACTIONS


@pytest.mark.parametrize("empty", [{}, {"Resource": []}, {"NotResource": []}])
def test_resources_are_needed(empty: Json) -> None:
    """Fact 56: and their absence wins over a bad vendor."""
    assert message(of({**without(allow(), "Resource"), **empty})) == RESOURCES
    assert message(of({**without(allow("a a:b"), "Resource"), **empty})) == RESOURCES


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("GetObject", VENDOR),
        ("", VENDOR),
        ("**", VENDOR),
        ("a a:GetObject", "Vendor a a is not valid"),
        ("s*:GetObject", "Vendor s* is not valid"),
        ("*:GetObject", "Vendor * is not valid"),
        (":GetObject", "Vendor  is not valid"),
        ("s3:Get:Object", "Actions/Condition can contain only one colon."),
        ("*", ""),
        ("*:*", ""),
        ("s3:*", ""),
        ("s3:Get?bject", ""),
        ("nosuchservice:NoSuchAction", ""),
        ("aws-portal:View", ""),
    ],
)
@pytest.mark.parametrize("element", ["Action", "NotAction"])
def test_actions(action: str, expected: str, element: str) -> None:
    """Facts 57, 61."""
    assert message(of({"Effect": "Allow", element: ["iam:GetUser", action], "Resource": "*"})) == expected


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("bucket", 'Resource bucket must be in ARN format or "*".'),
        ("", 'Resource  must be in ARN format or "*".'),
        ("ar*", 'Resource ar* must be in ARN format or "*".'),
        ("foo:aws:s3:::b", 'Resource foo:aws:s3:::b must be in ARN format or "*".'),
        ("a:b:c:d:e:f:g:h", 'Partition "b" is not valid for resource "arn:b:c:d:e:f:g:h".'),
        ("arn:b:c", 'Partition "b" is not valid for resource "arn:b:c:*:*:*".'),
        ("arn:", 'Partition "" is not valid for resource "arn::*:*:*:*".'),
        ("arn:aws:*:::b", "Resource vendor must be fully qualified and cannot contain regexes."),
        ("arn:aws:s?:::b", "Resource vendor must be fully qualified and cannot contain regexes."),
        ("arn:*", "Resource vendor must be fully qualified and cannot contain regexes."),
        (
            f"arn:aws:iam:us-east-1:{HOME}:user/x",
            f"IAM resource arn:aws:iam:us-east-1:{HOME}:user/x cannot contain region information.",
        ),
        ("arn:aws:s3:us-east-1::b", "Resource arn:aws:s3:us-east-1::b can not contain region information."),
        (f"arn:aws:s3:us-east-1:{HOME}:accesspoint/x", ""),
        (f"arn:aws:sqs:us-east-1:{HOME}:q", ""),
        (f"arn:aws:iam::{HOME}:us*/x", IAM_PATH),
        (f"arn:aws:iam::{HOME}:x", IAM_PATH),
        (f"arn:aws:iam::{HOME}:user", IAM_PATH),
        (f"arn:aws:iam::{HOME}:*", ""),
        (f"arn:aws:iam::{HOME}:root", ""),
        (f"arn:aws:iam::{HOME}:user/*", ""),
        (f"arn:aws:iam::{HOME}:access-report/*", ""),
        (f"arn:aws:iam::{HOME}:user/${{aws:username}}", ""),
        ("arn:aws:iam::aws:role-template/x.amazonaws.com/T:1", ""),
        ("arn:aws:iam::*", ""),
        ("arn:aws:s3:::b/*", ""),
        ("arn:aws:s3:*", ""),
        ("arn:*:s3:::b", ""),
        ("arn:aws-us-gov:s3:::b", ""),
        ("*", ""),
    ],
)
@pytest.mark.parametrize("element", ["Resource", "NotResource"])
def test_resources(resource: str, expected: str, element: str) -> None:
    """Facts 58-60."""
    assert message(of({"Effect": "Allow", "Action": "*", element: ["*", resource]})) == expected


def test_statement_ids() -> None:
    """Fact 61."""
    assert message(of(allow(Sid="a"), allow(Sid="b"))) == ""
    assert message(of(allow(Sid=""), allow(Sid=""), allow())) == ""
    assert message(of(allow(Sid="a"), deny(Sid="a"))) == SIDS
    assert message(of(allow(Sid="a b"))).startswith("Statement IDs (SID) must be alpha-numeric.")
    assert message(of(allow(Sid="é"))).startswith("Statement IDs (SID) must be alpha-numeric.")
    assert message(of(trust("*", Sid="may have blanks")), PolicyKind.TRUST, managed=False) == ""


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"DateGreaterThan": {}},
        {"a": {}},
        {"DateGreaterThan": {"a": "2020-01-01T00:00:00Z"}},
        {"DateGreaterThan": {"a": 1577836800}},
        {"forallvalues:stringlikeifexists": {"aws:TagKeys": ["a", "b*"]}},
        {"Bool": {"aws:SecureTransport": False}},
        {"StringEquals": {"kms:EncryptionContext:aws:logs:arn": "x"}},
        {"Null": {"aws:TokenIssueTime": "true"}},
        {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"]}},
    ],
)
def test_conditions_that_are_valid(condition: Json) -> None:
    """Fact 61, semantics 2 and 5."""
    assert message(of(allow(Condition=condition))) == ""


def test_an_id_is_allowed() -> None:
    assert message(of(allow(), Id="any text")) == ""


@pytest.mark.parametrize("kind", FORBIDDING)
@pytest.mark.parametrize("element", ["Principal", "NotPrincipal"])
def test_principals_where_they_do_not_belong(kind: PolicyKind, element: str) -> None:
    """Semantics 3."""
    text = of({**allow(), element: {"AWS": HOME}})
    assert message(text, kind, managed=False) == PRINCIPAL
    with pytest.raises(PolicyError):
        parse(text, kind)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (trust("*"), ""),
        (trust({"AWS": "*"}), ""),
        (trust({"AWS": HOME}), ""),
        (trust({"AWS": [f"arn:aws:iam::{HOME}:root", f"arn:aws:iam::{HOME}:role/a/b"]}), ""),
        (trust({"AWS": f"arn:aws:sts::{HOME}:assumed-role/R/s"}), ""),
        (trust({"AWS": f"arn:aws:sts::{HOME}:federated-user/x"}), ""),
        (trust({"AWS": "AROADBQP57FF2AEXAMPLE"}), ""),
        (trust({"Service": "ec2.amazonaws.com"}), ""),
        (trust({"Federated": "accounts.google.com"}, action="sts:AssumeRoleWithWebIdentity"), ""),
        (trust({"Federated": f"arn:aws:iam::{HOME}:oidc-provider/a.example/b"}), ""),
        (trust("*", action="sts:*"), ""),
        (trust("*", "Deny", action="STS:TagSession"), ""),
        (trust("*", Resource="*"), "Has prohibited field Resource"),
        (trust("*", NotResource="*"), "Has prohibited field NotResource"),
        (
            {"Effect": "Deny", "NotPrincipal": "*", "Action": "sts:AssumeRole"},
            "Has prohibited field NotPrincipal",
        ),
        (without(trust("*"), "Principal"), "Missing required field Principal"),
        (trust({}), NO_PRINCIPALS),
        (trust({"AWS": []}), NO_PRINCIPALS),
        (trust("*", action="s3:GetObject"), "AssumeRole policy may only specify STS AssumeRole actions."),
        (trust("*", action="*"), "AssumeRole policy may only specify STS AssumeRole actions."),
        (without(trust("*"), "Action"), ACTIONS),
        (trust("*", Effect="denY"), LEGACY),
        (trust({"AWS": "x"}), 'Invalid principal in policy: "AWS":"x"'),
        (trust({"AWS": "1"}), 'Invalid principal in policy: "AWS":"1"'),
        (trust({"AWS": "arn:aws:iam::1:root"}), 'Invalid principal in policy: "AWS":"arn:aws:iam::1:root"'),
        (
            trust({"AWS": f"arn:aws:iam::{HOME}:user/*"}),
            f'Invalid principal in policy: "AWS":"arn:aws:iam::{HOME}:user/*"',
        ),
        (
            trust({"AWS": f"arn:aws:iam::{HOME}:group/x"}),
            f'Invalid principal in policy: "AWS":"arn:aws:iam::{HOME}:group/x"',
        ),
        (
            trust({"AWS": f"arn:aws:sts::{HOME}:root"}),
            f'Invalid principal in policy: "AWS":"arn:aws:sts::{HOME}:root"',
        ),
        (trust({"Service": "ec2"}), 'Invalid principal in policy: "SERVICE":"ec2"'),
        (trust({"Service": "*.amazonaws.com"}), 'Invalid principal in policy: "SERVICE":"*.amazonaws.com"'),
        (
            trust({"Federated": "x"}),
            "Federated principals must be valid domain names or SAML metadata ARNs",
        ),
        (
            trust({"Federated": "accounts.google.com:443"}),
            "Federated principals must be valid domain names or SAML metadata ARNs",
        ),
        (
            trust({"Federated": f"arn:aws:iam::{HOME}:user/x"}),
            "Federated principals must be valid domain names or SAML metadata ARNs",
        ),
        (trust({"CanonicalUser": "a"}), 'Invalid principal in policy: "CanonicalUser":"a"'),
    ],
)
def test_trust_policies(statement: Json, expected: str) -> None:
    """Fact 36, semantics 3, 44 and 64: a group is no principal."""
    assert message(of(statement), PolicyKind.TRUST, managed=False) == expected


def test_policies_of_resources() -> None:
    """Semantics 3, 50."""
    good = allow(Principal={"AWS": HOME})
    for kind in (PolicyKind.RESOURCE, PolicyKind.ENDPOINT):
        assert message(of(good), kind, managed=False) == ""
        assert message(of(allow()), kind, managed=False) == "Missing required field Principal"
        assert (
            message(of(allow(NotPrincipal={"AWS": HOME})), kind, managed=False)
            == "NotPrincipal may not be used with Allow"
        )
        assert message(of(deny(NotPrincipal={"AWS": HOME})), kind, managed=False) == ""
        assert message(of(allow(Principal={"CanonicalUser": "a" * 64})), kind, managed=False) == ""
    assert message(of(without(good, "Resource")), PolicyKind.RESOURCE, managed=False) == ""
    assert message(of(without(good, "Resource")), PolicyKind.ENDPOINT, managed=False) == RESOURCES


def test_policies_of_organizations() -> None:
    """Semantics 3."""
    rcp = deny(Principal="*")
    assert message(of(rcp), PolicyKind.RCP, managed=False) == ""
    assert message(of({**rcp, "Principal": {"AWS": "*"}}), PolicyKind.RCP, managed=False) == ""
    for wrong in (
        of(rcp, version=None),
        of(allow(Principal="*")),
        of(deny()),
        of(deny(Principal={"AWS": HOME})),
        of(deny(NotPrincipal="*")),
        of({"Effect": "Deny", "Principal": "*", "NotAction": "s3:*", "Resource": "*"}),
    ):
        assert message(wrong, PolicyKind.RCP, managed=False) == REQUIREMENTS
    assert message(of(allow()), PolicyKind.SCP, managed=False) == ""
    assert message(of(allow(Principal="*")), PolicyKind.SCP, managed=False) == REQUIREMENTS


@pytest.mark.parametrize(
    "text",
    [
        of(allow(Effect="denY")),
        of(without(allow(), "Action")),
        of(without(allow(), "Resource")),
        of(allow(), version="2013-10-17"),
    ],
)
def test_what_cannot_be_compiled(text: str) -> None:
    with pytest.raises(PolicyError):
        parse(text, PolicyKind.IDENTITY)


def test_stored_documents_may_be_odder_than_new_ones() -> None:
    """An AWS managed policy, or one written before a rule was, is read; what is not valid in it matches nothing."""
    odd = of(
        allow(["s*:x", "x"], ["bucket", "arn:aws:*:::b"], Condition={"Unknown": {"k": "v"}}, Sid="a b"),
        version=None,
    )
    assert message(odd, managed=False) == SYNTAX
    assert len(parse(odd, PolicyKind.IDENTITY).statements) == 1
