"""
The policies of VPC endpoints, as AWS's page about those of STS has them.

AWS: *Control access to AWS STS with VPC endpoint policies*; its examples are the documents here.
"""

from typing import Any

import pytest
from tests.iampolicy.cases import (
    ALLOWED,
    ANONYMOUS,
    EXPLICIT,
    HOME,
    IMPLICIT,
    Json,
    allow,
    deny,
    document,
    policy,
    session,
    trust,
    user,
)

from iampolicy import (
    Decision,
    Layer,
    PolicyKind,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    evaluate,
    explain,
    parse,
    suggest,
)

PROVIDER = f"arn:aws:iam::{HOME}:oidc-provider/idp.example.com"
WEB_IDENTITY = Principal(kind=PrincipalKind.WEB_IDENTITY, provider=PROVIDER)
SAML = Principal(kind=PrincipalKind.SAML, provider=PROVIDER)
ROLE = f"arn:aws:iam::{HOME}:role/R"
EVERYBODY_OF_AWS = {"AWS": "*"}
FREE = ("sts:GetCallerIdentity", "sts:GetSessionToken", "STS:getcalleridentity")


def endpoint(*statements: Json) -> Any:
    return parse(document(*statements), PolicyKind.ENDPOINT, name="vpce-1")


def asked(
    principal: Principal,
    action: str = "s3:GetObject",
    resource: str = "arn:aws:s3:::bucket/key",
    **context: str,
) -> Request:
    return Request(
        principal=principal,
        action=action,
        resource=resource,
        resource_account=HOME,
        context={key.replace("__", ":"): value for key, value in context.items()},
    )


def entering(principal: Principal, *statements: Json, **context: str) -> Decision:
    """Decide whether somebody may assume a role that trusts everybody, through an endpoint."""
    action = {
        PrincipalKind.WEB_IDENTITY: "sts:AssumeRoleWithWebIdentity",
        PrincipalKind.SAML: "sts:AssumeRoleWithSAML",
    }.get(principal.kind, "sts:AssumeRole")
    trusting = policy(trust("*", action="sts:*"), kind=PolicyKind.TRUST)
    policies = PolicySet(resource=trusting, resource_must_allow=True, endpoint=endpoint(*statements))
    return evaluate(asked(principal, action, ROLE, **context), policies)


OF_ORGANIZATION = (
    allow(
        "sts:*",
        Principal=EVERYBODY_OF_AWS,
        Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}},
    ),
    allow(
        ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"],
        Principal="*",
        Condition={"StringEquals": {"aws:ResourceOrgID": "o-1234567890"}},
    ),
)
OURS, THEIRS = {"aws__PrincipalOrgID": "o-1234567890"}, {"aws__PrincipalOrgID": "o-0000000000"}
OUR_ROLE, THEIR_ROLE = {"aws__ResourceOrgID": "o-1234567890"}, {"aws__ResourceOrgID": "o-0000000000"}


@pytest.mark.parametrize(
    ("principal", "context", "expected"),
    [
        (session(), OURS, ALLOWED),
        (session(), THEIRS, IMPLICIT),
        (session(), {}, IMPLICIT),
        (WEB_IDENTITY, OUR_ROLE, ALLOWED),
        (SAML, OUR_ROLE, ALLOWED),
        (WEB_IDENTITY, THEIR_ROLE, IMPLICIT),
        (SAML, {}, IMPLICIT),
    ],
)
def test_allow_all_for_your_organization(
    principal: Principal, context: dict[str, str], expected: object
) -> None:
    assert entering(principal, *OF_ORGANIZATION, **context).outcome is expected


DENY_OTHERS = (
    allow("*", Principal="*"),
    deny(
        "sts:*",
        Principal=EVERYBODY_OF_AWS,
        Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-1234567890"}},
    ),
)


@pytest.mark.parametrize(
    ("principal", "context", "expected"),
    [
        (session(), OURS, ALLOWED),
        (session(), THEIRS, EXPLICIT),
        (session(), {}, EXPLICIT),
        (WEB_IDENTITY, {}, ALLOWED),
        (SAML, {}, ALLOWED),
    ],
)
def test_deny_others_while_allowing_federation(
    principal: Principal, context: dict[str, str], expected: object
) -> None:
    """ "Federated callers (SAML and OIDC) are not AWS principals and are not matched by this Principal element"."""
    assert entering(principal, *DENY_OTHERS, **context).outcome is expected


