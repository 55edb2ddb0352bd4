"""GetWebIdentityToken: claims, permissions, limits."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.support.answers import arn, content, denial, refusal
from tests.support.identity_tokens import NAMESPACE, key_ids, published_keys, verified
from tests.support.loops import LoopThread
from tests.support.organization import RCP, Organized
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, deny, document

ACTION = "sts:GetWebIdentityToken"
TAGGING = "sts:TagGetWebIdentityToken"
TRUST = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
AUDIENCE = "https://api.example.com"
TAGS = [{"Key": "job", "Value": "7"}, {"Key": "Größe", "Value": ""}]
UUID = 36


@pytest.fixture(scope="module")
def issuing(loop: LoopThread) -> Iterator[World]:
    """Give a world whose account issues tokens; tests name what they make differently."""
    world = World(loop)
    world.root.iam.enable_outbound_web_identity_federation()
    yield world
    world.close()


def issuer_of(world: World) -> str:
    info = world.root.iam.get_outbound_web_identity_federation_info()
    return str(info["IssuerIdentifier"])


def ask(actor: Actor, **changes: Any) -> Any:
    given = {"Audience": [AUDIENCE], "SigningAlgorithm": "ES384"}
    return actor.sts.get_web_identity_token(**given | changes)


def refused(actor: Actor, **changes: Any) -> tuple[str, str]:
    return refusal(lambda **given: ask(actor, **given), **changes)


def claims(actor: Actor, **changes: Any) -> dict[str, Any]:
    token = ask(actor, **changes)["WebIdentityToken"]
    found: dict[str, Any] = verified(actor.world, token, issuer_of(actor.world)).claims
    return found


def of_aws(actor: Actor, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = claims(actor, **changes)[NAMESPACE]
    return found


@pytest.mark.parametrize("algorithm", ["RS256", "ES384"])
def test_a_users_token_says_who_they_are(issuing: World, algorithm: str) -> None:
    """The claims of AWS's page, and no others, but for one that AWS's tokens have besides."""
    user = issuing.user(f"bob-{algorithm}", allow(ACTION), Path="/dev/")
    answer = content(ask(user, SigningAlgorithm=algorithm, DurationSeconds=900))
    issuer = issuer_of(issuing)
    token = verified(issuing, answer["WebIdentityToken"], issuer)
    (key,) = [key for key in published_keys(issuing, issuer) if key["alg"] == algorithm]
    assert token.header == {"kid": key["kid"], "typ": "JWT", "alg": algorithm}
    issued = datetime.fromtimestamp(token.claims["iat"], UTC)
    assert abs((issuing.clock.now() - issued).total_seconds()) < 60
    assert answer == {
        "WebIdentityToken": answer["WebIdentityToken"],
        "Expiration": issued + timedelta(seconds=900),
    }
    assert len(token.claims["jti"]) == UUID
    subject = arn(f"user/dev/bob-{algorithm}")
    assert token.claims == {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": subject,
        "iat": token.claims["iat"],
        "exp": token.claims["iat"] + 900,
        "jti": token.claims["jti"],
        NAMESPACE: {"aws_account": ACCOUNT, "source_region": "us-east-1", "principal_id": subject},
    }


def test_a_role_session_tells_of_the_role_and_of_itself(issuing: World) -> None:
    """The subject is the role; session tags go before the role's own, whatever their case."""
    role = issuing.role(
        "worker",
        TRUST,
        allow(ACTION),
        Path="/jobs/",
        Tags=[{"Key": "Team", "Value": "blue"}, {"Key": "stage", "Value": "prod"}],
    )
    admin = issuing.user("admin", allow("*"))
    session = admin.assume(role, Tags=[{"Key": "team", "Value": "red"}], SourceIdentity="alice")
    lasts_until = issuing.clock.now() + timedelta(hours=1)
    found = of_aws(session)
    ends = datetime.strptime(found.pop("original_session_exp"), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert abs((lasts_until - ends).total_seconds()) < 60
    assert found == {
        "aws_account": ACCOUNT,
        "source_region": "us-east-1",
        "principal_id": arn("role/jobs/worker"),
        "principal_tags": {"team": "red", "stage": "prod"},
        "source_identity": "alice",
    }
    assert claims(session)["sub"] == arn("role/jobs/worker")


def test_the_region_is_the_one_that_was_asked(issuing: World) -> None:
    user = issuing.user("traveller", allow(ACTION))
    sts = issuing.client("sts", user.credentials, region="eu-north-1")
    token = sts.get_web_identity_token(Audience=["a"], SigningAlgorithm="ES384")["WebIdentityToken"]
    assert verified(issuing, token, issuer_of(issuing)).claims[NAMESPACE]["source_region"] == "eu-north-1"


def test_an_organization_is_told(loop: LoopThread) -> None:
    world = World(loop)
    org = Organized.found(world)
    unit = org.unit("workloads")
    org.move(ACCOUNT, unit)
    world.root.iam.enable_outbound_web_identity_federation()
    found = of_aws(org.steward)
    assert (found["org_id"], found["ou_path"]) == (org.id, f"{org.id}/{org.root_id}/{unit}/")
    world.close()


def test_several_audiences_are_a_list(issuing: World) -> None:
    user = issuing.user("speaker", allow(ACTION))
    assert claims(user, Audience=["a", "b"])["aud"] == ["a", "b"]


def test_tags_of_the_request_stand_apart(issuing: World) -> None:
    user = issuing.user("tagger", allow([ACTION, TAGGING]), Tags=[{"Key": "job", "Value": "own"}])
    found = of_aws(user, Tags=TAGS)
    assert found["request_tags"] == {"job": "7", "Größe": ""}
    assert found["principal_tags"] == {"job": "own"}


def test_the_root_may_ask_and_is_its_own_subject(issuing: World) -> None:
    assert claims(issuing.root)["sub"] == f"arn:aws:iam::{ACCOUNT}:root"


def test_a_token_is_asked_for_once(issuing: World) -> None:
    user = issuing.user("twice", allow(ACTION))
    assert claims(user)["jti"] != claims(user)["jti"]


def test_without_a_duration_it_is_five_minutes(issuing: World) -> None:
    found = claims(issuing.root)
    assert found["exp"] - found["iat"] == 300


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"DurationSeconds": 59}, "'durationSeconds' failed"),
        ({"DurationSeconds": 3601}, "'durationSeconds' failed"),
        ({"Audience": []}, "'audience' failed"),
        ({"Audience": ["x"] * 11}, "'audience' failed"),
        ({"Audience": ["x" * 1001]}, "'audience"),
        ({"SigningAlgorithm": "HS256"}, "'HS256' at 'signingAlgorithm' failed"),
        ({"SigningAlgorithm": "PS256"}, "'PS256' at 'signingAlgorithm' failed"),
        ({"SigningAlgorithm": "none"}, "'none' at 'signingAlgorithm' failed"),
        ({"Tags": [{"Key": f"k{n}", "Value": ""} for n in range(51)]}, "'tags' failed"),
    ],
    ids=lambda value: None if isinstance(value, str) else "-".join(value),
)
def test_what_the_model_forbids_is_refused(issuing: World, given: dict[str, Any], where: str) -> None:
    code, message = refused(issuing.root, **given)
    assert (code, where in message) == ("ValidationError", True), message


