"""AssumeRoleWithWebIdentity: for somebody whom an identity provider vouches for."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.support.answers import arn, content, refusal
from tests.support.issuer import KID, Issuer, issuer
from tests.support.jose import claims_of, jwk, rsa_key, signed
from tests.support.world import ACCOUNT, Actor, Credentials, LoopThread, World, allow, deny, document

from iamd.secret import Secret
from iamd.settings import Settings

TERSE = ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
TAGS = "https://aws.amazon.com/tags"
SUBJECT = "system:serviceaccount:default:app"
ACTIONS = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"]
OTHER = "210987654321"


@dataclass
class Federation:
    """A world that trusts an issuer, and somebody without credentials who talks to it."""

    world: World
    issuer: Issuer

    @property
    def name(self) -> str:
        return self.issuer.url.partition("://")[2]

    @property
    def provider(self) -> str:
        return arn(f"oidc-provider/{self.name}")

    @property
    def nobody(self) -> Any:
        return self.world.client("sts", None)

    def role(self, name: str = "app", *statements: Mapping[str, Any], **condition: Mapping[str, Any]) -> str:
        """Make a role that trusts the issuer if *condition*, whose keys are claims, holds."""
        block = {
            operator: {f"{self.name}:{claim}": value for claim, value in keys.items()}
            for operator, keys in condition.items()
        }
        trust = allow(ACTIONS, None, Principal={"Federated": self.provider}, Condition=block)
        return self.role_with(document(trust), name, *statements)

    def role_with(self, trust: str, name: str = "app", *statements: Mapping[str, Any], **more: Any) -> str:
        iam = self.world.root.iam
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **more)["Role"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="test", PolicyDocument=document(*statements))
        return str(made["Arn"])

    def assume(self, role_arn: str, token: str | None = None, **parameters: Any) -> Any:
        return self.nobody.assume_role_with_web_identity(
            **{"RoleArn": role_arn, "RoleSessionName": "pod"}
            | {"WebIdentityToken": token or self.issuer.token()}
            | parameters
        )

    def refused(self, role_arn: str, token: str | None = None, **parameters: Any) -> tuple[str, str]:
        return refusal(self.assume, role_arn=role_arn, token=token, **parameters)

    def actor(self, role_arn: str, token: str | None = None, **parameters: Any) -> Actor:
        return Actor(self.world, Credentials.of(self.assume(role_arn, token, **parameters)["Credentials"]))


def settings(**changes: Any) -> Settings:
    given: dict[str, Any] = {
        "account_id": ACCOUNT,
        "root_access_key_id": "AKIAROOTEXAMPLE00000",
        "root_secret_access_key": Secret("root/secret/access/key/of/the/tests/0000"),
        "allow_private_issuers": True,
    }
    return Settings(**given | changes)


@pytest.fixture
def federation(loop: LoopThread) -> Iterator[Federation]:
    with issuer() as idp:
        world = World(loop, settings())
        made = Federation(world, idp)
        world.root.iam.create_open_id_connect_provider(Url=idp.url, ClientIDList=["sts.amazonaws.com", "app"])
        yield made
        world.close()


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


def test_session_tags(federation: Federation) -> None:
    """R-37, semantics 66."""
    tagged = {TAGS: {"principal_tags": {"Team": ["red"], "Cost": ["1"]}, "transitive_tag_keys": ["Team"]}}
    own = f"arn:aws:iam::{ACCOUNT}:role/next"
    role_arn = federation.role("app", allow("sts:*", own), allow("iam:ListUsers", Condition=_tag("red")))
    token = federation.issuer.token(**tagged)
    answer = federation.assume(role_arn, token)
    assert answer["PackedPolicySize"] > 0
    red = federation.actor(role_arn, token)
    assert red.iam.list_users()["Users"] == []
    assert refusal(federation.actor(role_arn).iam.list_users)[0] == "AccessDenied"
    # The transitive one goes on to the next role, the other does not.
    trust = allow(["sts:AssumeRole", "sts:TagSession"], None, Principal={"AWS": role_arn})
    transitive = {"StringEquals": {"aws:RequestTag/Team": "red"}, "Null": {"aws:RequestTag/Cost": "true"}}
    federation.role_with(document(trust | {"Condition": transitive}), "next")
    assert red.assume(own).sts.get_caller_identity()

    for number, (condition, allowed) in enumerate(
        (
            ({"StringEquals": {"aws:RequestTag/team": "red"}}, True),
            ({"StringEquals": {"aws:RequestTag/Team": "RED"}}, False),
            ({"StringEquals": {"aws:RequestTag/Other": "red"}}, False),
            ({"ForAllValues:StringEquals": {"aws:TagKeys": ["Team", "Cost"]}}, True),
            ({"ForAllValues:StringEquals": {"aws:TagKeys": ["Team"]}}, False),
            ({"ForAllValues:StringEquals": {"sts:TransitiveTagKeys": ["Team"]}}, True),
            ({"ForAnyValue:StringEquals": {"sts:TransitiveTagKeys": ["Cost"]}}, False),
        )
    ):
        limited = allow(ACTIONS, None, Principal={"Federated": federation.provider}, Condition=condition)
        made = federation.role_with(document(limited), f"r{number}")
        assert allowed == (_code(federation, made, token) is None), condition
    # Tags that the trust policy does not allow to be set close the door.
    bare = allow(ACTIONS[0], None, Principal={"Federated": federation.provider})
    untagged = federation.role_with(document(bare), "untagged")
    assert federation.assume(untagged)
    assert federation.refused(untagged, token) == TERSE


def _tag(value: str) -> dict[str, Any]:
    return {"StringEquals": {"aws:PrincipalTag/Team": value}}


def _code(federation: Federation, role_arn: str, token: str) -> str | None:
    try:
        federation.assume(role_arn, token)
    except federation.nobody.exceptions.ClientError as error:
        return str(error.response["Error"]["Code"])
    return None


def test_a_source_identity(federation: Federation) -> None:
    """semantics 66: in the answer, in the session's requests, and only where the trust policy allows it."""
    condition = {"StringEquals": {"aws:SourceIdentity": "Alice"}}
    role_arn = federation.role("app", allow("iam:ListUsers", Condition=condition))
    token = federation.issuer.token(**{"https://aws.amazon.com/source_identity": "Alice"})
    assert federation.assume(role_arn, token)["SourceIdentity"] == "Alice"
    assert federation.actor(role_arn, token).iam.list_users()["Users"] == []
    bare = allow(ACTIONS[0], None, Principal={"Federated": federation.provider})
    assert federation.refused(federation.role_with(document(bare), "bare"), token) == TERSE
    named = allow(
        ACTIONS,
        None,
        Principal={"Federated": federation.provider},
        Condition={"StringEquals": {"sts:SourceIdentity": "Bob"}},
    )
    assert federation.refused(federation.role_with(document(named), "named"), token) == TERSE


