"""AssumeRoleWithWebIdentity: for somebody whom an identity provider vouches for."""

from datetime import timedelta
from typing import Any

import pytest
from tests.support.answers import arn, content, refusal
from tests.support.issuer import KID
from tests.support.jose import claims_of, rsa_key, signed
from tests.support.web_identity import ACTIONS, OTHER, SUBJECT, TERSE, Federation
from tests.support.world import ACCOUNT, allow, deny, document


def test_the_answer(federation: Federation) -> None:
    role_arn = federation.role()
    answer = content(federation.assume(role_arn))
    credentials = answer.pop("Credentials")
    assert credentials["AccessKeyId"].startswith("ASIA")
    lasts = credentials["Expiration"] - federation.world.clock.now()
    assert timedelta(minutes=59) < lasts <= timedelta(hours=1)
    role_id = federation.world.root.iam.get_role(RoleName="app")["Role"]["RoleId"]
    assert answer == {
        "SubjectFromWebIdentityToken": SUBJECT,
        "AssumedRoleUser": {
            "AssumedRoleId": f"{role_id}:pod",
            "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/app/pod",
        },
        "Provider": federation.provider,
        "Audience": "sts.amazonaws.com",
    }


def test_the_session_works(federation: Federation) -> None:
    actor = federation.actor(federation.role("app", allow("iam:ListUsers")))
    assert actor.sts.get_caller_identity()["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/app/pod"
    assert actor.iam.list_users()["Users"] == []
    assert refusal(actor.iam.list_roles)[0] == "AccessDenied"
    # AWS: "you cannot call the STS GetFederationToken or GetSessionToken API operations".
    assert refusal(actor.sts.get_session_token)[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("subject", "pattern", "operator", "allowed"),
    [
        ("repo:org/x:ref:refs/heads/main", "repo:org/x:ref:refs/heads/main", "StringEquals", True),
        ("repo:org/x:ref:refs/heads/main", "repo:org/x:*", "StringLike", True),
        ("repo:org/x:ref:refs/heads/main", "repo:org/x:ref:refs/heads/*", "StringLike", True),
        ("repo:org/x:ref:refs/heads/dev", "repo:org/x:ref:refs/heads/main", "StringEquals", False),
        ("repo:org/xy:ref:refs/heads/main", "repo:org/x:*", "StringLike", False),
        ("repo:ORG/x:ref:refs/heads/main", "repo:org/x:*", "StringLike", False),
        ("repo:org/x:pull_request", "repo:org/x:ref:*", "StringLike", False),
        ("project_path:group/x:ref_type:branch:ref:main", "project_path:group/*", "StringLike", True),
        ("project_path:other/x:ref_type:branch:ref:main", "project_path:group/*", "StringLike", False),
        (SUBJECT, "system:serviceaccount:*:app", "StringLike", True),
        (SUBJECT, "system:serviceaccount:kube-system:app", "StringEquals", False),
    ],
)
def test_subjects(
    federation: Federation, subject: str, pattern: str, operator: str, *, allowed: bool
) -> None:
    """GitHub's, GitLab's and Kubernetes' subjects."""
    role_arn = federation.role("app", **{operator: {"sub": pattern}})
    token = federation.issuer.token(sub=subject)
    if allowed:
        assert federation.assume(role_arn, token)["SubjectFromWebIdentityToken"] == subject
    else:
        assert federation.refused(role_arn, token) == TERSE


@pytest.mark.parametrize(
    ("condition", "claims", "allowed"),
    [
        ({"StringEquals": {"aud": "sts.amazonaws.com"}}, {}, True),
        ({"StringEquals": {"aud": "app"}}, {}, False),
        ({"StringEquals": {"aud": "app", "oaud": "sts.amazonaws.com"}}, {"azp": "app"}, True),
        ({"StringEquals": {"repository_id": "7"}}, {"repository_id": 7}, True),
        ({"StringEquals": {"repository_id": "7"}}, {}, False),
        ({"Bool": {"ref_protected": "true"}}, {"ref_protected": True}, True),
        ({"ForAnyValue:StringEquals": {"amr": "mfa"}}, {"amr": ["pwd", "mfa"]}, True),
        ({"ForAnyValue:StringEquals": {"amr": "mfa"}}, {"amr": ["pwd"]}, False),
        # semantics 34: a plain operator and a list never meet.
        ({"StringEquals": {"amr": "mfa"}}, {"amr": ["mfa"]}, False),
        ({"ForAnyValue:StringEquals": {"groups": "admins"}}, {"groups": ["users", "admins"]}, True),
        ({"Null": {"email": "true"}}, {}, True),
        ({"Null": {"email": "true"}}, {"email": "a@example.com"}, False),
    ],
)
def test_claims_are_context_keys(
    federation: Federation, condition: Any, claims: dict[str, Any], *, allowed: bool
) -> None:
    role_arn = federation.role("app", **condition)
    token = federation.issuer.token(**claims)
    if allowed:
        assert federation.assume(role_arn, token)
    else:
        assert federation.refused(role_arn, token) == TERSE


def test_other_keys_of_the_trust_policy(federation: Federation) -> None:
    conditions = {
        "StringEquals": {"sts:RoleSessionName": "pod", "aws:FederatedProvider": federation.provider},
        "Null": {"aws:PrincipalArn": "true", "aws:userid": "true", "aws:TokenIssueTime": "true"},
        "IpAddress": {"aws:SourceIp": "127.0.0.0/8"},
    }
    trust = allow(ACTIONS, None, Principal={"Federated": federation.provider}, Condition=conditions)
    role_arn = federation.role_with(document(trust))
    assert federation.assume(role_arn)
    assert federation.refused(role_arn, RoleSessionName="other") == TERSE


def test_nobody_else_is_let_in(federation: Federation) -> None:
    """R-41, semantics 49, 77: every refusal is the same, and says nothing of the role."""
    provider = {"Federated": federation.provider}
    roles = {
        "denied": document(allow(ACTIONS, None, Principal=provider), deny(ACTIONS, None, Principal=provider)),
        "account": document(allow(ACTIONS, None, Principal={"AWS": ACCOUNT})),
        "other": document(
            allow(ACTIONS, None, Principal={"Federated": arn("oidc-provider/other.example.com")})
        ),
        "saml": document(allow(ACTIONS, None, Principal={"Federated": arn("saml-provider/x")})),
        "domain": document(allow(ACTIONS, None, Principal={"Federated": "www.amazon.com"})),
        "action": document(allow("sts:AssumeRole", None, Principal=provider)),
        "tags only": document(allow("sts:TagSession", None, Principal=provider)),
    }
    for number, (name, trust) in enumerate(roles.items()):
        assert federation.refused(federation.role_with(trust, f"r{number}")) == TERSE, name
    assert federation.refused(arn("role/ghost")) == TERSE
    assert federation.refused(arn("role/elsewhere/r0")) == TERSE


def test_a_provider_counts_in_its_own_account_alone(federation: Federation) -> None:
    """R-07: a role of an account that does not have the provider cannot be assumed through ours."""
    refused = federation.refused(arn("role/app", OTHER))
    missing = f"No OpenIDConnect provider found in your account for {federation.issuer.url}"
    assert refused == ("InvalidIdentityToken", missing)


@pytest.mark.parametrize("bad", ["arn:aws:iam::123456789012:user/alice", "x" * 30, "arn:aws:iam::1:role/app"])
def test_a_bad_role_arn(federation: Federation, bad: str) -> None:
    """fact 81."""
    assert federation.refused(bad) == ("ValidationError", f"{bad} is invalid")


def test_bad_tokens(federation: Federation) -> None:
    role_arn = federation.role()
    not_a_jwt = (
        "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
    )
    now = int(federation.world.clock.now().timestamp())
    idp = federation.issuer
    cases = {
        "not.a.jwt!": ("InvalidIdentityToken", not_a_jwt),
        idp.token(aud="elsewhere"): ("InvalidIdentityToken", "Incorrect token audience"),
        idp.token(aud=None): ("InvalidIdentityToken", "Missing a required claim: aud"),
        idp.token(sub=None): ("InvalidIdentityToken", "Missing a required claim: sub"),
        idp.token(iss="https://other.example.com"): (
            "InvalidIdentityToken",
            "No OpenIDConnect provider found in your account for https://other.example.com",
        ),
        signed({"alg": "RS256", "kid": KID}, claims_of(idp.url), rsa_key("another")): (
            "InvalidIdentityToken",
            "The signature of the ID Token provided is not valid",
        ),
        signed({"alg": "RS256", "kid": "another"}, claims_of(idp.url), rsa_key("another")): (
            "InvalidIdentityToken",
            (
                "Couldn't retrieve verification key from your identity provider,  please reference "
                "AssumeRoleWithWebIdentity documentation for requirements"
            ),
        ),
    }
    for token, expected in cases.items():
        assert federation.refused(role_arn, token) == expected
    code, message = federation.refused(role_arn, idp.token(exp=now - 400, iat=now - 9000))
    assert code == "ExpiredTokenException"
    assert message.endswith(f"must be before the expiration date/time {now - 400}")
    code, _ = federation.refused(role_arn, "x" * 20_001)
    assert code == "ValidationError"


def test_a_presigned_request_is_no_token(federation: Federation) -> None:
    """R-10: a signed request is exchanged for no session."""
    role_arn = federation.role()
    url = federation.world.root.sts.generate_presigned_url("get_caller_identity")
    for text in (url, "k8s-aws-v1." + url.encode().hex()):
        assert federation.refused(role_arn, text)[0] == "InvalidIdentityToken"


def test_durations(federation: Federation) -> None:
    """R-12, R-36."""
    trust = document(allow(ACTIONS, None, Principal={"Federated": federation.provider}))
    role_arn = federation.role_with(trust, "long", MaxSessionDuration=7200)
    for seconds in (900, 7200):
        expires = federation.assume(role_arn, DurationSeconds=seconds)["Credentials"]["Expiration"]
        assert abs(expires - federation.world.clock.now() - timedelta(seconds=seconds)) < timedelta(minutes=1)
    too_long = (
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    )
    assert federation.refused(role_arn, DurationSeconds=7201) == too_long
    for seconds in (899, 43201, -1):
        assert federation.refused(role_arn, DurationSeconds=seconds)[0] == "ValidationError"
    # Who is not let in does not learn how long the role would allow.
    closed = federation.role_with(document(allow(ACTIONS, None, Principal={"AWS": ACCOUNT})), "closed")
    assert federation.refused(closed, DurationSeconds=7200) == TERSE


def test_session_policies(federation: Federation) -> None:
    role_arn = federation.role("app", allow("iam:*"))
    only = document(allow("iam:ListUsers"))
    answer = federation.assume(
        role_arn, Policy=only, PolicyArns=[{"arn": "arn:aws:iam::aws:policy/IAMFullAccess"}]
    )
    assert answer["PackedPolicySize"] > 0
    limited = federation.actor(role_arn, Policy=only)
    assert limited.iam.list_users()["Users"] == []
    assert refusal(limited.iam.list_roles)[0] == "AccessDenied"
    assert federation.refused(role_arn, Policy="{")[0] == "MalformedPolicyDocument"
    missing = [{"arn": "arn:aws:iam::aws:policy/DoesNotExist"}]
    assert federation.refused(role_arn, PolicyArns=missing)[0] == "MalformedPolicyDocument"