@pytest.mark.parametrize("principal", [WEB_IDENTITY, SAML])
def test_a_provider_may_be_named_beside_everybody_of_aws(principal: Principal) -> None:
    named = {"AWS": "*", "Federated": PROVIDER}
    assert entering(principal, allow("*", Principal=named)).outcome is ALLOWED
    assert entering(principal, allow("*", Principal={**named, "Federated": "other"})).outcome is IMPLICIT
    spared = {"Effect": "Deny", "Action": "*", "Resource": "*", "NotPrincipal": EVERYBODY_OF_AWS}
    assert entering(principal, allow("*", Principal="*"), spared).outcome is EXPLICIT
    spared["NotPrincipal"] = "*"
    assert entering(principal, allow("*", Principal="*"), spared).outcome is ALLOWED


def test_elsewhere_everybody_of_aws_is_everybody() -> None:
    """Semantics 44; and in the policy of an endpoint so is the anonymous."""
    bucket = policy(trust(EVERYBODY_OF_AWS, action="s3:*", Resource="*"), kind=PolicyKind.RESOURCE)
    assert evaluate(asked(WEB_IDENTITY), PolicySet(resource=bucket)).outcome is ALLOWED
    through = PolicySet(resource=bucket, endpoint=endpoint(allow("*", Principal=EVERYBODY_OF_AWS)))
    assert evaluate(asked(ANONYMOUS), through).outcome is ALLOWED


@pytest.mark.parametrize("action", FREE)
@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([allow("*", Principal="*")], ALLOWED),
        ([allow("sts:AssumeRole", Principal="*")], IMPLICIT),
        ([allow("*", Principal="*"), deny("sts:Get*", Principal="*")], EXPLICIT),
    ],
)
def test_an_endpoint_stops_what_needs_no_permission(
    action: str, statements: list[Json], expected: object
) -> None:
    """
    Semantics 63 is about the caller's own policies.

    "This policy blocks other AWS STS actions such as GetCallerIdentity, GetSessionToken, …"
    """
    request = asked(user(), action=action, resource="*")
    policies = PolicySet(
        identity=(policy(deny()),),
        boundary=policy(deny(), kind=PolicyKind.BOUNDARY),
        scps=((policy(deny(), kind=PolicyKind.SCP),),),
        endpoint=endpoint(*statements),
    )
    decision = evaluate(request, policies)
    assert decision.outcome is expected
    explanation = explain(request, policies)
    if expected is ALLOWED:
        assert (decision.layer, explanation.decided) == (Layer.IDENTITY, None)
    else:
        assert decision.layer is Layer.ENDPOINT
        assert explanation.decided is not None
        assert explanation.decided.layer is Layer.ENDPOINT


@pytest.mark.parametrize("action", FREE)
@pytest.mark.parametrize(("bounded", "expected"), [(False, ALLOWED), (True, EXPLICIT)])
def test_who_has_a_boundary_is_not_spared_by_the_endpoint(
    action: str,
    bounded: bool,
    expected: object,
) -> None:
    """Semantics 50, where the boundary itself is not asked (semantics 63); found by the judge."""
    boundary = policy(allow(), kind=PolicyKind.BOUNDARY) if bounded else None
    through = endpoint(allow(Principal="*"), deny(NotPrincipal="*"))
    policies = PolicySet(boundary=boundary, endpoint=through)
    request = asked(user(), action=action, resource="*")
    assert evaluate(request, policies).outcome is expected
    assert explain(request, policies).decision.outcome is expected


def test_the_least_change_is_one_of_the_endpoint() -> None:
    request = asked(user(), action="sts:GetCallerIdentity", resource="*")
    policies = PolicySet(endpoint=endpoint(allow("sts:AssumeRole", Principal="*")))
    (step,) = suggest(request, policies)
    assert step.layer is Layer.ENDPOINT


def test_what_cannot_be_evaluated_is_denied() -> None:
    """Semantics 61."""
    resource = "arn:aws:s3:::" + "${aws:UserAgent}" * 9
    policies = PolicySet(endpoint=endpoint(allow(resource=resource, Principal="*")))
    request = asked(
        user(),
        action="sts:GetCallerIdentity",
        resource="arn:aws:s3:::" + "x" * 72000,
        aws__UserAgent="x" * 8000,
    )
    decision = evaluate(request, policies)
    assert (decision.outcome, decision.layer) == (IMPLICIT, Layer.ENDPOINT)
    assert decision.fault