def test_the_session_knows_who_vouched_and_for_whom(federation: Federation) -> None:
    """AWS: aud, sub and amr are there in the session's requests, other claims are not."""
    name = federation.name
    known = {
        "StringEquals": {
            "aws:FederatedProvider": federation.provider,
            f"{name}:sub": SUBJECT,
            f"{name}:aud": "sts.amazonaws.com",
        },
        "ForAnyValue:StringEquals": {f"{name}:amr": "mfa"},
        "Null": {f"{name}:email": "true", f"{name}:oaud": "true"},
        "Bool": {"aws:MultiFactorAuthPresent": "false"},
    }
    role_arn = federation.role(
        "app",
        allow("iam:ListUsers", Condition=known),
        allow("iam:ListRoles", Condition={"Null": {f"{name}:email": "false"}}),
    )
    actor = federation.actor(role_arn, federation.issuer.token(amr=["mfa"], email="a@example.com"))
    assert actor.iam.list_users()["Users"] == []
    assert refusal(actor.iam.list_roles)[0] == "AccessDenied"
    # In resources, too: each one's own.
    own = federation.role("own", allow("iam:GetUser", f"arn:aws:iam::{ACCOUNT}:user/${{{name}:sub}}"))
    federation.world.root.iam.create_user(UserName="alice")
    token = federation.issuer.token(sub="alice")
    assert federation.actor(own, token).iam.get_user(UserName="alice")["User"]["UserName"] == "alice"
    assert refusal(federation.actor(own).iam.get_user, UserName="alice")[0] == "AccessDenied"