def test_tags_that_are_none(issuing: World) -> None:
    twice = [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]
    assert refused(issuing.root, Tags=twice) == (
        "InvalidParameterValue",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    )
    assert refused(issuing.root, Tags=[{"Key": "AWS:x", "Value": "1"}]) == (
        "InvalidParameterValue",
        "Tag keys that begin with aws: are reserved.",
    )


def test_tags_need_a_permission_of_their_own(issuing: World) -> None:
    """semantics 66."""
    user = issuing.user("untagging", allow(ACTION))
    assert refused(user, Tags=TAGS) == denial(arn("user/untagging"), TAGGING, "*")
    claims(user)
    only = issuing.user("only-tagging", allow(TAGGING))
    assert refused(only, Tags=TAGS) == denial(arn("user/only-tagging"), ACTION, "*")


CONDITIONS = [
    ("audience", {"ForAnyValue:StringEquals": {"sts:IdentityTokenAudience": AUDIENCE}}, {"Audience": ["b"]}),
    (
        "audiences",
        {"ForAllValues:StringEquals": {"sts:IdentityTokenAudience": AUDIENCE}},
        {"Audience": ["b"]},
    ),
    ("duration", {"NumericLessThanEquals": {"sts:DurationSeconds": "300"}}, {"DurationSeconds": 301}),
    ("algorithm", {"StringEquals": {"sts:SigningAlgorithm": "ES384"}}, {"SigningAlgorithm": "RS256"}),
    ("tag", {"StringEqualsIfExists": {"aws:RequestTag/job": "7"}}, {"Tags": [{"Key": "job", "Value": "8"}]}),
    ("keys", {"ForAllValues:StringEquals": {"aws:TagKeys": ["job"]}}, {"Tags": TAGS}),
]