def test_a_long_identity_fits_into_a_session_token(federation: Federation) -> None:
    subject = "s" * 255
    role_arn = federation.role("app", allow("iam:ListUsers"))
    tags = {TAGS: {"principal_tags": {f"key-{number}": str(number) * 20 for number in range(50)}}}
    token = federation.issuer.token(sub=subject, amr=["m" * 30] * 20, **tags)
    answer = federation.assume(role_arn, token)
    assert len(answer["Credentials"]["SessionToken"]) <= 4096
    assert answer["SubjectFromWebIdentityToken"] == subject
    assert Actor(federation.world, Credentials.of(answer["Credentials"])).iam.list_users()["Users"] == []


def test_a_deleted_provider_lets_nobody_in_and_ends_no_session(federation: Federation) -> None:
    """R-41: as on AWS, sessions go on until they expire."""
    role_arn = federation.role("app", allow("iam:ListUsers"))
    session = federation.actor(role_arn)
    iam = federation.world.root.iam
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=federation.provider)
    missing = f"No OpenIDConnect provider found in your account for {federation.issuer.url}"
    assert federation.refused(role_arn) == ("InvalidIdentityToken", missing)
    assert session.iam.list_users()["Users"] == []
    federation.world.clock.advance(timedelta(hours=1))
    assert refusal(session.iam.list_users)[0] == "ExpiredToken"


def test_changes_of_the_provider_hold_at_once(federation: Federation) -> None:
    """R-41."""
    role_arn = federation.role()
    federation.assume(role_arn)
    iam = federation.world.root.iam
    named = {"OpenIDConnectProviderArn": federation.provider}
    iam.remove_client_id_from_open_id_connect_provider(**named, ClientID="sts.amazonaws.com")
    assert federation.refused(role_arn) == ("InvalidIdentityToken", "Incorrect token audience")
    iam.add_client_id_to_open_id_connect_provider(**named, ClientID="sts.amazonaws.com")
    assert federation.assume(role_arn)


def test_a_deleted_role_ends_its_sessions(federation: Federation) -> None:
    """R-41."""
    session = federation.actor(federation.role("app"))
    federation.world.root.iam.delete_role(RoleName="app")
    assert refusal(session.sts.get_caller_identity)[0] == "InvalidClientTokenId"


def test_an_issuer_changes_its_keys(federation: Federation) -> None:
    role_arn = federation.role()
    federation.assume(role_arn)
    federation.issuer.publish(jwk(rsa_key(), KID), jwk(rsa_key("new"), "new"))
    token = signed({"alg": "RS256", "kid": "new"}, claims_of(federation.issuer.url), rsa_key("new"))
    assert federation.assume(role_arn, token)
    # The keys were asked for once at first, and once more for the new one.
    assert federation.issuer.asked.count("/keys.json") == 2


def test_an_issuer_that_cannot_be_reached(federation: Federation) -> None:
    role_arn = federation.role()
    federation.issuer.answers.clear()
    unreachable = (
        "IDPCommunicationError",
        "The identity provider could not be reached to verify the token.",
    )
    assert federation.refused(role_arn) == unreachable


def test_an_issuer_in_a_private_network_is_for_the_operator_to_allow(loop: LoopThread) -> None:
    """R-51: also when the provider was made while it was allowed."""
    with issuer() as idp:
        world = World(loop, settings(allow_private_issuers=False))
        federation = Federation(world, idp)
        from tests.support.store_values import add, oidc_provider  # noqa: PLC0415

        add(world.app.store, oidc_provider(idp.url, client_ids=("sts.amazonaws.com",)))
        assert federation.refused(federation.role())[0] == "IDPCommunicationError"
        assert idp.asked == []
        world.close()


def test_sessions_do_not_end_with_a_key_that_they_did_not_begin_with(loop: LoopThread) -> None:
    with issuer() as idp:
        world = World(loop, settings(sessions_end_with_their_key=True))
        federation = Federation(world, idp)
        world.root.iam.create_open_id_connect_provider(Url=idp.url, ClientIDList=["sts.amazonaws.com"])
        assert federation.actor(federation.role()).sts.get_caller_identity()
        world.close()


def test_a_signature_that_is_sent_must_hold_and_counts_for_nothing(federation: Federation) -> None:
    """R-02, R-11: who signs is not who the token stands for."""
    role_arn = federation.role()
    ask = {"RoleArn": role_arn, "RoleSessionName": "pod", "WebIdentityToken": federation.issuer.token()}

    def signing(secret: str) -> Any:
        client = federation.world.client("sts", Credentials("AKIAROOTEXAMPLE00000", secret))
        client.meta.events.register("choose-signer.sts.*", lambda **_: "v4")
        return client.assume_role_with_web_identity

    assert refusal(signing("x" * 40), **ask)[0] == "SignatureDoesNotMatch"
    answer = signing("root/secret/access/key/of/the/tests/0000")(**ask)
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/app/pod"
    assert (
        refusal(signing("root/secret/access/key/of/the/tests/0000"), **ask | {"WebIdentityToken": "x.y.z"})[0]
        == "InvalidIdentityToken"
    )


def test_a_session_of_another_installation_does_not_open(federation: Federation, loop: LoopThread) -> None:
    """R-31."""
    session = federation.actor(federation.role())
    other = World(loop)
    assert session.credentials is not None
    stranger = Actor(other, session.credentials)
    assert refusal(stranger.sts.get_caller_identity)[0] == "InvalidClientTokenId"
    other.close()


def test_what_the_chronicle_tells(loop: LoopThread, tmp_path: Any) -> None:
    """R-78: who came in, and never by which token."""
    with issuer() as idp:
        world = World(loop, settings(audit_file=tmp_path / "audit.jsonl"))
        federation = Federation(world, idp)
        world.root.iam.create_open_id_connect_provider(Url=idp.url, ClientIDList=["sts.amazonaws.com"])
        role_arn, token = federation.role(), idp.token()
        federation.assume(role_arn, token)
        federation.refused(role_arn, idp.token(aud="elsewhere"))
        world.close()
    text = (tmp_path / "audit.jsonl").read_text()
    assert token.split(".")[1] not in text
    lines = [json.loads(line) for line in text.splitlines()]
    asked = [line for line in lines if line["operation"] == "AssumeRoleWithWebIdentity"]
    assert [line.get("error_code") for line in asked] == [None, "InvalidIdentityToken"]
    # As CloudTrail says it: the provider, the audience, the subject.
    assert asked[0]["caller_arn"] == f"{federation.provider}:sts.amazonaws.com:{SUBJECT}"


def test_times_are_those_of_the_world_of_sessions(federation: Federation) -> None:
    role_arn, token = federation.role(), federation.issuer.token()
    federation.assume(role_arn, token)
    federation.world.clock.advance(timedelta(minutes=16))
    assert federation.refused(role_arn, token)[0] == "ExpiredTokenException"
    assert datetime.now(UTC) < federation.world.clock.now()


# The roles that a token is for

ROLES = "https://aws.amazon.com/roles"
NOT_FOR_IT = (
    "InvalidIdentityToken",
    "The target role ARN is not present in the roles claim of the identity token",
)


def test_a_token_is_good_for_the_roles_in_it(federation: Federation) -> None:
    first, second = federation.role("first"), federation.role("second")
    for claim in (first, [first], [arn("role/other"), first]):
        token = federation.issuer.token(**{ROLES: claim})
        assert federation.assume(first, token)["Credentials"]
        # Whatever the trust policy says, and whether there is such a role or not.
        assert federation.refused(second, token) == NOT_FOR_IT
        assert federation.refused(arn("role/missing"), token) == NOT_FOR_IT


@pytest.mark.parametrize("claim", ["first", arn("role/*"), arn("role/firs?"), arn("role/First"), "*", []])
def test_a_token_names_its_roles_exactly(federation: Federation, claim: object) -> None:
    role_arn = federation.role("first")
    assert federation.refused(role_arn, federation.issuer.token(**{ROLES: claim})) == NOT_FOR_IT


@pytest.mark.parametrize("wanted", ["true", "false"])
def test_whether_the_provider_has_authorized_the_role(federation: Federation, wanted: str) -> None:
    trust = allow(
        "sts:AssumeRoleWithWebIdentity",
        None,
        Principal={"Federated": federation.provider},
        Condition={"Bool": {"sts:RoleAuthorizedByIdp": wanted}},
    )
    role_arn = federation.role_with(document(trust))
    tokens = {"false": federation.issuer.token(), "true": federation.issuer.token(**{ROLES: role_arn})}
    assert federation.assume(role_arn, tokens.pop(wanted))["Credentials"]
    (other,) = tokens.values()
    assert federation.refused(role_arn, other) == TERSE