@pytest.mark.parametrize(("name", "condition", "other"), CONDITIONS, ids=[name for name, *_ in CONDITIONS])
def test_policies_limit_what_is_asked(
    issuing: World, name: str, condition: dict[str, Any], other: dict[str, Any]
) -> None:
    """A limit on the duration holds for the default too."""
    user = issuing.user(f"limited-{name}", allow([ACTION, TAGGING], Condition=condition))
    claims(user)
    assert refused(user, **other) == denial(arn(f"user/limited-{name}"), ACTION, "*")


def test_a_limit_below_the_default_needs_a_duration(issuing: World) -> None:
    limit = {"NumericGreaterThan": {"sts:DurationSeconds": "120"}}
    user = issuing.user("hurried", allow(ACTION), deny(ACTION, Condition=limit))
    assert refused(user)[0] == "AccessDenied"
    claims(user, DurationSeconds=120)


def test_resource_control_policies_bear_on_it(loop: LoopThread) -> None:
    """AWS: *Controlling access with IAM policies* names them, though the action knows no resource."""
    world = World(loop)
    org = Organized.found(world)
    member = org.account("member")
    entered = org.enter(member)
    entered.iam.enable_outbound_web_identity_federation()
    ask(entered)
    org.client.enable_policy_type(RootId=org.root_id, PolicyType=RCP)
    ask(entered)
    org.attach(member, "no-tokens", deny(ACTION, Principal="*"), type_=RCP)
    assert refused(entered)[1].endswith("with an explicit deny in a resource control policy")
    world.close()


def test_a_token_does_not_outlast_its_session(issuing: World) -> None:
    role = issuing.role("brief", TRUST, allow(ACTION))
    session = issuing.user("opener", allow("*")).assume(role, DurationSeconds=900)
    claims(session, DurationSeconds=890)
    assert refused(session, DurationSeconds=901) == (
        "SessionDurationEscalationException",
        "The requested token duration would extend the session beyond its original expiration time.",
    )


def test_the_credentials_of_get_session_token_are_not_enough(issuing: World) -> None:
    """semantics 71."""
    user = issuing.user("restless", allow("*"))
    answer = user.sts.get_session_token()["Credentials"]
    session = Actor(issuing, Credentials.of(answer))
    assert refused(session) == (
        "AccessDenied",
        "Cannot call GetWebIdentityToken with session credentials",
    )


def test_too_many_tags_do_not_fit(issuing: World) -> None:
    many = [{"Key": f"{n:02}" + "k" * 126, "Value": "v" * 256} for n in range(50)]
    assert refused(issuing.root, Tags=many) == (
        "JWTPayloadSizeExceededException",
        "The requested token payload size exceeds the maximum allowed size.",
    )
    assert len(of_aws(issuing.root, Tags=many[:30])["request_tags"]) == 30


def test_nobody_else_gets_one(issuing: World) -> None:
    nobody = issuing.user("nobody")
    assert refused(nobody) == denial(arn("user/nobody"), ACTION, "*")
    bounded = issuing.root.iam.create_policy(PolicyName="without", PolicyDocument=document(allow("iam:*")))[
        "Policy"
    ]["Arn"]
    held = issuing.user("held", allow("*"), PermissionsBoundary=bounded)
    assert refused(held)[1].endswith(f"because no permissions boundary allows the {ACTION} action")


def test_the_keys_are_those_of_the_account(issuing: World) -> None:
    assert [key.partition("_")[0] for key in sorted(key_ids(issuing, issuer_of(issuing)))] == ["EC384", "RSA"]
